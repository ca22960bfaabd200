"""What stands on every printed page of a workspace, and what a printed case says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from saas import clock, files, ui
from saas.crm.service_desk import queries as cases
from saas.crm.service_desk.models import (
    CHANNEL_WORDS,
    KIND_WORDS,
    PRIORITY_WORDS,
    RATING_WORDS,
    STATE_WORDS,
    Case,
)
from saas.db import current_tenant, db
from saas.errors import NotFound
from saas.pdf import Asset
from saas.tenants.actions import attachments
from saas.tenants.models import File, Tenant

MESSAGES = 200  # of a case; the oldest are left out beyond that


def assets(workspace: Tenant) -> dict[str, Asset]:
    """The workspace's logo, if it has one."""
    if workspace.logo_id is None:
        return {}
    file = db.session.scalars(select(File).where(File.id == workspace.logo_id)).one_or_none()
    try:
        return (
            {"logo": Asset(file.media_type, files.path_of(current_tenant(), file.sha256).read_bytes())} if file else {}
        )
    except NotFound:
        return {}


def frame(workspace: Tenant, found: Mapping[str, Asset], *, at: datetime) -> dict[str, Any]:
    """What the head and the foot of a page say.

    Args:
        workspace: whose paper it is.
        found: the pictures that go along.
        at: when it was made.
    """
    local = clock.local(at, workspace.timezone)
    made = _("Made on %(day)s at %(time)s", day=ui.words().full_day(local.date()), time=f"{local:%H:%M}")
    return {"company": workspace.name, "has_logo": "logo" in found, "made": made}


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


def exact(at: datetime) -> str:
    """An instant as paper says it: with its year, since nobody knows when it is read."""
    local = at.astimezone(ui.words().zone)
    return f"{ui.words().full_day(local.date())} {local:%H:%M}"
