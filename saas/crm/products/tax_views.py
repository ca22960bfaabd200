"""The settings page of tax rates."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import toasts
from saas.crm.products import tax_actions
from saas.crm.products import tax_queries as queries
from saas.crm.products.tax_forms import TaxRateForm
from saas.forms import attempt
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me
from saas.versions import edited

bp = Blueprint("taxes", __name__, url_prefix="/settings/taxes")

P = Permission


@bp.get("")
@allow(P.WORKSPACE_SET)
def index() -> ResponseReturnValue:
    return _page(TaxRateForm(formdata=None), 200)


@bp.post("")
@allow(P.WORKSPACE_SET)
def create() -> ResponseReturnValue:
    form = TaxRateForm()
    if form.validate_on_submit():
        made = attempt(form, lambda: tax_actions.add(form.values(), by=me()))
        if made is not None:
            flash(_("“%(name)s” is added.", name=made.name), "good")
            return redirect(url_for(".index"))
    return _page(form, 422)


@bp.route("/<uuid:rate_id>", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def edit(rate_id: UUID) -> ResponseReturnValue:
    rate = queries.rate(rate_id)
    form = TaxRateForm(obj=rate)
    edit = edited(form, rate, lambda version: tax_actions.change(rate, form.values(), version=version, by=me()))
    if edit.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for(".index"))
    page = render_template("products/tax_rate.html", form=form, rate=rate, version=edit.version, clash=edit.clash)
    return page, edit.status


@bp.post("/<uuid:rate_id>/default")
@allow(P.WORKSPACE_SET)
def make_default(rate_id: UUID) -> ResponseReturnValue:
    """Let it be the rate of what names none."""
    rate = queries.rate(rate_id)
    tax_actions.make_default(rate, by=me())
    flash(_("“%(name)s” is the default now.", name=rate.name), "good")
    return redirect(url_for(".index"))


@bp.post("/<uuid:rate_id>/archive")
@allow(P.WORKSPACE_SET)
def archive(rate_id: UUID) -> ResponseReturnValue:
    rate = queries.rate(rate_id)
    tax_actions.archive(rate, by=me())
    text = _("“%(name)s” is offered no longer. What has it keeps it.", name=rate.name)
    toasts.undoable(text, url_for(".restore", rate_id=rate.id))
    return redirect(url_for(".index"))


@bp.post("/<uuid:rate_id>/restore")
@allow(P.WORKSPACE_SET)
def restore(rate_id: UUID) -> ResponseReturnValue:
    rate = queries.rate(rate_id)
    tax_actions.restore(rate, by=me())
    flash(_("“%(name)s” is offered again.", name=rate.name), "good")
    return redirect(url_for(".index"))


def _page(form: TaxRateForm, status: int) -> ResponseReturnValue:
    tax_actions.begun()
    page = render_template("products/taxes.html", form=form, rates=queries.every().values(), uses=queries.uses())
    return page, status
