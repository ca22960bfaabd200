"""Pages of invoices."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup

from saas import grids, panels, ui
from saas.archive import refuse_archived
from saas.crm.customers import queries as customers
from saas.crm.papers import line_actions, lines, offers, pages, print_queries, prints
from saas.crm.papers.lines import Typed
from saas.crm.papers.models import LineKind
from saas.crm.papers.offers import Offer
from saas.crm.quotes import queries as quotes
from saas.crm.receivables import actions, queries, record, settlement_queries, settlement_record
from saas.crm.receivables.forms import InvoiceForm, IssueForm, SendForm
from saas.crm.receivables.lists import INVOICES, amount_cell, due_cell, number_cell
from saas.crm.receivables.models import STANDING_ICONS, STANDING_LOOKS, STANDING_WORDS, Invoice
from saas.forms import attempt
from saas.tenants import scope
from saas.tenants.pages import record_parts
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require
from saas.versions import Edit, edited, version_sent

bp = Blueprint("receivables", __name__, url_prefix="/invoices")

P = Permission
SHOWN = 5  # on the page of a customer
KINDS = (LineKind.ITEM, LineKind.HEADING)


@bp.get("/")
@allow(P.INVOICE_VIEW)
def index() -> ResponseReturnValue:
    page = INVOICES.page(request.args, *queries.listed())
    shown = grids.shown(
        page,
        ui.record_url(".show", "invoice_id"),
        gross=amount_cell,
        owed=amount_cell,
        number=number_cell,
        due=due_cell,
        account=record.account_cell,
    )
    note = Markup('<span hx-get="{}" hx-trigger="load"></span>').format(ui.here_on(url_for(".count")))
    return render_template("receivables/index.html", list=shown, count_note=note, can_edit=may(P.INVOICE_EDIT))


@bp.get("/count")
@allow(P.INVOICE_VIEW)
def count() -> ResponseReturnValue:
    where = queries.listed()
    found = INVOICES.count(request.args, *where)
    sums = queries.sums(*where, *INVOICES.conditions(request.args))
    parts = [ngettext("%(count)s invoice", "%(count)s invoices", found, count=grids.tally(found))]
    for currency, (gross, owed) in sorted(sums.items()):
        whole, rest = ui.money(gross, currency), ui.money(owed, currency)
        parts.append(_("%(total)s, of which %(owed)s owed", total=whole, owed=rest) if owed else whole)
    return " · ".join(parts)


@bp.route("/new", methods=["GET", "POST"])
@allow(P.INVOICE_EDIT)
def create() -> ResponseReturnValue:
    account_id = ui.asked_id("account_id")
    account = customers.account(account_id) if account_id else None
    refuse_archived(account)
    form = InvoiceForm(account=account, data={"days": queries.days_of(account_id)})
    offer = offers.offer(form.currency.data, form.account)
    form.lines = _typed(offer)
    if pages.is_saving() and form.validate_on_submit():
        assert form.account is not None
        write = partial(actions.create_invoice, account=form.account, contact=form.contact)
        made = attempt(form, lambda: write(form.values(), form.lines, owner=me(), by=me()))
        if made is not None:
            flash(_("The draft is written. Look it over, then issue it: that gives it its number."), "good")
            return redirect(url_for(".show", invoice_id=made.id))
    page = render_template("receivables/form.html", form=form, account=account, grid=_grid(form.lines, offer))
    return page, form.status if pages.is_saving() else 200


@bp.post("/from-quote/<uuid:quote_id>")
@allow(P.INVOICE_EDIT)
def take_quote(quote_id: UUID) -> ResponseReturnValue:
    """The draft of what a customer accepted."""
    quote = quotes.quote(quote_id)
    require(P.INVOICE_EDIT, quote)
    made = actions.from_quote(quote, by=me())
    return redirect(url_for(".show", invoice_id=made.id))


@bp.get("/<uuid:invoice_id>")
@allow(P.INVOICE_VIEW)
def show(invoice_id: UUID) -> ResponseReturnValue:
    invoice = queries.invoice(invoice_id)
    found, standing = queries.lines(invoice.id), invoice.standing(queries.today())
    is_live = invoice.account.archived is None
    return render_template(
        "receivables/show.html",
        invoice=invoice,
        state=STANDING_WORDS[standing],
        look=STANDING_LOOKS[standing],
        icon_name=STANDING_ICONS[standing],
        about=record.about(invoice),
        rows=prints.rows(found, invoice.currency),
        sums=pages.told(line_actions.found(invoice, found, invoice.rule), invoice.currency, margin=may(P.PRODUCT_COST)),
        has_discount=any(line.discount for line in found),
        kept=print_queries.kept(invoice),
        came=settlement_record.came_for(invoice),
        can_pay=is_live and invoice.owed > 0 and may(P.PAYMENT_EDIT, invoice.account),
        can_credit=is_live and not invoice.is_draft and invoice.credited < invoice.gross,
        steps=record.steps(invoice),
        can_edit=is_live and may(P.INVOICE_EDIT, invoice),
        can_issue=is_live and may(P.INVOICE_ISSUE, invoice),
        **record_parts("invoice", invoice.id, partial(url_for, ".show", invoice_id=invoice.id)),
    )


@bp.route("/<uuid:invoice_id>/edit", methods=["GET", "POST"])
@allow(P.INVOICE_EDIT)
def edit(invoice_id: UUID) -> ResponseReturnValue:
    invoice = _own(invoice_id, P.INVOICE_EDIT)
    before = queries.lines(invoice.id)
    form = InvoiceForm(obj=invoice, account=invoice.account, contact=invoice.contact)
    form.customer.data = invoice.account.label  # whom an invoice is for doesn't change
    offer = _offer(form.currency.data, invoice)
    form.lines = _typed(offer) if request.method == "POST" else lines.drawn(before, pages.labels(before))
    saved = Edit(False, 200, version_sent(invoice))
    if pages.is_saving():
        verb = partial(actions.change_invoice, invoice, contact=form.contact, by=me())
        saved = edited(form, invoice, lambda version: (verb(form.values(), form.lines, version=version),))
    if saved.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for(".show", invoice_id=invoice.id))
    told = {"version": saved.version, "clash": saved.clash, "grid": _grid(form.lines, offer, invoice)}
    return render_template("receivables/form.html", form=form, invoice=invoice, **told), saved.status


@bp.post("/lines/check")
@allow(P.INVOICE_EDIT)
def check() -> ResponseReturnValue:
    """What is wrong in the lines as they stand, and what they come to."""
    invoice_id = ui.asked_id("invoice_id")
    invoice = queries.invoice(invoice_id) if invoice_id else None
    currency = request.form.get("currency", scope.workspace().currency)
    account = customers.account_typed(request.form.get("customer", ""))
    offer = _offer(currency, invoice) if invoice else offers.offer(currency, account)
    return pages.looked_at(lines.read(request.form, offer), offer, line_actions.rule(), margin=may(P.PRODUCT_COST))


@bp.route("/<uuid:invoice_id>/issue", methods=["GET", "POST"])
@allow(P.INVOICE_ISSUE)
def issue(invoice_id: UUID) -> ResponseReturnValue:
    """Give it its number, and perhaps mail it at once."""
    invoice = _own(invoice_id, P.INVOICE_ISSUE)
    form = IssueForm(data={"to": record.address(invoice), "words": record.letter(invoice, me())})
    if form.validate_on_submit():
        made = attempt(form, lambda: actions.issue_invoice(invoice, by=me()))
        if made is not None:
            to = form.to.data or None
            if to:
                actions.send_invoice(made, to=to, words=form.words.data or "", by=me())
            words = _("%(number)s is issued and on its way to %(to)s.") if to else _("%(number)s is issued.")
            flash(words % {"number": made.number, "to": to}, "good")
            return redirect(url_for(".show", invoice_id=made.id))
    return render_template("receivables/issue.html", form=form, invoice=invoice), form.status


@bp.route("/<uuid:invoice_id>/send", methods=["GET", "POST"])
@allow(P.INVOICE_ISSUE)
def send(invoice_id: UUID) -> ResponseReturnValue:
    """Mail it, or mail it again."""
    invoice = _own(invoice_id, P.INVOICE_ISSUE)
    given = {"to": invoice.sent_to or record.address(invoice), "words": record.letter(invoice, me())}
    form = SendForm(data=given)
    if form.validate_on_submit():
        verb = partial(actions.send_invoice, invoice, to=str(form.to.data), words=form.words.data or "", by=me())
        if attempt(form, lambda: (verb(),)) is not None:
            flash(_("%(number)s is on its way to %(to)s.", number=invoice.number, to=invoice.sent_to), "good")
            return redirect(url_for(".show", invoice_id=invoice.id))
    return render_template("receivables/send.html", form=form, invoice=invoice), form.status


@bp.post("/<uuid:invoice_id>/copy")
@allow(P.INVOICE_EDIT)
def copy(invoice_id: UUID) -> ResponseReturnValue:
    made = actions.copy_invoice(queries.invoice(invoice_id), by=me())
    flash(_("This draft says the same and is yours."), "good")
    return redirect(url_for(".edit", invoice_id=made.id))


@bp.post("/<uuid:invoice_id>/discard")
@allow(P.INVOICE_EDIT)
def discard(invoice_id: UUID) -> ResponseReturnValue:
    actions.discard_invoice(_own(invoice_id, P.INVOICE_EDIT), by=me())
    flash(_("The draft is thrown away."), "good")
    return redirect(url_for(".index"))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _own(invoice_id: UUID, right: Permission) -> Invoice:
    invoice = queries.invoice(invoice_id)
    require(right, invoice)
    return invoice


def _offer(currency: str, invoice: Invoice) -> Offer:
    before = queries.lines(invoice.id)
    kept = {line.product_id for line in before if line.product_id}
    used = [(line.tax_name, line.tax_percent) for line in before]
    return offers.offer(currency, invoice.account, kept=kept, used=used)


def _typed(offer: Offer) -> list[Typed]:
    return lines.read(request.form, offer) if request.method == "POST" else []


def _grid(typed: list[Typed], offer: Offer, invoice: Invoice | None = None) -> pages.Grid:
    more = lines.BLANK if request.form.get("what") != "rows" else 2 * lines.BLANK
    check = url_for(".check", invoice_id=invoice.id if invoice else None)
    return pages.grid(typed, offer, line_actions.rule(), check, kinds=KINDS, more=more, margin=may(P.PRODUCT_COST))


def _on_account(account_id: UUID) -> Markup:
    account = customers.account(account_id)
    is_live = account.archived is None
    new = url_for("receivables.create", account_id=account.id) if is_live and may(P.INVOICE_EDIT) else None
    return ui.fragment(
        "receivables/_of.html",
        account=account,
        owed=record.owed(queries.owed_by(account.id, queries.today())),
        invoices=record.shown(queries.of_account(account.id, SHOWN)),
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
    return ui.fragment(
        "receivables/_of_quote.html",
        quote=quote,
        invoices=record.shown([invoice] if invoice else []),
        can_make=can_make,
    )


panels.add("account", panels.Panel("owed", _l("Owed"), _on_account, P.INVOICE_VIEW, "side", 46, is_later=True))
panels.add("quote", panels.Panel("invoice", _l("Invoice"), _on_quote, P.INVOICE_VIEW, "side", 20, is_later=True))
