"""Reads of how surely deals count in the forecast."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, case, func, literal

from saas.crm.opportunities.categories import SETTING, Category, Marks
from saas.crm.opportunities.models import IS_OPEN, Opportunity
from saas.tenants import queries as tenants

COUNTED = "counted"  # all but what is left out
UP_TO = "up_to_best"  # what is committed, and the best case


def marks() -> Marks:
    """The workspace's."""
    found: dict[str, Any] = tenants.setting(SETTING, {})
    return Marks(**found)


def category() -> ColumnElement[Category]:
    """What a deal counts as, in a statement."""
    here, kind = marks(), Opportunity.forecast.type
    by_probability = case(
        (Opportunity.probability >= here.commit_from, literal(Category.COMMIT, kind)),
        (Opportunity.probability >= here.best_from, literal(Category.BEST, kind)),
        else_=literal(Category.PIPELINE, kind),
    )
    return func.coalesce(Opportunity.forecast, by_probability, type_=kind)


def of(deal: Opportunity) -> Category:
    """What a deal counts as."""
    return deal.forecast or marks().category(deal.probability)


def counts_as(value: str) -> ColumnElement[bool] | None:
    """The condition of a filter: open deals that count as this."""
    if value == COUNTED:
        return IS_OPEN & (category() != Category.OMITTED)
    if value == UP_TO:
        return IS_OPEN & category().in_([Category.COMMIT, Category.BEST])
    return IS_OPEN & (category() == Category(value)) if value in set(Category) else None
