"""What a person may type about a product."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DecimalField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from saas.crm.products import queries
from saas.forms import Form, RecordForm, between, needed, optional
from saas.tenants.forms import currency_choices

DEAREST = 10**12  # the highest amount that a form takes


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
    category = StringField(_l("Category"), [Optional(), Length(max=100)], filters=[optional])
    price = DecimalField(_l("List price"), [Optional(), between(0, DEAREST)], places=2)
    currency = SelectField(_l("Currency"))
    unit = StringField(
        _l("Unit"),
        [Optional(), Length(max=40)],
        filters=[optional],
        description=_l("What the price is for: piece, hour, metre…"),
    )
    remarks = TextAreaField(_l("Remarks"), [Optional(), Length(max=5000)], filters=[optional])

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.currency.choices = currency_choices()
        self.known_series = queries.series()
        self.known_categories = queries.categories()


class SpellingForm(Form):
    """Another spelling of a product."""

    spelling = StringField(
        _l("Another spelling"),
        [needed(), Length(max=200)],
        filters=[optional],
        description=_l("An import that meets it takes this product."),
    )
