"""What a person may type into the one window: a deal with its customer, contact, product and sale."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from email_validator import validate_email
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    EmailField,
    SelectField,
    StringField,
    TelField,
)
from wtforms.validators import Email, InputRequired, Length, Optional, ValidationError

from saas import phones, ui
from saas.crm.customers.forms import PHONE
from saas.crm.fields.forms import WordField
from saas.crm.fields.models import Dictionary
from saas.crm.opportunities.forms import stage_choices
from saas.crm.opportunities.models import Stage
from saas.crm.products.forms import DEAREST
from saas.forms import Form, between, optional
from saas.tenants import scope
from saas.tenants.forms import currency_choices

NEW = "new"
NAMED = {"customer": "customer", "contact": "contact_name", "product": "product"}  # where each is named
PERSON, COMPANY = "contact_", "customer_"


def _phone(label: Any) -> TelField:
    return TelField(label, [Optional(), PHONE, Length(max=40)], filters=[optional])


def _mail(label: Any) -> EmailField:
    rules = [Optional(), Email(_l("This is not a whole mail address.")), Length(max=254)]
    return EmailField(label, rules, filters=[optional])


def _answer() -> StringField:
    return StringField(validators=[Optional(), Length(max=300)], filters=[optional])


class WindowForm(Form):
    """The one window.

    `…_taken` is the answer to who is meant, the id of a record that is here, or "new"; `…_asked` is what was typed
    when that was asked, since an answer holds for nothing else.
    """

    name = StringField(
        _l("What is it about?"),
        [InputRequired(_l("A deal needs a name.")), Length(max=200)],
        filters=[optional],
    )
    amount = DecimalField(_l("Amount"), [Optional(), between(0, DEAREST)], places=2)
    currency = SelectField(_l("Currency"))
    stage_id = SelectField(_l("Stage"))
    expected_on = DateField(_l("Expected on"), [Optional()])
    next_step = StringField(_l("Next step"), [Optional(), Length(max=200)], filters=[optional])
    channel = WordField(_l("Channel"), Dictionary.CHANNEL)
    customer = StringField(_l("Customer"), [Length(max=200)], filters=[optional])
    customer_phone = _phone(_l("Phone"))
    customer_email = _mail(_l("Mail"))
    customer_city = StringField(_l("City"), [Optional(), Length(max=100)], filters=[optional])
    contact_name = StringField(_l("Contact"), [Length(max=200)], filters=[optional])
    contact_title = StringField(_l("Position"), [Optional(), Length(max=200)], filters=[optional])
    contact_phone = _phone(_l("Phone"))
    contact_mobile = _phone(_l("Mobile"))
    contact_email = _mail(_l("Mail"))
    product = StringField(_l("Product"), [Optional(), Length(max=200)], filters=[optional])
    customer_taken, customer_asked = _answer(), _answer()
    contact_taken, contact_asked = _answer(), _answer()
    product_taken, product_asked = _answer(), _answer()
    is_won = BooleanField(_l("It is won already"))
    won_on = DateField(_l("Won on"), [Optional()])
    won_because = StringField(_l("Why was it won?"), [Optional(), Length(max=300)], filters=[optional])

    def __init__(self, stages: list[Stage], **options: Any) -> None:
        super().__init__(**options)
        self.currency.choices = currency_choices()
        self.stage_id.choices = stage_choices(stages)

    def validate_customer(self, field: StringField) -> None:
        """Who is said to work or to be reached somewhere belongs to a customer with a name."""
        if field.data:
            return
        if self.contact_name.data:
            raise ValidationError(_("Say at which customer the contact is."))
        if self.customer_phone.data or self.customer_email.data:
            raise ValidationError(_("A customer needs a name."))

    def validate_contact_name(self, field: StringField) -> None:
        """A number or an address alone is nobody."""
        if not field.data and (self.contact_phone.data or self.contact_mobile.data or self.contact_email.data):
            raise ValidationError(_("Say whose number or address this is."))

    def validate_won_on(self, field: DateField) -> None:
        """A sale is made today or earlier."""
        if self.is_won.data and field.data and field.data > ui.words().today:
            raise ValidationError(_("This day has yet to come."))

    def answer(self, key: str) -> UUID | str | None:
        """Who is meant by "customer", "contact" or "product": an id, "new", or None where it has not been said."""
        typed, taken = self[NAMED[key]].data, self[f"{key}_taken"].data
        if not taken or self[f"{key}_asked"].data != typed:
            return None
        try:
            return NEW if taken == NEW else UUID(taken)
        except ValueError:
            return None

    def sold_on(self) -> date | None:
        """The day of the sale, today where none is named; None while it isn't won."""
        return (self.won_on.data or ui.words().today) if self.is_won.data else None

    def deal(self) -> dict[str, Any]:
        """Columns of the deal."""
        names = ("name", "amount", "currency", "expected_on", "next_step", "channel")
        return {name: self[name].data for name in names}

    def company(self) -> dict[str, Any]:
        """Columns of the customer, numbers and addresses as they are kept."""
        typed = {"name": self.customer.data, "city": self.customer_city.data}
        return typed | self._reached(COMPANY, "phone", "email")

    def person(self) -> dict[str, Any]:
        """Columns of the contact."""
        typed = {"name": self.contact_name.data, "title": self.contact_title.data}
        return typed | self._reached(PERSON, "phone", "mobile", "email")

    def _reached(self, prefix: str, *names: str) -> dict[str, Any]:
        zone, found = scope.workspace().timezone, {}
        for name in names:
            typed = self[prefix + name].data
            if typed:
                is_mail = name == "email"
                found[name] = (
                    validate_email(typed, check_deliverability=False).normalized
                    if is_mail
                    else phones.written(typed, zone)
                )
        return found
