"""What a person may type about a lead."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, SelectField, StringField, TelField, TextAreaField
from wtforms.validators import Email, InputRequired, Length, Optional, Regexp

from saas.forms import Form, RecordForm, choices, optional
from saas.tenants import queries as tenants

PHONE = Regexp(r"^[\d\s()+./#*x-]{3,}$", message=_l("A phone number has digits, blanks and + ( ) - only."))


class LeadForm(RecordForm):
    """A lead."""

    name = StringField(
        _l("Name"),
        [InputRequired(_l("A lead needs a name.")), Length(max=200)],
        filters=[optional],
        description=_l("Of the person, or of the company while you know nobody there."),
    )
    company = StringField(_l("Company"), [Optional(), Length(max=200)], filters=[optional])
    phone = TelField(_l("Phone"), [Optional(), PHONE, Length(max=40)], filters=[optional])
    email = EmailField(
        _l("Mail"), [Optional(), Email(_l("This is not a whole mail address.")), Length(max=254)], filters=[optional]
    )
    source = StringField(
        _l("Source"),
        [Optional(), Length(max=100)],
        filters=[optional],
        description=_l("How they came to you: trade fair, website, a partner…"),
    )
    remarks = TextAreaField(_l("Remarks"), [Optional(), Length(max=5000)], filters=[optional])


class LostForm(Form):
    """Why a lead is lost."""

    reason = StringField(_l("Why is it lost?"), [InputRequired(_l("Say why.")), Length(max=300)], filters=[optional])


class OwnerForm(Form):
    """Whose lead it is."""

    owner_id = SelectField(_l("Whose lead is it?"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.owner_id.choices = choices({m.id: m.name for m in tenants.heirs()})
