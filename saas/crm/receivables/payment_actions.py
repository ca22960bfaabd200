"""Noting what came in, using what is left of it, and taking back what was wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from saas import clock, money, ui
from saas.crm.customers.models import Account
from saas.crm.receivables import settlement_actions
from saas.crm.receivables import settlement_queries as queries
from saas.crm.receivables.models import Invoice, Payment
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import events
from saas.tenants.models import Member
from saas.tenants.scope import Actor, today

RECORDED, USED, TAKEN_BACK = "payment.recorded", "payment.used", "payment.taken_back"
ZERO = Decimal(0)


class TooMuch(Refused):
    """More would be for an invoice than is owed on it, or than came."""


class TakenBack(Refused):
    """The payment was taken back, or is itself what takes one back."""


def spread(amount: Decimal, open_invoices: Sequence[Invoice]) -> dict[UUID, Decimal]:
    """An amount over invoices in their order, as far as it goes."""
    shares = {}
    for one in open_invoices:
        part = min(amount, one.owed)
        if part > 0:
            shares[one.id] = part
            amount -= part
    return shares


def record_payment(
    account: Account,
    *,
    amount: Decimal,
    currency: str,
    paid_on: date,
    reference: str | None,
    shares: Mapping[UUID, Decimal],
    by: Actor,
) -> Payment:
    """Note what came from a customer.

    Args:
        account: who paid.
        amount: above 0, with no more digits than the currency has.
        currency: ISO 4217.
        paid_on: the day it came; not in the future.
        reference: what was written with it.
        shares: invoice → how much of it is for that; what is left stays the customer's credit.
        by: who notes it.

    Raises:
        TooMuch: more is shared out than came, or than is owed.
        Refused: no such amount or day, or an invoice is somebody else's or in another currency.
    """
    if amount <= 0 or amount != money.rounded(amount, currency):
        raise Refused(_("This isn't an amount in %(currency)s.", currency=currency), field="amount")
    if paid_on > today():
        raise Refused(_("This day is still to come."), field="paid_on")
    queries.lock_ledger(account.id)
    made = Payment(id=new_id(), account_id=account.id, paid_on=paid_on, currency=currency, amount=amount, free=amount)
    made.reference, made.member_id = reference, by.id if isinstance(by, Member) else None
    made.account = account
    db.session.add(made)
    db.session.flush()
    _share_out(made, shares)
    events.record(RECORDED, made, by=by, changed=_about(made))
    return made


def use_credit(payment: Payment, shares: Mapping[UUID, Decimal], *, by: Member) -> None:
    """Let what is left of a payment be for invoices.

    Raises:
        TakenBack: the payment was.
        TooMuch: more than is left, or than is owed.
        Refused: nothing was chosen.
    """
    queries.lock_ledger(payment.account_id)
    payment = queries.lock_payment(payment.id)
    _refuse_taken_back(payment)
    if not any(shares.values()):
        raise Refused(_("Say how much is for which invoice."))
    _share_out(payment, shares)
    events.record(USED, payment, by=by, changed=_about(payment) | {"used": sum(shares.values(), ZERO)})


def take_back(payment: Payment, *, reason: str, by: Member) -> Payment:
    """Undo a payment that was wrong by its counter-entry: what it was for is owed again.

    Raises:
        TakenBack: it was already, or is itself a counter-entry.
    """
    queries.lock_ledger(payment.account_id)
    payment = queries.lock_payment(payment.id)
    _refuse_taken_back(payment)
    shares = queries.shares_of(payment.id)
    counter = Payment(id=new_id(), account_id=payment.account_id, paid_on=today(), currency=payment.currency)
    counter.amount, counter.free = -payment.amount, -payment.amount
    counter.reference, counter.reason, counter.member_id = payment.reference, reason, by.id
    counter.reverses_id, payment.taken_back_at = payment.id, clock.now()
    db.session.add(counter)
    db.session.flush()
    for invoice in queries.invoices(shares).values():
        settlement_actions.share(counter, invoice, -shares[invoice.id])
        settlement_actions.settle(invoice)
    events.record(TAKEN_BACK, payment, by=by, changed=_about(payment) | {"reason": reason})
    return counter


def _share_out(payment: Payment, shares: Mapping[UUID, Decimal]) -> None:
    wanted = {key: amount for key, amount in shares.items() if amount}
    found = queries.invoices(wanted)
    if sum(wanted.values(), ZERO) > payment.free:
        raise TooMuch(_("More is shared out than there is: %(free)s.", free=ui.money(payment.free, payment.currency)))
    for key, amount in wanted.items():
        _refuse_wrong(payment, found.get(key), key, amount)
        settlement_actions.share(payment, found[key], amount)
        settlement_actions.settle(found[key])


def _refuse_wrong(payment: Payment, invoice: Invoice | None, key: UUID, amount: Decimal) -> None:
    is_right = invoice is not None and not invoice.is_draft and invoice.archived_at is None
    if (
        invoice is None
        or not is_right
        or (invoice.account_id, invoice.currency)
        != (
            payment.account_id,
            payment.currency,
        )
    ):
        raise Refused(_("Choose issued invoices of this customer in this currency."), field=str(key))
    if amount < 0 or amount != money.rounded(amount, payment.currency):
        raise Refused(_("This isn't an amount in %(currency)s.", currency=payment.currency), field=str(key))
    if amount > invoice.owed:
        owed = ui.money(invoice.owed, invoice.currency)
        raise TooMuch(_("Only %(owed)s is owed on %(number)s.", owed=owed, number=invoice.number), field=str(key))


def _refuse_taken_back(payment: Payment) -> None:
    if payment.taken_back_at is not None or payment.reverses_id is not None:
        raise TakenBack(_("This payment was taken back."))


def _about(payment: Payment) -> dict[str, Any]:
    return {"amount": payment.amount, "currency": payment.currency, "paid_on": payment.paid_on}
