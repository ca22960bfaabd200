"""What a printed case says."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from saas import ui
from saas.crm.service_desk import queries as cases
from saas.crm.service_desk.models import (
    CHANNEL_WORDS,
    KIND_WORDS,
    PRIORITY_WORDS,
    RATING_WORDS,
    STATE_WORDS,
    Case,
)
from saas.tenants.actions import attachments
from saas.tenants.paper import exact

MESSAGES = 200  # of a case; the oldest are left out beyond that


def case(case_id: UUID, *, with_notes: bool) -> dict[str, Any]:
    """What a printed case says.

    Args:
        case_id: the case.
        with_notes: what only colleagues see stands in it too.
    """
    found = cases.case_row(case_id)
    said = [m for m in cases.messages(case_id) if m.is_public or with_notes]
    return {
        "case": found,
        "title": f"{KIND_WORDS[found.kind]} {found.number}",
        "facts": _facts(found),
        "customer": found.contact.name if found.contact else found.account.name,
        "messages": said[-MESSAGES:],
        "left_out": max(len(said) - MESSAGES, 0),
        "files": [f for f in reversed(attachments.on(Case.__tablename__, case_id)) if f.is_public or with_notes],
        "with_notes": with_notes,
        "exact": exact,
    }


def _facts(found: Case) -> list[tuple[str, Any]]:
    def after(at: datetime | None) -> Any:
        return at and _("%(moment)s, after %(time)s", moment=exact(at), time=ui.span(at - found.created_at))

    rows = [
        (_("Customer"), f"{found.account.name} ({found.account.number})"),
        (_("Contact"), found.contact.name if found.contact else None),
        (_("Filed"), exact(found.created_at)),
        (_("Came by"), CHANNEL_WORDS[found.channel]),
        (_("State"), STATE_WORDS[found.state]),
        (_("Priority"), PRIORITY_WORDS[found.priority]),
        (_("Dealt with by"), found.owner.name if found.owner else _("Nobody yet")),
        (_("First answer"), after(found.first_answer_at) or _("not yet")),
        (_("Solved"), after(found.solved_at)),
        (_("Rating"), f"{found.rating} · {RATING_WORDS[found.rating]}" if found.rating else None),
    ]
    return [(label, value) for label, value in rows if value]
