"""What the frame of staff pages shows: who one is, where, and the places one may go. No statement of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import gettext as _

from saas import clock, i18n
from saas.portals import guard
from saas.portals.workspace import menu
from saas.tenants import scope, stories
from saas.tenants.models import Member, Role, Tenant
from saas.tenants.permissions import ANYONE, ROLE_NAMES, Permission


@dataclass(frozen=True)
class Workspace:
    """The workspace as pages name it."""

    name: str
    slug: str
    logo_url: str | None
    currency: str
    timezone: str


def init_app(app: Flask) -> None:
    """Give the layouts their context, and templates what they say about people."""
    app.context_processor(shown)
    app.jinja_env.globals.update(
        picture_url=picture_url, role_name=role_name, may=may, now=clock.now, trail_key=stories.drawn_from
    )
    app.jinja_env.filters["browser"] = browser


def shown() -> dict[str, Any]:
    """The context of `layouts/staff.html`."""
    member: Member | None = g.get("member")
    tenant: Tenant | None = g.get("tenant")
    if tenant is None or (member is None and not _is_open_door()):
        return {}  # a stranger, whom no page tells that there is such a workspace
    logo = url_for("files.logo", file_id=tenant.logo_id) if tenant.logo_id else None
    frame: dict[str, Any] = {
        "workspace": Workspace(tenant.name, tenant.slug, logo, tenant.currency, tenant.timezone),
    }
    if member is None or g.get("who") is None:
        return frame
    return frame | {
        "me": member,
        "theme": g.user.theme,
        "shortcuts": g.user.shortcuts,
        "menu": menu.shown(menu.PLACES, g.who),
        "settings_menu": menu.shown(menu.SETTINGS, g.who),
        "new_items": menu.shown(menu.NEW, g.who),
        "bell_count": g.get("unread", 0),
        **_ways(i18n.language(), tenant.slug),
    }


@lru_cache(maxsize=512)  # the same few addresses and words stand on every page of a workspace
def _ways(_language: str, _workspace: str) -> dict[str, Any]:
    return {
        "workspaces_url": url_for("door.others"),
        "all_workspaces_url": url_for("signing.workspaces"),
        "search_url": url_for("search.index"),
        "bell_url": url_for("bell.index"),
        "sign_out_url": url_for("door.sign_out"),
        "me_items": [
            {"label": _("Your profile"), "url": url_for("profile.index"), "icon": "user"},
            {"label": _("Signing in"), "url": url_for("profile.security"), "icon": "lock"},
            {"label": _("Look and keys"), "url": url_for("profile.look"), "icon": "palette"},
        ],
    }


def _is_open_door() -> bool:
    """True on pages that everybody may see: signing in, joining."""
    return request.endpoint is not None and guard.right_of(current_app, request.endpoint) == ANYONE


def picture_url(member: Member) -> str | None:
    """The address of a member's picture, if he has one."""
    return url_for("files.picture", file_id=member.picture_id) if member.picture_id else None


def role_name(role: Role) -> str:
    """A role's own name, or the translated one of a starting role."""
    return role.name or str(ROLE_NAMES.get(role.key, role.key))


def may(right: str, record: object = None) -> bool:
    """True when the reader has a right, named as in `Permission` ("member.invite"), for the record if one is given."""
    return scope.may(Permission(right), record)


def browser(agent: str) -> str:
    """A browser's own words in ours: "Firefox, Windows"."""
    kinds = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    machines = (
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    )
    named = [next((name for mark, name in table if re.search(mark, agent)), "") for table in (kinds, machines)]
    return ", ".join(part for part in named if part) or _("Unknown browser")
