"""Pages of price lists, with the grid of their prices."""

from __future__ import annotations

import base64
import json
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from saas import grids, toasts, ui
from saas.crm.products import price_actions as actions
from saas.crm.products import price_queries as queries
from saas.crm.products import price_rows
from saas.crm.products.lists import span
from saas.crm.products.price_forms import CopyForm, PriceListForm, PriceRow
from saas.crm.products.price_lists import ARCHIVED, PRICE_LISTS, cells, state, whom
from saas.crm.products.price_models import PriceList
from saas.forms import attempt
from saas.rows import remarks
from saas.tenants import scope
from saas.tenants.pages import record_parts
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me
from saas.versions import edited

bp = Blueprint("price_lists", __name__, url_prefix="/products/price-lists")

P = Permission
Place = tuple[str, UUID]


@bp.get("/")
@allow(P.PRODUCT_VIEW)
def index() -> ResponseReturnValue:
    page = PRICE_LISTS.page(request.args, *_where())
    shown = grids.shown(page, ui.record_url(".show", "list_id"), **cells())
    note = Markup('<span hx-get="{}" hx-trigger="load"></span>').format(ui.here_on(url_for(".count")))
    return render_template("products/price_lists.html", list=shown, count_note=note, can_edit=may(P.PRODUCT_EDIT))


@bp.get("/count")
@allow(P.PRODUCT_VIEW)
def count() -> ResponseReturnValue:
    found = PRICE_LISTS.count(request.args, *_where())
    return ngettext("%(count)s price list", "%(count)s price lists", found, count=grids.tally(found))


@bp.route("/new", methods=["GET", "POST"])
@allow(P.PRODUCT_EDIT)
def create() -> ResponseReturnValue:
    form = PriceListForm(currency=scope.workspace().currency)
    if form.validate_on_submit():
        made = attempt(form, lambda: actions.create_list(form.values(), by=me()))
        if made is not None:
            flash(_("%(name)s is there. Now its prices.", name=made.name), "good")
            return redirect(url_for(".show", list_id=made.id))
    return render_template("products/price_list_form.html", form=form), form.status


@bp.get("/<uuid:list_id>")
@allow(P.PRODUCT_VIEW)
def show(list_id: UUID) -> ResponseReturnValue:
    one = queries.price_list(list_id)
    after = _place(request.args.get("after", ""))
    prices, following = queries.prices(one.id, after=after)
    rows = price_rows.shown(prices)
    return _page(one, rows if may(P.PRODUCT_EDIT) else [], prices=prices, following=following, is_first=after is None)


@bp.post("/<uuid:list_id>")
@allow(P.PRODUCT_EDIT)
def price(list_id: UUID) -> ResponseReturnValue:
    """Set the prices as the grid has them."""
    one = queries.price_list(list_id)
    rows = price_rows.sent(request.form)
    if request.form.get("what") == "rows":
        return _page(one, rows, more=price_rows.BLANK)
    price_rows.check(rows)
    if any(row.form.errors for row in rows):
        return _page(one, rows, is_wrong=True), 422
    event = actions.set_prices(one.id, price_rows.wanted(rows), by=me())
    if event is None:
        flash(_("Nothing has changed."), "good")
    else:
        many = len(event.changed["rows"])
        text = ngettext("%(num)s price is changed.", "%(num)s prices are changed.", many)
        toasts.undoable(text, url_for(".put_back", list_id=one.id, event_id=event.id))
    return redirect(url_for(".show", list_id=one.id, after=request.args.get("after")))


@bp.post("/<uuid:list_id>/check")
@allow(P.PRODUCT_EDIT)
def check(list_id: UUID) -> ResponseReturnValue:
    """What is wrong in the rows as they stand."""
    queries.price_list(list_id)
    rows = price_rows.sent(request.form)
    price_rows.check(rows)
    return jsonify(remarks({row.number: row.form for row in rows}))


@bp.post("/<uuid:list_id>/put-back/<uuid:event_id>")
@allow(P.PRODUCT_EDIT)
def put_back(list_id: UUID, event_id: UUID) -> ResponseReturnValue:
    """Undo what was done with the grid."""
    one = queries.price_list(list_id)
    event = queries.priced(one.id, event_id)
    back, stay = actions.put_back(event, by=me())
    text = ngettext("%(num)s price is as it was.", "%(num)s prices are as they were.", back)
    if stay:
        more = ngettext("%(num)s was changed since and stays.", "%(num)s were changed since and stay.", stay)
        text = f"{text} {more}"
    flash(text, "good" if back else "waiting")
    return redirect(url_for(".show", list_id=one.id))


@bp.route("/<uuid:list_id>/edit", methods=["GET", "POST"])
@allow(P.PRODUCT_EDIT)
def edit(list_id: UUID) -> ResponseReturnValue:
    one = queries.price_list(list_id)
    form = PriceListForm(obj=one, account=one.account)
    edit = edited(form, one, lambda version: actions.change_list(one, form.values(), version=version, by=me()))
    if edit.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for(".show", list_id=one.id))
    page = render_template(
        "products/price_list_form.html", form=form, price_list=one, version=edit.version, clash=edit.clash
    )
    return page, edit.status


@bp.route("/<uuid:list_id>/copy", methods=["GET", "POST"])
@allow(P.PRODUCT_EDIT)
def copy(list_id: UUID) -> ResponseReturnValue:
    """Begin another price list with the same prices."""
    one = queries.price_list(list_id)
    form = CopyForm()
    if form.validate_on_submit():
        made = attempt(form, lambda: actions.copy_list(one, form.name.data or "", by=me()))
        if made is not None:
            flash(_("%(name)s has the same prices. Change what differs.", name=made.name), "good")
            return redirect(url_for(".edit", list_id=made.id))
    return render_template("products/price_list_copy.html", form=form, price_list=one), form.status


@bp.post("/<uuid:list_id>/archive")
@allow(P.PRODUCT_EDIT)
def archive(list_id: UUID) -> ResponseReturnValue:
    one = queries.price_list(list_id)
    actions.archive_list(one, by=me())
    toasts.undoable(_("Nobody buys by %(name)s any more.", name=one.name), url_for(".restore", list_id=one.id))
    return redirect(url_for(".show", list_id=one.id))


@bp.post("/<uuid:list_id>/restore")
@allow(P.PRODUCT_EDIT)
def restore(list_id: UUID) -> ResponseReturnValue:
    one = queries.price_list(list_id)
    actions.restore_list(one, by=me())
    flash(_("%(name)s holds again.", name=one.name), "good")
    return redirect(url_for(".show", list_id=one.id))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _page(
    one: PriceList,
    rows: list[price_rows.Row],
    *,
    prices: Any = (),
    following: Place | None = None,
    is_first: bool = True,
    is_wrong: bool = False,
    more: int = 0,
) -> str:
    may_edit = may(P.PRODUCT_EDIT)
    blank = price_rows.blanks(rows, max(price_rows.BLANK - len(rows), 2) + more)
    here = request.args.get("after")
    return render_template(
        "products/price_list.html",
        price_list=one,
        state=state(one),
        about=_about(one),
        may_edit=may_edit,
        can_edit=may_edit and one.archived_at is None,
        rows=[*rows, *blank],
        prices=prices,
        pattern=price_rows.Row(0, PriceRow(None, prefix="r__row")),
        columns=price_rows.COLUMNS,
        most=price_rows.MOST,
        is_wrong=is_wrong,
        action=url_for(".show", list_id=one.id, after=here),
        check_url=url_for(".check", list_id=one.id),
        more_url=url_for(".show", list_id=one.id, after=_written(following)) if following else None,
        first_url=None if is_first else url_for(".show", list_id=one.id),
        import_url=_import_url(),
        export_url=_export_url(one),
        **record_parts("price_list", one.id, partial(url_for, ".show", list_id=one.id)),
    )


def _about(one: PriceList) -> list[tuple[Any, Any]]:
    name = one.account.name if one.account else None
    rows = [
        (_("For whom"), whom(one.audience, name, one.level, one.label_id)),
        (_("Currency"), one.currency),
        (_("Holds"), span(one.starts_on, one.ends_on) or _("always")),
        (_("Off every list price"), ui.share(one.percent_off) if one.percent_off is not None else None),
    ]
    return [(label, value) for label, value in rows if value]


def _import_url() -> str | None:
    if not (may(P.TRANSFER_IMPORT) and ui.has_page("transfer.start")):
        return None
    return url_for("transfer.start", kind="prices")


def _export_url(one: PriceList) -> str | None:
    if not (may(P.TRANSFER_EXPORT) and ui.has_page("exports.table")):
        return None
    return url_for("exports.table", key="prices", form="xlsx", list=one.id)


def _where() -> tuple[Any, ...]:
    mine = queries.listed()
    return mine if request.args.get("state") == ARCHIVED else (*mine, PriceList.archived_at.is_(None))


def _written(place: Place) -> str:
    return base64.urlsafe_b64encode(json.dumps([place[0], str(place[1])]).encode()).decode()


def _place(cursor: str) -> Place | None:
    """Where a page of prices begins; None at the first, or where the address was mangled."""
    try:
        name, product_id = json.loads(base64.urlsafe_b64decode(cursor))
        return str(name), UUID(str(product_id))
    except (ValueError, TypeError):
        return None
