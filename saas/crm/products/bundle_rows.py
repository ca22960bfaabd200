"""The parts of a bundle as they were typed into its grid, and what is wrong with each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import StringField
from wtforms.validators import Length, Optional

from saas.crm.fields import queries as words
from saas.crm.fields.models import Dictionary
from saas.crm.products import queries as products
from saas.crm.products.bundle_actions import MOST
from saas.crm.products.models import BundlePart, Product
from saas.errors import Refused
from saas.forms import ExactField, between, optional
from saas.rows import Cells, numbers
from saas.search import fold

BLANK = 4  # rows that wait to be filled
MOST_PIECES = 10**6


class PartRow(Cells):
    """One part; the product that is named is read into `chosen`."""

    product = StringField(_l("Product"), [Optional(), Length(max=250)], filters=[optional])
    quantity = ExactField(_l("How many"), [Optional(), between(0, MOST_PIECES)], most_places=3)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.chosen: Product | None = None

    def check(self, found: Product | None) -> None:
        """Note what is wrong with it; `found` is the product that is named, if there is one."""
        self.validate()  # type: ignore[no-untyped-call]
        self.chosen = found
        if not self.product.errors and found is None:
            said = _("No product has this name or number.") if self.product.data else _("Say of which product.")
            self["product"].errors = [said]
        if not self.quantity.errors and not self.quantity.data:
            self["quantity"].errors = [_("Say how many.")]
        elif found is not None and self.quantity.data is not None and not self.quantity.errors:
            places = words.places(found.unit)
            if self.quantity.data != round(self.quantity.data, places):
                unit = words.label(Dictionary.UNIT, found.unit)
                self["quantity"].errors = [
                    _("Only whole ones are sold by the %(unit)s.", unit=unit)
                    if not places
                    else _("At most %(n)s digits after the point.", n=places)
                ]


@dataclass
class Row:
    """One row; `number` stands in the names of its fields, "r3-quantity"."""

    number: int
    form: PartRow


def shown(parts: Sequence[BundlePart]) -> list[Row]:
    """The parts of a bundle as they are."""
    return [
        Row(n, PartRow(None, prefix=f"r{n}", product=part.part.name, quantity=part.quantity))
        for n, part in enumerate(parts)
    ]


def sent(form: MultiDict[str, str]) -> list[Row]:
    """The rows in which something was typed.

    Raises:
        Refused: they are more than a bundle holds.
    """
    rows = [row for n in numbers(form) if not (row := Row(n, PartRow(form, prefix=f"r{n}"))).form.is_blank]
    if len(rows) > MOST:
        raise Refused(_("A bundle has at most %(most)s parts.", most=MOST))
    return rows


def blanks(rows: Sequence[Row], many: int = BLANK) -> list[Row]:
    """Empty rows below these."""
    first = max((row.number for row in rows), default=-1) + 1
    return [Row(n, PartRow(None, prefix=f"r{n}")) for n in range(first, first + many)]


def check(rows: Sequence[Row]) -> None:
    """Note in each row what is wrong with it."""
    found = products.spelled([row.form.product.data or "" for row in rows]) if rows else {}
    places: dict[UUID, int] = {}
    for place, row in enumerate(rows, 1):
        row.form.check(found.get(fold(row.form.product.data or "")))
        if row.form.chosen is None:
            continue
        if row.form.chosen.id in places:
            row.form["product"].errors = [_("Row %(number)s has the same.", number=places[row.form.chosen.id])]
        places.setdefault(row.form.chosen.id, place)


def wanted(rows: Sequence[Row]) -> dict[UUID, Decimal]:
    """What checked rows ask for: part → how many."""
    return {row.form.chosen.id: row.form.quantity.data for row in rows if row.form.chosen and row.form.quantity.data}
