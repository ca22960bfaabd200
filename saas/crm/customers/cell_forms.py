"""One field of a customer or a contact, changed in its cell of a list."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField

from saas.crm.customers.forms import AccountForm, ContactForm, OwnerForm, ReachedForm


class CellForm(ReachedForm):
    """A form of which one field is left."""

    def __init__(self, name: str, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for other in [other for other in self._fields if other not in {name, "csrf_token"}]:
            del self[other]  # type: ignore[no-untyped-call]


class AccountCell(CellForm):
    """What can be changed in the list of customers, beside who looks after them."""

    level = AccountForm.level
    industry = AccountForm.industry
    source = AccountForm.source
    party_role = AccountForm.party_role
    value_class = AccountForm.value_class
    company_type = AccountForm.company_type
    nature = AccountForm.nature
    credit = AccountForm.credit
    city = AccountForm.city
    country = AccountForm.country
    phone = AccountForm.phone
    email = AccountForm.email
    tax_number = AccountForm.tax_number


class OwnerCell(OwnerForm):
    """Who looks after a customer, called as the column is."""

    owner_id = SelectField(_l("Looked after by"))
    beyond = None  # whoever goes beyond the limit does it on the customer's page


class ContactCell(CellForm):
    """What can be changed in the list of contacts."""

    title = ContactForm.title
    phone = ContactForm.phone
    mobile = ContactForm.mobile
    email = ContactForm.email
