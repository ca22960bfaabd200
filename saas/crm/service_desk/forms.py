"""What a person may type about a case: a customer in the portal, and one of us."""

from __future__ import annotations

from collections.abc import Collection
from typing import IO, Any

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from saas.crm.customers import queries as accounts
from saas.crm.opportunities import queries as opportunities
from saas.crm.service_desk.actions import LONGEST
from saas.crm.service_desk.models import (
    CHANNEL_WORDS,
    KIND_WORDS,
    PRIORITY_WORDS,
    RATING_WORDS,
    STATE_WORDS,
    Case,
    CaseKind,
    CaseState,
    Channel,
    Priority,
)
from saas.forms import Form, RecordForm, choices, needed, optional, trimmed
from saas.tenants import queries as tenants
from saas.tenants.forms import an_id

NO_DEAL = "none"  # the deal must be answered, and "none" is an answer


def _subject(label: Any, **options: Any) -> StringField:
    return StringField(label, [needed(), Length(max=200)], filters=[trimmed], **options)


def _text(label: Any, **options: Any) -> TextAreaField:
    return TextAreaField(label, [needed(), Length(max=LONGEST)], filters=[trimmed], **options)


class WithFile(Form):
    """A form that may bring a file."""

    file = FileField(_l("File"), description=_l("A picture, PDF or Office document, up to 25 MB."))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._fields["file"] = self._fields.pop("file")  # it stands last, and so do its errors

    def upload(self) -> tuple[IO[bytes], str] | None:
        """(content, name) of what was chosen, if anything was."""
        found = request.files.get(self.file.name)
        return (found.stream, found.filename) if found is not None and found.filename else None


# ── in the portal ───────────────────────────────────────────────────────────────────────────────────────────────────


class ComplaintForm(WithFile):
    """Something went wrong."""

    subject = _subject(_l("What is it about?"), description=_l("A few words, such as: Two spindles arrived damaged."))
    text = _text(
        _l("What happened?"),
        render_kw={"rows": 6},
        description=_l("When did you notice it, and what would help you now?"),
    )


NEED_WORDS = {
    CaseKind.SERVICE_REQUEST: _l("A repair, a visit or other help"),
    CaseKind.QUESTION: _l("An answer to a question"),
}


class ServiceForm(WithFile):
    """Repair, visit, question."""

    kind = RadioField(_l("What do you need?"))
    subject = _subject(_l("What is it about?"), description=_l("A few words, such as: Maintenance visit in January."))
    text = _text(_l("Tell us more"), render_kw={"rows": 6})

    def __init__(self, kinds: Collection[CaseKind]) -> None:
        words = {kind: word for kind, word in NEED_WORDS.items() if kind in kinds}
        super().__init__(data={"kind": next(iter(words), None)})
        self.kind.choices = choices(words)


class ReplyForm(WithFile):
    """A customer writes again."""

    text = _text(_l("Write to us"), render_kw={"rows": 4})


class RatingForm(Form):
    """How it went."""

    rating = RadioField(
        _l("How satisfied are you?"),
        [InputRequired(_l("Choose one of the five."))],
        choices=choices(RATING_WORDS),
        validate_choice=True,
    )
    comment = TextAreaField(
        _l("What went well, what didn't?"),
        [Optional(), Length(max=2000)],
        filters=[optional],
        render_kw={"rows": 2},
    )


# ── at our desk ─────────────────────────────────────────────────────────────────────────────────────────────────────


class CustomerForm(Form):
    """Whose case it is; asked first, since contact and deal depend on it."""

    customer = StringField(
        _l("Customer"), [needed(), Length(max=200)], filters=[trimmed], description=_l("Name or number.")
    )


class CaseForm(RecordForm):
    """A case as one of us writes it down."""

    kind = SelectField(_l("Kind"), choices=choices(KIND_WORDS), coerce=CaseKind)
    priority = SelectField(_l("Priority"), choices=choices(PRIORITY_WORDS), coerce=Priority)
    subject = _subject(_l("Subject"))
    contact_id = SelectField(
        _l("Contact"), [needed()], coerce=an_id, description=_l("Who told us; they get the answers.")
    )
    opportunity_id = SelectField(_l("Deal"), [needed()])

    def __init__(self, account_id: Any, case: Case | None = None) -> None:
        given = {"priority": Priority.NORMAL, "opportunity_id": NO_DEAL}
        if case is not None:
            given = {"opportunity_id": str(case.opportunity_id or NO_DEAL)}
        super().__init__(obj=case, data=given)
        people = {one.id: one.name for one in accounts.contacts_of(account_id)}
        if case is not None and case.contact is not None:
            people.setdefault(case.contact.id, case.contact.name)
        self.contact_id.choices = choices(people, empty=len(people) != 1)
        deals: dict[Any, Any] = {one.id: one.name for one in opportunities.of_account(account_id)}
        if case is not None and case.opportunity is not None:
            deals.setdefault(case.opportunity.id, case.opportunity.name)
        self.opportunity_id.choices = choices({NO_DEAL: _l("Not about a deal"), **deals})

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb."""
        found = super().values()
        deal = found["opportunity_id"]
        return found | {"opportunity_id": None if deal == NO_DEAL else an_id(deal)}


class NewCaseForm(CaseForm):
    """A case told by phone or mail."""

    channel = SelectField(
        _l("How it reached us"),
        choices=choices({c: w for c, w in CHANNEL_WORDS.items() if c is not Channel.PORTAL}),
        coerce=Channel,
    )
    text = _text(_l("What they told you"), render_kw={"rows": 6})
    takes_it = BooleanField(_l("I deal with it"), default=True)

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb."""
        return {name: value for name, value in super().values().items() if name != "takes_it"}


class AnswerForm(WithFile):
    """An answer to the customer."""

    text = _text(_l("Answer to the customer"), render_kw={"rows": 5})
    state = SelectField(
        _l("and then the case is"),
        choices=choices({s: STATE_WORDS[s] for s in (CaseState.OPEN, CaseState.WAITING, CaseState.SOLVED)}),
        coerce=CaseState,
    )


class NoteForm(WithFile):
    """A word among colleagues."""

    text = _text(_l("Note"), render_kw={"rows": 3})


class OwnerForm(Form):
    """Who deals with a case."""

    owner_id = SelectField(_l("Who deals with it?"), coerce=an_id)

    def __init__(self, case: Case) -> None:
        super().__init__(data={"owner_id": case.owner_id})
        self.owner_id.choices = choices({m.id: m.name for m in tenants.heirs()})
