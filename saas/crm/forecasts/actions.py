"""What can be done with the forecast: state a number, adjust one, note what is shown."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import true
from sqlalchemy.dialects.postgresql import insert as upsert

from saas import clock, months
from saas.crm.forecasts import queries
from saas.crm.forecasts.figures import Measures, gathered
from saas.crm.forecasts.models import Call, ForecastLine
from saas.db import current_tenant, db, new_id
from saas.errors import Refused
from saas.tenants import events, scope
from saas.tenants.models import Member

CALLED, ADJUSTED = "forecast.called", "forecast.adjusted"
AHEAD = 6  # months that are shown and noted, the running one included


def state(owner: Member, month: date, amount: Decimal, reason: str | None, *, by: Member) -> Call:
    """State what a month will bring: one's own, or, as somebody above, what one makes of a colleague's number.

    Args:
        owner: whose month it is.
        month: its first day; the running one or one to come.
        amount: in the workspace's currency, 0 or more.
        reason: why; needed where it isn't one's own.
        by: who says so.

    Raises:
        Refused: the month is over, or no reason is given for a colleague's.
    """
    today = _today()
    if month < today.replace(day=1):
        raise Refused(_("This month is over: what was said of it stands."))
    if owner.id != by.id and not (reason or "").strip():
        raise Refused(_("Say why: your colleague reads it."), field="reason")
    made = Call(owner_id=owner.id, team_id=owner.team_id, month=month, amount=amount, said_by_id=by.id)
    made.currency, made.reason = scope.workspace().currency, (reason or "").strip() or None
    db.session.add(made)
    db.session.flush()
    facts = {"month": month, "amount": amount, "currency": made.currency, "reason": made.reason, "owner": owner.name}
    events.record(CALLED if owner.id == by.id else ADJUSTED, made, by=by, changed=facts)
    return made


def note(taken_on: date) -> int:
    """Note what the deals of each person show for the running month and the next; once a day, whoever asks.

    Args:
        taken_on: the workspace's day.

    Returns:
        How many lines were written; 0 when it was done on that day already.
    """
    first = taken_on.replace(day=1)
    ahead = [first]
    while len(ahead) < AHEAD:
        ahead.append(months.after(ahead[-1]))
    last = months.after(ahead[-1]) - months.ONE_DAY
    parts = queries.shown_parts(first, last, taken_on, true())
    said = queries.said(first, last, true())
    shown = gathered(parts, said, ahead, lambda month: month, lambda one: one.owner_id, today=taken_on)
    teams: dict[Any, Any] = {one.owner_id: one.team_id for one in parts}
    teams |= {one.owner_id: one.team_id for one in said}
    rows = [
        _line(taken_on, month, owner_id, teams.get(owner_id), currency, measures)
        for (month, owner_id), measures in shown.items()
        for currency in _currencies(measures)
    ]
    if not rows:
        return 0
    written = upsert(ForecastLine).values(rows).on_conflict_do_nothing().returning(ForecastLine.id)
    return len(db.session.scalars(written).all())


def _line(
    taken_on: date, month: date, owner_id: Any, team_id: Any, currency: str, measures: Measures
) -> dict[str, Any]:
    sums = {name: getattr(measures, name).get(currency) for name in ("weighted", "commit", "best", "won", "rate")}
    stated = {name: getattr(measures, name).get(currency) for name in ("call", "adjusted")}
    return {
        "tenant_id": current_tenant(),
        "id": new_id(),
        "created_at": clock.now(),
        "taken_on": taken_on,
        "month": month,
        "owner_id": owner_id,
        "team_id": team_id,
        "currency": currency,
        "deals": measures.deals,
        **{name: amount or Decimal() for name, amount in sums.items()},
        **stated,
    }


def _currencies(measures: Measures) -> list[str]:
    sums = (measures.weighted, measures.best, measures.won, measures.rate, measures.call, measures.adjusted)
    return sorted({currency for one in sums for currency in one})


def _today() -> date:
    return clock.local(clock.now(), scope.workspace().timezone).date()
