"""What a person may type about a customer."""

from __future__ import annotations

from typing import Any

from email_validator import validate_email
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    EmailField,
    IntegerField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
    URLField,
)
from wtforms.validators import Email, InputRequired, Length, NumberRange, Optional, Regexp

from saas import phones
from saas.crm.customers.models import KIND_WORDS, AccountKind
from saas.forms import Form, RecordForm, between, choices, optional
from saas.tenants import queries as tenants
from saas.tenants import scope

LEVELS = ("A", "B", "C")


def _text(label: Any, most: int = 200, field: type = StringField, **options: Any) -> Any:
    rules = [*options.pop("rules", []), Length(max=most)]
    return field(label, [Optional(), *rules], filters=[optional], **options)


class ReachedForm(RecordForm):
    """Somebody with phones and a mail address, which are kept as they are written everywhere."""

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb."""
        found = super().values()
        zone = scope.workspace().timezone
        written = {name: phones.written(found[name], zone) for name in ("phone", "mobile") if found.get(name)}
        if mail := found.get("email"):
            written["email"] = validate_email(mail, check_deliverability=False).normalized
        return found | written


class AccountForm(ReachedForm):
    """A customer."""

    name = StringField(_l("Name"), [InputRequired(_l("A customer needs a name.")), Length(max=200)], filters=[optional])
    kind = SelectField(_l("Kind"), choices=choices(KIND_WORDS), coerce=AccountKind)
    level = SelectField(
        _l("Level"),
        [Optional()],
        choices=choices({v: v for v in LEVELS}, empty=True),
        filters=[optional],
    )
    industry = _text(_l("Industry"), 100)
    source = _text(_l("Source"), 100, description=_l("How they came to you: trade fair, website, a partner…"))
    phone = _text(
        _l("Phone"),
        40,
        TelField,
        rules=[Regexp(r"^[\d\s()+./#*x-]{3,}$", message=_l("A phone number has digits, blanks and + ( ) - only."))],
    )
    email = _text(_l("Mail"), 254, EmailField, rules=[Email(_l("This is not a whole mail address."))])
    website = _text(_l("Website"), 200, URLField)
    country = _text(_l("Country"), 100)
    region = _text(_l("Region"), 100)
    city = _text(_l("City"), 100)
    address = _text(_l("Address"), 300)
    employees = IntegerField(_l("Employees"), [Optional(), between(0, 10_000_000)])
    revenue = DecimalField(_l("Yearly revenue (millions)"), [Optional(), between(0, 10**12)], places=2)
    founded = IntegerField(_l("Founded"), [Optional(), NumberRange(1000, 2100, _l("A year, such as 1998."))])
    remarks = _text(_l("Remarks"), 5000, TextAreaField)


class OwnerForm(Form):
    """Who looks after a customer."""

    owner_id = SelectField(_l("Who looks after it?"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.owner_id.choices = choices({m.id: m.name for m in tenants.members()})


class ContactForm(ReachedForm):
    """A person at a customer."""

    name = StringField(_l("Name"), [InputRequired(_l("A contact needs a name.")), Length(max=200)], filters=[optional])
    title = _text(_l("Position"), 100)
    phone = AccountForm.phone
    mobile = _text(
        _l("Mobile"),
        40,
        TelField,
        rules=[Regexp(r"^[\d\s()+./#*x-]{3,}$", message=_l("A phone number has digits, blanks and + ( ) - only."))],
    )
    email = AccountForm.email
    address = _text(_l("Address"), 300)
    birthday = DateField(_l("Birthday"), [Optional()])
    is_main = BooleanField(_l("Main contact"), description=_l("The one to call first."))
    remarks = AccountForm.remarks
