"""Pages of coupons: to make and to stop them, and to see who used them."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from saas import grids, toasts, ui
from saas.crm.customers import queries as customers
from saas.crm.products import coupon_actions as actions
from saas.crm.products import coupon_queries as queries
from saas.crm.products.coupon_forms import CouponForm
from saas.crm.products.coupon_lists import COUPONS, cells, state, takes_off, used
from saas.crm.products.coupon_models import Coupon, CouponUse
from saas.crm.products.lists import span
from saas.forms import attempt
from saas.tenants import scope
from saas.tenants.pages import record_parts
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me
from saas.versions import edited

bp = Blueprint("coupons", __name__, url_prefix="/products/coupons")

P = Permission


@bp.get("/")
@allow(P.PRODUCT_VIEW)
def index() -> ResponseReturnValue:
    page = COUPONS.page(request.args)
    shown = grids.shown(page, ui.record_url(".show", "coupon_id"), **cells())
    note = Markup('<span hx-get="{}" hx-trigger="load"></span>').format(ui.here_on(url_for(".count")))
    return render_template("products/coupons.html", list=shown, count_note=note, can_edit=may(P.PRODUCT_EDIT))


@bp.get("/count")
@allow(P.PRODUCT_VIEW)
def count() -> ResponseReturnValue:
    found = COUPONS.count(request.args)
    return ngettext("%(count)s coupon", "%(count)s coupons", found, count=grids.tally(found))


@bp.route("/new", methods=["GET", "POST"])
@allow(P.PRODUCT_EDIT)
def create() -> ResponseReturnValue:
    form = CouponForm(currency=scope.workspace().currency)
    if form.validate_on_submit():
        made = attempt(form, lambda: actions.create_coupon(form.values(), form.product_ids, by=me()))
        if made is not None:
            flash(_("%(code)s can be used.", code=made.code), "good")
            return redirect(url_for(".show", coupon_id=made.id))
    return render_template("products/coupon_form.html", form=form), form.status


@bp.get("/<uuid:coupon_id>")
@allow(P.PRODUCT_VIEW)
def show(coupon_id: UUID) -> ResponseReturnValue:
    coupon = queries.coupon(coupon_id)
    found = queries.uses(coupon.id, before=ui.asked_id("use"))
    uses = found[: queries.SIZE]
    seen = {one.id: one for one in customers.accounts_within({use.account_id for use in uses})}
    return render_template(
        "products/coupon.html",
        coupon=coupon,
        state=state(coupon),
        about=_about(coupon),
        products=queries.products(coupon.id),
        uses=[_line(use, seen) for use in uses],
        sums=[ui.money(amount, currency) for currency, amount in queries.sums(coupon.id).items()],
        more_url=ui.here(use=str(uses[-1].id)) if len(found) > len(uses) else None,
        can_edit=may(P.PRODUCT_EDIT),
        **record_parts("coupon", coupon.id, partial(url_for, ".show", coupon_id=coupon.id)),
    )


@bp.route("/<uuid:coupon_id>/edit", methods=["GET", "POST"])
@allow(P.PRODUCT_EDIT)
def edit(coupon_id: UUID) -> ResponseReturnValue:
    coupon = queries.coupon(coupon_id)
    form = CouponForm(coupon, queries.products(coupon.id))

    def change(version: int) -> None:
        actions.change_coupon(coupon, form.values(), form.product_ids, version=version, by=me())

    edit = edited(form, coupon, change)
    if edit.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for(".show", coupon_id=coupon.id))
    page = render_template(
        "products/coupon_form.html", form=form, coupon=coupon, version=edit.version, clash=edit.clash
    )
    return page, edit.status


@bp.post("/<uuid:coupon_id>/stop")
@allow(P.PRODUCT_EDIT)
def stop(coupon_id: UUID) -> ResponseReturnValue:
    coupon = queries.coupon(coupon_id)
    actions.stop(coupon, by=me())
    toasts.undoable(_("%(code)s can't be used any more.", code=coupon.code), url_for(".resume", coupon_id=coupon.id))
    return redirect(url_for(".show", coupon_id=coupon.id))


@bp.post("/<uuid:coupon_id>/resume")
@allow(P.PRODUCT_EDIT)
def resume(coupon_id: UUID) -> ResponseReturnValue:
    coupon = queries.coupon(coupon_id)
    actions.resume(coupon, by=me())
    flash(_("%(code)s can be used again.", code=coupon.code), "good")
    return redirect(url_for(".show", coupon_id=coupon.id))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _about(coupon: Coupon) -> list[tuple[Any, Any]]:
    least = coupon.least_order
    rows = [
        (_("Takes off"), takes_off(coupon.percent_off, coupon.amount_off, coupon.currency)),
        (_("Holds"), span(coupon.starts_on, coupon.ends_on) or _("always")),
        (_("From an order of"), ui.money(least, coupon.currency) if least is not None else None),
        (_("Used"), used(coupon.uses, coupon.most_uses)),
        (_("For each customer"), _times(coupon.most_per_account) if coupon.most_per_account else None),
        (_("For these categories"), _(", ").join(coupon.categories)),
    ]
    return [(label, value) for label, value in rows if value]


def _times(many: int) -> str:
    return ngettext("%(num)s time", "%(num)s times", many)


def _line(use: CouponUse, seen: dict[UUID, Any]) -> dict[str, Any]:
    account = seen.get(use.account_id)
    return {
        "at": use.used_at,
        "name": account.name if account else _("A colleague's customer"),
        "url": url_for("customers.show", account_id=account.id) if account else None,
        "amount": ui.money(use.amount, use.currency),
        "is_given_back": use.given_back_at is not None,
    }
