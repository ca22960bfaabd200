"""Having a customer's account in a period printed."""

from __future__ import annotations

from datetime import date

from saas.crm.customers.models import Account
from saas.crm.papers import print_actions
from saas.crm.papers.models import PaperPrint
from saas.crm.receivables.models import AccountStatement
from saas.db import db, new_id
from saas.tenants import events, scope
from saas.tenants.models import Member

PRINTED = "account_statement.printed"


def print_statement(account: Account, currency: str, first_on: date, last_on: date, *, by: Member) -> PaperPrint:
    """Have a period's PDF made, in the workspace's language.

    Args:
        account: whose.
        currency: ISO 4217.
        first_on, last_on: both included.
        by: who asks.
    """
    made = AccountStatement(id=new_id(), account_id=account.id, currency=currency, first_on=first_on, last_on=last_on)
    made.owner_id, made.team_id, made.language = account.owner_id, account.team_id, scope.workspace().locale
    made.account = account
    db.session.add(made)
    db.session.flush()
    events.record(PRINTED, made, by=by, changed={"first_on": first_on, "last_on": last_on})
    return print_actions.ask(made, by=by)
