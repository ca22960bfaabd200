"""First steps in an empty workspace: those that are still to take and that the reader may take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, select

from saas.crm.customers.models import Account
from saas.db import db
from saas.tenants import queries
from saas.tenants.models import Member, PortalUser
from saas.tenants.permissions import Permission, Who


@dataclass(frozen=True)
class Step:
    """One thing to begin with."""

    icon: str
    title: Any
    text: Any
    endpoint: str
    permission: Permission
    taken: Any  # a select of one id, which finds a row once the step is taken


def _first(model: Any, *where: ColumnElement[bool]) -> Select[Any]:
    return select(model.id).where(*where).order_by(model.id).limit(1)


STEPS = (
    Step(
        icon="upload",
        title=_l("Bring your customers"),
        text=_l("Upload a list from Excel or another system; you see what happens before anything is written."),
        endpoint="transfer.start",
        permission=Permission.TRANSFER_IMPORT,
        taken=_first(Account),
    ),
    Step(
        icon="user-plus",
        title=_l("Invite a colleague"),
        text=_l("They get a mail, choose a password and are in."),
        endpoint="members.invite",
        permission=Permission.MEMBER_INVITE,
        taken=_first(Member, queries.seated(invited=True)).offset(1),
    ),
    Step(
        icon="door-enter",
        title=_l("Open the portal"),
        text=_l("Greet your customers and invite them: they file requests and see how far you are."),
        endpoint="portals.index",
        permission=Permission.WORKSPACE_SET,
        taken=_first(PortalUser),
    ),
)


_TAKEN = select(*[step.taken.scalar_subquery() for step in STEPS])


def open_to(who: Who) -> list[dict[str, Any]]:
    """The steps that this reader can take now."""
    offered = [step.endpoint in current_app.view_functions and who.may(step.permission) for step in STEPS]
    if not any(offered):
        return []
    taken = db.session.execute(_TAKEN).one()
    return [
        {"icon": step.icon, "title": step.title, "text": step.text, "url": url_for(step.endpoint)}
        for step, is_offered, row_id in zip(STEPS, offered, taken, strict=True)
        if is_offered and row_id is None
    ]
