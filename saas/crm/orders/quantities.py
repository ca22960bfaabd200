"""How much of each line goes out or comes back, as it was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from flask_babel import gettext as _

from saas import money, ui
from saas.crm.inventory.level_actions import Short
from saas.crm.orders.models import OrderLine

Done = TypeVar("Done")
DIGITS = 3  # after the point


@dataclass
class Row:
    """One line of an order that can go out or come back.

    line_id: of the order's line; its cell is named "q-<line_id>".
    text, unit: as the order says.
    most: how much it can be, above 0.
    product_id: what it is, where the workspace knows it.
    typed: what stands in the cell.
    error: what is wrong with it.
    """

    line_id: UUID
    text: str
    unit: str | None
    most: Decimal
    typed: str
    product_id: UUID | None = None
    error: str = ""
    quantity: Decimal = Decimal(0)

    @property
    def name(self) -> str:
        """Of its cell."""
        return f"q-{self.line_id}"


def offered(rows: Sequence[Row], sent: Mapping[str, str] | None) -> list[Row]:
    """The rows as they were typed and checked; as they are offered where nothing was sent."""
    if sent is not None:
        for row in rows:
            row.typed = sent.get(row.name, "").strip()
            _check(row)
    return list(rows)


def quantities(rows: Sequence[Row]) -> dict[UUID, Decimal]:
    """Line → how much, of the rows that hold anything; none has an error."""
    return {row.line_id: row.quantity for row in rows if row.quantity}


def attempt(rows: Sequence[Row], verb: Callable[[], Done]) -> Done | None:
    """Do what the rows ask for; where there isn't enough of a product, its row says so, and None comes back."""
    try:
        return verb()
    except Short as short:
        for row in rows:
            if row.product_id == short.product.id and row.quantity:
                row.error = short.sentence
        return None


def ready(lines: Sequence[OrderLine], reserved: Mapping[UUID, Decimal]) -> dict[UUID, Decimal]:
    """Line → how much of it could leave now: what is reserved goes to the first lines first, and what isn't counted in
    warehouses is always there.
    """
    left, found = dict(reserved), {}
    for line in lines:
        many = max(line.open, Decimal(0))
        if line.product is not None and line.product.is_stocked:
            many = min(many, left.get(line.product.id, Decimal(0)))
            left[line.product.id] = left.get(line.product.id, Decimal(0)) - many
        found[line.id] = many
    return found


def _check(row: Row) -> None:
    number = money.read(row.typed) if row.typed else Decimal(0)
    if number is None:
        row.error = _("Please type a number.")
    elif number < 0:
        row.error = _("It can't be below 0.")
    elif number != round(number, DIGITS):
        row.error = _("At most %(digits)s digits after the point.", digits=DIGITS)
    elif number > row.most:
        row.error = _("At most %(most)s.", most=ui.exact(row.most))
    else:
        row.quantity = number
