"""Making an invoice of an order, as far as it was delivered, and of a contract, period by period."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask_babel import gettext as _

from saas import ui
from saas.archive import refuse_archived
from saas.crm.contracts import queries as contracts
from saas.crm.contracts.models import Contract, Every
from saas.crm.orders import delivery_queries as notes
from saas.crm.orders import queries as orders
from saas.crm.orders.models import SOLD, NoteKind, Order, OrderLine
from saas.crm.papers import line_actions, prints
from saas.crm.papers import paper_actions as papers
from saas.crm.papers.models import LineKind
from saas.crm.receivables import billing, queries
from saas.crm.receivables import source_queries as sources
from saas.crm.receivables.actions import CREATED, begun
from saas.crm.receivables.billing import Period
from saas.crm.receivables.models import Invoice, InvoiceLine
from saas.crm.receivables.queries import KIND
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import events
from saas.tenants.models import Member
from saas.tenants.scope import Actor, today

ZERO = Decimal(0)


class NothingToBill(Refused):
    """All that may be billed stands on an invoice already."""


def from_order(order: Order, *, by: Member) -> Invoice:
    """A draft of what was delivered of an order and stands on no invoice yet. The draft that completes the order adds
    or takes off what rounding left, so that all of its invoices come to its total.

    Raises:
        NothingToBill: nothing more was delivered, or its quote was billed as a whole.
        Refused: it isn't confirmed.
        Archived: the customer was put away.
    """
    order = orders.lock_order(order.id)
    if order.state not in SOLD:
        raise Refused(_("%(number)s isn't confirmed.", number=order.label))
    refuse_archived(order.account)
    if order.quote_id and queries.of_quote(order.quote_id):
        raise NothingToBill(_("Its quote stands on an invoice as a whole already."))
    lines, billed = orders.lines(order.id), sources.billed(order.id)
    due = billing.due_of(lines, billed)
    if not due:
        raise NothingToBill(_("Nothing of %(number)s was delivered that isn't billed yet.", number=order.label))
    earlier = sources.of_order(order.id)
    made = begun(papers.like(order) | {"order_id": order.id, "delivered_on": _delivered_on(order)}, order.owner or by)
    _write(made, lines, due)
    all_billed = {line.id: billed.get(line.id, ZERO) + due.get(line.id, ZERO) for line in lines}
    if billing.is_last(lines, all_billed):
        _even_out(made, order, earlier, len(lines))
    events.record(CREATED, made, by=by, changed=papers.about(made) | {"order": order.label})
    return made


def next_of(contract: Contract) -> Period | None:
    """What of a contract is billed next; None: it isn't signed, or all of it is billed."""
    if contract.signed_on is None or contract.archived_at is not None:
        return None
    if contract.every is Every.ONCE and sources.is_contract_billed(contract.id):
        return None
    return billing.next_period(contract.every, contract.starts_on, contract.ends_on, sources.billed_until(contract.id))


def from_contract(contract: Contract, *, by: Actor) -> Invoice:
    """A draft of the next period of a contract; of a month or year in which it ends, its part of the days.

    Raises:
        NothingToBill: it isn't signed, all of it is billed, or the next period is more than one ahead.
        Archived: the customer was put away.
    """
    contract = contracts.lock_contract(contract.id)
    refuse_archived(contract.account)
    period = next_of(contract)
    if period is None:
        raise NothingToBill(_("Nothing of %(number)s is left to be billed.", number=contract.label))
    ahead = billing.months_after(today(), billing.MONTHS.get(contract.every, 12))
    if period.first > ahead and period.first > contract.starts_on:
        day = ui.words().full_day(period.first)
        raise NothingToBill(_("The next period begins on %(day)s only.", day=day))
    said = {"contract_id": contract.id, "period_from": period.first, "period_until": period.last}
    owner = contract.owner or (by if isinstance(by, Member) else None)
    made = begun(papers.like(contract) | said, owner)
    taken: list[Any] = line_actions.taken_over(KIND, made, contracts.lines(contract.id))
    for line in taken if period.share != 1 else ():
        line.quantity = (line.quantity * period.share).quantize(billing.STEP, ROUND_HALF_UP)
    _add_up(made)
    events.record(CREATED, made, by=by, changed=papers.about(made) | {"contract": contract.label})
    return made


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _delivered_on(order: Order) -> Any:
    found = notes.of_order(order.id)
    undone = {one.undoes_id for one in found}
    days = [one.day for one in found if one.kind is NoteKind.DELIVERY and not one.undoes_id and one.id not in undone]
    return max(days, default=None)


def _write(made: Invoice, lines: list[OrderLine], due: dict[Any, Decimal]) -> None:
    """The lines that are due, each with the heading it stands under."""
    heading, chosen = None, []
    for line in lines:
        if line.kind is LineKind.HEADING:
            heading = line
        elif line.id in due:
            chosen += [heading, line] if heading else [line]
            heading = None
    for one, line in zip(line_actions.copied(KIND, made, chosen), chosen, strict=True):
        one.kind = LineKind.HEADING if line.kind is LineKind.HEADING else LineKind.ITEM
        if line.id in due:
            one.order_line_id, one.quantity = line.id, due[line.id]
    _add_up(made)


def _even_out(made: Invoice, order: Order, earlier: list[Invoice], lines: int) -> None:
    """Have the invoices of an order come to its total, to the last digit of its currency."""
    missing = order.gross - made.gross - sum((one.gross - one.credited for one in earlier), ZERO)
    found = billing.rounding(missing, made.currency, (lines + 2) * (len(earlier) + 1))
    if not found:
        return
    with prints.in_language(made.language):
        text = _("Rounding, so that all invoices come to the total of %(number)s", number=order.number)
    db.session.add(
        InvoiceLine(
            id=new_id(),
            invoice_id=made.id,
            position=len(queries.lines(made.id)),
            text=text,
            quantity=Decimal(1 if found > 0 else -1),
            price=abs(found),
            cost=ZERO,
        )
    )
    db.session.flush()
    _add_up(made)


def _add_up(made: Invoice) -> None:
    db.session.flush()
    line_actions.work_out(made, queries.lines(made.id))
    db.session.flush()
