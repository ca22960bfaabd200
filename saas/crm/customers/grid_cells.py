"""The cells of a grid: what is typed or pasted there as a word, and the workspace's own fields."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from wtforms import DateField, StringField
from wtforms.validators import Length, Optional, ValidationError
from wtforms.widgets import TextInput

from saas.crm.customers.models import KIND_WORDS, AccountKind
from saas.crm.fields import custom_queries as custom
from saas.crm.fields import queries as fields
from saas.crm.fields.custom_forms import FigureField
from saas.crm.fields.custom_models import CHOSEN, FIGURES, NAMED, Definition, FieldKind
from saas.crm.fields.custom_values import LONGEST
from saas.crm.fields.models import DICTIONARY_WORDS, Dictionary
from saas.errors import Refused
from saas.forms import optional
from saas.i18n import in_every_language
from saas.search import fold
from saas.tenants import queries as tenants

DAYS = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%Y年%m月%d日"]  # as sheets write them, none of them ambiguous
BETWEEN = re.compile(r"[;；,，、|]")  # several words in one cell


class SpelledField(StringField, ABC):
    """A choice that is typed or pasted as a word, however it is spelled; `meant` is what the record keeps."""

    meant: Any = None
    finds_customers = False  # customers are proposed while one types

    def __init__(self, label: Any, **options: Any) -> None:
        rules = [Optional(), Length(max=LONGEST)]
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
        raise Refused(_one_of(KIND_WORDS.values()))


class ChosenField(SpelledField):
    """A word of a field of the workspace's own, or several."""

    def __init__(self, label: Any, field: Definition, **options: Any) -> None:
        super().__init__(label, **options)
        self.field = field

    def offered(self) -> Sequence[str]:
        """The words that a new record may have."""
        return [one.label for one in self.field.choices if not one.is_retired]

    def understood(self, typed: str) -> Any:
        """The key of the word; of several a list."""
        if self.field.kind is FieldKind.CHOICE:
            return self._key(typed)
        return [self._key(word.strip()) for word in BETWEEN.split(typed) if word.strip()]

    def _key(self, typed: str) -> str:
        for one in self.field.choices:
            if fold(typed) == fold(one.label) and not one.is_retired:
                return one.key
        raise Refused(_one_of(self.offered()))


class CalledField(SpelledField):
    """A colleague or customer that a field of the workspace's own names."""

    def __init__(self, label: Any, field: Definition, **options: Any) -> None:
        super().__init__(label, **options)
        self.kind = field.kind
        self.finds_customers = field.kind is FieldKind.ACCOUNT

    def offered(self) -> Sequence[str]:
        """The colleagues; customers are found while one types."""
        return [] if self.finds_customers else [name for _key, name in tenants.member_names()]

    def understood(self, typed: str) -> UUID:
        """Who it is."""
        found = custom.target(self.kind).find(typed)
        if found is not None:
            return UUID(str(found.id))
        if self.finds_customers:
            raise Refused(_("No customer has this name or number. Add the customer first."))
        raise Refused(_("No colleague is called this."))


def own_cell(field: Definition) -> Any:
    """The cell of a field of the workspace's own."""
    if field.kind in FIGURES:
        return FigureField(field.title, [Optional()], field=field)
    if field.kind is FieldKind.DATE:
        return DateField(field.title, [Optional()], format=DAYS, widget=TextInput())
    if field.kind in CHOSEN | NAMED:
        return partial(ChosenField if field.kind in CHOSEN else CalledField, field.title)(field=field)
    return StringField(field.title, [Optional(), Length(max=LONGEST)], filters=[optional])


def _one_of(words: Any) -> str:
    known = _(", ").join(str(word) for word in words)
    return _("It is one of these: %(words)s.", words=known)
