"""What is done with many customers at once."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from saas.crm.activities import kind_queries
from saas.crm.activities.models import LONGEST_TEXT, REMINDER_WORDS, ActivityKind, Reminder
from saas.crm.batches import tag_actions as tags
from saas.crm.batches.actions import FIELDS
from saas.crm.batches.models import Split, Whose
from saas.crm.customers.forms import OwnerForm
from saas.crm.customers.stories import FIELD_WORDS
from saas.crm.fields import custom_queries as custom
from saas.crm.fields import label_queries as labels
from saas.crm.fields import queries as fields
from saas.crm.fields.custom_models import NAMED, Definition
from saas.crm.fields.custom_values import kept
from saas.crm.fields.custom_words import said
from saas.crm.fields.label_actions import LONGEST
from saas.crm.fields.label_models import LabelKind
from saas.crm.fields.models import Dictionary
from saas.crm.transfer.kinds.custom import reader
from saas.crm.transfer.reasons import sentence
from saas.crm.transfer.values import Reading, Wrong
from saas.errors import Refused
from saas.forms import Form, between, choices, optional, several
from saas.tenants.models import Member

__all__ = ["TAG_WORDS", "BookForm", "EditForm", "OwnerForm", "PlanForm"]
TAG_WORDS = {
    "tag.add": _l("Add a tag"),
    "tag.remove": _l("Take off a tag"),
    "group.add": _l("Put into a group"),
    "group.remove": _l("Take out of a group"),
}
SPLIT_WORDS = {
    Split.EVEN: _l("Evenly, in turn"),
    Split.PROPERTY: _l("By a property of the customers"),
    Split.HAND: _l("Customer by customer"),
}
WHOSE_WORDS = {
    Whose.MINE: _l("I do all of them"),
    Whose.OWNER: _l("Whoever looks after the customer"),
    Whose.THESE: _l("Colleagues in turn"),
}


class PlanForm(Form):
    """One activity for each of many customers."""

    kind = SelectField(_l("Kind"))
    subject = StringField(
        _l("What is it about?"),
        [InputRequired(_l("Say in a few words what it is about.")), Length(max=200)],
        filters=[optional],
    )
    whose = SelectField(_l("Who does it?"), choices=choices(WHOSE_WORDS))
    members = several(_l("These colleagues, in turn"))
    first = DateField(_l("First day"), [InputRequired(_l("Choose a day."))])
    hour = TimeField(
        _l("Time of the first"),
        [Optional()],
        description=_l("The others follow one after the other; without one they are for any time of their day."),
    )
    minutes = IntegerField(_l("Duration (minutes)"), [Optional(), between(5, 480)])
    per_day = IntegerField(
        _l("How many a day"),
        [InputRequired(_l("Say how many a day.")), between(1, 50)],
        description=_l("For each person, Monday to Friday."),
    )
    reminders = several(_l("Remind them"), choices=choices(REMINDER_WORDS))
    text = TextAreaField(_l("Text"), [Optional(), Length(max=LONGEST_TEXT)], filters=[optional])

    def __init__(self, *args: Any, colleagues: list[Member], **options: Any) -> None:
        """`colleagues`: to whom the reader may give something to do; empty: to himself alone."""
        super().__init__(*args, **options)
        kinds = [kind for kind in kind_queries.open_to_choose() if kind.key != ActivityKind.NOTE]
        self.kind.choices = choices({kind.key: kind.word for kind in kinds})
        if colleagues:
            self.members.choices = choices({one.id: one.name for one in colleagues})
        else:
            del self.whose
            del self.members

    def validate_members(self, field: SelectMultipleField) -> None:
        """Those who do it in turn are named."""
        if self.whose.data == Whose.THESE and not field.data:
            raise ValidationError(_("Choose at least one colleague."))

    def options(self) -> dict[str, Any]:
        """What the batch keeps."""
        hour = self.hour.data
        return {
            "kind": self.kind.data,
            "subject": self.subject.data,
            "text": self.text.data,
            "whose": self.whose.data if "whose" in self else Whose.MINE.value,
            "members": list(self.members.data or ()) if "members" in self else [],
            "first": self.first.data.isoformat(),
            "minute": hour.hour * 60 + hour.minute if hour else None,
            "minutes": self.minutes.data,
            "per_day": self.per_day.data,
            "reminders": [one.value for one in Reminder if one in (self.reminders.data or ())],
        }


class BookForm(Form):
    """Among whom a leaver's book is shared out, and by what."""

    heirs = several(_l("Who takes it on?"))
    split = SelectField(_l("How is it shared out?"), choices=choices(SPLIT_WORDS))
    field = SelectField(
        _l("Which property?"),
        choices=choices({name: FIELD_WORDS[name] for name in FIELDS}),
        description=_l("Only where it is shared by a property."),
    )

    def __init__(self, *args: Any, colleagues: list[Member], **options: Any) -> None:
        super().__init__(*args, **options)
        self.heirs.choices = choices({one.id: one.name for one in colleagues})


class EditForm(Form):
    """One field of many customers."""

    field = SelectField(_l("Which field?"))
    value = StringField(_l("New value"), [Optional(), Length(max=100)], filters=[optional])

    def can_empty(self) -> bool:
        """True where the chosen field is emptied when nothing is typed: tags and groups are put on and taken off."""
        return self.field.data not in tags.FIELDS

    def known(self) -> list[str]:
        """The values that there are for the field, to choose from while one types."""
        name = self.field.data or FIELDS[0]
        if name in tags.FIELDS:
            return [tag.path for tag in labels.of_kind(tags.FIELDS[name][0])]
        return [str(word) for _key, word in fields.choices(Dictionary(name))] if name in set(Dictionary) else []

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.own, self.tag = custom.by_column("account"), ""
        words = {name: FIELD_WORDS[name] for name in FIELDS} | TAG_WORDS
        self.field.choices = choices(words | {name: one.label for name, one in self.own.items()})

    def said(self) -> str | None:
        """The new value in words."""
        own = self.own.get(self.field.data)
        if self.field.data in tags.FIELDS:
            return self.tag
        return str(said(own, self.value.data, custom.names([(own, self.value.data)])) or "") if own else self.value.data

    def validate_value(self, field: Any) -> None:
        """A word of the dictionary, where the field has one, or what a field of the workspace's own holds."""
        if (own := self.own.get(self.field.data)) is not None:
            field.data = _own_value(own, field.data)
            return
        if self.field.data in tags.FIELDS:
            self.tag = _tag(self.field.data, field.data or "")
            return
        if self.field.data not in set(Dictionary) or field.data is None:
            return
        try:
            field.data = fields.meant(Dictionary(self.field.data), field.data).key
        except Refused as refusal:
            raise ValidationError(refusal.sentence) from None


def _tag(name: str, path: str) -> str:
    """The tag or group that somebody typed, as it is called; a new one only where tags are put.

    Raises:
        ValidationError: none was typed, there is no such one, or its name is too long.
    """
    kind, is_there = tags.FIELDS[name]
    known = {tag.path.casefold(): tag.path for tag in labels.of_kind(kind)}
    found = known.get(path.strip().casefold())
    if found or (path and is_there and kind is LabelKind.TAG and len(path) <= LONGEST):
        return found or path
    if not known:
        raise ValidationError(_("There is none so far."))
    raise ValidationError(_("Choose one of those that are here: %(names)s.", names=_(", ").join(known.values())))


def _own_value(field: Definition, text: str | None) -> Any:
    """What somebody typed for one of the workspace's own fields, as JSON keeps it.

    Raises:
        ValidationError: the field can't hold it.
    """
    if text is None:
        if field.is_required:
            raise ValidationError(_("“%(field)s” must be filled in.", field=field.label))
        return None
    if field.kind in NAMED:
        found = custom.target(field.kind).find(text)
        if found is None:
            raise ValidationError(_("Nobody here is called so."))
        return str(found.id)
    try:
        return kept(field, reader(field)(text, Reading()))
    except Wrong as wrong:
        facts = {"why": wrong.why, "column": field.label, **wrong.facts}
        raise ValidationError(sentence(facts)) from wrong
