"""What a person may type about an expense, and about who approves how much."""

from __future__ import annotations

from datetime import date
from typing import IO, Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from wtforms import DateField, FileField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from saas import money
from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account
from saas.crm.fields.forms import WordField
from saas.crm.fields.models import Dictionary
from saas.forms import ExactField, Form, RecordForm, optional, trimmed
from saas.tenants import scope
from saas.tenants.forms import currency_choices

NOT_COLUMNS = {"csrf_token", "customer", "receipt"}


class ExpenseForm(RecordForm):
    """What was spent. The customer is read into `account`."""

    spent_on = DateField(_l("Day"), [InputRequired(_l("Say on which day."))])
    amount = ExactField(_l("Amount"), [InputRequired(_l("Say how much.")), NumberRange(0, 10**12)], most_places=4)
    currency = SelectField(_l("Currency"))
    category = WordField(_l("What for?"), Dictionary.EXPENSE)
    customer = StringField(_l("Customer"), [Optional(), Length(max=300)], filters=[optional])
    note = TextAreaField(_l("Note"), [Optional(), Length(max=2000)], filters=[optional])
    receipt = FileField(
        lazy_pgettext("expense", "Receipt"), description=_l("A photo or a PDF. On a phone the camera is offered.")
    )

    def __init__(self, *args: Any, today: date, account: Account | None = None, **options: Any) -> None:
        given = {"currency": scope.workspace().currency, "spent_on": today}
        given["customer"] = account.label if account else None
        super().__init__(*args, **{**options, "data": {**given, **options.get("data", {})}})
        self.today, self.account = today, account
        self.currency.choices = currency_choices()

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb; the customer is an attribute of the form, the receipt a file."""
        return {name: value for name, value in super().values().items() if name not in NOT_COLUMNS}

    def upload(self) -> tuple[IO[bytes], str] | None:
        """(content, name) of the receipt, if one was chosen."""
        found = request.files.get(self.receipt.name)
        return (found.stream, found.filename) if found is not None and found.filename else None

    def validate_spent_on(self, field: DateField) -> None:
        """Nobody has spent anything on a day to come."""
        if field.data and field.data > self.today:
            raise ValidationError(_("This day is yet to come."))

    def validate_amount(self, field: ExactField) -> None:
        """Above nothing, and with no more digits than the currency has."""
        if field.data is None:
            return
        if field.data <= 0:
            raise ValidationError(_("Say how much."))
        if self.currency.data and money.rounded(field.data, str(self.currency.data)) != field.data:
            places = money.places(str(self.currency.data))
            raise ValidationError(_("At most %(n)s digits after the point.", n=places))

    def validate_customer(self, field: StringField) -> None:
        """Find the customer by his number, in brackets or alone, or by his name."""
        words = str(field.data or "")
        if not words:
            self.account = None
        elif self.account is None or words != self.account.label:
            self.account = customers.account_typed(words)
            if self.account is None:
                raise ValidationError(_("No customer has this name or number. Add the customer first."))


class DecideForm(Form):
    """What is said to whoever spent it."""

    words = TextAreaField(_l("A word to whoever spent it"), [Optional(), Length(max=1000)], filters=[trimmed])


class PayForm(Form):
    """When it was paid."""

    on = DateField(_l("Paid on"), [InputRequired(_l("Say on which day."))])
