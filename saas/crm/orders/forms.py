"""What a person may type about an order, its confirmation and its notes."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, EmailField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from saas.crm.orders.models import SOURCE_WORDS, OrderSource
from saas.crm.papers.forms import PaperForm
from saas.forms import Form, choices, email_checks, lowered, needed, optional, trimmed


class OrderForm(PaperForm):
    """The head of an order."""

    due_on = DateField(_l("Wanted on"), [InputRequired(_l("Say on which day."))])
    reference = StringField(
        _l("The customer's number"),
        [Optional(), Length(max=80)],
        filters=[optional],
        description=_l("Under which he has ordered; it stands on every paper."),
    )
    source = SelectField(_l("How it came in"))
    ship_to = TextAreaField(
        _l("Deliver to"),
        [Optional(), Length(max=500)],
        filters=[optional],
        description=_l("If not to the customer's address."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        kept = self.source.object_data  # one that came from a quote stays so
        offered = [one for one in OrderSource if one is not OrderSource.QUOTE or one == kept]
        self.source.choices = choices({one: SOURCE_WORDS[one] for one in offered})

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb."""
        return {**super().values(), "source": OrderSource(self.source.data)}


class ConfirmForm(Form):
    """Where the confirmation goes."""

    to = EmailField(
        _l("Mail address"),
        [Optional(), *email_checks()[1:]],
        filters=[lowered],
        description=_l("The confirmation goes there as PDF, and again after every change. Empty: it is not mailed."),
    )

    later = BooleanField(_l("Deliver what isn't in stock later"))


class CancelForm(Form):
    """Why an order is called off."""

    reason = TextAreaField(_l("Why is it cancelled?"), [needed(), Length(max=1000)], filters=[trimmed])


class DeliverForm(Form):
    """When goods left, and how they are followed. How much of each line stands below it."""

    day = DateField(_l("When"), [InputRequired(_l("Say on which day."))])
    tracking = StringField(
        _l("Tracking"),
        [Optional(), Length(max=200)],
        filters=[optional],
        description=_l("The carrier and the number of the parcel."),
    )


class ReturnForm(Form):
    """When goods came back, and why."""

    day = DateField(_l("When"), [InputRequired(_l("Say on which day."))])
    reason = StringField(_l("Why did it come back?"), [needed(), Length(max=500)], filters=[optional])
    to_stock = BooleanField(_l("It can be sold again"), default=True)


class UndoForm(Form):
    """Why a note was wrong."""

    reason = StringField(_l("What was wrong with it?"), [needed(), Length(max=500)], filters=[optional])
