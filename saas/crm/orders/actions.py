"""What can be done with orders: write, copy, change, throw away. How they go on is in `state_actions.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _

from saas import clock, money
from saas.archive import refuse_archived
from saas.crm.contracts import queries as contracts
from saas.crm.contracts.models import Contract
from saas.crm.customers.models import Account, Contact
from saas.crm.opportunities.models import Opportunity
from saas.crm.orders import queries
from saas.crm.orders import state_actions as states
from saas.crm.orders.models import Order, OrderLine, OrderSource, OrderState
from saas.crm.orders.queries import KIND
from saas.crm.orders.state_actions import NotNow
from saas.crm.papers import changes, line_actions
from saas.crm.papers import paper_actions as papers
from saas.crm.papers.lines import Typed
from saas.crm.papers.paper_actions import about
from saas.crm.quotes import queries as quotes
from saas.crm.quotes.models import Quote, QuoteState
from saas.errors import Refused
from saas.tenants import events
from saas.tenants.models import Member
from saas.tenants.scope import Actor, today
from saas.versions import refuse_overtaken

CREATED, CHANGED, DISCARDED = "order.created", "order.changed", "order.discarded"
USUALLY_WITHIN = timedelta(days=14)  # of being written an order is due, unless somebody says otherwise


class BelowDelivered(Refused):
    """A line would say less than was delivered of it."""


def create_order(
    values: Mapping[str, Any],
    typed: Sequence[Typed],
    *,
    account: Account,
    contact: Contact | None = None,
    opportunity: Opportunity | None = None,
    owner: Member | None,
    by: Actor,
) -> Order:
    """Write an order.

    Args:
        values: columns of Order that a person may type, such as name, currency, language, source, due_on.
        typed: its lines, without errors.
        account, contact, opportunity: whom and what it is about.
        owner: who answers for it.
        by: who writes it.

    Raises:
        Archived: the customer was put away.
    """
    refuse_archived(account, field="customer")
    said = papers.addressed(account, contact) | {"opportunity_id": opportunity.id if opportunity else None, **values}
    made = _begun(said, owner)
    line_actions.write(KIND, made, [], typed)
    events.record(CREATED, made, by=by, changed=about(made) | {"source": made.source})
    return made


def order_from_quote(quote: Quote, *, by: Member) -> tuple[Order, bool]:
    """Make an order of what the customer accepted; a quote makes one.

    Returns:
        The order, and whether it was made just now.

    Raises:
        NotNow: the quote wasn't accepted.
        Archived: the customer was put away.
    """
    quote = quotes.lock_quote(quote.id)
    found = queries.of_quote(quote.id)
    if found is not None:
        return found, False
    if quote.state is not QuoteState.ACCEPTED:
        raise NotNow(_("%(number)s makes an order once the customer has accepted it.", number=quote.label))
    refuse_archived(quote.account)
    taken = {"source": OrderSource.QUOTE, "quote_id": quote.id}
    made = _begun(papers.like(quote, "opportunity_id") | taken, quote.owner or by)
    line_actions.taken_over(KIND, made, quotes.lines(quote.id))
    events.record(CREATED, made, by=by, changed=about(made) | {"source": made.source, "quote": quote.label})
    return made, True


def order_from_contract(contract: Contract, *, by: Member) -> Order:
    """Make an order of what a contract holds, as for a month of it; a contract makes as many as are wanted.

    Raises:
        NotNow: it doesn't run.
        Archived: the customer was put away.
    """
    contract = contracts.lock_contract(contract.id)
    if not contract.is_running:
        raise NotNow(_("%(number)s doesn't run: nothing is ordered under it.", number=contract.label))
    refuse_archived(contract.account)
    taken = {"source": OrderSource.CONTRACT, "contract_id": contract.id}
    made = _begun(papers.like(contract, "opportunity_id") | taken, contract.owner or by)
    line_actions.taken_over(KIND, made, contracts.lines(contract.id))
    told = about(made) | {"source": made.source, "contract": contract.label}
    events.record(CREATED, made, by=by, changed=told)
    return made


def copy_order(order: Order, *, by: Member) -> Order:
    """A new order that says the same; it is whose who copies it."""
    refuse_archived(order.account)
    made = _begun(papers.like(order, "ship_to") | {"source": OrderSource.HAND}, by)
    line_actions.taken_over(KIND, made, queries.lines(order.id))
    events.record(CREATED, made, by=by, changed=about(made) | {"source": made.source, "like": order.label})
    return made


def change_order(
    order: Order,
    values: Mapping[str, Any],
    typed: Sequence[Typed],
    *,
    contact: Contact | None,
    version: int | None,
    by: Actor,
) -> dict[str, Any]:
    """Write what its form holds, lines included. Of a confirmed order that makes a new edition, which is mailed.

    Returns:
        What changed: field → [before, after], and under "lines" what `changes.between` tells.

    Raises:
        Overtaken: the order is no longer at `version`.
        NotNow: all of it was delivered, or it was cancelled or closed.
        BelowDelivered: a line would say less than was delivered of it.
    """
    order = queries.lock_order(order.id)
    refuse_overtaken(order, version)
    if not order.can_change:
        raise NotNow(_("%(number)s can't be changed any more.", number=order.number))
    _refuse_below(queries.lines(order.id), typed)
    said = dict(values)
    if order.edition:
        said.pop("currency", None)  # what was confirmed in one is paid in it
    changed = papers.rewrite(KIND, order, said, typed, contact=contact, told=changes.between)
    if changed:
        printed = states.begin_edition(order, queries.lines(order.id), by=by) if order.edition else None
        told_with = about(order) | changed | {"edition": order.edition, "print_id": printed}
        events.record(CHANGED, order, by=by, changed=told_with)
    return changed


def discard_order(order: Order, *, by: Member) -> None:
    """Throw a draft away.

    Raises:
        NotNow: it was confirmed.
    """
    order = queries.lock_order(order.id)
    if order.state is not OrderState.DRAFT:
        raise NotNow(_("%(number)s was confirmed: cancel it instead.", number=order.number))
    if order.archived_at is None:
        order.archived_at = clock.now()
        order.quote_id = None  # which may make another
        events.record(DISCARDED, order, by=by, changed=about(order))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _begun(values: Mapping[str, Any], owner: Member | None) -> Order:
    usual = {"due_on": today() + USUALLY_WITHIN, "state": OrderState.DRAFT, "edition": 0}
    return papers.begin(KIND, usual | {name: one for name, one in values.items() if one is not None}, owner=owner)


def _refuse_below(lines: Sequence[OrderLine], typed: Sequence[Typed]) -> None:
    """What stands on a note stays on the order, with at least what was delivered of it."""
    kept = {one.line_id: one for one in typed if not one.is_heading}
    noted = queries.noted([line.id for line in lines])
    for line in lines:
        if line.id not in noted:
            continue
        one = kept.get(line.id)
        if one is None:
            raise BelowDelivered(_("“%(what)s” stands on a delivery note. It can't be taken off.", what=line.text))
        if one.figures["quantity"] < line.delivered:
            many = f"{money.plain(line.delivered)} {line.unit or ''}".strip()
            raise BelowDelivered(
                _("Of “%(what)s” %(many)s were delivered: it can't be less.", what=line.text, many=many)
            )
