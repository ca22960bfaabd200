"""What a person may type about the pool."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from saas.crm.pool.models import REASON_WORDS, ReleaseReason
from saas.crm.pool.rules import Rules
from saas.forms import Form, between, choices, optional


class ReleaseForm(Form):
    """Why a customer goes back."""

    reason = SelectField(_l("Why give it back?"), choices=choices(REASON_WORDS), coerce=ReleaseReason)
    note = TextAreaField(
        _l("Note for the next one"), [Length(max=500)], filters=[optional], description=_l("Only colleagues see it.")
    )


def _number(label: object, most: int, description: object) -> IntegerField:
    return IntegerField(label, [InputRequired(), between(0, most)], description=description)


class RulesForm(Form):
    """The rules of the pool."""

    days = _number(
        _l("Days without contact"), 3650, _l("After so many, a customer returns to the pool. 0: none ever does.")
    )
    daily = _number(_l("Claims a day"), 1000, _l("How many a member may claim in one day. 0: any number."))
    holdings = _number(
        _l("Customers a member may hold"), 100_000, _l("Those that have bought don't count. 0: any number.")
    )
    rest = _number(_l("Rest in days"), 365, _l("For so long, whoever lost a customer leaves it to the others."))

    def rules(self) -> Rules:
        """What was typed."""
        return Rules(self.days.data, self.daily.data, self.holdings.data, self.rest.data)
