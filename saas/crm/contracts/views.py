"""Pages of contracts. How they go on is in `state_views.py`."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, ngettext
from markupsafe import Markup

from saas import panels, ui
from saas.crm.contracts import actions, queries, record, terms
from saas.crm.contracts.forms import ContractForm, MilestoneForm
from saas.crm.contracts.lists import CONTRACTS
from saas.crm.contracts.models import Contract
from saas.crm.contracts.queries import KIND
from saas.crm.customers.models import Account
from saas.crm.papers import paper_views as papers
from saas.crm.papers.lists import amount_cell
from saas.crm.quotes import queries as quotes
from saas.crm.quotes.models import QuoteState
from saas.tenants import scope
from saas.tenants.models import Member
from saas.tenants.permissions import Permission, Reach, allow
from saas.tenants.scope import may, me, today

bp = Blueprint("contracts", __name__, url_prefix="/contracts")

P = Permission
SHOWN = papers.SHOWN
AHEAD = timedelta(days=90)  # on Today: contracts that end so soon


@bp.get("/")
@allow(P.CONTRACT_VIEW)
def index() -> ResponseReturnValue:
    return papers.index(KIND, CONTRACTS, gross=amount_cell)


@bp.get("/count")
@allow(P.CONTRACT_VIEW)
def count() -> ResponseReturnValue:
    return papers.count(
        KIND,
        CONTRACTS,
        lambda n, many: ngettext("%(count)s contract", "%(count)s contracts", n, count=many),
        lambda *where: [record.paid(amount, *key) for key, amount in sorted(queries.sums(*where).items())],
    )


@bp.route("/new", methods=["GET", "POST"])
@allow(P.CONTRACT_EDIT)
def create() -> ResponseReturnValue:
    source, day = papers.asked(), today()
    given = {"starts_on": day, "ends_on": terms.a_year_from(day), "remind_days": list(terms.USUAL)}
    form = source.form(ContractForm, given)

    def write(*typed: Any, account: Account, **people: Any) -> Contract:
        owner = _keeper(account)
        return actions.create_contract(*typed, account=account, opportunity=source.deal, owner=owner, by=me(), **people)

    return papers.create(KIND, form, write, _is_written, source)


def _is_written(contract: Contract) -> str:
    return _("%(number)s is written. Once both have signed, say so here.", number=contract.label)


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
    return redirect(KIND.url(contract))


@bp.get("/<uuid:contract_id>")
@allow(P.CONTRACT_VIEW)
def show(contract_id: UUID) -> ResponseReturnValue:
    return page_of(queries.contract(contract_id))


def page_of(contract: Contract, milestone_form: MilestoneForm | None = None) -> ResponseReturnValue:
    """The page of a contract, with what was typed wrongly of a milestone."""
    renewal, can_edit = queries.renewal_of(contract.id), papers.can_edit(KIND, contract)
    page = papers.page(
        KIND,
        contract,
        queries.lines(contract.id),
        record.steps(contract, renewal, can_edit),
        about=record.about(contract, renewal),
        subtitle=record.value(contract),
        milestones=record.milestones(queries.milestones(contract.id), contract.currency, today()),
        milestone_form=milestone_form or MilestoneForm(contract, formdata=None),
        reminders=record.reminders(contract),
        can_edit=can_edit and contract.archived_at is None,
    )
    return page, milestone_form.status if milestone_form else 200


@bp.route("/<uuid:contract_id>/edit", methods=["GET", "POST"])
@allow(P.CONTRACT_EDIT)
def edit(contract_id: UUID) -> ResponseReturnValue:
    contract = KIND.own(contract_id)
    form = ContractForm(obj=contract, account=contract.account, contact=contract.contact)
    return papers.edit(KIND, contract, form, partial(actions.change_contract, by=me()))


@bp.post("/lines/check")
@allow(P.CONTRACT_EDIT)
def check() -> ResponseReturnValue:
    return papers.check(KIND)


@bp.post("/<uuid:contract_id>/copy")
@allow(P.CONTRACT_EDIT)
def copy(contract_id: UUID) -> ResponseReturnValue:
    made = actions.copy_contract(queries.contract(contract_id), by=me())
    flash(_("%(number)s says the same and is yours.", number=made.label), "good")
    return redirect(KIND.url(made, "edit"))


@bp.post("/<uuid:contract_id>/discard")
@allow(P.CONTRACT_EDIT)
def discard(contract_id: UUID) -> ResponseReturnValue:
    contract = KIND.own(contract_id)
    actions.discard_contract(contract, by=me())
    flash(_("%(number)s is thrown away.", number=contract.label), "good")
    return redirect(url_for(".index"))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _out_of_reach(account_id: UUID) -> str:
    many = queries.count_out_of_reach(account_id)
    told = ngettext(
        "%(num)s contract is looked after by colleagues, and not for you to see.",
        "%(num)s contracts are looked after by colleagues, and not for you to see.",
        many,
    )
    return told if many else ""


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
    day = today()
    ending = queries.ends_by(day + AHEAD, owner_id=me().id, many=SHOWN + 1)
    due = queries.due_by(day + record.SOON, owner_id=me().id, many=SHOWN)
    if not ending and not due:
        return Markup("")
    every_url = url_for("contracts.index", period="90", owner="me", sort="ends") if len(ending) > SHOWN else None
    told = {"ending": record.ending(ending[:SHOWN], day), "due": record.due_today(due, day)}
    return ui.fragment("contracts/_today.html", every_url=every_url, **told)


papers.add_panels(KIND, account=45, deal=20, shown=record.shown, hidden=_out_of_reach)
panels.add(
    "quote",
    panels.Panel("contract", lazy_pgettext("sale", "Contract"), _on_quote, P.CONTRACT_VIEW, "side", 5, is_later=True),
)
panels.add(
    "today",
    panels.Panel("contracts", _l("Contracts that end soon"), _on_today, P.CONTRACT_VIEW, "main", 33, is_later=True),
)
