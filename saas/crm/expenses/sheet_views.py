"""What the reader spent in a month: as PDF to hand in, and as a file for other systems."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import sheets
from saas.crm.expenses import actions, queries, record
from saas.crm.expenses.models import STATE_WORDS
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me, today

bp = Blueprint("expense_sheets", __name__, url_prefix="/expense-sheets")

P = Permission


@bp.post("/")
@allow(P.EXPENSE_VIEW)
def make() -> ResponseReturnValue:
    """Have the PDF of a month made."""
    made = actions.print_month(_month(), by=me())
    return redirect(url_for("papers.show", print_id=made.id), 303)


@bp.get("/csv")
@allow(P.EXPENSE_VIEW)
def table() -> ResponseReturnValue:
    """The same as a file."""
    first = _month()
    rows = [_row(one) for one in queries.of_month(me().id, first)]
    answer = Response(b"".join(sheets.csv_lines(_head(), rows)), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=f"expenses-{first:%Y-%m}.csv")
    return answer


@bp.get("/<uuid:sheet_id>")
@allow(P.EXPENSE_VIEW)
def show(sheet_id: UUID) -> ResponseReturnValue:
    """The expenses of one that was printed."""
    sheet = queries.sheet(sheet_id)
    return redirect(url_for("expenses.index", owner=sheet.owner_id, period=f"{sheet.first_on:%Y-%m}"))


def _month() -> date:
    """The first day of the month that is asked for, "2026-11"; of this one when none is."""
    try:
        return date.fromisoformat(f"{request.values.get('month', '')}-01")
    except ValueError:
        return today().replace(day=1)


def _head() -> list[str]:
    return [
        *(_("Number"), _("Day"), _("What for?"), _("Customer"), _("Note"), _("State")),
        *(_("Currency"), _("Amount"), _("Rate"), _("Amount in the workspace's currency")),
    ]


def _row(one: Any) -> list[Any]:
    return [
        *(one.number, one.spent_on, record.category(one), one.account.name if one.account else None, one.note),
        *(str(STATE_WORDS[one.state]), one.currency, one.amount, one.rate, queries.own_amount(one)),
    ]
