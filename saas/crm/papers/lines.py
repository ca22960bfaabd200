"""The lines of a paper as they were typed into its grid: read, completed from the products they name, and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from saas import money
from saas.crm.papers import offers
from saas.crm.papers.models import LINE_WORDS, MOST_LINES, Line, LineKind
from saas.crm.papers.offers import Offer, Said
from saas.crm.papers.sums import Priced, Sums, TaxRule, net, sums
from saas.crm.products import queries as products
from saas.crm.products.models import Product
from saas.errors import Refused
from saas.search import fold

NUMBERED = re.compile(r"r(\d{1,6})-")
COLUMNS = ("product", "text", "quantity", "unit", "price", "discount", "tax")
BLANK = 3  # lines that wait to be filled
LONGEST = 2000  # characters of a line's text
MOST = {"quantity": Decimal(10) ** 9, "price": Decimal(10) ** 10, "discount": Decimal(100)}
DIGITS = {"quantity": 3, "price": 4, "discount": 3}


@dataclass
class Typed:
    """One line.

    number: in the names of its cells, "r3-price".
    cells: column → what stands in it.
    errors: column → what is wrong with it.
    filled: the columns that were completed from the product.
    reason: the price list that its price is from.
    line_id: the line of the paper that it was drawn from.
    """

    number: int
    cells: dict[str, str]
    kind: LineKind = LineKind.ITEM
    line_id: UUID | None = None
    errors: dict[str, str] = field(default_factory=dict)
    filled: set[str] = field(default_factory=set)
    product: Product | None = None
    cost: Decimal | None = None
    reason: str = ""
    figures: dict[str, Decimal] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        """True when nothing was typed into it that would make it a line."""
        return not any(self.cells.get(name) for name in ("product", "text", "price"))

    @property
    def is_heading(self) -> bool:
        """True for words between the lines."""
        return self.kind is LineKind.HEADING

    @property
    def tax(self) -> tuple[str, Decimal]:
        """Name and percent of its rate."""
        return offers.tax_of(self.cells.get("tax", ""))

    @property
    def priced(self) -> Priced:
        """What the sums need of it; it has no errors."""
        number = self.figures
        return Priced(number["quantity"], number["price"], number["discount"], *self.tax, self.cost)

    @property
    def counts(self) -> bool:
        """True where the sums hold it."""
        return not self.errors and self.kind is LineKind.ITEM

    def values(self) -> dict[str, Any]:
        """Column of `Line` → value; it has no errors."""
        name, percent = self.tax
        return {
            "kind": self.kind,
            "product_id": self.product.id if self.product and not self.is_heading else None,
            "text": self.cells["text"],
            "unit": None if self.is_heading else self.cells["unit"] or None,
            "tax_name": name,
            "tax_percent": percent,
            "cost": self.cost,
            **self.figures,
        }


def read(sent: Mapping[str, str], offer: Offer) -> list[Typed]:
    """The lines that hold anything, completed and checked.

    Args:
        sent: the form, "r<number>-<column>" → text.
        offer: what may be sold, at which prices and taxes.

    Raises:
        Refused: they are more than a paper holds.
    """
    numbers = sorted({int(found[1]) for name in sent if (found := NUMBERED.match(name))})
    typed = [one for number in numbers if not (one := _typed(sent, number)).is_blank]
    if len(typed) > MOST_LINES:
        raise Refused(_("A paper holds %(most)s lines at most.", most=MOST_LINES))
    _find_products(typed, offer)
    named = [one for one in typed if one.product is not None]
    asked = [(one.product, _many(one)) for one in named if one.product is not None]
    for one, said in zip(named, offer.of(asked), strict=True):
        _complete(one, said)
    for one in typed:
        _check(one, offer)
    return typed


def drawn(lines: Sequence[Line], labels: Mapping[UUID, str]) -> list[Typed]:
    """The lines of a paper as its grid shows them.

    Args:
        lines: of the paper, in their order.
        labels: product → as a cell names it.
    """
    return [_drawn(number, line, labels) for number, line in enumerate(lines)]


def blanks(typed: Sequence[Typed], many: int = BLANK) -> list[Typed]:
    """Empty lines below these."""
    first = max((one.number for one in typed), default=-1) + 1
    many = max(min(many, MOST_LINES - len(typed)), 0)
    return [Typed(number, dict.fromkeys(COLUMNS, "")) for number in range(first, first + many)]


def totals(typed: Sequence[Typed], currency: str, rule: TaxRule) -> Sums:
    """What the lines without errors come to."""
    return sums((one.priced for one in typed if one.counts), currency, rule)


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _typed(sent: Mapping[str, str], number: int) -> Typed:
    cells = {name: sent.get(f"r{number}-{name}", "").strip() for name in COLUMNS}
    kind, key = sent.get(f"r{number}-kind", ""), sent.get(f"r{number}-id", "")
    made = Typed(number, cells, LineKind(kind) if kind in set(LINE_WORDS) else LineKind.ITEM)
    try:
        made.line_id = UUID(key) if key else None
    except ValueError:
        made.line_id = None
    return made


def _drawn(number: int, line: Line, labels: Mapping[UUID, str]) -> Typed:
    is_heading = line.kind is LineKind.HEADING
    cells = {
        "product": labels.get(line.product_id, "") if line.product_id else "",
        "text": line.text,
        "quantity": "" if is_heading else money.plain(line.quantity),
        "unit": line.unit or "",
        "price": "" if is_heading else money.plain(line.price),
        "discount": money.plain(line.discount) if line.discount else "",
        "tax": "" if is_heading else offers.tax_key(line.tax_name, line.tax_percent),
    }
    figures = {"quantity": line.quantity, "price": line.price, "discount": line.discount}
    return Typed(number, cells, line.kind, line.id, product=line.product, cost=line.cost, figures=figures)


def _find_products(typed: Sequence[Typed], offer: Offer) -> None:
    naming = [one for one in typed if one.cells["product"] and not one.is_heading]
    known = products.spelled({one.cells["product"] for one in naming}) if naming else {}
    for one in naming:
        product = known.get(fold(one.cells["product"]))
        if product is None or not (product.is_sold(offer.on) or offer.keeps(product.id)):
            one.errors["product"] = _("This product is not on offer. Leave the cell empty and describe it beside.")
        else:
            one.product = product


def _many(one: Typed) -> Decimal:
    return max(money.read(one.cells["quantity"]) or Decimal(1), Decimal(0))


def _complete(one: Typed, said: Said) -> None:
    """Fill empty cells from the product that the line names."""
    one.cost, one.reason = said.cost, said.reason
    for name, value in said.cells.items():
        if value and not one.cells[name]:
            one.cells[name] = value
            one.filled.add(name)


def _check(one: Typed, offer: Offer) -> None:
    cells = one.cells
    if not cells["text"]:
        one.errors["text"] = _("Say what it is.")
    elif len(cells["text"]) > LONGEST:
        one.errors["text"] = _("At most %(most)s characters.", most=LONGEST)
    if one.is_heading:
        one.figures = {"quantity": Decimal(0), "price": Decimal(0), "discount": Decimal(0)}
        cells["tax"] = ""
        return
    cells["quantity"] = cells["quantity"] or "1"
    if cells["tax"] == "" and offer.usual_tax:
        cells["tax"] = offer.usual_tax
    if len(cells["unit"]) > 40:
        one.errors["unit"] = _("At most %(most)s characters.", most=40)
    if not cells["price"]:
        one.errors.setdefault("price", _("Type a price; 0 where it costs nothing."))
    for name in ("quantity", "price", "discount"):
        _figure(one, name)
    if cells["tax"] and not offer.has_tax(cells["tax"]):
        one.errors["tax"] = _("Choose one of the tax rates.")


def _figure(one: Typed, name: str) -> None:
    text = one.cells[name]
    number = money.read(text.removesuffix("%")) if text else Decimal(0)
    if number is None:
        one.errors[name] = _("Please type a number.")
    elif name == "quantity" and number == 0:
        one.errors[name] = _("How many? It can't be none.")
    elif name != "quantity" and number < 0:
        one.errors[name] = _("It can't be below 0.")
    elif abs(number) > MOST[name]:
        one.errors[name] = _("That is too much.")
    elif number != round(number, DIGITS[name]):
        one.errors[name] = _("At most %(digits)s digits after the point.", digits=DIGITS[name])
    else:
        one.figures[name] = number
        one.cells[name] = money.plain(number) if text else ""


def line_net(one: Typed, currency: str) -> Decimal | None:
    """What a line comes to; None of one with errors, or of words."""
    return None if one.errors or one.is_heading else net(one.priced, currency)
