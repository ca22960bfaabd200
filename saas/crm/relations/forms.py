"""What a person may type about relations and cooperations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account
from saas.crm.opportunities import queries as opportunities
from saas.crm.relations.models import COOPERATION_WORDS, KIND_WORDS, STATE_WORDS
from saas.forms import Form, RecordForm, choices, optional

LINKS = {"csrf_token", "opportunity_id"}


class RelationForm(Form):
    """What another company is to a customer."""

    kind = SelectField(_l("What is the other company to this one?"), choices=choices(KIND_WORDS))
    other = StringField(
        _l("Which company?"),
        [InputRequired(_l("Say which company it is.")), Length(max=200)],
        filters=[optional],
        description=_l("A customer of ours by name or number, or any other company's name."),
    )
    since = DateField(_l("Since"), [Optional()])
    until = DateField(_l("Until"), [Optional()])
    note = StringField(_l("Note"), [Optional(), Length(max=300)], filters=[optional])

    def known(self) -> Account | None:
        """The customer of ours that was named, if it is one within the reader's reach."""
        return customers.account_typed(self.other.data or "")

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb."""
        return {
            "other_name": self.other.data,
            "since": self.since.data,
            "until": self.until.data,
            "note": self.note.data,
        }


class CooperationForm(RecordForm):
    """Something done together."""

    subject = StringField(
        _l("What is done together?"),
        [InputRequired(_l("Say in a few words what it is.")), Length(max=200)],
        filters=[optional],
    )
    kind = SelectField(_l("Kind"), choices=choices(COOPERATION_WORDS))
    state = SelectField(_l("State"), choices=choices(STATE_WORDS))
    starts_on = DateField(_l("Begins"), [Optional()])
    ends_on = DateField(_l("Ends"), [Optional()])
    opportunity_id = SelectField(_l("Deal"), description=_l("The deal it belongs to, if there is one."))
    remarks = TextAreaField(_l("Remarks"), [Optional(), Length(max=5000)], filters=[optional])
    result = TextAreaField(_l("What came of it"), [Optional(), Length(max=5000)], filters=[optional])

    def __init__(self, *args: Any, account: Account, **options: Any) -> None:
        super().__init__(*args, **options)
        deals = opportunities.of_account(account.id)
        self.opportunity_id.choices = choices({deal.id: f"{deal.name} ({deal.number})" for deal in deals}, empty=True)

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb."""
        values = {name: value for name, value in super().values().items() if name not in LINKS}
        return values | {"opportunity_id": UUID(self.opportunity_id.data) if self.opportunity_id.data else None}
