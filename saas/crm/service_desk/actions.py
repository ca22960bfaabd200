"""What can be done with cases, by customers and by us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO, Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from saas import clock
from saas.archive import refuse_archived
from saas.crm.customers import actions as customers
from saas.crm.customers import ownership
from saas.crm.customers import queries as accounts
from saas.crm.customers.models import Account, Contact
from saas.crm.service_desk import queries, upkeep
from saas.crm.service_desk.models import Case, CaseEvent, CaseKind, CaseMessage, CaseState, Channel
from saas.db import current_tenant, db, new_id
from saas.errors import Conflict, Refused
from saas.tenants import events, handover, numbers
from saas.tenants.actions import attachments
from saas.tenants.handover import ALL, Holding, Part
from saas.tenants.models import File, Member, MemberStatus, PortalUser
from saas.tenants.portal_kinds import Subject
from saas.tenants.scope import Actor
from saas.versions import Overtaken

LONGEST = 20_000  # signs of one text


class AlreadyTaken(Conflict):
    """A colleague was faster."""


# ── from the customer ───────────────────────────────────────────────────────────────────────────────────────────────


def file(values: Mapping[str, Any], *, by: PortalUser, subject: Subject) -> Case:
    """Take in what a customer asks of us in the portal.

    Args:
        values: kind, subject and text.
        by: who files it.
        subject: the contact behind him, as he is in the books now.
    """
    case = upkeep.new_case(
        {**values, "account_id": subject.account_id, "contact_id": subject.id, "channel": Channel.PORTAL}
    )
    case.portal_user_id = by.id
    upkeep.take_in(case, by=by)
    return case


def reply(case: Case, text: str, *, by: PortalUser) -> CaseMessage:
    """Write to us in a case; one that waited for the customer, was solved or closed, comes back to us.

    Raises:
        Refused: it says nothing.
    """
    case = queries.lock_case(case.id)
    said = upkeep.say(case, text, by=by, is_public=True)
    upkeep.move(case, CaseState.NEW if case.state is CaseState.NEW else CaseState.OPEN)
    events.record(CaseEvent.REPLIED, case, by=by, changed=upkeep.facts(case) | {"message_id": said.id})
    return said


def rate(case: Case, rating: int, comment: str | None, *, by: PortalUser) -> None:
    """Say how it went; that closes the case.

    Raises:
        Refused: the rating isn't one of 1 to 5.
    """
    if rating not in range(1, 6):
        raise Refused(_("Choose one of the five."), field="rating")
    case = queries.lock_case(case.id)
    case.rating, case.rating_comment, case.rated_at = rating, upkeep.clean(comment or "") or None, clock.now()
    if case.state is not CaseState.CLOSED:
        upkeep.move(case, CaseState.CLOSED)
    events.record(CaseEvent.RATED, case, by=by, changed=upkeep.facts(case) | {"rating": rating})


# ── from us ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def create(
    values: Mapping[str, Any], *, account: Account, contact: Contact | None, owner: Member | None, by: Actor
) -> Case:
    """Write down what a customer told us.

    Args:
        values: kind, subject, text, channel; perhaps priority and opportunity_id.
        account: whose case it is.
        contact: who told us.
        owner: who deals with it; nobody yet when None.
        by: who writes it down.

    Raises:
        Archived: the customer or the contact was put away.
        Refused: the contact isn't theirs.
    """
    refuse_archived(account, contact)
    upkeep.check_contact(contact, account.id)
    case = upkeep.new_case({**values, "account_id": account.id, "contact_id": contact.id if contact else None})
    upkeep.give(case, owner)
    if owner is not None:
        case.state = CaseState.OPEN
    upkeep.take_in(case, by=by)
    if isinstance(by, Member):
        ownership.touch(accounts.lock_account(account.id), case.created_at)
    return case


def take(case: Case, *, by: Member) -> None:
    """Begin to deal with a case that nobody has.

    Raises:
        AlreadyTaken: a colleague was faster.
    """
    case = queries.lock_case(case.id)
    if case.owner_id == by.id:
        return
    if case.owner is not None:
        raise AlreadyTaken(_("%(name)s took it a moment ago.", name=case.owner.name))
    upkeep.pass_on(case, by, by=by)


def assign(case: Case, owner: Member, *, by: Member) -> None:
    """Give a case to a colleague.

    Raises:
        Refused: he no longer works here.
    """
    if owner.status is not MemberStatus.ACTIVE:
        raise Refused(_("%(name)s can't be given anything to do.", name=owner.name), field="owner_id")
    case = queries.lock_case(case.id)
    if case.owner_id != owner.id:
        upkeep.pass_on(case, owner, by=by)


def answer(case: Case, text: str, *, state: CaseState, by: Member) -> CaseMessage:
    """Write to the customer: he sees it in the portal and gets it by mail.

    Args:
        case: any; a settled one stays so or comes back, as `state` says.
        text: what he reads.
        state: where the case stands now: in work, waiting for him, or solved.
        by: who answers; takes the case if nobody has.

    Raises:
        Refused: it says nothing, or the state isn't one of these.
    """
    if state not in {CaseState.OPEN, CaseState.WAITING, CaseState.SOLVED}:
        raise Refused(_("After an answer a case is in work, waits for the customer, or is solved."), field="state")
    case = queries.lock_case(case.id)
    said = upkeep.say(case, text, by=by, is_public=True)
    case.first_answer_at = case.first_answer_at or said.created_at
    if case.owner_id is None:
        upkeep.pass_on(case, by, by=by)
    upkeep.move(case, state)
    ownership.touch(accounts.lock_account(case.account_id), said.created_at)
    events.record(CaseEvent.ANSWERED, case, by=by, changed=upkeep.facts(case) | {"message_id": said.id, "state": state})
    return said


def note(case: Case, text: str, *, by: Member) -> CaseMessage:
    """Write something that only colleagues see.

    Raises:
        Refused: it says nothing.
    """
    said = upkeep.say(case, text, by=by, is_public=False)
    events.record(CaseEvent.NOTED, case, by=by, changed=upkeep.facts(case))
    return said


def set_state(case: Case, state: CaseState, *, by: Member) -> None:
    """Say where a case stands, without a word to the customer.

    Raises:
        Refused: a case can't become new again.
    """
    if state is CaseState.NEW:
        raise Refused(_("A case is new only once."))
    case = queries.lock_case(case.id)
    before = case.state
    if state is before:
        return
    was_settled = case.is_settled
    upkeep.move(case, state)
    name = {CaseState.SOLVED: CaseEvent.SOLVED, CaseState.CLOSED: CaseEvent.CLOSED}.get(
        state, CaseEvent.REOPENED if was_settled else CaseEvent.CHANGED
    )
    events.record(name, case, by=by, changed=upkeep.facts(case) | {"state": [before, state]})


def change(case: Case, values: Mapping[str, Any], *, version: int | None, by: Member) -> dict[str, Any]:
    """Write what a form holds; returns what changed, field → [before, after].

    Raises:
        Overtaken: the record is no longer at `version`.
        Refused: the contact isn't the customer's.
    """
    case = queries.lock_case(case.id)
    if version is not None and version != case.version:
        raise Overtaken(case)
    if (contact_id := values.get("contact_id")) is not None:
        wanted = select(Contact).where(Contact.id == contact_id)
        upkeep.check_contact(db.session.scalars(wanted).one_or_none(), case.account_id)
    changed = customers.apply(case, values)
    if not changed:
        return {}
    upkeep.place(case)
    upkeep.index_cases([case])
    events.record(CaseEvent.CHANGED, case, by=by, changed=upkeep.facts(case) | changed)
    if "kind" in changed:
        db.session.flush()
        upkeep.guard([case])
    return changed


def attach(said: Case | CaseMessage, source: IO[bytes], name: str, *, by: Actor, is_public: bool) -> File:
    """Put a file on a case.

    Args:
        said: the message that it goes with; a case for the one with which it was filed.
        source: what was uploaded.
        name: as the person called it.
        by: who did.
        is_public: the customer sees it too; always so with what he brought himself.

    Raises:
        Refused: the file is empty, too large or of a kind that isn't taken.
    """
    case = said if isinstance(said, Case) else db.session.get_one(Case, (current_tenant(), said.case_id))
    both = is_public or isinstance(by, PortalUser)
    return attachments.attach(case, source, name, by=by, is_public=both, came_with_id=said.id)


def create_cases(rows: Sequence[Mapping[str, Any]], *, by: Actor, batch_id: UUID | None = None) -> list[Case]:
    """Write many cases whose values were checked: rows, search entries and events, each in one insert.

    Args:
        rows: columns of Case (kind, channel, subject, text, account_id at least), perhaps `owner` (Member).
        by: who adds them.
        batch_id: shared by their events.
    """
    if not rows:
        return []
    made = []
    for number, given in zip(numbers.take("case", len(rows)), rows, strict=True):
        values = {name: value for name, value in given.items() if value is not None and name != "owner"}
        case = Case(**{"id": new_id(), "number": number, "created_at": clock.now()} | upkeep.DEFAULTS | values)
        upkeep.give(case, given.get("owner"))
        case.moved_at = case.closed_at or case.solved_at or case.created_at
        upkeep.place(case)
        made.append(case)
    db.session.add_all(made)
    db.session.flush()
    upkeep.index_cases(made)
    events.record_many(CaseEvent.FILED, [(one, upkeep.facts(one)) for one in made], by=by, batch_id=batch_id)
    upkeep.guard(one for one in made if one.kind is CaseKind.COMPLAINT and not one.is_settled)
    return made


def hand_over(leaver_id: UUID, heir: Member, by: Actor, batch_id: UUID, part: Part = ALL) -> list[UUID]:
    """Give the unsettled cases of a leaver to `heir`; returns their ids."""
    mine = select(Case).where(*queries.held_by(leaver_id), *part.of(Case))
    found = list(db.session.scalars(mine.with_for_update(of=Case)))
    for case in found:
        upkeep.give(case, heir)
    db.session.flush()
    upkeep.index_cases(found)
    rows = [(case, upkeep.facts(case) | {"owner": [None, heir.name], "owner_id": heir.id}) for case in found]
    events.record_many(CaseEvent.HANDED_OVER, rows, by=by, batch_id=batch_id)
    return [case.id for case in found]


handover.register(
    Holding(
        "service_case.owner_id",
        lambda n: ngettext("%(num)s open case", "%(num)s open cases", n),
        queries.count_by_owner,
        hand_over,
    )
)


# ── how a row is kept true ──────────────────────────────────────────────────────────────────────────────────────────
