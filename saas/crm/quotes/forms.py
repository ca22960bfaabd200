"""What a person may type about a quote, and what a customer may say to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, EmailField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from saas.crm.papers.forms import PaperForm
from saas.forms import Form, choices, email_checks, lowered, needed, optional, trimmed
from saas.tenants.models import Member


class QuoteForm(PaperForm):
    """The head of a quote."""

    valid_until = DateField(
        _l("Good until"),
        [InputRequired(_l("Say on which day."))],
        description=_l("Until then the customer may accept it."),
    )

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today

    def validate_valid_until(self, field: DateField) -> None:
        """A quote is good for today at least."""
        if field.data and field.data < self.today:
            raise ValidationError(_("This day has passed."))


class SendForm(Form):
    """To whom a quote goes, and what stands in the mail."""

    to = EmailField(_l("Mail address"), email_checks(), filters=[lowered])
    words = TextAreaField(
        _l("What you write"),
        [Optional(), Length(max=5000)],
        filters=[trimmed],
        description=_l("The link to the quote and its PDF go along by themselves."),
    )


class AcceptForm(Form):
    """The customer takes the offer."""

    name = StringField(_l("Your name"), [needed(), Length(max=120)], filters=[optional])
    words = TextAreaField(_l("Anything to add?"), [Optional(), Length(max=2000)], filters=[trimmed])
    agrees = BooleanField(_l("I accept this quote for my company."), [needed()])


class DeclineForm(Form):
    """The customer doesn't take it."""

    name = StringField(_l("Your name"), [needed(), Length(max=120)], filters=[optional])
    words = TextAreaField(
        _l("Why not?"), [Optional(), Length(max=2000)], filters=[trimmed], description=_l("It helps us to do better.")
    )


class AskForm(Form):
    """Whom to ask to let a discount pass."""

    approver = SelectField(_l("Whom do you ask?"))

    def __init__(self, people: Sequence[Member]) -> None:
        super().__init__()
        self._people = {str(one.id): one for one in people}
        self.approver.choices = choices({key: one.name for key, one in self._people.items()})

    @property
    def chosen(self) -> Member:
        """Whom."""
        return self._people[str(self.approver.data)]


class DecideForm(Form):
    """What is said to whoever asked."""

    words = TextAreaField(_l("A word to whoever asked"), [Optional(), Length(max=1000)], filters=[trimmed])
