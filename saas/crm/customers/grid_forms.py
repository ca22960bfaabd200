"""One row of the grid in which several customers or contacts are typed at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from saas.crm.customers.forms import AccountForm, ContactForm, ReachedForm
from saas.crm.customers.models import KIND_WORDS, AccountKind
from saas.crm.fields import queries as fields
from saas.crm.fields.models import DICTIONARY_WORDS, Dictionary
from saas.errors import Refused
from saas.forms import optional
from saas.i18n import in_every_language
from saas.search import fold


class SpelledField(StringField, ABC):
    """A choice that is typed or pasted as a word, however it is spelled; `meant` is what the record keeps."""

    meant: Any = None

    def __init__(self, label: Any, **options: Any) -> None:
        rules = [Optional(), Length(max=100)]
        super().__init__(label, rules, filters=[optional], **options)  # type: ignore[no-untyped-call]

    @abstractmethod
    def offered(self) -> Sequence[Any]:
        """The words that are proposed while one types."""

    def pre_validate(self, form: Any) -> None:
        """Find out what was meant."""
        try:
            self.meant = self.understood(self.data) if self.data else None
        except Refused as refusal:
            raise ValidationError(refusal.sentence) from None

    @abstractmethod
    def understood(self, typed: str) -> Any:
        """What somebody means by this.

        Raises:
            Refused: there is no such word.
        """


class DictionaryField(SpelledField):
    """A word of a dictionary."""

    def __init__(self, dictionary: Dictionary, **options: Any) -> None:
        super().__init__(DICTIONARY_WORDS[dictionary], **options)
        self.dictionary = dictionary

    def offered(self) -> Sequence[Any]:
        """The words that a new record may have."""
        return [one.label for one in fields.offered(self.dictionary)]

    def understood(self, typed: str) -> str:
        """The key of the word."""
        return fields.meant(self.dictionary, typed).key


class KindField(SpelledField):
    """Company or person."""

    def offered(self) -> Sequence[Any]:
        """Both words."""
        return list(KIND_WORDS.values())

    def understood(self, typed: str) -> AccountKind:
        """The kind, by its word in either language."""
        for kind, word in KIND_WORDS.items():
            if fold(typed) in {fold(kind), *map(fold, in_every_language(word))}:
                return kind
        known = _(", ").join(str(word) for word in KIND_WORDS.values())
        raise Refused(_("It is one of these: %(words)s.", words=known))


class RowForm(ReachedForm):
    """A row: those of its fields that the grid shows."""

    def __init__(self, shown: Sequence[str], *args: Any, **options: Any) -> None:
        super().__init__(*args, meta={"csrf": False}, **options)
        for name in [name for name in self._fields if name not in shown]:
            del self[name]  # type: ignore[no-untyped-call]

    @property
    def is_blank(self) -> bool:
        """True when nothing was typed in it."""
        return not any(one.data for one in self)

    def said(self) -> dict[str, Any]:
        """Column → what was meant, of the cells in which nothing is wrong."""
        return {
            one.short_name: one.meant if isinstance(one, SpelledField) else one.data for one in self if not one.errors
        }

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb; what was left empty isn't said."""
        words = {one.short_name: one.meant for one in self if isinstance(one, SpelledField)}
        return {name: value for name, value in (super().values() | words).items() if value is not None}


class AccountRow(RowForm):
    """A customer in a row."""

    name = AccountForm.name
    kind = KindField(_l("Kind"))
    phone = AccountForm.phone
    email = AccountForm.email
    website = AccountForm.website
    tax_number = AccountForm.tax_number
    address = AccountForm.address
    city = AccountForm.city
    region = AccountForm.region
    country = AccountForm.country
    level = DictionaryField(Dictionary.LEVEL)
    industry = DictionaryField(Dictionary.INDUSTRY)
    source = DictionaryField(Dictionary.SOURCE)
    party_role = DictionaryField(Dictionary.ROLE)
    remarks = StringField(_l("Remarks"), [Optional(), Length(max=5000)], filters=[optional])


class ContactRow(RowForm):
    """A contact in a row."""

    customer = StringField(
        _l("Customer"), [InputRequired(_l("Say at which customer.")), Length(max=250)], filters=[optional]
    )
    name = ContactForm.name
    title = ContactForm.title
    department = ContactForm.department
    mobile = ContactForm.mobile
    phone = ContactForm.phone
    email = ContactForm.email
    address = ContactForm.address
    language = ContactForm.language
    remarks = StringField(_l("Remarks"), [Optional(), Length(max=5000)], filters=[optional])
