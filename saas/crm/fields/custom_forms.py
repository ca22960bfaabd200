"""What a person may type about a field, and into the fields that a workspace has made."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    FieldList,
    FormField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from saas.crm.fields import custom_queries as queries
from saas.crm.fields.custom_actions import by_field
from saas.crm.fields.custom_models import (
    APPLIES_WORDS,
    CHOSEN,
    FIGURES,
    KIND_WORDS,
    PREFIX,
    Applies,
    CustomField,
    Definition,
    FieldKind,
)
from saas.crm.fields.custom_values import LARGEST, LONGEST, PLACES, kept, typed
from saas.crm.fields.custom_words import told_apart
from saas.forms import Fields, RecordForm, choices, optional
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import MemberStatus

Typed = TypeVar("Typed", bound="CustomForm")

# ── the settings page ───────────────────────────────────────────────────────────────────────────────────────────────


class ChoiceForm(Fields):
    """A word that a field offers."""

    key = HiddenField()
    name = StringField(_l("Choice"), [InputRequired(_l("A choice needs a name.")), Length(max=60)], filters=[optional])
    is_retired = BooleanField(_l("No longer offered"))


class FieldForm(RecordForm):
    """A field of a workspace's own."""

    name = StringField(_l("Name"), [InputRequired(_l("A field needs a name.")), Length(max=60)], filters=[optional])
    hint = StringField(
        _l("Hint"), [Optional(), Length(max=120)], filters=[optional], description=_l("Stands below the box.")
    )
    applies = SelectField(_l("For"), choices=choices(APPLIES_WORDS), coerce=Applies)
    is_required = BooleanField(
        _l("Must be filled in"),
        description=_l("Forms don't save without it; imports may leave it empty."),
    )
    words = FieldList(FormField(ChoiceForm))
    more = TextAreaField(_l("Choices"), [Optional(), Length(max=6000)], description=_l("One a line."))

    def __init__(self, *args: Any, is_of_two_kinds: bool = False, has_choices: bool = True, **options: Any) -> None:
        super().__init__(*args, **options)
        if not is_of_two_kinds:
            del self.applies
        if not has_choices:
            del self.words, self.more

    def validate_more(self, box: TextAreaField) -> None:
        """No word is longer than its box on a page."""
        if any(len(word) > 60 for word in self._typed()):
            raise ValidationError(_l("A choice has at most 60 characters."))

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb."""
        names = ("name", "hint", "applies", "is_required")
        found = {name: self[name].data for name in names if name in self}
        if "more" in self:
            kept = [{name: row.form[name].data for name in ("key", "name", "is_retired")} for row in self.words]
            fresh = [{"key": "", "name": word, "is_retired": False} for word in self._typed()]
            found["choices"] = [*kept, *fresh]
        return found

    def differences(self, record: Any) -> list[dict[str, Any]]:
        """What the reader typed beside what a colleague saved meanwhile."""
        names = [("name", record.label), ("hint", record.hint)]
        pairs = [(self[name].label.text, self[name].data, theirs) for name, theirs in names]
        return [{"label": label, "mine": a or "—", "theirs": b or "—"} for label, a, b in pairs if a != b]

    def _typed(self) -> list[str]:
        return [word for line in (self.more.data or "").splitlines() if (word := line.strip())]


class NewFieldForm(FieldForm):
    """A field that isn't there yet."""

    kind = SelectField(_l("What it holds"), choices=choices(KIND_WORDS), coerce=FieldKind)

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb; words only where the field offers some."""
        found = super().values()
        return found if self.kind.data in CHOSEN else {**found, "choices": []}


def form_of(field: CustomField, *, is_of_two_kinds: bool) -> FieldForm:
    """The form of a field as it is, or as it was sent."""
    words = [
        {"key": one.key, "name": one.label, "is_retired": one.is_retired}
        for one in next(d for d in queries.fields_of(field.subject, archived=True) if d.id == field.id).choices
    ]
    return FieldForm(
        is_of_two_kinds=is_of_two_kinds,
        has_choices=field.kind in CHOSEN,
        name=field.label,
        hint=field.hint,
        applies=field.applies,
        is_required=field.is_required,
        words=words,
    )


# ── fields as they are typed into ───────────────────────────────────────────────────────────────────────────────────


class Needed:
    """A field that must be filled in, unless it isn't of this kind of customer."""

    field_flags = {"required": True}

    def __init__(self, field: Definition) -> None:
        self.field = field

    def __call__(self, form: Any, box: Any) -> None:
        """Refuse an empty box."""
        if self.field.suits(_kind(form)) and not box.data and box.data != 0:
            raise StopValidation(_("Please fill this in."))


class FigureField(DecimalField):
    """A figure, with or without marks between its thousands: a box for numbers alone would take none."""

    def __init__(self, label: Any, validators: Any, field: Definition, **options: Any) -> None:
        places = PLACES[field.kind] if field.kind is FieldKind.MONEY else None
        super().__init__(label, validators, places=places, widget=TextInput(), **options)  # type: ignore[no-untyped-call]
        self.most_places = PLACES[field.kind]
        self.unit = scope.workspace().currency if field.kind is FieldKind.MONEY else None

    def process_formdata(self, valuelist: Any) -> None:
        """Read what was typed."""
        if not valuelist or not valuelist[0].strip():
            return
        try:
            self.data = Decimal(re.sub(r"[,，\s]", "", valuelist[0]))
        except InvalidOperation as error:
            self.data = None
            raise ValueError(_("This isn't a number.")) from error

    def pre_validate(self, form: Any) -> None:
        """Refuse what is too large, or has more digits than are kept."""
        if self.data is None:
            return
        if not self.data.is_finite() or abs(self.data) >= LARGEST:
            raise StopValidation(_("This figure is too large."))
        if self.data != round(self.data, self.most_places):
            raise StopValidation(_("At most %(n)s digits after the point.", n=self.most_places))


class NamedField(StringField):
    """A record that is named by what it is called; `chosen` is its id."""

    def __init__(self, label: Any, validators: Any, target: queries.Target, **options: Any) -> None:
        super().__init__(label, validators, filters=[optional], **options)  # type: ignore[no-untyped-call]
        self.target = target
        self.chosen: UUID | None = None

    def process_data(self, value: Any) -> None:
        """Show what the record is called."""
        self.held = value if isinstance(value, UUID) else None
        self.called = self.data = self.target.say(value) if self.held else value

    def pre_validate(self, form: Any) -> None:
        """Refuse a name that nobody has; what was held before and isn't touched stays, archived or not."""
        if not self.data:
            return
        if self.held and self.data == self.called:
            self.chosen = self.held
        elif (found := self.target.find(self.data)) is not None:
            self.chosen = found.id
        else:
            raise StopValidation(_("No customer has this name or number. Add the customer first."))


class CustomForm(RecordForm):
    """A form with the fields that the workspace has made; `with_fields` makes its class for them."""

    fields_of_its_own: tuple[Definition, ...] = ()

    @property
    def own(self) -> list[tuple[Any, str]]:
        """The boxes of the workspace's own fields in their order, each with whose it is: all, company, person."""
        return [(self[one.column], one.applies.value) for one in self.fields_of_its_own]

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb; of the workspace's own fields those that suit."""
        found, own = super().values(), self.fields_of_its_own
        kind = _kind(self)
        said = {one.column: _said(self[one.column]) for one in own if one.suits(kind)}
        rest = {name: value for name, value in found.items() if not name.startswith(PREFIX)}
        return {**rest, "custom": by_field(said)} if own else rest

    def differences(self, record: Any) -> list[dict[str, Any]]:
        """What the reader typed beside what a colleague saved meanwhile."""
        typed_ = {name: value for name, value in self.values().items() if name != "custom"}
        pairs = [(self[name].label.text, mine, getattr(record, name)) for name, mine in typed_.items()]
        rows = [{"label": label, "mine": a or "—", "theirs": b or "—"} for label, a, b in pairs if a != b]
        own, said = self.fields_of_its_own, self.values().get("custom", {})
        mine = {one.key: kept(one, said[one.key]) for one in own if one.key in said}
        theirs = {key: record.custom.get(key) for key in mine}
        return rows + [
            {"label": field.label, "mine": a or "—", "theirs": b or "—"}
            for field, a, b in told_apart(own, mine, theirs)
        ]


def with_fields(base: type[Typed], subject: str, record: Any = None, **given: Any) -> Typed:
    """A form with the fields that records of a kind have.

    Args:
        base: the form of the other fields.
        subject: the record's table.
        record: what it is filled from; None for a new one.
        given: further values that it starts with.
    """
    own, held = tuple(queries.fields_of(subject)), record.custom if record is not None else {}
    boxes = {one.column: _box(one, held.get(one.key)) for one in own}
    made: type[Typed] = type(base.__name__, (base,), {"fields_of_its_own": own, **boxes})
    filled = {one.column: value for one in own if (value := typed(one, held.get(one.key))) is not None}
    return made(obj=record, **filled, **given)


def _box(field: Definition, held: Any) -> Any:
    """The box of a field; `held` is what the record holds in it, which is offered even where it is no longer."""
    rules = [Needed(field)] if field.is_required else [Optional()]
    label, help = field.label, field.hint or ""
    if field.kind is FieldKind.TEXT:
        return StringField(label, [*rules, Length(max=LONGEST)], filters=[optional], description=help)
    if field.kind in FIGURES:
        return FigureField(label, rules, field=field, description=help)
    if field.kind is FieldKind.DATE:
        return DateField(label, rules, description=help)
    if field.kind is FieldKind.ACCOUNT:
        return NamedField(label, rules, target=queries.target(field.kind), description=help)
    mine = set(held) if isinstance(held, list) else {held}
    offered = _members(mine) if field.kind is FieldKind.PERSON else _words(field, mine)
    if field.kind is FieldKind.CHOICES:
        return SelectMultipleField(
            label, rules, choices=offered, widget=ListWidget(), option_widget=CheckboxInput(), description=help
        )
    return SelectField(
        label,
        rules,
        choices=[SelectChoice("", "—"), *offered],
        coerce=lambda v: str(v) if v else None,
        description=help,
    )


def _words(field: Definition, mine: set[Any]) -> list[SelectChoice]:
    return [SelectChoice(one.key, one.label) for one in field.choices if not one.is_retired or one.key in mine]


def _members(mine: set[Any]) -> list[SelectChoice]:
    """The colleagues who work here, and whoever is named already."""
    found = {str(member.id): member.name for member in tenants.members(MemberStatus.ACTIVE)}
    found |= queries.names_of(FieldKind.PERSON, mine - {None} - found.keys())
    return [SelectChoice(key, name) for key, name in found.items()]


def _kind(form: Any) -> str | None:
    return getattr(form["kind"].data, "value", form["kind"].data) if "kind" in form else None


def _said(box: Any) -> Any:
    if isinstance(box, NamedField):
        return box.chosen
    return box.data if box.data or box.data == 0 else None
