"""Pages of quotes for colleagues. What the customer opens is in `answer_views.py`."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
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
from saas.crm.opportunities import queries as deals
from saas.crm.papers import line_actions, lines, offers, pages, print_queries, prints
from saas.crm.papers.lines import Typed
from saas.crm.papers.offers import Offer
from saas.crm.quotes import actions, approval_actions, queries, record
from saas.crm.quotes.forms import DecideForm, QuoteForm, SendForm
from saas.crm.quotes.lists import QUOTES, number_cell, total_cell
from saas.crm.quotes.models import HOLDS_FOR, STATE_ICONS, STATE_LOOKS, STATE_WORDS, Quote
from saas.forms import attempt
from saas.tenants import scope
from saas.tenants.pages import record_parts
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require
from saas.versions import Edit, edited, version_sent

bp = Blueprint("quotes", __name__, url_prefix="/quotes")

P = Permission
SHOWN = 5  # on the page of a customer or a deal


@bp.get("/")
@allow(P.QUOTE_VIEW)
def index() -> ResponseReturnValue:
    page = QUOTES.page(request.args, *queries.listed())
    shown = grids.shown(
        page, ui.record_url(".show", "quote_id"), gross=total_cell, number=number_cell, account=record.account_cell
    )
    note = Markup('<span hx-get="{}" hx-trigger="load"></span>').format(ui.here_on(url_for(".count")))
    return render_template("quotes/index.html", list=shown, count_note=note, can_edit=may(P.QUOTE_EDIT))


@bp.get("/count")
@allow(P.QUOTE_VIEW)
def count() -> ResponseReturnValue:
    where = queries.listed()
    found = QUOTES.count(request.args, *where)
    sums = queries.sums(*where, *QUOTES.conditions(request.args))
    parts = [ngettext("%(count)s quote", "%(count)s quotes", found, count=grids.tally(found))]
    parts += [ui.money(sums[currency], currency) for currency in sorted(sums)]
    return " · ".join(parts)


@bp.route("/new", methods=["GET", "POST"])
@allow(P.QUOTE_EDIT)
def create() -> ResponseReturnValue:
    form, deal = _new_form()
    offer = offers.offer(form.currency.data, form.account)
    form.lines = _typed(offer)
    if pages.is_saving() and form.validate_on_submit():
        assert form.account is not None
        write = partial(actions.create_quote, account=form.account, contact=form.contact, opportunity=deal)
        made = attempt(form, lambda: write(form.values(), form.lines, owner=me(), by=me()))
        if made is not None:
            flash(_("%(number)s is written. Look it over, then send it.", number=made.label), "good")
            return redirect(url_for(".show", quote_id=made.id))
    page = render_template("quotes/form.html", form=form, deal=deal, grid=_grid(form.lines, offer))
    return page, form.status if pages.is_saving() else 200


@bp.get("/<uuid:quote_id>")
@allow(P.QUOTE_VIEW)
def show(quote_id: UUID) -> ResponseReturnValue:
    quote = queries.quote(quote_id)
    found = queries.lines(quote.id)
    can_edit = may(P.QUOTE_EDIT, quote) and quote.account.archived is None
    return render_template(
        "quotes/show.html",
        quote=quote,
        state=STATE_WORDS[quote.state],
        look=STATE_LOOKS[quote.state],
        icon_name=STATE_ICONS[quote.state],
        about=record.about(quote),
        rows=prints.rows(found, quote.currency),
        sums=pages.told(line_actions.found(quote, found), quote.currency, margin=may(P.PRODUCT_COST)),
        has_discount=any(line.discount for line in found),
        versions=[one for one in queries.versions(quote.number) if one.id != quote.id],
        kept=print_queries.kept(quote),
        steps=record.steps(quote, can_edit),
        answer=record.answer(quote),
        approval=record.approval(quote, me()) if quote.is_draft else None,
        decide_form=DecideForm(formdata=None),
        can_edit=can_edit,
        **record_parts("quote", quote.id, partial(url_for, ".show", quote_id=quote.id)),
    )


@bp.route("/<uuid:quote_id>/edit", methods=["GET", "POST"])
@allow(P.QUOTE_EDIT)
def edit(quote_id: UUID) -> ResponseReturnValue:
    quote = _own(quote_id)
    before = queries.lines(quote.id)
    form = QuoteForm(obj=quote, account=quote.account, contact=quote.contact, today=actions.today())
    form.customer.data = quote.account.label  # whom a quote is for doesn't change
    offer = _offer(form.currency.data, quote, before)
    form.lines = _typed(offer) if request.method == "POST" else lines.drawn(before, pages.labels(before))
    saved = Edit(False, 200, version_sent(quote))
    if pages.is_saving():
        verb = partial(actions.change_quote, quote, contact=form.contact, by=me())
        saved = edited(form, quote, lambda version: (verb(form.values(), form.lines, version=version),))
    if saved.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for(".show", quote_id=quote.id))
    told = {"version": saved.version, "clash": saved.clash, "grid": _grid(form.lines, offer, quote)}
    return render_template("quotes/form.html", form=form, quote=quote, **told), saved.status


@bp.post("/lines/check")
@allow(P.QUOTE_EDIT)
def check() -> ResponseReturnValue:
    """What is wrong in the lines as they stand, and what they come to."""
    quote_id = ui.asked_id("quote_id")
    quote = queries.quote(quote_id) if quote_id else None
    currency = request.form.get("currency", scope.workspace().currency)
    account = quote.account if quote else customers.account_typed(request.form.get("customer", ""))
    offer = _offer(currency, quote, queries.lines(quote.id)) if quote else offers.offer(currency, account)
    return pages.looked_at(lines.read(request.form, offer), offer, line_actions.rule(), margin=may(P.PRODUCT_COST))


@bp.route("/<uuid:quote_id>/send", methods=["GET", "POST"])
@allow(P.QUOTE_EDIT)
def send(quote_id: UUID) -> ResponseReturnValue:
    """Let it go out, once the words of the mail were seen."""
    quote = _own(quote_id)
    if approval_actions.is_needed(quote, by=me()):
        return redirect(url_for("quote_approval.ask", quote_id=quote.id))
    form = SendForm(data={"to": record.address(quote), "words": record.letter(quote, me())})
    if form.validate_on_submit():
        verb = partial(actions.send_quote, quote, to=str(form.to.data), words=form.words.data or "", by=me())
        if attempt(form, verb) is not None:
            flash(_("%(number)s is on its way to %(to)s.", number=quote.label, to=quote.sent_to), "good")
            return redirect(url_for(".show", quote_id=quote.id))
    return render_template("quotes/send.html", form=form, quote=quote), form.status


@bp.post("/<uuid:quote_id>/revise")
@allow(P.QUOTE_EDIT)
def revise(quote_id: UUID) -> ResponseReturnValue:
    made = actions.revise_quote(_own(quote_id), by=me())
    flash(_("This is %(number)s. The version before can't be accepted any more.", number=made.label), "good")
    return redirect(url_for(".edit", quote_id=made.id))


@bp.post("/<uuid:quote_id>/copy")
@allow(P.QUOTE_EDIT)
def copy(quote_id: UUID) -> ResponseReturnValue:
    made = actions.copy_quote(queries.quote(quote_id), by=me())
    flash(_("%(number)s says the same and is yours.", number=made.label), "good")
    return redirect(url_for(".edit", quote_id=made.id))


@bp.post("/<uuid:quote_id>/withdraw")
@allow(P.QUOTE_EDIT)
def withdraw(quote_id: UUID) -> ResponseReturnValue:
    quote = _own(quote_id)
    actions.withdraw_quote(quote, by=me())
    flash(_("%(number)s is taken back. Its link says so.", number=quote.label), "good")
    return redirect(url_for(".show", quote_id=quote.id))


@bp.post("/<uuid:quote_id>/discard")
@allow(P.QUOTE_EDIT)
def discard(quote_id: UUID) -> ResponseReturnValue:
    quote = _own(quote_id)
    actions.discard_quote(quote, by=me())
    flash(_("%(number)s is thrown away.", number=quote.label), "good")
    return redirect(url_for(".index"))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _own(quote_id: UUID) -> Quote:
    quote = queries.quote(quote_id)
    require(P.QUOTE_EDIT, quote)
    return quote


def _new_form() -> tuple[QuoteForm, Any]:
    account_id, deal_id = ui.asked_id("account_id"), ui.asked_id("opportunity_id")
    deal = deals.opportunity(deal_id) if deal_id else None
    account = customers.account(account_id) if account_id else deal.account if deal else None
    refuse_archived(account)
    today = actions.today()
    given: dict[str, Any] = {"valid_until": today + timedelta(days=HOLDS_FOR)}
    if deal is not None:
        given |= {"name": deal.name, "currency": deal.currency}
    return QuoteForm(account=account, contact=deal.contact if deal else None, today=today, data=given), deal


def _offer(currency: str, quote: Quote, before: Any) -> Offer:
    kept = {line.product_id for line in before if line.product_id}
    used = [(line.tax_name, line.tax_percent) for line in before]
    return offers.offer(currency, quote.account, kept=kept, used=used)


def _typed(offer: Offer) -> list[Typed]:
    return lines.read(request.form, offer) if request.method == "POST" else []


def _grid(typed: list[Typed], offer: Offer, quote: Quote | None = None) -> pages.Grid:
    more = lines.BLANK if request.form.get("what") != "rows" else 2 * lines.BLANK
    check = url_for(".check", quote_id=quote.id if quote else None)
    return pages.grid(typed, offer, line_actions.rule(), check, more=more, margin=may(P.PRODUCT_COST))


def _on_account(account_id: UUID) -> Markup:
    account = customers.account(account_id)
    found = queries.of_account(account.id, SHOWN)
    new = url_for("quotes.create", account_id=account.id) if account.archived is None and may(P.QUOTE_EDIT) else None
    return ui.fragment("quotes/_of.html", quotes=record.shown(found), new_url=new)


def _on_deal(opportunity_id: UUID) -> Markup:
    deal = deals.opportunity(opportunity_id)
    found = queries.of_opportunity(deal.id, SHOWN)
    is_open = deal.archived is None and deal.account is not None
    new = url_for("quotes.create", opportunity_id=deal.id) if is_open and may(P.QUOTE_EDIT) else None
    return ui.fragment("quotes/_of.html", quotes=record.shown(found), new_url=new)


panels.add("account", panels.Panel("quotes", _l("Quotes"), _on_account, P.QUOTE_VIEW, "side", 45, is_later=True))
panels.add("opportunity", panels.Panel("quotes", _l("Quotes"), _on_deal, P.QUOTE_VIEW, "side", 20, is_later=True))
