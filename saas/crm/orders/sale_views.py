"""What was sold: line by line, added up by customer, colleague and month, as a file, and on the customer's page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext, pgettext
from markupsafe import Markup

from saas import grids, panels, sheets, ui
from saas.crm.customers import queries as customers
from saas.crm.orders import record, sale_actions
from saas.crm.orders import sale_queries as queries
from saas.crm.orders.models import OrderLine
from saas.crm.orders.sale_lists import SALES, net_cell, quantity_cell
from saas.crm.papers.lists import account_cell
from saas.lists import MOST
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require, today

bp = Blueprint("sales", __name__, url_prefix="/sales")

P = Permission
SHOWN = 30  # lines on the page of a customer
GROUPS = {"customer": _l("By customer"), "rep": _l("By colleague"), "month": _l("By month")}
FILTERS = {"customer": "customer", "rep": "owner", "month": "period"}  # group → the filter that shows its lines


@bp.get("/")
@allow(P.ORDER_VIEW)
def index() -> ResponseReturnValue:
    """Every line that was sold, the newest first."""
    page = SALES.page(request.args, *queries.listed())
    cells = {"net": net_cell, "quantity": quantity_cell, "account": account_cell}
    shown = grids.shown(page, ui.record_url("orders.show", "order_id", "order_id"), **cells)
    note = Markup('<span hx-get="{}" hx-trigger="load"></span>').format(ui.here_on(url_for(".count")))
    told = {"tabs": _tabs(None), "csv_url": ui.here_on(url_for(".table")) if may(P.TRANSFER_EXPORT) else None}
    return render_template("orders/sales.html", list=shown, count_note=note, **told)


@bp.get("/count")
@allow(P.ORDER_VIEW)
def count() -> ResponseReturnValue:
    where = queries.listed()
    found = SALES.count(request.args, *where)
    parts = [ngettext("%(count)s line", "%(count)s lines", found, count=grids.tally(found))]
    return " · ".join([*parts, *_amounts(queries.sums(*where, *SALES.conditions(request.args)))])


@bp.get("/by/<any(customer, rep, month):by>")
@allow(P.ORDER_VIEW)
def groups(by: str) -> ResponseReturnValue:
    """What was sold to each customer, by each colleague or in each month, in each currency."""
    where = (*queries.listed(), *SALES.conditions(request.args))
    found = queries.grouped(by, *where)
    return render_template(
        "orders/sale_groups.html",
        label=GROUPS[by],
        tabs=_tabs(by),
        rows=[_group(by, one) for one in found],
        sums=_amounts(queries.sums(*where)),
        is_cut=len(found) == queries.MOST,
        most=queries.MOST,
        pills=grids.pills(SALES.shown_filters(request.args)),
    )


@bp.get("/csv")
@allow(P.ORDER_VIEW)
def table() -> ResponseReturnValue:
    """The lines that the filters leave, as a file for other systems."""
    require(P.TRANSFER_EXPORT)
    where = queries.listed()
    if SALES.count(request.args, *where) > MOST:
        flash(_("These are more than %(most)s lines. Choose a shorter period.", most=ui.number(MOST)), "waiting")
        return redirect(ui.here_on(url_for(".index")))
    rows = list(_rows(*where, *SALES.conditions(request.args)))
    sale_actions.note_taken(len(rows), request.args, by=me())
    answer = Response(b"".join(sheets.csv_lines(_head(), rows)), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=f"sales-{today()}.csv")
    return answer


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _tabs(by: str | None) -> list[dict[str, Any]]:
    lines = {"label": _("Line by line"), "url": ui.here_on(url_for(".index")), "active": by is None}
    return [
        lines,
        *(
            {"label": label, "url": ui.here_on(url_for(".groups", by=key)), "active": key == by}
            for key, label in GROUPS.items()
        ),
    ]


def _amounts(sums: Any) -> list[str]:
    return [ui.money(sums[currency], currency) for currency in sorted(sums)]


def _group(by: str, one: queries.Group) -> dict[str, Any]:
    word = ui.month(one.key) if isinstance(one.key, date) else one.name
    value = f"{one.key:%Y-%m}" if isinstance(one.key, date) else str(one.key)
    kept = {name: text for name, text in request.args.items() if name in FILTERS.values()}
    url = ui.asking(url_for(".index"), kept | {FILTERS[by]: value}) if one.key else None
    return {"word": word, "url": url, "orders": one.orders, "net": ui.money(one.net, one.currency)}


def _head() -> list[str]:
    return [
        *(
            pgettext("sale", "Sold"),
            pgettext("sale", "Order"),
            _("Customer number"),
            _("Customer"),
            _("Looked after by"),
            _("Article number"),
        ),
        *(_("What it is"), _("Quantity"), _("Unit"), _("Price of one"), _("Discount in %%") % ()),
        *(_("Currency"), pgettext("sum", "Without tax"), _("Tax in %%") % (), _("Delivered"), _("Came back")),
    ]


def _rows(*where: Any) -> Iterator[list[Any]]:
    for line in queries.lines(*where):
        order = line.order
        yield [
            *(line.sold_on, order.number, order.account.number, order.account.name),
            *(order.owner.name if order.owner else None, line.product.number if line.product else None),
            *(line.text, line.quantity, line.unit, line.price, line.discount, order.currency, line.net),
            *(line.tax_percent, line.delivered, line.returned),
        ]


def _history(account_id: UUID) -> Markup:
    account = customers.account(account_id)
    found = queries.of_account(account.id, SHOWN)
    asked = {"customer": str(account.id)}
    return ui.fragment(
        "orders/_history.html",
        rows=[_line(one) for one in found],
        sums=_amounts(queries.sums_of_account(account.id)),
        all_url=ui.asking(url_for("sales.index"), asked),
        csv_url=ui.asking(url_for("sales.table"), asked) if may(P.TRANSFER_EXPORT) else None,
    )


def _line(line: OrderLine) -> dict[str, Any]:
    return {
        "day": line.sold_on,
        "order": line.order.number,
        "url": url_for("orders.show", order_id=line.order_id),
        "text": line.text,
        "quantity": record.many(line.quantity, line.unit),
        "net": ui.money(line.net, line.order.currency),
    }


panels.add("account", panels.Panel("sales", _l("Transaction history"), _history, P.ORDER_VIEW, "tab", 25))
