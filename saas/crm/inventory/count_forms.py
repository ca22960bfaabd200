"""What a person types while counting."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import Length

from saas.crm.inventory.models import StockCountLine
from saas.crm.inventory.quantities import STEP, plain, said, signed
from saas.forms import Form, needed, trimmed

COLUMN = "counted"
MOST = 10**9


class ProductForm(Form):
    """A product that is counted too."""

    product = StringField(
        _l("Count another product"),
        [needed(), Length(max=200)],
        filters=[trimmed],
        description=_l("Its name or article number, for what nobody knew to be there."),
    )


class GridLine:
    """One row of the grid: what was counted, as it is kept or as it was typed just now."""

    def __init__(self, line: StockCountLine, typed: str | None = None) -> None:
        self.id = line.id
        self.product = line.product
        self.expected = said(line.expected)
        self.error = ""
        self.counted = line.counted
        self.text = str(plain(line.counted)) if line.counted is not None else ""
        if typed is not None:
            self.text = typed.strip()
            self._read(self.text)
        self.difference = None if self.counted is None else self.counted - line.expected

    def _read(self, text: str) -> None:
        self.counted = None
        if not text:
            return
        try:
            self.counted = quantity_of(text)
        except ValueError:
            self.error = _("Type a number, such as 12 or 2.5.")

    def remark(self) -> dict[str, str] | None:
        """What is said beside the cell: that it can't be read, or how it differs."""
        if self.error:
            return {"kind": "wrong", "text": self.error}
        return {"kind": "waiting", "text": signed(self.difference)} if self.difference else None


def quantity_of(text: str) -> Decimal:
    """A quantity as people write it: 12, 2.5, 2,5, 1,234.

    Raises:
        ValueError: it is none, is below 0, or too large.
    """
    figures = text.replace(" ", "").replace("\N{NO-BREAK SPACE}", "").replace("，", ",")
    head, _comma, tail = figures.rpartition(",")
    is_decimal_comma = head != "" and "." not in figures and "," not in head and len(tail) != 3
    figures = f"{head}.{tail}" if is_decimal_comma else figures.replace(",", "")
    try:
        found = Decimal(figures)
    except InvalidOperation:
        raise ValueError(text) from None
    if not found.is_finite() or not 0 <= found <= MOST:
        raise ValueError(text)
    return found.quantize(STEP)


def read(sent: Mapping[str, str]) -> dict[UUID, str]:
    """What was sent from the grid: line → text."""
    found = {}
    for name, text in sent.items():
        key, _dash, column = name.rpartition("-")
        if column == COLUMN and key.startswith("r"):
            try:
                found[UUID(key[1:])] = text[:40]
            except ValueError:
                continue
    return found
