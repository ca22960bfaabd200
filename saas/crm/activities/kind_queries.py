"""The kinds of activities that a workspace has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from saas.crm.activities.models import KIND_ICONS, KIND_WORDS, UNREACHING, ActivityKind, KindRow
from saas.db import db
from saas.found import the_one
from saas.kept import kept
from saas.statements import Statement, written_once
from saas.tenants import queries as tenants

RESULTS = "activities.results"
_WORDS: dict[str, Any] = {kind.value: word for kind, word in KIND_WORDS.items()}


@dataclass(frozen=True)
class Kind:
    """One kind, as the workspace has it."""

    key: str
    name: str | None  # the workspace's own; None: what every workspace calls it
    icon: str
    colour: str
    reaches: bool
    is_retired: bool
    id: UUID | None  # of its row; None: as every workspace starts

    @property
    def word(self) -> str:
        """Its name for the reader."""
        return self.name or str(_WORDS.get(self.key, self.key))


@written_once
def _rows() -> Statement:
    return select(KindRow).order_by(KindRow.position, KindRow.id)


@kept
def every() -> dict[str, Kind]:
    """All kinds in their order, retired ones too: key → kind."""
    found = {row.key: _of_row(row) for row in _rows().objects()}
    return found | {kind.value: _at_start(kind) for kind in ActivityKind if kind.value not in found}


def _at_start(kind: ActivityKind) -> Kind:
    return Kind(kind.value, None, KIND_ICONS[kind], "grey", kind not in UNREACHING, False, None)


def _of_row(row: KindRow) -> Kind:
    return Kind(row.key, row.name, row.icon, row.colour, row.reaches, row.retired_at is not None, row.id)


def of(key: str) -> Kind:
    """The kind with this key; one that nobody knows any more is told like a task."""
    found = every()
    return found.get(key) or found[ActivityKind.TASK]


def word(key: str) -> str:
    """What a kind is called."""
    return of(key).word


def open_to_choose() -> list[Kind]:
    """The kinds that one plans or logs, in their order."""
    return [kind for kind in every().values() if not kind.is_retired]


def row(kind_id: UUID) -> KindRow:
    """The row of a kind.

    Raises:
        NotFound: there is none.
    """
    return the_one(select(KindRow).where(KindRow.id == kind_id))


def rows() -> list[KindRow]:
    """All rows, in their order, to be changed."""
    return list(db.session.scalars(select(KindRow).order_by(KindRow.position, KindRow.id).with_for_update()))


def results() -> list[str]:
    """The words in which the workspace tells what came of an activity."""
    found = tenants.setting(RESULTS, {}).get("words", ())
    return [str(word) for word in found] if isinstance(found, list) else []
