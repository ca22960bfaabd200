"""What a person may type about a purchase and what comes of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from wtforms import DateField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional, StopValidation, ValidationError

from saas import money, ui
from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account
from saas.crm.fields import queries as words
from saas.crm.fields.models import Dictionary
from saas.crm.inventory.models import Warehouse
from saas.crm.inventory.quantities import STEP
from saas.crm.papers import rate_queries
from saas.crm.products import queries as products
from saas.crm.products.models import Product
from saas.crm.purchases.actions import Wanted
from saas.crm.purchases.models import PurchaseLine
from saas.crm.purchases.receipt_actions import Arrival
from saas.forms import Form, RecordForm, between, needed, optional
from saas.rows import Cells, numbers
from saas.search import fold
from saas.tenants import scope
from saas.tenants.forms import currency_choices

MOST = 200  # lines of a purchase
BLANK = 5  # empty lines to begin with
DEAREST = 10**11


class _Figure(StringField):
    """A number as people type it; shown as it was typed."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed."""
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data: Any = money.read(text) if text else None
        if text and self.data is None:
            raise ValueError(_("Type a number, such as 12 or 2.5."))

    def pre_validate(self, form: Any) -> None:
        """What is no number isn't compared with any."""
        if self.process_errors:
            raise StopValidation

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return money.plain(self.data) if isinstance(self.data, Decimal) else ""


def figure(label: Any, *checks: Any, most: int = DEAREST, **options: Any) -> StringField:
    """A field for a number from 0 on."""
    made: StringField = _Figure(label, [*checks, Optional(), between(0, most)], **options)  # type: ignore[no-untyped-call]
    return made


class PurchaseForm(RecordForm):
    """The head of a purchase."""

    supplier = StringField(
        _l("Supplier"),
        [needed(), Length(max=250)],
        filters=[optional],
        description=_l("A company among your customers, by name or number."),
    )
    warehouse_id = SelectField(lazy_pgettext("purchase", "To warehouse"))
    currency = SelectField(_l("Currency"))
    rate = figure(
        _l("Exchange rate"),
        description=_l(
            "What one unit of it is worth in your own currency. Left empty, it is the one that you have noted."
        ),
    )
    reference = StringField(_l("Supplier's number"), [Optional(), Length(max=60)], filters=[optional])
    expected_on = DateField(lazy_pgettext("purchase", "Expected on"), [Optional()])
    remarks = TextAreaField(_l("Remarks"), [Optional(), Length(max=5000)], filters=[optional])
    lines = HiddenField(_l("Lines"))  # where a refusal of the grid is written

    def __init__(self, warehouses: Sequence[Warehouse], **options: Any) -> None:
        super().__init__(**options)
        self.warehouse_id.choices = [SelectChoice(str(one.id), one.name) for one in warehouses]
        self.currency.choices = currency_choices()

    def validate_supplier(self, field: StringField) -> None:
        """It must be a company of ours."""
        if self.account() is None:
            raise ValidationError(_("There is no such company among your customers. Add it there first."))

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether all of it is right; another currency needs its rate."""
        is_right = bool(super().validate(extra_validators))  # type: ignore[no-untyped-call]
        if not self.rate.data and not self.rate.errors:
            noted = rate_queries.rate_of(self.currency.data, ui.words().today)
            self.rate.data = noted.rate if noted else None
            if noted is None:
                self.rate.errors = (_("Say what one unit is worth, so that the cost of your stock is right."),)
        return is_right and not self.rate.errors

    def account(self) -> Account | None:
        """The supplier that was named, if it is one within the reader's reach."""
        return customers.account_typed(self.supplier.data or "")

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb."""
        is_own = self.currency.data == scope.workspace().currency
        return {
            "warehouse_id": UUID(self.warehouse_id.data),
            "currency": self.currency.data,
            "rate": Decimal(1) if is_own else self.rate.data,
            "reference": self.reference.data,
            "expected_on": self.expected_on.data,
            "remarks": self.remarks.data,
        }


class LineCells(Cells):
    """One line of a purchase."""

    id = HiddenField()
    product = StringField(_l("Product"), [Length(max=200)], filters=[optional])
    text = StringField(_l("Text"), [Length(max=500)], filters=[optional])
    quantity = figure(_l("Quantity"), most=10**9)
    price = figure(_l("Price of one"))
    discount = figure(_l("Discount %"), most=100)

    @property
    def is_blank(self) -> bool:
        """True when nothing was typed in it."""
        return not any(text.strip() for one in self if one.short_name != "id" for text in one.raw_data or ())


class Lines:
    """The grid of a purchase's lines as somebody typed it, or as they are kept."""

    def __init__(self, sent: Mapping[str, str]) -> None:
        rows = {number: LineCells(formdata=sent, prefix=f"r{number}") for number in numbers(list(sent))[:MOST]}
        self.rows = {number: row for number, row in rows.items() if not row.is_blank}

    @classmethod
    def kept(cls, lines: Sequence[PurchaseLine | Wanted]) -> dict[int, LineCells]:
        """The rows of lines that are there already, or are suggested."""
        return {number: _row(number, line) for number, line in enumerate(lines)}

    def check(self) -> bool:
        """Whether every row can be a line; what is wrong is written beside it."""
        known = self._known()
        checked = [_is_right(row, known) for row in self.rows.values()]  # each of them, past the first that is wrong
        return all(checked)

    def wanted(self) -> list[Wanted]:
        """The lines, once they are checked."""
        known = self._known()
        return [_wanted(row, known) for row in self.rows.values()]

    def _known(self) -> dict[str, Product]:
        return products.spelled([row.product.data for row in self.rows.values() if row.product.data])


def _row(number: int, line: PurchaseLine | Wanted) -> LineCells:
    product = products.products_with([line.product_id])[0] if line.product_id else None
    data = {
        "id": str(line.id or ""),
        "product": product.name if product else None,
        "text": line.text if product is None or line.text != product.name else None,
        "quantity": line.quantity,
        "price": line.price,
        "discount": line.discount or None,
    }
    return LineCells(formdata=None, prefix=f"r{number}", data=data)


def _is_right(row: LineCells, known: Mapping[str, Product]) -> bool:
    is_right = bool(row.validate())  # type: ignore[no-untyped-call]  # Flask-WTF carries no types
    if row.product.data and fold(row.product.data) not in known:
        row.product.errors = (*row.product.errors, _("There is no such product."))
    elif not row.product.data and not row.text.data:
        row.product.errors = (*row.product.errors, _("Name a product, or write a text."))
    if not row.quantity.errors and (not row.quantity.data or row.quantity.data < STEP):
        row.quantity.errors = (*row.quantity.errors, _("Say how many."))
    return is_right and not any(one.errors for one in row)


def _wanted(row: LineCells, known: Mapping[str, Product]) -> Wanted:
    product = known[fold(row.product.data)] if row.product.data else None
    return Wanted(
        id=_uuid(row.id.data),
        product_id=product.id if product else None,
        text=row.text.data or (product.name if product else ""),
        quantity=row.quantity.data.quantize(STEP),
        unit=words.label(Dictionary.UNIT, product.unit) if product else None,
        price=row.price.data or Decimal(0),
        discount=row.discount.data or Decimal(0),
    )


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


class ReceiptForm(Form):
    """What came."""

    warehouse_id = SelectField(_l("Warehouse"))
    received_on = DateField(lazy_pgettext("purchase", "Received on"), [DataRequired(_l("Please fill this in."))])
    reference = StringField(_l("Delivery note"), [Optional(), Length(max=60)], filters=[optional])

    def __init__(self, warehouses: Sequence[Warehouse], **options: Any) -> None:
        super().__init__(**options)
        self.warehouse_id.choices = [SelectChoice(str(one.id), one.name) for one in warehouses]


class ArrivalCells(Cells):
    """How much of one line came."""

    quantity = figure(_l("Came"), most=10**9)
    price = figure(_l("Price of one"))


def arrivals(lines: Collection[PurchaseLine], sent: Mapping[str, str] | None) -> dict[UUID, ArrivalCells]:
    """The grid of a receipt: line → what was typed about it; all that is to come where nothing was sent."""
    found = {}
    for number, line in enumerate(lines):
        kept = {"quantity": line.remaining or None, "price": line.unit_cost}
        data = None if sent is not None else kept
        found[line.id] = ArrivalCells(formdata=sent, prefix=f"r{number}", data=data)
    return found


def came(cells: Mapping[UUID, ArrivalCells]) -> dict[UUID, Arrival] | None:
    """Line → how much of it came; None where something is wrong, which is then written beside it."""
    checked = [bool(row.validate()) for row in cells.values()]  # type: ignore[no-untyped-call]
    if not all(checked):
        return None
    return {
        key: Arrival(row.quantity.data.quantize(STEP), row.price.data)
        for key, row in cells.items()
        if row.quantity.data and row.quantity.data >= STEP
    }
