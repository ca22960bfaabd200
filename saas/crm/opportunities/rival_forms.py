"""What a person may type about competitors."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DecimalField, SelectField, StringField, TextAreaField, URLField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account
from saas.crm.opportunities.rival_models import FOOTING_WORDS, Footing
from saas.crm.products.forms import DEAREST
from saas.forms import RecordForm, between, choices, optional


def _long(label: Any) -> TextAreaField:
    return TextAreaField(label, [Optional(), Length(max=2000)], filters=[optional])


class RivalForm(RecordForm):
    """A competitor."""

    name = StringField(_l("Name"), [InputRequired(_l("Say which company it is.")), Length(max=200)], filters=[optional])
    website = URLField(_l("Website"), [Optional(), Length(max=300)], filters=[optional])
    strengths = _long(_l("Strengths"))
    weaknesses = _long(_l("Weaknesses"))
    remarks = _long(_l("Remarks"))
    customer = StringField(
        _l("Also a customer of ours"),
        [Optional(), Length(max=300)],
        filters=[optional],
        description=_l("Type a name, number or phone, and choose."),
    )

    def __init__(self, *args: Any, account: Account | None = None, **options: Any) -> None:
        super().__init__(*args, **{**options, "data": {"customer": account.label if account else None}})
        self.account = account

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb; the customer is an attribute of the form."""
        return {name: value for name, value in super().values().items() if name != "customer"}

    def validate_customer(self, field: StringField) -> None:
        """Find the customer by his number, in brackets or alone, or by his name."""
        words = str(field.data or "")
        if self.account is not None and words == self.account.label:
            return
        self.account = customers.account_typed(words) if words else None
        if words and self.account is None:
            raise ValidationError(_("No customer has this name or number. Add the customer first, or leave it empty."))


class StandingForm(RecordForm):
    """How a competitor stands in one deal."""

    standing = SelectField(_l("How do they stand?"), choices=choices(FOOTING_WORDS), coerce=Footing)
    price = DecimalField(_l("Their price"), [Optional(), between(0, DEAREST)], places=2)
    strengths = _long(_l("What speaks for them here"))


class AgainstForm(StandingForm):
    """Who stands against a deal."""

    rival = StringField(
        _l("Which competitor?"),
        [InputRequired(_l("Say which company it is.")), Length(max=200)],
        filters=[optional],
        description=_l("One that you know, or another company's name."),
    )

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb; the competitor's name is read apart."""
        return {name: value for name, value in super().values().items() if name != "rival"}
