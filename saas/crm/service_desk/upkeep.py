"""How a case's row is kept true, whichever verb changes it: its place in the queue, its times, who is told."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from saas import clock, search
from saas.crm.customers import ownership
from saas.crm.customers.models import Contact, ShieldKind
from saas.crm.service_desk import queue
from saas.crm.service_desk.models import TO_DO, Case, CaseEvent, CaseKind, CaseMessage, CaseState, Priority
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import brought, events, numbers
from saas.tenants.models import Member, PortalUser
from saas.tenants.scope import Actor

DEFAULTS = {"state": CaseState.NEW, "priority": Priority.NORMAL}
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def new_case(values: Mapping[str, Any]) -> Case:
    """A case with what is the same for all new ones; not in the session yet."""
    now = clock.now()
    case = Case(**{"id": new_id(), "created_at": now, "moved_at": now} | DEFAULTS | dict(values))
    case.subject, case.text = " ".join(clean(case.subject).split()), clean(case.text)
    return case


def take_in(case: Case, *, by: Actor) -> None:
    """Number a new case, write it, make it findable and tell of it."""
    (case.number,) = numbers.take("case")
    place(case)
    db.session.add(case)
    db.session.flush()
    index_cases([case])
    events.record(CaseEvent.FILED, case, by=by, changed=facts(case))
    guard([case])


def guard(cases: Iterable[Case]) -> None:
    """An open complaint keeps the customer with whoever looks after him; one that is settled no longer does."""
    over = []
    for case in cases:
        if case.kind is CaseKind.COMPLAINT and not case.is_settled:
            ownership.shield(case.account_id, ShieldKind.COMPLAINT, case.id)
        else:
            over.append(case)
    if over:
        ownership.unshield({c.account_id for c in over}, ShieldKind.COMPLAINT, {c.id for c in over})


def say(case: Case, text: str, *, by: Member | PortalUser, is_public: bool) -> CaseMessage:
    """Write a message into a case."""
    text = clean(text)
    if not text:
        raise Refused(_("Write something first."), field="text")
    who = {"member_id": by.id} if isinstance(by, Member) else {"portal_user_id": by.id}
    said = CaseMessage(id=new_id(), case_id=case.id, text=text, is_public=is_public, created_at=clock.now(), **who)
    db.session.add(said)
    return said


def clean(text: str) -> str:
    """What was typed, without signs that nobody sees and that could turn the reading direction."""
    return _UNSEEN.sub("", unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")).strip()


def move(case: Case, state: CaseState) -> None:
    """Set where a case stands and when it came there; its turn in the queue begins anew when it comes back to us."""
    now = clock.now()
    if state in TO_DO and case.state not in TO_DO:
        case.turn = queue.turn(case.priority, now)
    case.state, case.moved_at = state, now
    case.solved_at = (case.solved_at or now) if case.is_settled else None
    case.closed_at = (case.closed_at or now) if state is CaseState.CLOSED else None
    db.session.flush()
    if case.kind is CaseKind.COMPLAINT:
        guard([case])


def place(case: Case) -> None:
    """Give a case its turn by its priority; since when it waits stays as it was."""
    since = queue.since(case.turn) if case.turn is not None else case.created_at
    case.turn = queue.turn(case.priority, since)


def give(case: Case, owner: Member | None) -> None:
    """Set whose case it is, on its row alone."""
    case.owner = owner
    case.owner_id, case.team_id = (owner.id, owner.team_id) if owner else (None, None)


def pass_on(case: Case, owner: Member, *, by: Member) -> None:
    """Give a case to a colleague, and tell of it."""
    before = case.owner.name if case.owner else None
    give(case, owner)
    if case.state is CaseState.NEW:
        case.state = CaseState.OPEN
    db.session.flush()
    index_cases([case])
    about = facts(case) | {"owner": [before, owner.name], "owner_id": owner.id}
    events.record(CaseEvent.ASSIGNED, case, by=by, changed=about)


def check_contact(contact: Contact | None, account_id: UUID) -> None:
    """Raises Refused where the contact works elsewhere."""
    if contact is not None and contact.account_id != account_id:
        raise Refused(_("This person isn't at that customer."), field="contact_id")


def facts(case: Case) -> dict[str, Any]:
    """What the timeline tells; it is read from the event alone."""
    return {"number": case.number, "subject": case.subject, "kind": case.kind}


def index_cases(cases: Sequence[Case]) -> None:
    """Make cases findable by number, subject and the id that a file gave them."""
    told = ((c, (c.number, c.subject, brought.reference(c))) for c in cases)
    search.put(
        [search.entry(Case.__tablename__, c.id, texts, owner_id=c.owner_id, team_id=c.team_id) for c, texts in told]
    )
