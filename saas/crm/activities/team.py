"""Whose calendar is looked at: one's own, everybody's, or that of some colleagues together, each in a colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, or_

from saas import ui
from saas.crm.activities import queries, targets
from saas.crm.activities.models import Activity, Promise
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.permissions import Permission, Reach
from saas.tenants.scope import me

ALL, MINE = "all", "me"
COLOURS = ("sea", "violet", "good", "waiting", "blue", "neutral")  # tokens that are read well on a surface
MOST = len(COLOURS)  # colleagues side by side


def chosen() -> list[UUID]:
    """The colleagues whom the address names, as many as there are colours; none for one's own or everybody's."""
    asked = [targets.an_id(one) for one in request.args.get("who", "").split(",")]
    return list(dict.fromkeys(one for one in asked if one is not None))[:MOST]


def key() -> str:
    """Whose calendar is asked for, as an address says it."""
    if request.args.get("who") == ALL:
        return ALL
    return ",".join(str(one) for one in chosen()) or MINE


def conditions() -> Sequence[ColumnElement[bool]]:
    """The activities of those whose calendar is asked for."""
    if key() == ALL:
        return []
    if key() == MINE:
        return [or_(Activity.owner_id == me().id, queries.takes_part())]
    return [Activity.owner_id.in_(chosen())]


def promise_conditions() -> Sequence[ColumnElement[bool]]:
    """The promises of those whose calendar is asked for."""
    if key() == ALL:
        return []
    return [Promise.owner_id == me().id if key() == MINE else Promise.owner_id.in_(chosen())]


def colours() -> dict[UUID, str]:
    """Colleague → the colour of his activities, where several are looked at together."""
    some = chosen()
    return dict(zip(some, COLOURS, strict=False)) if len(some) > 1 else {}


def sees_others() -> bool:
    """True for a reader whose reach goes beyond his own activities."""
    return scope.who().reach(Permission.ACTIVITY_VIEW) is not Reach.OWN


def links() -> list[dict[str, Any]]:
    """One's own calendar, and everybody's."""
    words = {MINE: _("Mine"), ALL: _("Everyone's")}
    return [
        {"label": label, "url": ui.here(who=None if one == MINE else one), "active": one == key()}
        for one, label in words.items()
    ]


def colleagues() -> list[dict[str, Any]]:
    """Each colleague, with the address that adds him to those looked at, or takes him off; what the reader may not see
    of them stays away all the same."""
    some = chosen()
    return [
        {
            "label": name,
            "url": ui.here(who=_with(some, one)),
            "active": one in some,
            "colour": colours().get(one),
        }
        for one, name in tenants.member_names()
    ]


def label(found: Sequence[dict[str, Any]]) -> str:
    """What the choice of colleagues is called: who was chosen."""
    names = [one["label"] for one in found if one["active"]]
    if not names:
        return _("Colleagues")
    return str(names[0]) if len(names) == 1 else ngettext("%(num)s colleague", "%(num)s colleagues", len(names))


def _with(some: Sequence[UUID], one: UUID) -> str | None:
    rest = [other for other in some if other != one] if one in some else [*some, one][-MOST:]
    return ",".join(str(other) for other in rest) or None
