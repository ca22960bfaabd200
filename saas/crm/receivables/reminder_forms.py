"""What a person may choose about reminders of invoices."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, StringField
from wtforms.validators import InputRequired, Length

from saas.crm.contracts.forms import DaysField
from saas.crm.receivables.reminder_queries import Steps
from saas.forms import Form, between, optional


class StepsForm(Form):
    """How customers are reminded of what they are late with."""

    days = DaysField(  # type: ignore[no-untyped-call]
        _l("Remind so many days after an invoice was due"),
        description=_l("One figure a step, such as 7, 21, 35. Empty: nobody is reminded."),
    )
    within = IntegerField(
        _l("Days that a reminder gives to pay"),
        [InputRequired(_l("Say how many days.")), between(1, 90)],
        description=_l("Nobody is reminded again before they have passed."),
    )
    by_itself = BooleanField(
        _l("Send them each morning without asking"),
        description=_l("Otherwise they wait under Receivables until somebody sends them."),
    )

    def steps(self) -> Steps:
        """What was chosen, the first step first."""
        return Steps(tuple(sorted(self.days.data or ())), self.within.data, bool(self.by_itself.data))


class DisputeForm(Form):
    """What a customer says against an invoice."""

    why = StringField(
        _l("What does the customer say?"), [InputRequired(_l("Say why.")), Length(max=500)], filters=[optional]
    )
