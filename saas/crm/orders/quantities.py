"""How much of each line goes out or comes back, as it was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from flask_babel import gettext as _

from saas import money, ui

DIGITS = 3  # after the point


@dataclass
class Row:
    """One line of an order that can go out or come back.

    line_id: of the order's line; its cell is named "q-<line_id>".
    text, unit: as the order says.
    most: how much it can be, above 0.
    typed: what stands in the cell.
    error: what is wrong with it.
    """

    line_id: UUID
    text: str
    unit: str | None
    most: Decimal
    typed: str
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
