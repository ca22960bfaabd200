"""What was said of months as they began, held against what was won in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from saas import months, ui
from saas.crm.forecasts import queries
from saas.crm.forecasts.figures import Held, error, usual_error
from saas.crm.forecasts.models import ForecastLine
from saas.crm.forecasts.pages import CALL, MEASURE_WORDS

BACK = 12  # months that are shown
SPAN = 6  # of which the usual error of a person is told
LEAST = 3  # months below which nothing is told
SAID = ("commit", "best", "weighted", "rate", "call")


def head() -> list[str]:
    """The names of what was said."""
    return [str(CALL) if name == "call" else str(MEASURE_WORDS[name]) for name in SAID]


def held(today: date, currency: str) -> list[Held]:
    """Each person's months that are over and were noted as they began, within the reader's reach.

    Args:
        today: the workspace's day.
        currency: of which sums are looked at; others are left out.
    """
    this_month = today.replace(day=1)
    first, last = months.before(this_month, BACK), this_month - months.ONE_DAY
    lines = queries.lines_at_beginning(first, last, currency, queries.lines_within())
    won: dict[tuple[date, UUID | None], Decimal] = {}
    for part in queries.won(first, last, queries.within()):
        if part.currency == currency:
            place = (part.month, part.owner_id)
            won[place] = won.get(place, Decimal()) + part.amount
    noted = {line.month for line in lines}
    told = {(line.month, line.owner_id): _said(line) for line in lines}
    nothing = {name: Decimal() for name in SAID if name != "call"}
    unforeseen = {place: nothing for place in won if place[0] in noted and place not in told}
    return [
        Held(month, owner_id, said, won.get((month, owner_id), Decimal()))
        for (month, owner_id), said in {**told, **unforeseen}.items()
    ]


def _said(line: ForecastLine) -> dict[str, Decimal]:
    """What a line says of the whole month: what was won already, and what was to come."""
    said = {name: line.won + getattr(line, name) for name in ("commit", "best", "weighted", "rate")}
    return said if line.call is None else said | {"call": line.call}


def over_time(found: Sequence[Held], currency: str) -> list[dict[str, Any]]:
    """The months, the last first: what was won, and what had been said of it, with the error."""
    rows = []
    for month in sorted({one.month for one in found}, reverse=True):
        here = [one for one in found if one.month == month]
        won = sum((one.won for one in here), Decimal())
        cells = [_against(here, name, currency) for name in SAID]
        rows.append({"name": ui.month(month), "won": ui.money(won, currency, whole=True), "cells": cells})
    return rows


def _against(here: Iterable[Held], name: str, currency: str) -> dict[str, str]:
    stated = [one for one in here if name in one.said]
    if not stated:
        return {"text": ui.NONE, "error": ""}
    said, won = sum((one.said[name] for one in stated), Decimal()), sum((one.won for one in stated), Decimal())
    off = error(said, won)
    return {
        "text": ui.money(said, currency, whole=True),
        "error": _("nothing won") if off is None else ("+" if off > 0 else "") + ui.percent(off),
    }


def people(found: Sequence[Held], names: Mapping[UUID, str]) -> list[dict[str, Any]]:
    """How far each person's numbers lay off over the last months, by name; those of everyone first."""
    lately = sorted({one.month for one in found}, reverse=True)[:SPAN]
    recent = [one for one in found if one.month in lately]
    by_owner: dict[UUID | None, list[Held]] = {}
    for one in recent:
        by_owner.setdefault(one.owner_id, []).append(one)
    rows = [_usual(_("Everyone"), _together(recent))] if len(by_owner) > 1 else []
    named = [(names.get(key, "") if key else _("Nobody"), mine) for key, mine in by_owner.items()]
    return [*rows, *(_usual(name, mine) for name, mine in sorted(named, key=lambda one: one[0]))]


def _together(found: Sequence[Held]) -> list[Held]:
    """The people of each month as one."""
    whole = []
    for month in {one.month for one in found}:
        here = [one for one in found if one.month == month]
        said = {
            name: sum((one.said[name] for one in here), Decimal())
            for name in SAID
            if all(name in one.said for one in here)
        }
        whole.append(Held(month, None, said, sum((one.won for one in here), Decimal())))
    return whole


def _usual(name: str, mine: Sequence[Held]) -> dict[str, Any]:
    errors = [usual_error(mine, measure, least=LEAST) for measure in SAID]
    return {
        "name": name,
        "months": ui.number(len({one.month for one in mine})),
        "cells": [_("no data") if off is None else ui.percent(off) for off in errors],
    }
