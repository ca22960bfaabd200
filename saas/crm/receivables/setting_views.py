"""How many days customers have to pay."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas.crm.customers import queries as customers
from saas.crm.receivables import queries, term_actions
from saas.crm.receivables.forms import TermsForm, UsualTermsForm
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me

bp = Blueprint("payment_terms", __name__, url_prefix="/payment-terms")

P = Permission


@bp.route("/", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def index() -> ResponseReturnValue:
    form = UsualTermsForm(data={"days": queries.usual_days()})
    if form.validate_on_submit():
        term_actions.choose_usual(form.days.data, by=me())
        flash(_("Saved."), "good")
        return redirect(url_for(".index"))
    return render_template("receivables/usual_terms.html", form=form), form.status


@bp.route("/customers/<uuid:account_id>", methods=["GET", "POST"])
@allow(P.INVOICE_ISSUE)
def of_account(account_id: UUID) -> ResponseReturnValue:
    account = customers.account(account_id, P.INVOICE_ISSUE)
    own = queries.terms(account.id)
    form = TermsForm(data={"days": own.days if own else None})
    if form.validate_on_submit():
        term_actions.choose(account, form.days.data, by=me())
        flash(_("Saved."), "good")
        return redirect(url_for("customers.show", account_id=account.id))
    usual = queries.usual_days()
    return render_template("receivables/terms.html", form=form, account=account, usual=usual), form.status
