"""Pages of contracts. How they go on is in `state_views.py`."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, ngettext
from markupsafe import Markup

from saas import grids, panels, ui
from saas.archive import refuse_archived
from saas.crm.contracts import actions, queries, record, terms
from saas.crm.contracts.forms import ContractForm, MilestoneForm
from saas.crm.contracts.lists import CONTRACTS, total_cell
from saas.crm.contracts.models import STATE_ICONS, STATE_LOOKS, STATE_WORDS, Contract
from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account
from saas.crm.opportunities import queries as deals
from saas.crm.papers import line_actions, lines, offers, pages, print_queries, prints
from saas.crm.papers.lines import Typed
from saas.crm.papers.models import LineKind
from saas.crm.papers.offers import Offer
from saas.crm.quotes import queries as quotes
from saas.crm.quotes.models import QuoteState
from saas.crm.quotes.record import account_cell
from saas.forms import attempt
from saas.tenants import scope
from saas.tenants.models import Member
from saas.tenants.pages import record_parts
from saas.tenants.permissions import Permission, Reach, allow
from saas.tenants.scope import may, me, require
from saas.versions import Edit, edited, version_sent

bp = Blueprint("contracts", __name__, url_prefix="/contracts")

P = Permission
SHOWN = 5  # on the page of a customer or a deal
AHEAD = timedelta(days=90)  # on Today: contracts that end so soon
KINDS = (LineKind.ITEM, LineKind.HEADING)


@bp.get("/")
@allow(P.CONTRACT_VIEW)
def index() -> ResponseReturnValue:
    page = CONTRACTS.page(request.args, *queries.listed())
    shown = grids.shown(page, ui.record_url(".show", "contract_id"), gross=total_cell, account=account_cell)
    note = Markup('<span hx-get="{}" hx-trigger="load"></span>').format(ui.here_on(url_for(".count")))
    return render_template("contracts/index.html", list=shown, count_note=note, can_edit=may(P.CONTRACT_EDIT))


@bp.get("/count")
@allow(P.CONTRACT_VIEW)
def count() -> ResponseReturnValue:
    where = queries.listed()
    found = CONTRACTS.count(request.args, *where)
    sums = queries.sums(*where, *CONTRACTS.conditions(request.args))
    parts = [ngettext("%(count)s contract", "%(count)s contracts", found, count=grids.tally(found))]
    parts += [record.paid(sums[key], *key) for key in sorted(sums)]
    return " · ".join(parts)


@bp.route("/new", methods=["GET", "POST"])
@allow(P.CONTRACT_EDIT)
def create() -> ResponseReturnValue:
    form, deal = _new_form()
    offer = offers.offer(form.currency.data, form.account)
    form.lines = _typed(offer)
    if pages.is_saving() and form.validate_on_submit():
        assert form.account is not None
        owner = _keeper(form.account)
        people: dict[str, Any] = {"account": form.account, "contact": form.contact, "owner": owner, "by": me()}
        made = attempt(form, lambda: actions.create_contract(form.values(), form.lines, opportunity=deal, **people))
        if made is not None:
            flash(_("%(number)s is written. Once both have signed, say so here.", number=made.label), "good")
            return redirect(url_for(".show", contract_id=made.id))
    page = render_template("contracts/form.html", form=form, deal=deal, grid=_grid(form.lines, offer))
    return page, form.status if pages.is_saving() else 200


def _keeper(account: Account) -> Member:
    """Who answers for a new contract: whoever looks after the customer, where its writer goes on seeing it then."""
    sees_all = scope.who().reach(P.CONTRACT_VIEW) is Reach.ALL
    return account.owner if account.owner is not None and sees_all else me()


@bp.post("/from-quote/<uuid:quote_id>")
@allow(P.CONTRACT_EDIT)
def take_quote(quote_id: UUID) -> ResponseReturnValue:
    """Make a contract of an accepted quote; where there is one already, lead there."""
    contract, is_new = actions.contract_from_quote(quotes.quote(quote_id), by=me())
    if is_new:
        flash(_("%(number)s holds what was accepted. Look over its days and terms.", number=contract.label), "good")
    return redirect(url_for(".show", contract_id=contract.id))


@bp.get("/<uuid:contract_id>")
@allow(P.CONTRACT_VIEW)
def show(contract_id: UUID) -> ResponseReturnValue:
    return page_of(queries.contract(contract_id))


def page_of(contract: Contract, milestone_form: MilestoneForm | None = None) -> ResponseReturnValue:
    """The page of a contract, with what was typed wrongly of a milestone."""
    found, renewal = queries.lines(contract.id), queries.renewal_of(contract.id)
    can_edit = may(P.CONTRACT_EDIT, contract) and contract.account.archived is None
    page = render_template(
        "contracts/show.html",
        contract=contract,
        state=STATE_WORDS[contract.state],
        look=STATE_LOOKS[contract.state],
        icon_name=STATE_ICONS[contract.state],
        about=record.about(contract, renewal),
        value=record.value(contract),
        rows=prints.rows(found, contract.currency),
        sums=pages.told(line_actions.found(contract, found), contract.currency, margin=may(P.PRODUCT_COST)),
        has_discount=any(line.discount for line in found),
        milestones=record.milestones(queries.milestones(contract.id), contract.currency, actions.today()),
        milestone_form=milestone_form or MilestoneForm(contract, formdata=None),
        reminders=record.reminders(contract),
        kept=print_queries.kept(contract),
        steps=record.steps(contract, renewal, can_edit),
        can_edit=can_edit and contract.archived_at is None,
        **record_parts(Contract.__tablename__, contract.id, partial(url_for, ".show", contract_id=contract.id)),
    )
    return page, milestone_form.status if milestone_form else 200


@bp.route("/<uuid:contract_id>/edit", methods=["GET", "POST"])
@allow(P.CONTRACT_EDIT)
def edit(contract_id: UUID) -> ResponseReturnValue:
    contract = own_contract(contract_id)
    before = queries.lines(contract.id)
    form = ContractForm(obj=contract, account=contract.account, contact=contract.contact)
    form.customer.data = contract.account.label  # whom a contract is with doesn't change
    offer = _offer(form.currency.data, contract, before)
    form.lines = _typed(offer) if request.method == "POST" else lines.drawn(before, pages.labels(before))
    saved = Edit(False, 200, version_sent(contract))
    if pages.is_saving():
        verb = partial(actions.change_contract, contract, contact=form.contact, by=me())
        saved = edited(form, contract, lambda version: (verb(form.values(), form.lines, version=version),))
    if saved.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for(".show", contract_id=contract.id))
    told = {"version": saved.version, "clash": saved.clash, "grid": _grid(form.lines, offer, contract)}
    return render_template("contracts/form.html", form=form, contract=contract, **told), saved.status


@bp.post("/lines/check")
@allow(P.CONTRACT_EDIT)
def check() -> ResponseReturnValue:
    """What is wrong in the lines as they stand, and what they come to."""
    contract_id = ui.asked_id("contract_id")
    contract = queries.contract(contract_id) if contract_id else None
    currency = request.form.get("currency", scope.workspace().currency)
    account = contract.account if contract else customers.account_typed(request.form.get("customer", ""))
    offer = _offer(currency, contract, queries.lines(contract.id)) if contract else offers.offer(currency, account)
    return pages.looked_at(lines.read(request.form, offer), offer, line_actions.rule(), margin=may(P.PRODUCT_COST))


@bp.post("/<uuid:contract_id>/copy")
@allow(P.CONTRACT_EDIT)
def copy(contract_id: UUID) -> ResponseReturnValue:
    made = actions.copy_contract(queries.contract(contract_id), by=me())
    flash(_("%(number)s says the same and is yours.", number=made.label), "good")
    return redirect(url_for(".edit", contract_id=made.id))


@bp.post("/<uuid:contract_id>/discard")
@allow(P.CONTRACT_EDIT)
def discard(contract_id: UUID) -> ResponseReturnValue:
    contract = own_contract(contract_id)
    actions.discard_contract(contract, by=me())
    flash(_("%(number)s is thrown away.", number=contract.label), "good")
    return redirect(url_for(".index"))


def own_contract(contract_id: UUID) -> Contract:
    """A contract that the reader may change.

    Raises:
        NotFound: there is none, or he may not even see it.
        Forbidden: he may only see it.
    """
    contract = queries.contract(contract_id)
    require(P.CONTRACT_EDIT, contract)
    return contract


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _new_form() -> tuple[ContractForm, Any]:
    account_id, deal_id = ui.asked_id("account_id"), ui.asked_id("opportunity_id")
    deal = deals.opportunity(deal_id) if deal_id else None
    account = customers.account(account_id) if account_id else deal.account if deal else None
    refuse_archived(account)
    day = actions.today()
    given: dict[str, Any] = {"starts_on": day, "ends_on": terms.a_year_from(day), "remind_days": list(terms.USUAL)}
    if deal is not None:
        given |= {"name": deal.name, "currency": deal.currency}
    return ContractForm(account=account, contact=deal.contact if deal else None, data=given), deal


def _offer(currency: str, contract: Contract, before: Any) -> Offer:
    kept = {line.product_id for line in before if line.product_id}
    used = [(line.tax_name, line.tax_percent) for line in before]
    return offers.offer(currency, contract.account, kept=kept, used=used)


def _typed(offer: Offer) -> list[Typed]:
    return lines.read(request.form, offer) if request.method == "POST" else []


def _grid(typed: list[Typed], offer: Offer, contract: Contract | None = None) -> pages.Grid:
    more = lines.BLANK if request.form.get("what") != "rows" else 2 * lines.BLANK
    check = url_for("contracts.check", contract_id=contract.id if contract else None)
    return pages.grid(typed, offer, line_actions.rule(), check, kinds=KINDS, more=more, margin=may(P.PRODUCT_COST))


def _on_account(account_id: UUID) -> Markup:
    account = customers.account(account_id)
    found = queries.of_account(account.id, SHOWN)
    is_open = account.archived is None and may(P.CONTRACT_EDIT)
    new = url_for("contracts.create", account_id=account.id) if is_open else None
    hidden = queries.count_out_of_reach(account.id)
    return ui.fragment("contracts/_of.html", contracts=record.shown(found), hidden=hidden, new_url=new)


def _on_deal(opportunity_id: UUID) -> Markup:
    deal = deals.opportunity(opportunity_id)
    found = queries.of_opportunity(deal.id, SHOWN)
    is_open = deal.archived is None and deal.account is not None
    new = url_for("contracts.create", opportunity_id=deal.id) if is_open and may(P.CONTRACT_EDIT) else None
    return ui.fragment("contracts/_of.html", contracts=record.shown(found), new_url=new)


def _on_quote(quote_id: UUID) -> Markup:
    """The contract of an accepted quote, or the button that makes it."""
    quote = quotes.quote(quote_id)
    found = queries.of_quote(quote.id)
    if found is None and (quote.state is not QuoteState.ACCEPTED or not may(P.CONTRACT_EDIT)):
        return Markup("")
    is_seen = found is not None and may(P.CONTRACT_VIEW, found)
    return ui.fragment(
        "contracts/_of_quote.html", quote=quote, contract=found if is_seen else None, has_contract=found is not None
    )


def _on_today(_member_id: UUID) -> Markup:
    """The reader's contracts that end soon, and what is due under them; nothing where nothing is."""
    day = actions.today()
    ending = queries.ends_by(day + AHEAD, owner_id=me().id, many=SHOWN + 1)
    due = queries.due_by(day + record.SOON, owner_id=me().id, many=SHOWN)
    if not ending and not due:
        return Markup("")
    every_url = url_for("contracts.index", period="90", owner="me", sort="ends") if len(ending) > SHOWN else None
    told = {"ending": record.ending(ending[:SHOWN], day), "due": record.due_today(due, day)}
    return ui.fragment("contracts/_today.html", every_url=every_url, **told)


LABEL = _l("Contracts")
panels.add("account", panels.Panel("contracts", LABEL, _on_account, P.CONTRACT_VIEW, "side", 45, is_later=True))
panels.add("opportunity", panels.Panel("contracts", LABEL, _on_deal, P.CONTRACT_VIEW, "side", 20, is_later=True))
panels.add(
    "quote",
    panels.Panel("contract", lazy_pgettext("sale", "Contract"), _on_quote, P.CONTRACT_VIEW, "side", 5, is_later=True),
)
panels.add(
    "today",
    panels.Panel("contracts", _l("Contracts that end soon"), _on_today, P.CONTRACT_VIEW, "main", 33, is_later=True),
)
