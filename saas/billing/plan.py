"""What is rented, and for how much: one plan, by the seat and month. No session, no clock."""

from __future__ import annotations

from decimal import Decimal

# Per seat and month, before tax. Stripe holds the same under the look-up keys below; where the two differ nothing is
# sold, so nobody pays another price than the one he read.
PRICES = {"EUR": Decimal("19.00"), "USD": Decimal("20.00"), "CNY": Decimal("128.00")}
FALLBACK = "USD"
CENT = Decimal("0.01")
MOST_SEATS = 5_000  # in one purchase; beyond, people talk to us


def currency_for(workspace_currency: str) -> str:
    """The currency in which a workspace is billed: its own where there is a price in it."""
    return workspace_currency if workspace_currency in PRICES else FALLBACK


def lookup_key(currency: str) -> str:
    """The name under which Stripe knows the price in `currency` (ISO 4217)."""
    return f"seaport_seat_{currency.lower()}"


def from_minor(amount: int | None) -> Decimal:
    """An amount in Stripe's smallest unit (cents, fen) as money. All currencies of `PRICES` have two places."""
    return (Decimal(amount or 0) / 100).quantize(CENT)


def to_minor(amount: Decimal) -> int:
    """Money in Stripe's smallest unit."""
    return int(amount * 100)
