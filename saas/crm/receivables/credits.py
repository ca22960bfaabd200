"""What a credit note comes to. Pure: no session, no request, no clock.

All notes of an invoice together come to what their quantities together would have been billed, so that an invoice that
is taken back piece by piece ends at nothing, to the cent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from saas.crm.papers.sums import Priced, Sums, TaxRule, TaxSum, net, sums


@dataclass(frozen=True)
class Taken:
    """What is taken back of one line of an invoice.

    line: as it was billed.
    before: how much of its quantity earlier notes took back.
    now: how much more this one does.
    """

    line: Priced
    before: Decimal
    now: Decimal


def line_net(taken: Taken, currency: str) -> Decimal:
    """What a line of a credit note comes to without tax."""
    return net(_of(taken, taken.before + taken.now), currency) - net(_of(taken, taken.before), currency)


def note_sums(taken: Sequence[Taken], currency: str, rule: TaxRule) -> Sums:
    """What a credit note comes to.

    Args:
        taken: every line of the invoice, also those of which nothing is taken back now.
        currency: of the invoice, ISO 4217.
        rule: where the invoice rounded its tax.
    """
    after = sums((_of(one, one.before + one.now) for one in taken), currency, rule)
    before = sums((_of(one, one.before) for one in taken), currency, rule)
    known = {(row.name, row.percent): row for row in before.taxes}
    rows = []
    for row in after.taxes:
        was = known[row.name, row.percent]
        if row.net != was.net or row.tax != was.tax:
            rows.append(TaxSum(row.name, row.percent, row.net - was.net, row.tax - was.tax))
    return Sums(after.net - before.net, after.tax - before.tax, after.gross - before.gross, tuple(rows), None)


def _of(taken: Taken, quantity: Decimal) -> Priced:
    return replace(taken.line, quantity=quantity)
