"""A case in the eyes of a customer: the same for the one who filed it and for a colleague of his.

What isn't a field here doesn't leave the house: notes, owner, priority, deal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l

from saas.crm.service_desk.models import Case, CaseKind, CaseMessage, CaseState
from saas.tenants.models import File

STEPS = (_l("Received"), _l("Being checked"), _l("Solution offered"), _l("Done"))
STEP_OF = {CaseState.NEW: 0, CaseState.OPEN: 1, CaseState.WAITING: 1, CaseState.SOLVED: 2, CaseState.CLOSED: 3}
PORTAL_WORDS = {
    CaseState.NEW: _l("Received"),
    CaseState.OPEN: _l("We are working on it"),
    CaseState.WAITING: _l("We need your answer"),
    CaseState.SOLVED: _l("Solution offered"),
    CaseState.CLOSED: _l("Done"),
}
PORTAL_LOOKS = {
    CaseState.NEW: "sea",
    CaseState.OPEN: "waiting",
    CaseState.WAITING: "wrong",
    CaseState.SOLVED: "good",
    CaseState.CLOSED: "neutral",
}


@dataclass(frozen=True)
class PortalMessage:
    """An answer of ours or a reply of theirs."""

    author: str
    is_ours: bool
    text: str
    at: datetime
    files: tuple[PortalFile, ...]  # sent along with it


@dataclass(frozen=True)
class PortalFile:
    """A file that both sides see."""

    id: UUID
    name: str
    size: int  # bytes
    came_with_id: UUID | None


@dataclass(frozen=True)
class PortalCase:
    """What a customer sees of a case."""

    id: UUID
    number: str
    kind: CaseKind
    subject: str
    text: str
    state: Any  # in a customer's words
    look: str
    step: int  # index in STEPS
    is_done: bool
    asks_us: bool  # a reply brings it back to us
    filed_at: datetime
    filed_by: str | None  # the contact
    rating: int | None
    rating_comment: str | None
    messages: tuple[PortalMessage, ...] = ()
    files: tuple[PortalFile, ...] = ()  # filed with it
    other_files: tuple[PortalFile, ...] = ()


def shown(case: Case, messages: Iterable[CaseMessage] = (), files: Iterable[File] = ()) -> PortalCase:
    """A case as a customer sees it; what is not public among `messages` and `files` is left out here once more."""
    both = [PortalFile(f.id, f.name, f.size, f.came_with_id) for f in files if f.is_public]
    said = [m for m in messages if m.is_public]
    places = {case.id, *(m.id for m in said)}
    return PortalCase(
        id=case.id,
        number=case.number,
        kind=case.kind,
        subject=case.subject,
        text=case.text,
        state=PORTAL_WORDS[case.state],
        look=PORTAL_LOOKS[case.state],
        step=STEP_OF[case.state],
        is_done=case.state is CaseState.CLOSED,
        asks_us=case.state in {CaseState.WAITING, CaseState.SOLVED, CaseState.CLOSED},
        filed_at=case.created_at,
        filed_by=case.contact.name if case.contact else None,
        rating=case.rating,
        rating_comment=case.rating_comment,
        messages=tuple(_message(m, both) for m in said),
        files=_sent_with(case.id, both),
        other_files=tuple(f for f in both if f.came_with_id not in places),
    )


def _sent_with(said_id: UUID, files: Iterable[PortalFile]) -> tuple[PortalFile, ...]:
    return tuple(one for one in files if one.came_with_id == said_id)


def _message(message: CaseMessage, files: Iterable[PortalFile]) -> PortalMessage:
    author = message.member or message.portal_user
    return PortalMessage(
        author=author.name if author else "",
        is_ours=message.portal_user_id is None,
        text=message.text,
        at=message.created_at,
        files=_sent_with(message.id, files),
    )
