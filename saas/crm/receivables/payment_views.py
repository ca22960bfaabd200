"""What came in: noted, shared out over invoices, and taken back where it was wrong."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import grids, money, ui
from saas.crm.customers import queries as customers
from saas.crm.papers.lists import account_cell, amount_cell
from saas.crm.receivables import figures, queries, settlement_record
from saas.crm.receivables import payment_actions as actions
from saas.crm.receivables import settlement_queries as ledger
from saas.crm.receivables.figures import Row
from saas.crm.receivables.forms import PaymentForm, TakeBackForm, UseForm
from saas.crm.receivables.models import Invoice, Payment
from saas.crm.receivables.payment_lists import PAYMENTS, day_cell
from saas.forms import attempt
from saas.tenants import scope
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require, today

bp = Blueprint("payments", __name__, url_prefix="/payments")

P = Permission


@bp.get("/")
@allow(P.INVOICE_VIEW)
def index() -> ResponseReturnValue:
    page = PAYMENTS.page(request.args, ledger.within_reach())
    shown = grids.shown(
        page,
        ui.record_url(".show", "payment_id"),
        paid=day_cell,
        amount=amount_cell,
        free=amount_cell,
        account=account_cell,
    )
    return render_template("receivables/payments.html", list=shown, can_bring=may(P.PAYMENT_EDIT))


@bp.get("/<uuid:payment_id>")
@allow(P.INVOICE_VIEW)
def show(payment_id: UUID) -> ResponseReturnValue:
    payment = ledger.payment(payment_id)
    shares = ledger.shares_of(payment.id)
    is_good = payment.taken_back_at is None and payment.reverses_id is None
    can_edit = is_good and may(P.PAYMENT_EDIT, payment.account)
    return render_template(
        "receivables/payment.html",
        payment=payment,
        about=settlement_record.about_payment(payment, ledger.counter_entry(payment.id)),
        shares=settlement_record.shares(payment, shares),
        can_edit=can_edit,
        can_use=can_edit and payment.credit > 0,
        form=TakeBackForm(formdata=None),
    )


@bp.route("/of/<uuid:account_id>/new", methods=["GET", "POST"])
@allow(P.PAYMENT_EDIT)
def create(account_id: UUID) -> ResponseReturnValue:
    """Note what a customer paid. Where nobody says for what, it goes to what is due first."""
    account = customers.account(account_id)
    require(P.PAYMENT_EDIT, account)
    chosen_id = ui.asked_id("invoice_id")
    chosen = queries.invoice(chosen_id) if chosen_id else None
    form = PaymentForm(data=_offered(chosen))
    open_invoices = ledger.open_invoices(account.id, form.currency.data)
    rows = _rows(open_invoices, chosen)
    if request.method == "POST":
        rows = figures.read(rows, request.form)
    if form.validate_on_submit():
        said = {name: form[name].data for name in ("amount", "currency", "paid_on", "reference")}
        shares = figures.chosen(rows) or actions.spread(form.amount.data, open_invoices)
        verb = partial(actions.record_payment, account, **said, shares=shares, by=me())
        made = figures.tried(form, rows, verb)
        if made is not None:
            flash(_("The payment is noted."), "good")
            return redirect(url_for(".show", payment_id=made.id))
    page = render_template("receivables/pay.html", form=form, rows=rows, account=account, invoice=chosen)
    return page, figures.status(form, rows)


@bp.route("/<uuid:payment_id>/use", methods=["GET", "POST"])
@allow(P.PAYMENT_EDIT)
def use(payment_id: UUID) -> ResponseReturnValue:
    """Let what is left of it be for invoices."""
    payment = _own(payment_id)
    open_invoices = ledger.open_invoices(payment.account_id, payment.currency)
    parts = actions.spread(payment.credit, open_invoices)
    form, rows = UseForm(), _rows(open_invoices)
    for row in rows:
        row.typed = money.plain(parts[row.key]) if row.key in parts else ""
    if request.method == "POST":
        rows = figures.read(rows, request.form)
    if form.validate_on_submit():
        verb = partial(actions.use_credit, payment, by=me())
        if figures.tried(form, rows, lambda: (verb(figures.chosen(rows)),)) is not None:
            flash(_("Saved."), "good")
            return redirect(url_for(".show", payment_id=payment.id))
    page = render_template("receivables/use.html", form=form, rows=rows, payment=payment)
    return page, figures.status(form, rows)


@bp.post("/<uuid:payment_id>/take-back")
@allow(P.PAYMENT_EDIT)
def take_back(payment_id: UUID) -> ResponseReturnValue:
    payment = _own(payment_id)
    form = TakeBackForm()
    if form.validate_on_submit():
        made = attempt(form, lambda: actions.take_back(payment, reason=str(form.reason.data), by=me()))
        if made is not None:
            flash(_("The payment is taken back: what it was for is owed again."), "good")
            return redirect(url_for(".show", payment_id=payment.id))
    return render_template("receivables/take_back.html", form=form, payment=payment), form.status


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _own(payment_id: UUID) -> Payment:
    payment = ledger.payment(payment_id)
    require(P.PAYMENT_EDIT, payment.account)
    return payment


def _offered(chosen: Invoice | None) -> dict[str, object]:
    given: dict[str, object] = {"paid_on": today(), "currency": scope.workspace().currency}
    if chosen is not None:
        given |= {"currency": chosen.currency, "amount": chosen.owed, "reference": chosen.number}
    return given


def _rows(found: list[Invoice], chosen: Invoice | None = None) -> list[Row]:
    return [
        Row(
            one.id,
            one.number,
            _(
                "%(name)s · %(owed)s owed, due %(day)s",
                name=one.name,
                owed=ui.money(one.owed, one.currency),
                day=ui.words().full_day(one.due_on),
            ),
            money.plain(one.owed) if chosen and chosen.id == one.id else "",
            url_for("receivables.show", invoice_id=one.id),
        )
        for one in found
    ]
