"""What is done about rates of exchange. A paper keeps the rate it was written with, whatever is noted later."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask_babel import gettext as _

from saas.crm.papers import rate_queries as queries
from saas.crm.papers.models import ExchangeRate
from saas.db import db
from saas.errors import Refused
from saas.tenants import events, scope
from saas.tenants.models import Member

NOTED, DROPPED = "exchange_rate.noted", "exchange_rate.dropped"


def note(currency: str, valid_from: date, rate: Decimal, *, by: Member) -> ExchangeRate:
    """Note what one unit of a currency is worth in the workspace's from a day on; a second word on a day replaces it.

    Raises:
        Refused: it is the workspace's own currency.
    """
    if currency == scope.workspace().currency:
        raise Refused(_("This is your own currency: one is always one."), field="currency")
    found = queries.noted(currency, valid_from)
    before = found.rate if found else None
    if found is None:
        found = ExchangeRate(currency=currency, valid_from=valid_from)
        db.session.add(found)
    found.rate, found.member_id = rate, by.id
    db.session.flush()
    events.record(NOTED, found, by=by, changed={"currency": currency, "from": valid_from, "rate": [before, rate]})
    return found


def drop(rate: ExchangeRate, *, by: Member) -> None:
    """Forget a rate that was noted by mistake."""
    events.record(DROPPED, rate, by=by, changed={"currency": rate.currency, "from": rate.valid_from, "rate": rate.rate})
    db.session.delete(rate)
