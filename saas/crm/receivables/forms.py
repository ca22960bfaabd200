"""What a person may type about an invoice."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DateField, EmailField, IntegerField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from saas.crm.papers.forms import PaperForm
from saas.forms import Form, between, email_checks, lowered, trimmed

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
