"""What a person may type about a contract, its end, its renewal and its milestones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from saas.crm.contracts.models import EVERY_WORDS, Contract, Every
from saas.crm.contracts.terms import MOST_DAYS
from saas.crm.papers.forms import PaperForm
from saas.forms import ExactField, Form, between, choices, needed, optional, trimmed

MOST_REMINDERS = 12


class DaysField(StringField):
    """Numbers of days, with commas between; its data is a list, the most first."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read what was typed."""
        words = [word for word in re.split(r"[\s,;，；、]+", valuelist[0] if valuelist else "") if word]
        self.data = []
        if any(not word.isdecimal() or not 0 <= int(word[:9]) <= MOST_DAYS for word in words):
            raise ValueError(_("Write numbers of days with commas between, such as 90, 60, 30."))
        if len(words) > MOST_REMINDERS:
            raise ValueError(_("At most %(most)s reminders.", most=MOST_REMINDERS))
        self.data = sorted({int(word) for word in words}, reverse=True)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return ", ".join(str(one) for one in self.data or ())


def _reminders() -> DaysField:
    return DaysField(  # type: ignore[no-untyped-call]
        _l("Remind of the end, days before"),
        description=_l("Whoever looks after it is told so many days before its end. Empty: nobody is."),
    )


def _tells_customer() -> BooleanField:
    return BooleanField(_l("Remind the customer too, by mail and in the portal"))


class ContractForm(PaperForm):
    """The head of a contract."""

    starts_on = DateField(_l("First day"), [InputRequired(_l("Say on which day."))])
    ends_on = DateField(
        _l("Last day"), [Optional()], description=_l("Empty: it goes on until one of the two gives notice.")
    )
    notice_days = IntegerField(
        _l("Days of notice"), [Optional(), between(0, MOST_DAYS)], description=_l("Between notice and its end.")
    )
    every = SelectField(_l("The total is paid"), choices=choices(EVERY_WORDS))
    terms = TextAreaField(
        _l("What else was agreed"),
        [Optional(), Length(max=20_000)],
        filters=[optional],
        description=_l("It stands on the contract below its lines."),
    )
    remind_days = _reminders()
    tells_customer = _tells_customer()

    def validate_ends_on(self, field: DateField) -> None:
        """It doesn't end before it begins."""
        if field.data and self.starts_on.data and field.data < self.starts_on.data:
            raise ValidationError(_("It would end before it begins."))

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb."""
        return {**super().values(), "every": Every(self.every.data)}


class RemindersForm(Form):
    """When the end of a contract is reminded of, and whom."""

    remind_days = _reminders()
    tells_customer = _tells_customer()


class SignForm(Form):
    """When it was signed, and by whom."""

    on = DateField(_l("Signed on"), [InputRequired(_l("Say on which day."))])
    name = StringField(
        _l("Signed by"), [Optional(), Length(max=120)], filters=[optional], description=_l("Who did for the customer.")
    )

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today

    def validate_on(self, field: DateField) -> None:
        """Nobody has signed on a day to come."""
        if field.data and field.data > self.today:
            raise ValidationError(_("This day is yet to come."))


class EndForm(Form):
    """The day on which a contract ends before its last, and why."""

    on = DateField(_l("Last day"), [InputRequired(_l("Say on which day."))])
    reason = TextAreaField(_l("Why does it end?"), [needed(), Length(max=1000)], filters=[trimmed])


class RenewForm(Form):
    """The period that follows, and what changes of the prices."""

    starts_on = DateField(_l("First day"), [InputRequired(_l("Say on which day."))])
    ends_on = DateField(
        _l("Last day"), [Optional()], description=_l("Empty: it goes on until one of the two gives notice.")
    )
    percent = ExactField(
        _l("Change of prices in %"),
        [InputRequired(_l("Say by how much; 0 for none.")), NumberRange(-100, 1000)],
        most_places=3,
        description=_l("3 raises each price by 3 %, -5 lowers it by 5 %."),
    )
    is_agreed = BooleanField(
        _l("The customer has agreed"), description=_l("It is signed today. Otherwise it is a draft first.")
    )

    def validate_ends_on(self, field: DateField) -> None:
        """It doesn't end before it begins."""
        if field.data and self.starts_on.data and field.data < self.starts_on.data:
            raise ValidationError(_("It would end before it begins."))


class MilestoneForm(Form):
    """Something that is due under a contract."""

    name = StringField(_l("What is due?"), [needed(), Length(max=200)], filters=[optional])
    due_on = DateField(_l("Day"), [InputRequired(_l("Say on which day."))])
    amount = ExactField(_l("Amount"), [Optional(), NumberRange(0, 10**13)], most_places=4)

    def __init__(self, contract: Contract, **options: Any) -> None:
        super().__init__(**options)
        self.amount.label.text = _("Amount in %(currency)s", currency=contract.currency)
