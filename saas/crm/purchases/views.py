"""Pages of purchases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from saas import money, rows, ui
from saas.crm.customers.models import Account
from saas.crm.inventory import order_queries, tabs, warehouse_actions
from saas.crm.inventory import queries as stock
from saas.crm.inventory.models import NOTHING
from saas.crm.inventory.quantities import COST_STEP, said
from saas.crm.papers import paper_views as papers
from saas.crm.papers.lists import amount_cell
from saas.crm.papers.record import known, link
from saas.crm.products import queries as products
from saas.crm.purchases import actions, queries
from saas.crm.purchases.actions import Wanted
from saas.crm.purchases.forms import BLANK, MOST, LineCells, Lines, PurchaseForm
from saas.crm.purchases.lists import PURCHASES
from saas.crm.purchases.models import STATE_LOOKS, STATE_WORDS, Purchase, PurchaseLine, State
from saas.crm.purchases.queries import KIND
from saas.forms import attempt, done
from saas.tenants import scope
from saas.tenants.pages import record_parts
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me
from saas.versions import Overtaken, version_sent

bp = Blueprint("purchases", __name__, url_prefix="/purchases")

P = Permission
OFFERED = 2000  # names of products that are proposed while one types


@bp.get("/")
@allow(P.PURCHASE_VIEW)
def index() -> ResponseReturnValue:
    """All purchases."""
    return papers.index(KIND, PURCHASES, {"views": tabs.views("purchases.index")}, net=amount_cell)


@bp.get("/count")
@allow(P.PURCHASE_VIEW)
def count() -> ResponseReturnValue:
    """How many the list holds."""
    return papers.count(
        KIND,
        PURCHASES,
        lambda n, many: ngettext("%(count)s purchase", "%(count)s purchases", n, count=many),
        lambda *_where: [],
    )


@bp.route("/new", methods=["GET", "POST"])
@allow(P.PURCHASE_EDIT)
def create() -> ResponseReturnValue:
    """Draw one up; with levels in the address, of what they lack."""
    suggested, supplier, warehouse_id = _suggested(request.args.getlist("level"))
    form = PurchaseForm(
        _warehouses(), data={"currency": scope.workspace().currency, "supplier": supplier, "warehouse_id": warehouse_id}
    )
    if request.method == "GET":
        return _form(form, Lines.kept(suggested))
    lines = Lines(request.form)
    made = attempt(form, partial(_create, form, lines)) if _checked(form, lines) else None
    if made is None:
        return _form(form, lines.rows, is_empty=not lines.rows), 422
    flash(_("%(number)s is drawn up. Order it once you have agreed on it.", number=made.number), "good")
    return redirect(KIND.url(made))


@bp.post("/check")
@allow(P.PURCHASE_EDIT)
def check() -> ResponseReturnValue:
    """What is wrong in the lines as they stand: row → column → {kind, text}."""
    lines = Lines(request.form)
    lines.check()
    return jsonify(rows.remarks(lines.rows))


@bp.get("/<uuid:purchase_id>")
@allow(P.PURCHASE_VIEW)
def show(purchase_id: UUID) -> ResponseReturnValue:
    """One purchase."""
    purchase = queries.purchase(purchase_id)
    can_edit = may(P.PURCHASE_EDIT)
    return render_template(
        "purchases/show.html",
        purchase=purchase,
        state=STATE_WORDS[purchase.state],
        look=STATE_LOOKS[purchase.state],
        about=_about(purchase),
        bought=[_line(line, purchase) for line in queries.lines(purchase_id)],
        net=ui.money(purchase.net, purchase.currency),
        receipts=_receipts(purchase),
        can_change=can_edit and (purchase.is_open or purchase.state is State.DRAFT),
        can_order=can_edit and purchase.state is State.DRAFT,
        can_receive=can_edit and purchase.is_open,
        can_edit=can_edit,
        is_part=purchase.state is State.PART,
        **record_parts(KIND.table, purchase.id, partial(url_for, ".show", purchase_id=purchase.id)),
    )


@bp.route("/<uuid:purchase_id>/edit", methods=["GET", "POST"])
@allow(P.PURCHASE_EDIT)
def edit(purchase_id: UUID) -> ResponseReturnValue:
    """Change it; what is on order follows."""
    purchase = queries.purchase(purchase_id)
    kept = {"supplier": purchase.account.label, "warehouse_id": str(purchase.warehouse_id), "rate": purchase.rate}
    form = PurchaseForm(_warehouses(purchase), obj=purchase, data=kept)
    if request.method == "GET":
        return _form(form, Lines.kept(queries.lines(purchase.id)), purchase)
    lines, version = Lines(request.form), version_sent(purchase)
    try:
        is_saved = _checked(form, lines) and done(form, lambda: _change(purchase, form, lines, version))
    except Overtaken as overtaken:
        return _form(form, lines.rows, overtaken.theirs, clash=True), 409
    if not is_saved:
        return _form(form, lines.rows, purchase, version=version, is_empty=not lines.rows), 422
    flash(_("Saved."), "good")
    return redirect(KIND.url(purchase))


@bp.post("/<uuid:purchase_id>/order")
@allow(P.PURCHASE_EDIT)
def order(purchase_id: UUID) -> ResponseReturnValue:
    """Order it."""
    purchase = queries.purchase(purchase_id)
    actions.order(purchase, by=me())
    flash(_("%(number)s is ordered; its products are on order now.", number=purchase.number), "good")
    return redirect(KIND.url(purchase))


@bp.post("/<uuid:purchase_id>/cancel")
@allow(P.PURCHASE_EDIT)
def cancel(purchase_id: UUID) -> ResponseReturnValue:
    """Call it off, or what of it is still to come."""
    purchase = queries.purchase(purchase_id)
    actions.cancel(purchase, by=me())
    flash(_("%(number)s: nothing more is on order.", number=purchase.number), "good")
    return redirect(KIND.url(purchase))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _warehouses(purchase: Purchase | None = None) -> list[Any]:
    first = warehouse_actions.first()
    return [first, *(one for one in stock.warehouses() if one.id != first.id)]


def _checked(form: PurchaseForm, lines: Lines) -> bool:
    is_head_right, are_lines_right = form.validate_on_submit(), lines.check()
    return is_head_right and are_lines_right and bool(lines.rows)


def _supplier(form: PurchaseForm) -> Account:
    account = form.account()
    assert account is not None, "the form was checked"
    return account


def _create(form: PurchaseForm, lines: Lines) -> Purchase:
    return actions.create(form.values(), lines.wanted(), account=_supplier(form), by=me())


def _change(purchase: Purchase, form: PurchaseForm, lines: Lines, version: int) -> None:
    actions.change(purchase, form.values(), lines.wanted(), account=_supplier(form), version=version, by=me())


def _form(
    form: PurchaseForm,
    lines: Mapping[int, LineCells],
    purchase: Purchase | None = None,
    *,
    version: int | None = None,
    clash: bool = False,
    is_empty: bool = False,
) -> str:
    first = max(lines, default=-1) + 1
    blank = {n: LineCells(formdata=None, prefix=f"r{n}") for n in range(first, first + max(BLANK - len(lines), 2))}
    return render_template(
        "purchases/form.html",
        form=form,
        purchase=purchase,
        rows={**lines, **blank},
        pattern=LineCells(formdata=None, prefix="r__row"),
        most=MOST,
        offered=[name for _id, name in products.names()[:OFFERED]],
        version=version if version is not None else purchase.version if purchase else None,
        clash=clash,
        is_empty=is_empty,
        own_currency=scope.workspace().currency,
    )


def _suggested(asked: Sequence[str]) -> tuple[list[Wanted], str | None, str | None]:
    """The lines that fill these levels up, the supplier of the last purchase of one of them, and where it lies."""
    if not asked:
        return [], None, None
    found = [one for one in order_queries.to_order() if str(one.level.id) in asked]
    last = queries.last_bought([one.level.product_id for one in found])
    lines = []
    for one in found:
        product, price = one.level.product, one.level.product.cost or NOTHING
        if one.level.product_id in last:
            line, purchase = last[one.level.product_id]
            price = (line.unit_cost * purchase.rate).quantize(COST_STEP)
        lines.append(Wanted(None, product.id, product.name, one.quantity, product.unit, price, NOTHING))
    suppliers = [purchase.account.label for _line, purchase in last.values()]
    places = [str(one.level.warehouse_id) for one in found if one.level.warehouse_id]
    return lines, next(iter(suppliers), None), next(iter(places), None)


def _about(purchase: Purchase) -> list[tuple[Any, Any]]:
    account = purchase.account
    supplier = link(account, "customers.show", "account_id", "name") if may(P.ACCOUNT_VIEW) else account.name
    is_own = purchase.currency == scope.workspace().currency
    found = [
        (_("Supplier"), supplier),
        (_("Supplier's number"), purchase.reference),
        (pgettext("purchase", "To warehouse"), purchase.warehouse.name),
        (pgettext("purchase", "Expected on"), ui.day(purchase.expected_on) if purchase.expected_on else None),
        (_("Ordered at"), ui.moment(purchase.ordered_at) if purchase.ordered_at else None),
        (_("Exchange rate"), None if is_own else money.plain(purchase.rate)),
        (_("Looked after by"), purchase.owner.name if purchase.owner else None),
    ]
    return known(found)


def _line(line: PurchaseLine, purchase: Purchase) -> dict[str, Any]:
    return {
        "name": line.text,
        "url": url_for("stock.show", product_id=line.product_id) if line.product_id and may(P.STOCK_VIEW) else None,
        "quantity": f"{said(line.quantity)} {line.unit or ''}".strip(),
        "price": ui.money(line.price, purchase.currency),
        "discount": f"{money.plain(line.discount)} %" if line.discount else "—",
        "net": ui.money(line.net, purchase.currency),
        "received": said(line.received),
        "is_whole": not line.remaining,
    }


def _receipts(purchase: Purchase) -> list[dict[str, Any]]:
    found = queries.receipts(purchase.id)
    held = queries.receipt_lines([one.id for one in found])
    return [
        {
            "receipt": one,
            "text": _(", ").join(f"{said(h.quantity)} × {h.line.text}" for h in held if h.receipt_id == one.id),
        }
        for one in found
    ]
