"""Reads of dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, select

from saas.crm.fields.models import LOOKS, MOST_PLACES, STARTING_PLACES, STARTING_WORDS, Dictionary, Word, named
from saas.db import db
from saas.errors import Refused
from saas.found import the_one
from saas.i18n import LOCALES
from saas.kept import kept
from saas.search import fold
from saas.statements import Statement, written_once

_columns: dict[Dictionary, Any] = {}  # dictionary → the column whose records hold its words


def kept_in(dictionary: Dictionary, column: Any) -> None:
    """Say which column holds the words of a dictionary. Done at import by the capability that owns the column."""
    _columns[dictionary] = column


@dataclass(frozen=True)
class Entry:
    """A word as pages use it."""

    key: str
    name: str | None
    dictionary: Dictionary
    colour: str
    is_retired: bool
    places: int = 0  # of a unit: digits that a quantity may have after the point

    @property
    def id(self) -> str:
        """What a record holds."""
        return self.key

    @property
    def label(self) -> str:
        """Its name for the reader."""
        return named(self.dictionary, self.key, self.name)

    @property
    def look(self) -> str:
        """The look of its chip."""
        return LOOKS.get(self.colour, self.colour)

    @property
    def spellings(self) -> set[str]:
        """What a cell may call it, folded."""
        found = {fold(self.key), fold(self.label)}
        if self.name is None:
            for locale in LOCALES:
                with force_locale(locale):
                    found.add(fold(self.label))
        return found


@written_once
def _words() -> Statement:
    columns = (Word.dictionary, Word.key, Word.name, Word.colour, Word.retired_at, Word.places)
    return select(*columns).order_by(Word.dictionary, Word.position, Word.id)


@kept
def _all() -> dict[Dictionary, dict[str, Entry]]:
    found: dict[Dictionary, dict[str, Entry]] = {d: {} for d in Dictionary}
    for row in _words().rows():
        is_retired = row.retired_at is not None
        entry = Entry(row.key, row.name, row.dictionary, row.colour, is_retired, row.places or 0)
        found[row.dictionary][row.key] = entry
    for dictionary, words in found.items():
        if not words:  # nobody has touched it yet
            words.update({key: _at_start(dictionary, key) for key in STARTING_WORDS[dictionary]})
    return found


def _at_start(dictionary: Dictionary, key: str) -> Entry:
    places = STARTING_PLACES.get(key, 0) if dictionary is Dictionary.UNIT else 0
    return Entry(key, None, dictionary, STARTING_WORDS[dictionary][key][1], False, places)


def entries(dictionary: Dictionary) -> dict[str, Entry]:
    """The words of a dictionary in their order, by key."""
    return _all()[dictionary]


def offered(dictionary: Dictionary) -> list[Entry]:
    """The words that a new record may have."""
    return [e for e in entries(dictionary).values() if not e.is_retired]


def choices(dictionary: Dictionary) -> Sequence[tuple[str, Any]]:
    """All words with their names, for a filter: retired ones last."""
    found = sorted(entries(dictionary).values(), key=lambda e: e.is_retired)
    return [(e.key, e.label) for e in found]


def label(dictionary: Dictionary, key: str | None) -> str | None:
    """The name of what a record holds; what no dictionary knows is its own name."""
    found = entries(dictionary).get(key or "")
    return found.label if found else key


def places(unit: str | None) -> int:
    """How many digits a quantity in this unit may have after the point; as many as there can be without a unit."""
    found = entries(Dictionary.UNIT).get(unit or "")
    return found.places if found else MOST_PLACES


def badge(dictionary: Dictionary, key: str) -> tuple[str, str]:
    """The name of what a record holds, and the look of its chip."""
    found = entries(dictionary).get(key)
    return (found.label, found.look) if found else (key, "neutral")


def spelled(dictionary: Dictionary) -> dict[str, Entry]:
    """Folded spelling → word, in any language and whatever case or width."""
    found: dict[str, Entry] = {}
    for entry in entries(dictionary).values():
        for spelling in entry.spellings:
            found.setdefault(spelling, entry)
    return found


def meant(dictionary: Dictionary, typed: str) -> Entry:
    """The word that somebody typed, however he spells it.

    Raises:
        Refused: the dictionary has no such word; the sentence says which it has.
    """
    found = spelled(dictionary).get(fold(typed))
    if found is None:
        known = ", ".join(str(one.label) for one in offered(dictionary))
        raise Refused(_("The dictionary doesn't have this word. It has: %(words)s.", words=known))
    return found


def words(dictionary: Dictionary) -> list[Word]:
    """The rows of a dictionary in their order."""
    return list(db.session.scalars(select(Word).where(Word.dictionary == dictionary).order_by(Word.position, Word.id)))


def lock_words(dictionary: Dictionary) -> list[Word]:
    """`words`, held until the transaction ends."""
    statement = select(Word).where(Word.dictionary == dictionary).order_by(Word.position, Word.id).with_for_update()
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def word(word_id: UUID) -> Word:
    """A word by its id.

    Raises:
        NotFound: there is none.
    """
    return the_one(select(Word).where(Word.id == word_id))


def uses(dictionary: Dictionary) -> dict[str, int]:
    """Key → how many records hold it, archived ones among them."""
    column = _columns[dictionary]
    statement = select(column, func.count()).where(column.is_not(None)).group_by(column)
    return {row[0]: row[1] for row in db.session.execute(statement)}
