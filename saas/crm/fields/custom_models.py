"""Fields of a workspace's own: what they are called, what they hold, and for whom.

A record holds their values in one column, `custom`, by the field's id, so that they are read with the row. What can be
found by them lies beside it, in `CustomTerm`: behind row-level security PostgreSQL uses an index only for operators
that give nothing away, which those of JSON are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from saas.crm.fields.custom_sets import NAMES
from saas.db import TenantModel, Versioned, index, link, unique

PREFIX = "custom_"  # before a field's id, where one name must tell it apart: in forms, addresses and files
FILLED = "filled"  # what a filter asks for instead of a value: any


class FieldKind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    CHOICE = "choice"
    CHOICES = "choices"
    PERSON = "person"
    ACCOUNT = "account"


class Applies(StrEnum):
    """Which customers have a field."""

    ALL = "all"
    COMPANY = "company"
    PERSON = "person"


KIND_WORDS = {
    FieldKind.TEXT: lazy_pgettext("field", "Text"),
    FieldKind.NUMBER: lazy_pgettext("field", "Number"),
    FieldKind.MONEY: _l("Money"),
    FieldKind.DATE: _l("Date"),
    FieldKind.CHOICE: _l("One choice"),
    FieldKind.CHOICES: _l("Several choices"),
    FieldKind.PERSON: _l("Colleague"),
    FieldKind.ACCOUNT: _l("Customer"),
}
APPLIES_WORDS = {
    Applies.ALL: _l("Companies and persons"),
    Applies.COMPANY: _l("Companies"),
    Applies.PERSON: _l("Persons"),
}
CHOSEN = frozenset({FieldKind.CHOICE, FieldKind.CHOICES})
FIGURES = frozenset({FieldKind.NUMBER, FieldKind.MONEY})
NAMED = frozenset({FieldKind.PERSON, FieldKind.ACCOUNT})  # held by the id of another record


class CustomField(Versioned, TenantModel):
    """One field that a workspace has made for its records."""

    __tablename__ = "custom_field"
    __kept__ = True
    __table_args__ = (index("subject", "position", "id", name="ix_custom_field_by_position"),)

    subject: Mapped[str]  # table of the records that have it
    kind: Mapped[FieldKind]
    origin: Mapped[str | None]  # which field of a ready-made set it is
    name: Mapped[str | None]  # None: the translated one of its origin
    hint: Mapped[str | None]  # below the box that it is typed into
    applies: Mapped[Applies] = mapped_column(default=Applies.ALL)
    is_required: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int]  # from 0, top down, among those of its records
    choices: Mapped[list[Any]] = mapped_column(default=list)  # {"key", "name" (None: of its origin), "is_retired"}
    archived_at: Mapped[datetime | None]  # out of sight; records keep what they hold

    @property
    def label(self) -> str:
        """Its name for the reader."""
        return named(self.origin, self.name)


class CustomTerm(TenantModel):
    """One thing by which a record is found: a value as it is compared. Made from records at each write."""

    __tablename__ = "custom_term"
    __table_args__ = (
        index("field_id", "term", "record_id", name="ix_custom_term_by_term"),
        unique("record_id", "field_id", "term", name="uq_custom_term"),
    )

    field_id: Mapped[UUID] = link("custom_field", ondelete="CASCADE")
    record_id: Mapped[UUID]
    term: Mapped[str] = mapped_column(Text(collation="C"))  # sorts as its value does


class Customised:
    """A record with fields of the workspace's own."""

    custom: Mapped[dict[str, Any]] = mapped_column(default=dict, sort_order=80)  # field's id → value, as JSON


@dataclass(frozen=True)
class Choice:
    """One of the words that a field offers."""

    key: str
    name: str | None
    is_retired: bool = False

    @property
    def label(self) -> str:
        """Its name for the reader."""
        return named(self.key, self.name)


@dataclass(frozen=True)
class Definition:
    """A field as pages use it."""

    id: UUID
    subject: str
    kind: FieldKind
    origin: str | None
    name: str | None
    hint: str | None
    applies: Applies
    is_required: bool
    choices: tuple[Choice, ...]
    is_archived: bool

    @property
    def label(self) -> str:
        """Its name for the reader."""
        return named(self.origin, self.name)

    @property
    def title(self) -> Any:
        """`label` that is kept beyond one page: in the language of whoever reads it then."""
        return self.name or NAMES.get(self.origin or "", "")

    @property
    def key(self) -> str:
        """Under which a record holds its value."""
        return str(self.id)

    @property
    def column(self) -> str:
        """What it is called in forms, addresses and files."""
        return f"{PREFIX}{self.id.hex}"

    def choice(self, key: str) -> Choice | None:
        """One of its words."""
        return next((one for one in self.choices if one.key == key), None)

    def suits(self, kind: str | None) -> bool:
        """True for a customer of this kind (company, person); None: of either."""
        return self.applies is Applies.ALL or kind in {None, self.applies.value}


SAID = ("id", "subject", "kind", "origin", "name", "hint", "applies", "is_required")  # columns, as they are


def defined(row: Any) -> Definition:
    """A field as pages use it, from the columns of its row."""
    kept: dict[str, Any] = {name: getattr(row, name) for name in SAID}
    choices = tuple(Choice(one["key"], one["name"], one["is_retired"]) for one in row.choices)
    return Definition(**kept, choices=choices, is_archived=row.archived_at is not None)


def named(origin: str | None, name: str | None) -> str:
    """The workspace's own name, else the translated one that it began with."""
    return name or (str(NAMES[origin]) if origin in NAMES else origin or "")
