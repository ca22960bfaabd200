"""Writing what is owed on an invoice; the only place that does once it is issued."""

from __future__ import annotations

from decimal import Decimal

from saas.crm.receivables import settlement_queries as queries
from saas.crm.receivables.models import Invoice, Payment, PaymentShare
from saas.db import db


def settle(invoice: Invoice) -> None:
    """Work out anew what is credited, paid and owed. Where more was paid than is owed after a credit note, what is too
    much goes back to its payments as the customer's credit, the latest payment first.

    The ledger of the customer is locked.
    """
    db.session.flush()
    invoice.credited, invoice.paid = queries.credited_for(invoice.id), queries.paid_for(invoice.id)
    too_much = invoice.credited + invoice.paid - invoice.gross
    if too_much > 0:
        for payment, amount in queries.shares_for(invoice.id):
            back = min(amount, too_much)
            if back > 0:
                share(payment, invoice, -back)
                too_much -= back
        invoice.paid = queries.paid_for(invoice.id)
    invoice.owed = invoice.gross - invoice.credited - invoice.paid
    db.session.flush()


def share(payment: Payment, invoice: Invoice, amount: Decimal) -> None:
    """Let so much of a payment be for an invoice; below 0: take it from it again."""
    db.session.add(PaymentShare(payment_id=payment.id, invoice_id=invoice.id, amount=amount))
    payment.free -= amount
    db.session.flush()
