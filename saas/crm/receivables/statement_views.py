"""A customer's account in a period: on the screen, and as PDF."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from saas import ui
from saas.crm.customers import queries as customers
from saas.crm.papers import prints
from saas.crm.papers.prints import Told
from saas.crm.receivables import statement_actions as actions
from saas.crm.receivables import statement_queries as queries
from saas.crm.receivables.models import AccountStatement
from saas.crm.receivables.statement_queries import EntryKind, Period
from saas.tenants import scope
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me, today

bp = Blueprint("account_statements", __name__, url_prefix="/account-statements")

P = Permission
KIND_WORDS = {
    EntryKind.INVOICE: _l("Invoice"),
    EntryKind.CREDIT: _l("Credit note"),
    EntryKind.PAYMENT: _l("Payment"),
    EntryKind.TAKEN_BACK: _l("Payment taken back"),
}


@bp.get("/of/<uuid:account_id>")
@allow(P.INVOICE_VIEW)
def of_account(account_id: UUID) -> ResponseReturnValue:
    account = customers.account(account_id, P.INVOICE_VIEW)
    asked = _asked()
    known = queries.currencies(account.id)
    currency = request.args.get("currency", "")
    currency = currency if currency in known else next(iter(known), scope.workspace().currency)
    found = queries.period(account.id, currency, *asked)
    return render_template(
        "receivables/statement.html",
        account=account,
        currencies=known or [currency],
        currency=currency,
        first=asked[0],
        last=asked[1],
        **shown(found, currency),
    )


@bp.post("/of/<uuid:account_id>")
@allow(P.INVOICE_VIEW)
def make(account_id: UUID) -> ResponseReturnValue:
    """Have the PDF of a period made."""
    account = customers.account(account_id, P.INVOICE_VIEW)
    known = queries.currencies(account.id)
    asked = request.form.get("currency", "")
    currency = asked if asked in known else next(iter(known), scope.workspace().currency)
    made = actions.print_statement(account, currency, *_asked(), by=me())
    return redirect(url_for("papers.show", print_id=made.id), 303)


@bp.get("/<uuid:account_statement_id>")
@allow(P.INVOICE_VIEW)
def show(account_statement_id: UUID) -> ResponseReturnValue:
    """The period of one that was printed."""
    made = queries.statement(account_statement_id)
    days: dict[str, Any] = {"first": made.first_on.isoformat(), "last": made.last_on.isoformat()}
    return redirect(url_for(".of_account", account_id=made.account_id, currency=made.currency, **days))


def shown(found: Period, currency: str) -> dict[str, Any]:
    """A period in words: what was owed before, rows, what is owed after."""
    rows = [
        {
            "day": ui.words().full_day(one.day),
            "what": f"{KIND_WORDS[one.kind]} {one.label}".strip(),
            "amount": ui.money(one.amount, currency),
            "balance": ui.money(one.balance, currency),
        }
        for one in found.entries
    ]
    return {"before": ui.money(found.before, currency), "entries": rows, "after": ui.money(found.after, currency)}


def _asked() -> tuple[date, date]:
    """The period that is asked for: this year until today unless another is; never turned round."""
    days = []
    for name, usual in (("first", today().replace(month=1, day=1)), ("last", today())):
        try:
            days.append(date.fromisoformat(request.values.get(name, "")))
        except ValueError:
            days.append(usual)
    return min(days), max(days)


def _told(made: AccountStatement) -> Told:
    full_day = ui.words().full_day
    facts = [
        (_("Date"), full_day(today())),
        (_("From"), full_day(made.first_on)),
        (_("Until"), full_day(made.last_on)),
        (_("Your number with us"), made.account.number),
    ]
    return Told(_("Statement of account"), facts)


def _more(made: AccountStatement) -> dict[str, Any]:
    return shown(queries.period(made.account_id, made.currency, made.first_on, made.last_on), made.currency)


prints.add(
    prints.Printed(
        table=AccountStatement.__tablename__,
        find=queries.statement,
        take=queries.statement_row,
        lines=lambda _id: [],
        told=_told,
        url=("account_statements.show", "account_statement_id"),
        view=Permission.INVOICE_VIEW,
        template="pdf/statement.html",
        more=_more,
    )
)
