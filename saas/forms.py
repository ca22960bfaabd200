"""Forms as every page of ours has them: typed, with our own words for what is missing, refusals beside their field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import wtforms
from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, DecimalField, FileField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, Length, NumberRange, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from saas import clock, form_words, money
from saas.errors import BusinessError

Done = TypeVar("Done")


class Form(FlaskForm):
    """The base of every form; Flask-WTF's own carries no types."""

    class Meta(form_words.Meta):
        """What is wrong is said in our words."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)  # type: ignore[no-untyped-call]

    def validate_on_submit(self, extra_validators: Any = None) -> bool:
        """True when the form was sent and nothing in it is wrong."""
        days = {name: [_meant] for name, field in self._fields.items() if isinstance(field, DateField)}
        is_right = bool(super().validate_on_submit({**days, **(extra_validators or {})}))  # type: ignore[no-untyped-call]
        if not is_right and self.is_submitted():
            self.ask_for_files_again()
        return is_right

    def ask_for_files_again(self) -> None:
        """Say at each file that came with a form which comes back: a browser gives it no second time by itself."""
        for field in self:
            sent = request.files.get(field.name) if isinstance(field, FileField) else None
            if sent is not None and sent.filename and not field.errors:
                field.errors = [
                    _("Please choose “%(name)s” again: a form that comes back can't keep it.", name=sent.filename)
                ]

    def is_submitted(self) -> bool:
        """True when the form was sent."""
        return bool(super().is_submitted())  # type: ignore[no-untyped-call]

    def leave_out(self, *names: str) -> None:
        """Ask nothing in these fields: what is sent for them is not read."""
        for name in names:
            super().__delitem__(name)  # type: ignore[no-untyped-call]

    @property
    def status(self) -> int:
        """The answer that shows this form: 422 when it comes back with errors, else 200."""
        return 422 if self.is_submitted() else 200


class Fields(wtforms.Form):
    """The base of what stands within a form, such as one of several lines."""

    class Meta(form_words.Meta):
        """What is wrong is said in our words."""


def _meant(_form: Any, field: DateField) -> None:
    if field.data is not None and not clock.is_meant(field.data):
        years = {"first": clock.FIRST.year, "last": clock.LAST.year}
        raise StopValidation(_("Choose a day between the years %(first)s and %(last)s.", **years))


def attempt(form: Form, verb: Callable[[], Done]) -> Done | None:
    """Do what a form asks for; a refusal that belongs to one of its fields is written there, and None comes back."""
    try:
        return verb()
    except BusinessError as error:
        if error.field is None or error.field not in form:
            raise
        field = form[error.field]
        field.errors = [*field.errors, error.sentence]
        form.ask_for_files_again()
        return None


def done(form: Form, verb: Callable[[], object]) -> bool:
    """`attempt` for a verb whose answer doesn't matter: True when it wasn't refused."""
    return attempt(form, lambda: (verb(),)) is not None


def needed() -> DataRequired:
    """The field must be filled in."""
    return DataRequired(_l("Please fill this in."))


def between(least: int, most: int) -> NumberRange:
    """The field must hold a number from `least` to `most`."""
    return NumberRange(least, most, _l("Please type a number from %(min)s to %(max)s.", min=least, max=most))


def email_checks() -> list[Any]:
    """The field must hold a mail address."""
    return [needed(), Email(_l("This doesn't look like a mail address.")), Length(max=254)]


def trimmed(value: str | None) -> str:
    """A filter: without spaces around."""
    return (value or "").strip()


def optional(value: Any) -> Any:
    """A filter: text without spaces around, nothing where it is empty."""
    return (value.strip() or None) if isinstance(value, str) else value


def lowered(value: str | None) -> str:
    """A filter: a mail address, or a place in the address, as it is kept."""
    return (value or "").strip().lower()


def choices(words: Mapping[Any, Any], *, empty: bool = False) -> list[Any]:
    """The choices of a select field from value → word; `empty` puts a dash for "none" first."""
    first = [SelectChoice("", "—")] if empty else []
    return [*first, *(SelectChoice(str(value), word) for value, word in words.items())]


def several(label: Any, coerce: Callable[[Any], Any] = str, **options: Any) -> SelectMultipleField:
    """A field of boxes to tick."""
    boxes = {"widget": ListWidget(prefix_label=False), "option_widget": CheckboxInput()}
    return SelectMultipleField(label, coerce=coerce, **boxes, **options)


class ExactField(DecimalField):
    """A figure with up to so many digits after the point, shown without those that say nothing; marks between its
    thousands, such as a sheet writes them, are left out."""

    def __init__(self, label: Any = None, validators: Any = None, most_places: int = 2, **options: Any) -> None:
        super().__init__(label, validators, places=None, widget=TextInput(), **options)  # type: ignore[no-untyped-call]
        self.most_places = most_places
        self.render_kw = {"inputmode": "decimal", "autocomplete": "off"} | (self.render_kw or {})

    def process_formdata(self, valuelist: Any) -> None:
        """Read what was typed."""
        if not valuelist:
            return
        if not valuelist[0].strip():
            self.data = None
            return
        try:
            self.data = figure(valuelist[0])
        except InvalidOperation as error:
            self.data = None
            raise ValueError(_("This isn't a number.")) from error

    def pre_validate(self, form: Any) -> None:
        """Refuse more digits than are kept."""
        if self.data is not None and self.data != round(self.data, self.most_places):
            raise StopValidation(_("At most %(n)s digits after the point.", n=self.most_places))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else plainly(self.data)


def figure(typed: str) -> Decimal:
    """A number as `money.read` reads it.

    Raises:
        InvalidOperation: it is none.
    """
    found = money.read(typed)
    if found is None:
        raise InvalidOperation
    return found


def plainly(value: Decimal, least: int = 0) -> str:
    """A figure with the digits that say something after its point, `least` of them at least: 4821.5000 → "4821.5"."""
    whole, _point, digits = money.plain(value).partition(".")
    kept = digits.ljust(least, "0")
    return f"{whole}.{kept}" if kept else whole


class RecordForm(Form):
    """A form whose fields are columns of a record."""

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb."""
        return {f.short_name: f.data for f in self if f.short_name != "csrf_token"}

    def propose(self, values: Mapping[str, Any]) -> list[Any]:
        """Fill fields that are still empty, and mark them; returns the labels of those that were."""
        filled = [self[name] for name, value in values.items() if value and name in self and not self[name].data]
        for one in filled:
            one.data = values[one.short_name]
            one.render_kw = {"data-proposed": ""}
        return [one.label.text for one in filled]

    def differences(self, record: Any) -> list[dict[str, Any]]:
        """What the reader typed beside what a colleague saved meanwhile."""
        pairs = [(self[name].label.text, mine, getattr(record, name)) for name, mine in self.values().items()]
        return [{"label": label, "mine": a or "—", "theirs": b or "—"} for label, a, b in pairs if a != b]
