"""What a person may type about a product."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from saas.crm.fields import queries as words
from saas.crm.fields.forms import WordField
from saas.crm.fields.models import Dictionary
from saas.crm.products import queries, tax_queries
from saas.crm.products.tax_forms import TaxField, told
from saas.forms import ExactField, Form, RecordForm, between, needed, optional
from saas.tenants import scope
from saas.tenants.forms import currency_choices

DEAREST = 10**12  # the highest amount that a form takes
DEAREST_ONE = 10**11  # the highest price of one
SIDES = ("mine", "theirs")


class ProductForm(RecordForm):
    """A product."""

    name = StringField(_l("Name"), [InputRequired(_l("A product needs a name.")), Length(max=200)], filters=[optional])
    number = StringField(
        _l("Article number"),
        [Optional(), Length(max=60)],
        filters=[optional],
        description=_l("As your price list has it. Left empty, one is made."),
    )
    series = StringField(_l("Series"), [Optional(), Length(max=100)], filters=[optional])
    category = StringField(
        _l("Category"),
        [Optional(), Length(max=100)],
        filters=[optional],
        description=_l("One within another is written Tools / Drills."),
    )
    price = ExactField(_l("List price"), [Optional(), between(0, DEAREST_ONE)], most_places=4)
    currency = SelectField(_l("Currency"))
    unit = WordField(_l("Unit"), Dictionary.UNIT, description=_l("What the price is for."))
    tax_rate_id = TaxField(_l("Tax"))
    cost = ExactField(_l("Cost"), [Optional(), between(0, DEAREST_ONE)], most_places=4)
    is_stocked = BooleanField(_l("Kept in stock"), description=_l("Counted in warehouses; leave it out for services."))
    sold_from = DateField(_l("Sold from"), [Optional()])
    sold_until = DateField(
        _l("Sold until"), [Optional()], description=_l("That day included. Empty: until you stop selling it.")
    )
    remarks = TextAreaField(_l("Remarks"), [Optional(), Length(max=5000)], filters=[optional])

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.currency.choices = currency_choices()
        self.known_series = queries.series()
        self.known_categories = queries.categories()
        self.cost.description = _("What one costs you, in %(currency)s.", currency=scope.workspace().currency)
        if not scope.who().sees("product.cost"):
            self.leave_out("cost")

    def differences(self, record: Any) -> list[dict[str, Any]]:
        """What the reader typed beside what a colleague saved meanwhile, in words."""
        rows = super().differences(record)
        reads: dict[str, Callable[[Any], Any]] = {
            str(self.unit.label.text): lambda v: words.label(Dictionary.UNIT, v),
            str(self.tax_rate_id.label.text): lambda v: told(tax_queries.rate_of(v)),
            str(self.is_stocked.label.text): lambda v: _("Yes") if v is True else _("No"),
        }
        for row in rows:
            if row["label"] in reads:
                row |= {side: reads[row["label"]](row[side] if row[side] != "—" else None) for side in SIDES}
        return rows


class SpellingForm(Form):
    """Another spelling of a product."""

    spelling = StringField(
        _l("Another spelling"),
        [needed(), Length(max=200)],
        filters=[optional],
        description=_l("An import that meets it takes this product."),
    )
