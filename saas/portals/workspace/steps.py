"""First steps in an empty workspace: those whose page exists and the reader may open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from flask_babel import lazy_gettext as _l

from saas.tenants.permissions import Permission, Who


@dataclass(frozen=True)
class Step:
    """One thing to begin with."""

    icon: str
    title: Any
    text: Any
    endpoint: str
    permission: Permission


STEPS = (
    Step(
        icon="upload",
        title=_l("Bring your customers"),
        text=_l("Upload a list from Excel or another system; you see what happens before anything is written."),
        endpoint="transfer.begin",
        permission=Permission.TRANSFER_IMPORT,
    ),
    Step(
        icon="user-plus",
        title=_l("Invite a colleague"),
        text=_l("They get a mail, choose a password and are in."),
        endpoint="members.invite",
        permission=Permission.MEMBER_INVITE,
    ),
    Step(
        icon="door-enter",
        title=_l("Open the portal"),
        text=_l("Your customers file requests and see how far you are."),
        endpoint="portal_settings.show",
        permission=Permission.WORKSPACE_SET,
    ),
)


def open_to(who: Who) -> list[dict[str, Any]]:
    """The steps that this reader can take now."""
    return [
        {"icon": step.icon, "title": step.title, "text": step.text, "url": url_for(step.endpoint)}
        for step in STEPS
        if step.endpoint in current_app.view_functions and who.may(step.permission)
    ]
