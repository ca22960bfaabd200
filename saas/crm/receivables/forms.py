"""What a person may type about an invoice, a credit note or a payment."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, EmailField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from saas.crm.papers.forms import PaperForm
from saas.forms import ExactField, Form, between, email_checks, lowered, optional, trimmed
from saas.tenants.forms import currency_choices

MOST_DAYS = 365


class InvoiceForm(PaperForm):
    """The head of an invoice."""

    days = IntegerField(
        _l("Days to pay"),
        [InputRequired(_l("Say how many days.")), between(0, MOST_DAYS)],
        description=_l("From the day on which it is issued."),
    )
    delivered_on = DateField(
        _l("Delivered on"), [Optional()], description=_l("When the customer got what it is for, if that is known.")
    )


class SendForm(Form):
    """To whom an issued invoice goes, and what stands in the mail."""

    to = EmailField(_l("Mail address"), email_checks(), filters=[lowered])
    words = TextAreaField(
        _l("What you write"),
        [Optional(), Length(max=5000)],
        filters=[trimmed],
        description=_l("The PDF goes along by itself."),
    )


class IssueForm(SendForm):
    """Issuing an invoice, and perhaps mailing it at once."""

    to = EmailField(
        _l("Mail address"),
        [Optional(), *email_checks()[1:]],  # all but that it must be there
        filters=[lowered],
        description=_l("Leave it empty to issue the invoice without mailing it."),
    )


class UsualTermsForm(Form):
    """How many days everybody has."""

    days = IntegerField(
        _l("Days to pay"),
        [InputRequired(_l("Say how many days.")), between(0, MOST_DAYS)],
        description=_l("From the day on which an invoice is issued. Invoices that are issued already keep their day."),
    )


class TermsForm(Form):
    """How many days one customer has."""

    days = IntegerField(
        _l("Days to pay"),
        [Optional(), between(0, MOST_DAYS)],
        description=_l("Leave it empty for what everybody has."),
    )


class CreditForm(Form):
    """Why something billed is taken back, and to whom the note goes."""

    reason = StringField(
        _l("Why is it taken back?"),
        [InputRequired(_l("Say why.")), Length(max=500)],
        filters=[optional],
        description=_l("It stands on the credit note."),
    )
    to = EmailField(
        _l("Mail address"),
        [Optional(), *email_checks()[1:]],
        filters=[lowered],
        description=_l("Leave it empty to write the note without mailing it."),
    )


class PaymentForm(Form):
    """What came from a customer."""

    amount = ExactField(_l("Amount"), [InputRequired(_l("Say how much came."))], most_places=4)
    currency = SelectField(_l("Currency"))
    paid_on = DateField(_l("Came on"), [InputRequired(_l("Say on which day."))])
    reference = StringField(
        _l("Written with it"),
        [Optional(), Length(max=500)],
        filters=[optional],
        description=_l("As the bank tells it."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.currency.choices = currency_choices()


class UseForm(Form):
    """Using what is left of a payment: its figures stand beside the invoices."""


class TakeBackForm(Form):
    """Why a payment is taken back."""

    reason = StringField(
        _l("Why is it taken back?"), [InputRequired(_l("Say why.")), Length(max=500)], filters=[optional]
    )
