"""What a person may type about a partner and his leads, and what the partner types himself."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, RadioField, SelectField, StringField, TelField, TextAreaField
from wtforms.validators import Email, InputRequired, Length, Optional, Regexp, ValidationError

from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account
from saas.crm.opportunities.forms import named
from saas.crm.partners.models import Partner
from saas.forms import Form, RecordForm, choices, email_checks, lowered, optional

PHONE = Regexp(r"^[\d\s()+./#*x-]{3,}$", message=_l("A phone number has digits, blanks and + ( ) - only."))
MAIL = Email(_l("This is not a whole mail address."))


class PartnerForm(Form):
    """Which customer becomes a partner; read into `account`."""

    customer = StringField(
        _l("Company"), [InputRequired(_l("Say which company.")), Length(max=300)], filters=[optional]
    )

    def __init__(self, *args: Any, account: Account | None = None, **options: Any) -> None:
        super().__init__(*args, **options, data={"customer": named(account) if account else None})
        self.account = account

    def validate_customer(self, field: StringField) -> None:
        """Find the customer by his number, in brackets or alone, or by his name."""
        words = str(field.data or "")
        if self.account is not None and words == named(self.account):
            return
        number = words.rpartition("(")[2].removesuffix(")") if words.endswith(")") else ""
        self.account = (customers.account_called(number) if number else None) or customers.account_called(words)
        if self.account is None:
            raise ValidationError(_("No customer has this name or number. Add the company as a customer first."))


class InviteForm(Form):
    """Where the invitation goes."""

    email = EmailField(_l("Mail address"), email_checks(), filters=[lowered], description=_l("They sign in with it."))


class GiveForm(Form):
    """Which partner gets a lead."""

    partner_id = SelectField(_l("Which partner gets it?"))

    def __init__(self, partners: list[Partner]) -> None:
        super().__init__()
        self.partner_id.choices = choices({p.id: p.account.name for p in partners})


class AnswerForm(Form):
    """Our answer to a registration."""

    answer = RadioField(
        _l("Your answer"),
        [InputRequired(_l("Choose one."))],
        choices=choices({"accept": _l("Accept it"), "decline": _l("Decline it")}),
    )
    reason = TextAreaField(
        _l("Why not?"),
        [Optional(), Length(max=500)],
        filters=[optional],
        description=_l("Needed when you decline. The partner reads it; name nobody else."),
    )


# ── in the partner portal ───────────────────────────────────────────────────────────────────────────────────────────


class CheckForm(Form):
    """What a partner knows of a prospect he asks for."""

    company = StringField(_l("Company"), [Optional(), Length(max=200)], filters=[optional])
    phone = TelField(_l("Phone"), [Optional(), PHONE, Length(max=40)], filters=[optional])
    mail = StringField(
        _l("Mail address or domain"),
        [Optional(), Length(max=254)],
        filters=[optional],
        description=_l("For example nordlicht.example."),
    )


class RegisterForm(RecordForm):
    """A lead that a partner brings."""

    company = StringField(
        _l("Company"), [InputRequired(_l("Say which company it is.")), Length(max=200)], filters=[optional]
    )
    name = StringField(_l("Your contact there"), [Optional(), Length(max=200)], filters=[optional])
    phone = TelField(_l("Phone"), [Optional(), PHONE, Length(max=40)], filters=[optional])
    email = EmailField(_l("Mail"), [Optional(), MAIL, Length(max=254)], filters=[optional])
    about = TextAreaField(
        _l("What do they need?"),
        [Optional(), Length(max=2000)],
        filters=[optional],
        description=_l("A few words help us to answer quickly."),
    )
