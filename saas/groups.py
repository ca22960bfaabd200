"""The rows of a list counted in groups: who, which level, which city, with how many and how much."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select
from werkzeug.datastructures import MultiDict

from saas.db import db
from saas.lists import Listing

MOST = 200  # groups that are shown


@dataclass(frozen=True, eq=False)
class Group:
    """By what rows are put together.

    value: the column.
    words: gives value → its word for the reader; what it lacks stands for itself, or as `says` says it.
    filter: of the list, that leaves the rows of one group; None where there is none.
    asks: value → how the address of the list names it.
    beside: a table of its own that has the value, and how its rows belong to the list's.
    is_in_order: shown in the order of their values, the last first, not the largest first.
    part: what part of a row (of 1) is the group's, where several groups have a row together.
    """

    key: str
    label: Any
    value: Any
    words: Callable[[], Mapping[Any, Any]] = dict
    filter: str | None = None
    says: Callable[[Any], Any] = str
    asks: Callable[[Any], str] = str
    beside: tuple[Any, ColumnElement[bool]] | None = None
    is_in_order: bool = False
    part: Any = None


@dataclass(frozen=True, eq=False)
class Sum:
    """What is added up in each group; `currency` is the column with that of an amount."""

    label: Any
    value: Any
    currency: Any = None


@dataclass
class Counted:
    """One group.

    sums: for each Sum, currency → sum; the currency is "" of what is no money. Empty where nobody said a figure.
    """

    value: Any
    count: int = 0
    sums: list[dict[str, Decimal]] = field(default_factory=list)


def counted(
    listing: Listing, group: Group, sums: Sequence[Sum], asked: MultiDict[str, str], *where: ColumnElement[bool]
) -> tuple[list[Counted], bool]:
    """The groups of what the filters leave, in their order, and whether there are more than are shown.

    Args:
        listing: the list.
        group: by what.
        sums: what is added up; those with a currency all have the same.
        asked: what the address of the list asks for.
        where: conditions that always hold, the reader's reach among them.
    """
    currency = next((one.currency for one in sums if one.currency is not None), literal(""))
    many = func.count()
    order = (group.value.desc().nulls_last(),) if group.is_in_order else (many.desc(), group.value)
    first = _of(listing, group, group.value.label("value"), many.label("many")).where(
        *where, *listing.conditions(asked)
    )
    shown = db.session.execute(first.group_by(group.value).order_by(*order).limit(MOST + 1))
    found = {row.value: Counted(row.value, row.many, [{} for _sum in sums]) for row in shown}
    if sums and found:
        added = [func.sum(one.value if group.part is None else one.value * group.part) for one in sums]
        amounts = _of(listing, group, group.value, currency, *added).where(*where, *listing.conditions(asked))
        for value, unit, *figures in db.session.execute(amounts.group_by(group.value, currency)):
            for place, figure in enumerate(figures if value in found else ()):
                if figure is not None:
                    unit_of = (unit or "") if sums[place].currency is not None else ""
                    mine = found[value].sums[place]
                    mine[unit_of] = mine.get(unit_of, Decimal()) + figure
    return list(found.values())[:MOST], len(found) > MOST


def _of(listing: Listing, group: Group, *columns: Any) -> Select[Any]:
    """These columns of the list's rows, and of what lies beside them."""
    asked = select(*columns).select_from(listing.model)
    return asked if group.beside is None else asked.outerjoin(*group.beside)
