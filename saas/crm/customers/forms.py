"""What a person may type about a customer."""

from __future__ import annotations

from typing import Any

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

from saas.crm.customers.models import KIND_WORDS, AccountKind
from saas.crm.fields import queries as words
from saas.crm.fields.forms import WordField
from saas.crm.fields.models import Dictionary
from saas.forms import Form, RecordForm, between, choices, optional
from saas.tenants import queries as tenants


def _text(label: Any, most: int = 200, field: type = StringField, **options: Any) -> Any:
    rules = [*options.pop("rules", []), Length(max=most)]
    return field(label, [Optional(), *rules], filters=[optional], **options)


class AccountForm(RecordForm):
    """A customer."""

    name = StringField(_l("Name"), [InputRequired(_l("A customer needs a name.")), Length(max=200)], filters=[optional])
    kind = SelectField(_l("Kind"), choices=choices(KIND_WORDS), coerce=AccountKind)
    party_role = WordField(_l("Role"), Dictionary.ROLE)
    level = WordField(_l("Level"), Dictionary.LEVEL)
    value_class = WordField(_l("Value class"), Dictionary.VALUE)
    company_type = WordField(_l("Company type"), Dictionary.TYPE)
    nature = WordField(_l("Ownership"), Dictionary.NATURE)
    industry = WordField(_l("Industry"), Dictionary.INDUSTRY)
    source = WordField(_l("Source"), Dictionary.SOURCE, description=_l("How they came to you."))
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

    def differences(self, record: Any) -> list[dict[str, Any]]:
        """What the reader typed beside what a colleague saved meanwhile, dictionary words by their names."""
        rows, known = super().differences(record), {str(self[d.value].label.text): d for d in Dictionary}
        for row in rows:
            if row["label"] in known:
                row |= {side: words.label(known[row["label"]], row[side]) for side in ("mine", "theirs")}
        return rows


class OwnerForm(Form):
    """Who looks after a customer."""

    owner_id = SelectField(_l("Who looks after it?"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.owner_id.choices = choices({m.id: m.name for m in tenants.members()})


class ContactForm(RecordForm):
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
