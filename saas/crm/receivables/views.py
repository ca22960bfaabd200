"""Pages of invoices."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup

from saas import panels, ui
from saas.crm.customers import queries as customers
from saas.crm.papers import paper_views as papers
from saas.crm.papers.lists import amount_cell
from saas.crm.papers.record import address, shown
from saas.crm.quotes import queries as quotes
from saas.crm.receivables import actions, queries, record, settlement_queries, settlement_record
from saas.crm.receivables import source_queries as sources
from saas.crm.receivables.forms import InvoiceForm, IssueForm, SendForm
from saas.crm.receivables.lists import INVOICES, due_cell, number_cell
from saas.crm.receivables.queries import KIND
from saas.forms import attempt
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require, today

bp = Blueprint("receivables", __name__, url_prefix="/invoices")

P = Permission


@bp.get("/")
@allow(P.INVOICE_VIEW)
def index() -> ResponseReturnValue:
    return papers.index(KIND, INVOICES, gross=amount_cell, owed=amount_cell, number=number_cell, due=due_cell)


@bp.get("/count")
@allow(P.INVOICE_VIEW)
def count() -> ResponseReturnValue:
    return papers.count(
        KIND, INVOICES, lambda n, many: ngettext("%(count)s invoice", "%(count)s invoices", n, count=many), _sums
    )


def _sums(*where: Any) -> list[str]:
    """What they come to, and what is owed of it."""
    parts = []
    for currency, (gross, owed) in sorted(queries.sums(*where).items()):
        whole, rest = ui.money(gross, currency), ui.money(owed, currency)
        parts.append(_("%(total)s, of which %(owed)s owed", total=whole, owed=rest) if owed else whole)
    return parts


@bp.route("/new", methods=["GET", "POST"])
@allow(P.INVOICE_EDIT)
def create() -> ResponseReturnValue:
    source = papers.asked()
    form = source.form(InvoiceForm, {"days": queries.days_of(source.account.id if source.account else None)})
    verb = partial(actions.create_invoice, owner=me(), by=me())
    said = _("The draft is written. Look it over, then issue it: that gives it its number.")
    return papers.create(KIND, form, verb, lambda _made: said, source)


@bp.post("/from-quote/<uuid:quote_id>")
@allow(P.INVOICE_EDIT)
def take_quote(quote_id: UUID) -> ResponseReturnValue:
    """The draft of what a customer accepted."""
    quote = quotes.quote(quote_id)
    require(P.INVOICE_EDIT, quote)
    made = actions.from_quote(quote, by=me())
    return redirect(KIND.url(made))


@bp.get("/<uuid:invoice_id>")
@allow(P.INVOICE_VIEW)
def show(invoice_id: UUID) -> ResponseReturnValue:
    invoice = queries.invoice(invoice_id)
    is_live, can_issue = invoice.account.archived is None, papers.can_edit(KIND, invoice, P.INVOICE_ISSUE)
    return papers.page(
        KIND,
        invoice,
        queries.lines(invoice.id),
        record.steps(invoice),
        about=record.about(invoice),
        came=settlement_record.came_for(invoice),
        can_pay=is_live and invoice.owed > 0 and may(P.PAYMENT_EDIT, invoice.account),
        can_credit=can_issue and not invoice.is_draft and invoice.credited < invoice.gross,
        can_issue=can_issue,
        can_more=can_issue,
    )


@bp.route("/<uuid:invoice_id>/edit", methods=["GET", "POST"])
@allow(P.INVOICE_EDIT)
def edit(invoice_id: UUID) -> ResponseReturnValue:
    invoice = KIND.own(invoice_id)
    form = InvoiceForm(obj=invoice, account=invoice.account, contact=invoice.contact)
    return papers.edit(KIND, invoice, form, partial(actions.change_invoice, by=me()))


@bp.post("/lines/check")
@allow(P.INVOICE_EDIT)
def check() -> ResponseReturnValue:
    return papers.check(KIND)


@bp.route("/<uuid:invoice_id>/issue", methods=["GET", "POST"])
@allow(P.INVOICE_ISSUE)
def issue(invoice_id: UUID) -> ResponseReturnValue:
    """Give it its number, and perhaps mail it at once."""
    invoice = KIND.own(invoice_id, P.INVOICE_ISSUE)
    form = IssueForm(data={"to": address(invoice), "words": record.letter(invoice, me())})
    if form.validate_on_submit():
        made = attempt(form, lambda: actions.issue_invoice(invoice, by=me()))
        if made is not None:
            to = form.to.data or None
            if to:
                actions.send_invoice(made, to=to, words=form.words.data or "", by=me())
            words = _("%(number)s is issued and on its way to %(to)s.") if to else _("%(number)s is issued.")
            flash(words % {"number": made.number, "to": to}, "good")
            return redirect(KIND.url(made))
    return papers.step(KIND, "issue", form, invoice)


@bp.route("/<uuid:invoice_id>/send", methods=["GET", "POST"])
@allow(P.INVOICE_ISSUE)
def send(invoice_id: UUID) -> ResponseReturnValue:
    """Mail it, or mail it again."""
    invoice = KIND.own(invoice_id, P.INVOICE_ISSUE)
    given = {"to": invoice.sent_to or address(invoice), "words": record.letter(invoice, me())}
    form = SendForm(data=given)
    if form.validate_on_submit():
        verb = partial(actions.send_invoice, invoice, to=str(form.to.data), words=form.words.data or "", by=me())
        if attempt(form, lambda: (verb(),)) is not None:
            flash(_("%(number)s is on its way to %(to)s.", number=invoice.number, to=invoice.sent_to), "good")
            return redirect(KIND.url(invoice))
    return papers.step(KIND, "send", form, invoice)


@bp.post("/<uuid:invoice_id>/copy")
@allow(P.INVOICE_EDIT)
def copy(invoice_id: UUID) -> ResponseReturnValue:
    made = actions.copy_invoice(queries.invoice(invoice_id), by=me())
    flash(_("This draft says the same and is yours."), "good")
    return redirect(KIND.url(made, "edit"))


@bp.post("/<uuid:invoice_id>/discard")
@allow(P.INVOICE_EDIT)
def discard(invoice_id: UUID) -> ResponseReturnValue:
    actions.discard_invoice(KIND.own(invoice_id), by=me())
    flash(_("The draft is thrown away."), "good")
    return redirect(url_for(".index"))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _on_account(account_id: UUID) -> Markup:
    account = customers.account(account_id)
    is_live = account.archived is None
    new = url_for("receivables.create", account_id=account.id) if is_live and may(P.INVOICE_EDIT) else None
    return ui.fragment(
        "receivables/_of.html",
        account=account,
        owed=record.owed(queries.owed_by(account.id, today())),
        papers=shown(KIND, KIND.of_account(account.id, papers.SHOWN)),
        new_url=new,
        can_set=is_live and may(P.INVOICE_ISSUE),
        days=queries.days_of(account.id),
        credit=settlement_record.credit(settlement_queries.free_of(account.id)),
        can_pay=may(P.PAYMENT_EDIT, account),
    )


def _on_quote(quote_id: UUID) -> Markup:
    quote = quotes.quote(quote_id)
    invoice = queries.of_quote(quote.id)
    can_make = invoice is None and quote.state == "accepted" and may(P.INVOICE_EDIT, quote)
    can_make = can_make and not sources.is_quote_billed_by_order(quote.id)
    return ui.fragment(
        "receivables/_of_quote.html",
        quote=quote,
        papers=shown(KIND, [invoice] if invoice else []),
        can_make=can_make,
    )


panels.add("account", panels.Panel("owed", _l("Owed"), _on_account, P.INVOICE_VIEW, "side", 46, is_later=True))
panels.add("quote", panels.Panel("invoice", _l("Invoice"), _on_quote, P.INVOICE_VIEW, "side", 20, is_later=True))
