"""Setting how many days customers have to pay."""

from __future__ import annotations

from saas.crm.customers.models import Account
from saas.crm.receivables import queries
from saas.crm.receivables.models import PaymentTerms
from saas.db import db
from saas.tenants import events
from saas.tenants.actions import settings
from saas.tenants.models import Member

CHOSEN = "payment_terms.chosen"


def choose_usual(days: int, *, by: Member) -> None:
    """Give everybody so many days from now on; what is issued stays as it is."""
    settings.choose(queries.TERMS, {"days": days}, by=by)


def choose(account: Account, days: int | None, *, by: Member) -> None:
    """Give one customer so many days of his own; None: the usual ones."""
    found = queries.terms(account.id)
    before = found.days if found else None
    if before == days:
        return
    if days is None:
        db.session.delete(found)
    elif found is None:
        db.session.add(PaymentTerms(account_id=account.id, days=days))
    else:
        found.days = days
    db.session.flush()
    events.record(CHOSEN, account, by=by, changed={"days": [before, days]})
