"""Filters of the list of deals to which figures lead: a month or a quarter, a team, those whom somebody manages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select

from saas import months, ui
from saas.crm.customers.lists import owners
from saas.crm.fields import queries as fields
from saas.crm.fields.models import Dictionary
from saas.crm.opportunities import category_queries as categories
from saas.crm.opportunities import partner_queries as partners
from saas.crm.opportunities import share_queries as shares
from saas.crm.opportunities.categories import CATEGORY_WORDS
from saas.crm.opportunities.models import CLOSED, EXPECTED, Opportunity
from saas.lists import Filter
from saas.tenants import queries as tenants
from saas.tenants.models import Member

NONE = "none"
AHEAD, BACK = 3, 8  # months around this one that are offered; others are typed


def is_id(column: Any) -> Callable[[str], ColumnElement[bool] | None]:
    """The condition of a filter whose values are ids."""

    def where(value: str) -> ColumnElement[bool] | None:
        try:
            found: ColumnElement[bool] = column == UUID(value)
        except ValueError:
            return None
        return found

    return where


def span_word(text: str) -> str | None:
    """ "2026-11" or "2026-Q4" as its reader says it; None for anything else."""
    found = months.span(text)
    if found is None:
        return None
    first, last = found
    if "..." in text:
        return _("%(first)s to %(last)s", first=ui.month(first), last=ui.month(last))
    if (first.year, first.month) == (last.year, last.month):
        return ui.month(first)
    return _("Q%(number)s %(year)s", number=(first.month + 2) // 3, year=str(first.year))


def within(column: Any) -> Callable[[str], ColumnElement[bool] | None]:
    """The condition of a filter whose values are months and quarters of a day's column."""

    def where(value: str) -> ColumnElement[bool] | None:
        found = months.span(value)
        condition: ColumnElement[bool] | None = column.between(*found) if found else None
        return condition

    return where


def _spans() -> Sequence[tuple[str, Any]]:
    latest = ui.words().today
    for _month in range(AHEAD):
        latest = months.after(latest)
    shown = [months.before(latest.replace(day=1), back) for back in range(AHEAD + BACK + 1)]
    return [(f"{first:%Y-%m}", ui.month(first)) for first in shown]


def _teams() -> Sequence[tuple[str, Any]]:
    return [(str(team.id), team.name) for team in tenants.teams()]


def _categories() -> Sequence[tuple[str, Any]]:
    both = [(categories.COUNTED, _l("All that counts")), (categories.UP_TO, _l("Commit and best case"))]
    return [*both, *((one.value, word) for one, word in CATEGORY_WORDS.items())]


def _sellers() -> Sequence[tuple[str, Any]]:
    return [(shares.ANYBODY, _l("Anybody")), *owners()]


def _managers() -> Sequence[tuple[str, Any]]:
    return [(str(key), name) for key, name in tenants.manager_names()]


def _of_team(value: str) -> ColumnElement[bool] | None:
    if value == NONE:
        return Opportunity.team_id.is_(None)
    return is_id(Opportunity.team_id)(value)


def _managed(value: str) -> ColumnElement[bool] | None:
    managed = is_id(Member.manager_id)(value)
    return None if managed is None else Opportunity.owner_id.in_(select(Member.id).where(managed).correlate(None))


HOW = _l("A month such as 2026-11, or a quarter such as 2026-Q4")
EXPECTED_IN = Filter("expected_in", _l("Expected in"), _spans, within(EXPECTED), pinned=False, hint=HOW, says=span_word)
CLOSED_IN = Filter("closed_in", _l("Closed in"), _spans, within(CLOSED), pinned=False, hint=HOW, says=span_word)
OPENED_IN = Filter(
    "opened_in", _l("Opened in"), _spans, within(Opportunity.opened_on), pinned=False, hint=HOW, says=span_word
)
TEAM = Filter("team", _l("Team"), _teams, _of_team, pinned=False)
MANAGER = Filter("manager", _l("Superior"), _managers, _managed, pinned=False)
FORECAST = Filter("forecast", _l("Forecast"), _categories, categories.counts_as, pinned=False)
SELLS = Filter("sells", _l("Sold by"), _sellers, shares.sells, pinned=False)
CHANNEL = Filter(
    "channel",
    _l("Channel"),
    lambda: [*fields.choices(Dictionary.CHANNEL), (NONE, _l("Not said"))],
    lambda value: Opportunity.channel.is_(None) if value == NONE else Opportunity.channel == value,
    pinned=False,
)
PARTNER = Filter(
    "partner",
    _l("Partner"),
    lambda: [(str(key), name) for key, name in partners.names().items()],
    is_id(Opportunity.partner_id),
    pinned=False,
)
FILTERS = (EXPECTED_IN, CLOSED_IN, OPENED_IN, TEAM, MANAGER, FORECAST, SELLS, CHANNEL, PARTNER)
