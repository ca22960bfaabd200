"""What a person may type about an activity."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from saas import clock
from saas.crm.activities import actions, kind_queries, times
from saas.crm.activities.models import (
    COLOUR_WORDS,
    ICON_WORDS,
    LONGEST_TEXT,
    REMINDER_WORDS,
    Activity,
    ActivityKind,
    Reminder,
)
from saas.crm.customers.models import Contact
from saas.forms import Form, RecordForm, between, choices, optional, several
from saas.tenants.models import Member

MINUTES = 30  # that something takes, offered at first


def today(zone: str) -> date:
    """The day it is now in the IANA zone `zone`."""
    return clock.local(clock.now(), zone).date()


def _an_id(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


class ActivityForm(Form):
    """When, what, and with whom. Days and hours are the reader's."""

    kind = SelectField(_l("Kind"))
    subject = StringField(
        _l("What is it about?"),
        [InputRequired(_l("Say in a few words what it is about.")), Length(max=200)],
        filters=[optional],
    )
    day = DateField(_l("Day"), [InputRequired(_l("Choose a day."))])
    hour = TimeField(_l("Time"), [Optional()], description=_l("Without one it is for any time of that day."))
    minutes = IntegerField(_l("Duration (minutes)"), [Optional(), between(0, actions.LONGEST)])
    reminders = several(
        _l("Remind me"),
        choices=choices(REMINDER_WORDS),
        description=_l("Behind the bell, and by mail if your profile says so."),
    )
    customer = StringField(
        _l("Customer"),
        [Optional(), Length(max=200)],
        filters=[optional],
        description=_l("Name or number; may stay empty."),
    )
    contact_id = SelectField(_l("With whom?"), [Optional()], filters=[optional])
    owner_id = SelectField(_l("Who does it?"), [Optional()])
    text = TextAreaField(_l("Text"), [Length(max=LONGEST_TEXT)], filters=[optional])
    place = StringField(_l("Place"), [Optional(), Length(max=300)], filters=[optional])
    members_in = SelectMultipleField(_l("Colleagues who take part"), coerce=_an_id)
    contacts_in = SelectMultipleField(_l("Others from the customer"), coerce=_an_id)
    cost = DecimalField(_l("Cost"), [Optional(), between(0, 10**9)], places=2)
    result = SelectField(_l("Result"), [Optional()], filters=[optional])

    def __init__(
        self,
        *,
        zone: str,
        is_past: bool,
        people: list[Contact] | None,
        colleagues: list[Member],
        team: list[Member],
        activity: Activity | None = None,
        **given: Any,
    ) -> None:
        """What is asked depends on what is known.

        Args:
            zone: the reader's IANA zone.
            is_past: it has happened, so it needs no reminder and may be a note.
            people: of the customer; None where the customer is still to be named.
            colleagues: to whom it may be given; empty where it is the reader's own.
            team: colleagues who may take part.
            activity: the one to be changed.
            given: how fields are filled at first.
        """
        super().__init__(data=given | (_shown(activity, zone) if activity else {}))
        self.zone = zone
        self.kind.choices = [
            SelectChoice(kind.key, kind.word)
            for kind in kind_queries.every().values()
            if (activity and activity.kind == kind.key)
            or not (kind.is_retired or (kind.key == ActivityKind.NOTE and (not is_past or activity)))
        ]
        taking_part = [m for m in team if m.id != (activity.owner_id if activity else None)]
        self.members_in.choices = [(m.id, m.name) for m in taking_part]
        self.contacts_in.choices = [(p.id, p.name) for p in people or ()]
        if not self.members_in.choices:
            del self.members_in
        if not self.contacts_in.choices:
            del self.contacts_in
        words = kind_queries.results()
        kept = [activity.result] if activity and activity.result and activity.result not in words else []
        if not is_past or not (words or kept):
            del self.result
        else:
            self.result.choices = choices({word: word for word in [*words, *kept]}, empty=True)
        if is_past:
            del self.reminders
        if people is None:
            del self.contact_id
        else:
            del self.customer
            self.contact_id.choices = choices({p.id: p.name for p in people}, empty=True)
        if colleagues:
            self.owner_id.choices = choices({m.id: m.name for m in colleagues})
        else:
            del self.owner_id

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb."""
        values: dict[str, Any] = {"kind": self.kind.data, "subject": self.subject.data or "", "text": self.text.data}
        values |= {"minutes": self.minutes.data, "place": self.place.data, "cost": self.cost.data}
        if "result" in self:
            values["result"] = self.result.data
        if self.hour.data is None:
            values["due_on"] = self.day.data
        else:
            values |= {"due_on": None, "starts_at": times.instant(self.day.data, self.hour.data, self.zone)}
        if "reminders" in self:
            values["reminders"] = [one.value for one in Reminder if one in (self.reminders.data or ())]
        if "contact_id" in self:
            values["contact_id"] = UUID(self.contact_id.data) if self.contact_id.data else None
        return values

    def guest_ids(self) -> tuple[set[UUID], set[UUID]]:
        """The members and the contacts who take part."""
        members = set(self.members_in.data or ()) if "members_in" in self else set()
        return members, set(self.contacts_in.data or ()) if "contacts_in" in self else set()

    def differences(self, activity: Activity) -> list[dict[str, Any]]:
        """What the reader typed beside what a colleague saved meanwhile."""
        rows = []
        for name, theirs in _shown(activity, self.zone).items():
            mine = self[name].data if name in self else theirs
            if mine != theirs:
                rows.append({"label": self[name].label.text, "mine": _word(mine), "theirs": _word(theirs)})
        return rows


def _shown(activity: Activity, zone: str) -> dict[str, Any]:
    """The fields as they show an activity."""
    start = activity.starts_at.astimezone(ZoneInfo(zone))
    return {
        "kind": activity.kind,
        "subject": activity.subject or None,
        "day": activity.due_on or start.date(),
        "hour": None if activity.due_on else start.time().replace(second=0, microsecond=0),
        "minutes": activity.minutes,
        "reminders": activity.reminders,
        "contact_id": str(activity.contact_id) if activity.contact_id else None,
        "owner_id": str(activity.owner_id),
        "text": activity.text,
        "place": activity.place,
        "cost": activity.cost,
        "result": activity.result,
    }


def _word(value: Any) -> Any:
    if value in (None, "", []):
        return "—"
    words: dict[Any, Any] = {**{k.key: k.word for k in kind_queries.every().values()}, **REMINDER_WORDS}
    if isinstance(value, list):
        return ", ".join(str(words.get(one, one)) for one in value)
    return words.get(value, value) if isinstance(value, str) else value


class OutcomeForm(Form):
    """What came of it, and when it was."""

    outcome = TextAreaField(_l("What came of it?"), [Length(max=LONGEST_TEXT)], filters=[optional])
    day = DateField(_l("Day"), [InputRequired(_l("Choose a day."))])
    hour = TimeField(_l("Time"), [InputRequired(_l("Choose a time."))])
    result = SelectField(_l("Result"), [Optional()], filters=[optional])
    cost = DecimalField(_l("Cost"), [Optional(), between(0, 10**9)], places=2)

    def __init__(self, zone: str) -> None:
        self.zone = zone
        now = clock.local(clock.now(), zone)
        super().__init__(data={"day": now.date(), "hour": now.time().replace(second=0, microsecond=0)})
        if words := kind_queries.results():
            self.result.choices = choices({word: word for word in words}, empty=True)
        else:
            del self.result

    def at(self) -> Any:
        """The instant that was typed, as UTC."""
        return times.instant(self.day.data, self.hour.data, self.zone)


class ComposerForm(Form):
    """The box on a record's page: a note, or what was just done; the button says which."""

    kind = SelectField()
    text = TextAreaField(_l("Write a note, or what was said"), [Length(max=LONGEST_TEXT)], filters=[optional])

    def __init__(self) -> None:
        super().__init__()
        self.kind.choices = choices({kind.key: kind.word for kind in kind_queries.open_to_choose()})

    def validate_text(self, field: TextAreaField) -> None:
        """A click beside the one that was meant writes nothing: the box says what happened, or nothing did."""
        if not field.data:
            is_note = self.kind.data == ActivityKind.NOTE
            raise ValidationError(_("Write something first.") if is_note else _("Say a word about it first."))


class KindForm(RecordForm):
    """One kind of activity."""

    name = StringField(_l("Name"), [InputRequired(_l("A kind needs a name.")), Length(max=40)], filters=[optional])
    icon = SelectField(_l("Icon"), choices=choices(ICON_WORDS))
    colour = SelectField(_l("Colour"), choices=choices(COLOUR_WORDS))
    reaches = BooleanField(
        _l("Counts as spoken to the customer"), description=_l("Doing one starts the days until the pool anew.")
    )


class ResultsForm(Form):
    """The words for what came of an activity."""

    words = TextAreaField(
        _l("Results"), [Length(max=2000)], description=_l("One a line: reached, not there, order, no interest…")
    )

    def lines(self) -> list[str]:
        """The words, each once."""
        return list(dict.fromkeys(line.strip()[:60] for line in (self.words.data or "").splitlines() if line.strip()))[
            :40
        ]


class PromiseForm(Form):
    """What was promised, until when, and who sees to it."""

    text = StringField(
        _l("What was promised?"), [InputRequired(_l("Say what was promised.")), Length(max=300)], filters=[optional]
    )
    due_on = DateField(_l("Until"), [InputRequired(_l("Choose a day."))])
    owner_id = SelectField(_l("Who sees to it?"), [Optional()])

    def __init__(self, colleagues: dict[Any, str], **given: Any) -> None:
        super().__init__(data=given)
        if colleagues:
            self.owner_id.choices = choices(colleagues)
        else:
            del self.owner_id


class MemoForm(RecordForm):
    """A note for oneself."""

    text = TextAreaField(
        _l("Memo"), [InputRequired(_l("Write something first.")), Length(max=LONGEST_TEXT)], filters=[optional]
    )
    on = DateField(_l("Day"), [InputRequired(_l("Choose a day."))])
