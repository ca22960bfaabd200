"""What the frame of staff pages shows: who one is, where, and the places one may go. Costs no statement of its own."""

from __future__ import annotations

from typing import Any

from flask import g, url_for
from flask_babel import gettext as _

from saas.portals.workspace import menu
from saas.tenants.models import Member, Tenant


def shown() -> dict[str, Any]:
    """The context of `layouts/staff.html`; empty on other pages."""
    member: Member | None = g.get("member")
    tenant: Tenant | None = g.get("tenant")
    if tenant is None:
        return {}
    frame: dict[str, Any] = {"workspace": tenant}
    if member is None or g.get("who") is None:
        return frame
    user = g.user
    return frame | {
        "me": member,
        "theme": user.theme,
        "shortcuts": user.shortcuts,
        "menu": menu.shown(menu.PLACES, g.who),
        "settings_menu": menu.shown(menu.SETTINGS, g.who),
        "new_items": menu.shown(menu.NEW, g.who),
        "search_url": url_for("search.index") if menu.exists("search.index") else None,
        "sign_out_url": url_for("door.sign_out"),
        "me_items": [
            {"label": _("Switch workspace"), "url": url_for("signing.workspaces"), "icon": "switch-horizontal"},
        ],
    }
