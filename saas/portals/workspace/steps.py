"""First steps in an empty workspace: those that are still to take and that the reader may take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from saas.crm.customers.models import Account
from saas.db import db
from saas.tenants import queries
from saas.tenants.models import PortalUser
from saas.tenants.permissions import Permission, Who


@dataclass(frozen=True)
class Step:
    """One thing to begin with."""

    icon: str
    title: Any
    text: Any
    endpoint: str
    permission: Permission
    is_taken: Callable[[], bool]


STEPS = (
    Step(
        icon="upload",
        title=_l("Bring your customers"),
        text=_l("Upload a list from Excel or another system; you see what happens before anything is written."),
        endpoint="transfer.start",
        permission=Permission.TRANSFER_IMPORT,
        is_taken=lambda: _any(Account.id),
    ),
    Step(
        icon="user-plus",
        title=_l("Invite a colleague"),
        text=_l("They get a mail, choose a password and are in."),
        endpoint="members.invite",
        permission=Permission.MEMBER_INVITE,
        is_taken=lambda: queries.count_seats(invited=True) > 1,
    ),
    Step(
        icon="door-enter",
        title=_l("Open the portal"),
        text=_l("Greet your customers and invite them: they file requests and see how far you are."),
        endpoint="portals.index",
        permission=Permission.WORKSPACE_SET,
        is_taken=lambda: _any(PortalUser.id),
    ),
)


def open_to(who: Who) -> list[dict[str, Any]]:
    """The steps that this reader can take now; one small statement each."""
    return [
        {"icon": step.icon, "title": step.title, "text": step.text, "url": url_for(step.endpoint)}
        for step in STEPS
        if step.endpoint in current_app.view_functions and who.may(step.permission) and not step.is_taken()
    ]


def _any(key: Any) -> bool:
    return db.session.scalar(select(key).limit(1)) is not None
