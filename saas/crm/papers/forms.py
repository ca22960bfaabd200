"""What a person may type at the head of any paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account, Contact
from saas.crm.papers.lines import Typed
from saas.forms import RecordForm, choices, optional
from saas.tenants import scope
from saas.tenants.forms import currency_choices

LANGUAGES = {"en": "English", "zh": "简体中文"}
CHINESE = ("zh", "chinese", "中文", "汉语", "普通话", "简体中文")
SPOKEN = {"en": "en", "english": "en", **dict.fromkeys(CHINESE, "zh")}
LINKS = {"csrf_token", "customer", "contact_id"}


class PaperForm(RecordForm):
    """The head of a paper. The customer and the contact are read into `account` and `contact`."""

    name = StringField(
        _l("What is it about?"),
        [InputRequired(_l("Say in a few words what it is about.")), Length(max=200)],
        filters=[optional],
    )
    customer = StringField(
        _l("Customer"), [InputRequired(_l("Say for whom it is.")), Length(max=300)], filters=[optional]
    )
    contact_id = SelectField(_l("Addressed to"), validate_choice=False, filters=[optional])
    currency = SelectField(_l("Currency"))
    language = SelectField(_l("Language"), choices=choices(LANGUAGES))
    opening = TextAreaField(_l("Words before the lines"), [Optional(), Length(max=5000)], filters=[optional])
    closing = TextAreaField(_l("Words after the lines"), [Optional(), Length(max=5000)], filters=[optional])

    def __init__(
        self, *args: Any, account: Account | None = None, contact: Contact | None = None, **options: Any
    ) -> None:
        given = {
            "customer": account.label if account else None,
            "contact_id": str(contact.id) if contact else "",
            "language": language_of(contact),
            "currency": scope.workspace().currency,
        }
        super().__init__(*args, **{**options, "data": {**given, **options.get("data", {})}})
        self.account, self.contact = account, contact
        self.lines: list[Typed] = []  # of the grid below it: the form is right when they are
        self.currency.choices = currency_choices()
        self._offer_people(account, [contact] if contact else [])  # even where his customer's people are hidden

    def validate(self, extra_validators: Any = None) -> bool:
        """True when nothing is wrong in the head, nor in the lines."""
        is_right = bool(super().validate(extra_validators))  # type: ignore[no-untyped-call]
        return is_right and not self.wrong_lines

    @property
    def wrong_lines(self) -> list[Typed]:
        """The lines that need another look."""
        return [one for one in self.lines if one.errors]

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb; the customer and the contact are attributes of the form."""
        return {name: value for name, value in super().values().items() if name not in LINKS}

    def validate_customer(self, field: StringField) -> None:
        """Find the customer by his number, in brackets or alone, or by his name."""
        words = str(field.data or "")
        if self.account is None or words != self.account.label:
            self.account = customers.account_typed(words)
            self._offer_people(self.account)
        if self.account is None:
            raise ValidationError(_("No customer has this name or number. Add the customer first."))

    def validate_contact_id(self, field: SelectField) -> None:
        """Take the contact if he works at the customer; with another customer the field falls empty."""
        chosen = self._people.get(field.data or "")
        self.contact = chosen if chosen and self.account and chosen.account_id == self.account.id else None

    def _offer_people(self, account: Account | None, known: Sequence[Contact] = ()) -> None:
        people = customers.contacts_of(account.id) if account else []
        self._people = {str(one.id): one for one in [*people, *known]}
        self.contact_id.choices = choices({key: one.name for key, one in self._people.items()}, empty=True)


def language_of(contact: Contact | None) -> str:
    """The language to write to somebody in: what he speaks where that is one of ours, else the workspace's."""
    spoken = SPOKEN.get((contact.language or "").strip().lower()) if contact else None
    return spoken or scope.workspace().locale
