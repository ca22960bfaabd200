"""What a person may type about a partner and his leads, and what the partner types himself."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, HiddenField, RadioField, SelectField, StringField, TelField, TextAreaField
from wtforms.validators import Email, InputRequired, Length, Optional, Regexp, ValidationError

from saas import search
from saas.crm.customers import queries as customers
from saas.crm.customers.forms import AccountForm
from saas.crm.customers.models import Account
from saas.crm.partners.models import Partner
from saas.forms import Form, RecordForm, choices, optional
from saas.tenants.permissions import Permission
from saas.tenants.scope import may

PHONE = Regexp(r"^[\d\s()+./#*x-]{3,}$", message=_l("A phone number has digits, blanks and + ( ) - only."))
MAIL = Email(_l("This is not a whole mail address."))


class PartnerForm(RecordForm):
    """Which company becomes a partner: a customer, read into `account`, or one that isn't in the books yet."""

    customer = StringField(
        _l("Company"), [InputRequired(_l("Say which company.")), Length(max=300)], filters=[optional]
    )
    unknown = HiddenField(filters=[optional])  # the name of which the reader was told that no customer has it
    phone = AccountForm.phone
    email = AccountForm.email
    website = AccountForm.website
    city = AccountForm.city

    def __init__(self, *args: Any, account: Account | None = None, **options: Any) -> None:
        super().__init__(*args, **options, data={"customer": account.label if account else None})
        self.account = account

    def values(self) -> dict[str, Any]:
        """Column → value of a company that is new."""
        return {"name": self.customer.data} | {name: self[name].data for name in ("phone", "email", "website", "city")}

    def validate_customer(self, field: StringField) -> None:
        """Find the customer by his number, in brackets or alone, or by his name; a new one is asked about once."""
        words = str(field.data or "")
        if self.account is not None and words == self.account.label:
            return
        self.account = customers.account_typed(words)
        if self.account is None:
            self._check_new(field, words)

    def _check_new(self, field: StringField, name: str) -> None:
        Length(max=200)(self, field)
        if customers.same_name(search.fold(name)) is not None:
            raise ValidationError(
                _("There is a customer of this name whom you may not see. Ask a colleague to make it a partner.")
            )
        if not may(Permission.ACCOUNT_CREATE):
            raise ValidationError(_("No customer has this name or number, and you may not add one. Ask a colleague."))
        told, self.unknown.data = self.unknown.data, name
        if told != name:
            raise ValidationError(
                _("No customer has this name or number. Choose one from the list, or press “Add as a new company”.")
            )


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
