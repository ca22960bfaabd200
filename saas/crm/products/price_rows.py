"""The rows of a price list as they were typed into its grid, and what is wrong with each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from saas import rows
from saas.crm.products import queries as products
from saas.crm.products.price_actions import Step, Terms
from saas.crm.products.price_forms import PriceRow
from saas.crm.products.price_models import Price
from saas.errors import Refused
from saas.search import fold

COLUMNS = ("product", "from_quantity", "price", "percent_off")
MOST = 500  # rows of a grid
BLANK = 8  # that wait to be filled


@dataclass
class Row:
    """One row.

    number: in the names of its fields, "r3-price".
    was: what it stood for when the page came, "product:from:price:percentage"; empty for a new one.
    """

    number: int
    form: PriceRow
    was: str = ""

    @property
    def old(self) -> tuple[Step, Terms] | None:
        """The step that it stood for, and what that cost; None for a new one."""
        try:
            product, start, price, percent_off = self.was.split(":")
            return (UUID(product), Decimal(start)), (_read(price), _read(percent_off))
        except (ValueError, ArithmeticError):
            return None

    @property
    def now(self) -> tuple[Step, Terms] | None:
        """The step that it stands for once it was checked, and what that costs; None where it was emptied."""
        form = self.form
        return None if form.is_blank else (form.step, (form.price.data, form.percent_off.data))


def shown(prices: Sequence[Price]) -> list[Row]:
    """The rows of a price list as they are."""
    return [
        Row(
            number,
            PriceRow(
                None,
                prefix=f"r{number}",
                product=row.product.name,
                from_quantity=row.from_quantity or None,
                price=row.price,
                percent_off=row.percent_off,
            ),
            was=":".join(str(part) for part in _was(row)),
        )
        for number, row in enumerate(prices)
    ]


def sent(form: MultiDict[str, str]) -> list[Row]:
    """The rows that were sent and hold something, or did before.

    Raises:
        Refused: they are more than a grid holds.
    """
    typed = [Row(n, PriceRow(form, prefix=f"r{n}"), form.get(f"r{n}-was", "")) for n in rows.numbers(form)]
    found = [row for row in typed if row.was or not row.form.is_blank]
    if len(found) > MOST:
        raise Refused(_("These are more than %(most)s rows. Bring them with an import.", most=MOST))
    return found


def blanks(above: Sequence[Row], many: int = BLANK) -> list[Row]:
    """Empty rows below these."""
    first = max((row.number for row in above), default=-1) + 1
    return [Row(n, PriceRow(None, prefix=f"r{n}")) for n in range(first, first + many)]


def check(typed: Sequence[Row]) -> None:
    """Note in each row what is wrong with it."""
    filled = [row for row in typed if not row.form.is_blank]
    found = products.spelled([row.form.product.data or "" for row in filled]) if filled else {}
    steps: dict[Step, int] = {}
    for place, row in enumerate(typed, 1):
        if row.form.is_blank:
            continue
        row.form.check(found.get(fold(row.form.product.data or "")))
        if row.form.errors:
            continue
        if row.form.step in steps:
            row.form["from_quantity"].errors = [_("Row %(number)s has the same.", number=steps[row.form.step])]
        steps.setdefault(row.form.step, place)


def wanted(checked: Sequence[Row]) -> dict[Step, Terms | None]:
    """What checked rows ask for: step → price or percentage, None where it goes. What nobody touched isn't asked for,
    so that a colleague's change of it meanwhile stays."""
    touched = [row for row in checked if row.old != row.now]
    gone: dict[Step, Terms | None] = {row.old[0]: None for row in touched if row.old is not None}
    return gone | {row.now[0]: row.now[1] for row in touched if row.now is not None}


def _was(row: Price) -> tuple[Any, ...]:
    price, percent_off = row.price, row.percent_off
    return row.product_id, row.from_quantity, "" if price is None else price, "" if percent_off is None else percent_off


def _read(text: str) -> Decimal | None:
    return Decimal(text) if text else None
