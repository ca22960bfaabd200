"""What a person may type about price lists and their rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account
from saas.crm.fields import label_queries as labels
from saas.crm.fields.forms import WordField
from saas.crm.fields.label_models import LabelKind
from saas.crm.fields.models import Dictionary
from saas.crm.products.forms import DEAREST_ONE
from saas.crm.products.models import Product
from saas.crm.products.price_models import AUDIENCE_WORDS, Audience
from saas.forms import ExactField, Form, RecordForm, between, choices, optional
from saas.rows import Cells
from saas.tenants.forms import currency_choices

MOST_PIECES = 10**10


def _percent(label: Any, *rules: Any, **options: Any) -> ExactField:
    return ExactField(label, [Optional(), between(0, 100), *rules], most_places=3, **options)


class PriceListForm(RecordForm):
    """A price list. Its customer is read into `account`."""

    name = StringField(
        _l("Name"), [InputRequired(_l("A price list needs a name.")), Length(max=80)], filters=[optional]
    )
    currency = SelectField(_l("Currency"))
    audience = RadioField(_l("For whom"), choices=choices(AUDIENCE_WORDS), coerce=Audience, default=Audience.ALL)
    customer = StringField(_l("Customer"), [Optional(), Length(max=250)], filters=[optional])
    level = WordField(_l("Level"), Dictionary.LEVEL)
    label_id = SelectField(_l("Group"), coerce=lambda v: UUID(str(v)) if v else None)
    starts_on = DateField(_l("Holds from"), [Optional()])
    ends_on = DateField(_l("Holds until"), [Optional()], description=_l("That day included."))
    percent_off = _percent(
        _l("Off every list price"),
        description=_l("For all products that the list says nothing else of. Empty: they have none of it."),
    )
    note = TextAreaField(_l("Note"), [Optional(), Length(max=2000)], filters=[optional])

    def __init__(self, *args: Any, account: Account | None = None, **options: Any) -> None:
        super().__init__(*args, customer=account.label if account else None, **options)
        self.account = account
        self.currency.choices = currency_choices()
        groups = labels.of_kind(LabelKind.GROUP)
        self.label_id.choices = [SelectChoice("", "—"), *(SelectChoice(str(tag.id), tag.path) for tag in groups)]

    def validate(self, extra_validators: Any = None) -> bool:
        """True when nothing in it is wrong: for whom the list is must be said."""
        super().validate(extra_validators)  # type: ignore[no-untyped-call]
        audience = self.audience.data
        if audience is not Audience.ACCOUNT:
            self.account = None
        elif self.account is None or self.customer.data != self.account.label:
            self.account = customers.account_typed(self.customer.data) if self.customer.data else None
            if self.account is None:
                self["customer"].errors = [_("Say which customer: by name or number.")]
        if audience is Audience.LEVEL and not self.level.data:
            self["level"].errors = [_("Say which level.")]
        if audience is Audience.GROUP and self.label_id.data is None:
            self["label_id"].errors = [_("Say which group.")]
        return not self.errors

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb."""
        found = {name: value for name, value in super().values().items() if name != "customer"}
        return found | {"account_id": self.account.id if self.account else None}

    def differences(self, record: Any) -> list[dict[str, Any]]:
        """What the reader typed beside what a colleague saved meanwhile."""
        pairs = [(one, getattr(record, one)) for one in ("name", "currency", "starts_on", "ends_on", "percent_off")]
        shown = [(self[name].label.text, self[name].data, theirs) for name, theirs in pairs]
        return [{"label": label, "mine": a or "—", "theirs": b or "—"} for label, a, b in shown if a != b]


class PriceRow(Cells):
    """One row of a price list; the product that is named is read into `chosen`."""

    product = StringField(_l("Product"), [Optional(), Length(max=250)], filters=[optional])
    from_quantity = ExactField(_l("From quantity"), [Optional(), between(0, MOST_PIECES)], most_places=3)
    price = ExactField(_l("Price"), [Optional(), between(0, DEAREST_ONE)], most_places=4)
    percent_off = _percent(_l("Percent off"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.chosen: Product | None = None

    def check(self, found: Product | None) -> None:
        """Note what is wrong with it.

        Args:
            found: the product that is named, if there is one.
        """
        self.validate()  # type: ignore[no-untyped-call]
        self.chosen = found
        if not self.product.errors and found is None:
            said = _("No product has this name or number.") if self.product.data else _("Say of which product.")
            self["product"].errors = [said]
        terms = (self.price, self.percent_off)
        if not any(one.errors for one in terms) and len([one for one in terms if one.data is not None]) != 1:
            self["price"].errors = [_("A price or a percentage, one of both.")]

    @property
    def step(self) -> tuple[UUID, Decimal]:
        """Of which product, from how many on."""
        if self.chosen is None:
            raise ValueError("no product was named")
        return self.chosen.id, self.from_quantity.data or Decimal(0)


class ListPriceForm(Form):
    """The list price of a product in a further currency."""

    currency = SelectField(_l("Currency"))
    price = ExactField(_l("List price"), [InputRequired(_l("Say how much.")), between(0, DEAREST_ONE)], most_places=4)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.currency.choices = currency_choices()


class AskForm(Form):
    """What a customer pays for so many on a day."""

    customer = StringField(_l("Customer"), [Optional(), Length(max=250)], filters=[optional])
    quantity = ExactField(
        _l("How many"), [InputRequired(_l("Say how many.")), NumberRange(0, MOST_PIECES)], most_places=3
    )
    currency = SelectField(_l("Currency"))
    on = DateField(_l("On"), [InputRequired(_l("Say on which day."))])

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, meta={"csrf": False}, **options)
        self.currency.choices = currency_choices()
        self.account: Account | None = None

    def validate_customer(self, field: StringField) -> None:
        """Find the customer."""
        self.account = customers.account_typed(field.data) if field.data else None
        if field.data and self.account is None:
            raise ValidationError(_("No customer has this name or number."))


class CopyForm(Form):
    """The name of a price list that is made like another."""

    name = StringField(
        _l("Name"), [InputRequired(_l("A price list needs a name.")), Length(max=80)], filters=[optional]
    )
