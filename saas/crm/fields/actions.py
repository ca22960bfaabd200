"""The verbs of dictionaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import insert as upsert

from saas import clock
from saas.crm.fields import queries
from saas.crm.fields.models import MOST_PLACES, STARTING_PLACES, STARTING_WORDS, Dictionary, Word
from saas.db import current_tenant, db, new_id
from saas.errors import Refused
from saas.search import fold
from saas.tenants import events
from saas.tenants.scope import Actor
from saas.versions import Overtaken

WORD_ADDED, WORD_CHANGED = "dictionary_word.added", "dictionary_word.changed"
WORD_RETIRED, WORD_BROUGHT_BACK = "dictionary_word.retired", "dictionary_word.brought_back"
WORD_REMOVED = "dictionary_word.removed"  # with the import that brought it
MOST = 300  # words of a dictionary


def begun(dictionary: Dictionary) -> list[Word]:
    """The words of a dictionary as rows; one that nobody has touched yet gets the starting ones."""
    found = queries.words(dictionary)
    if found:
        return found
    now = clock.now()
    rows = [
        {
            "tenant_id": current_tenant(),
            "id": new_id(),
            "dictionary": dictionary,
            "key": key,
            "position": position,
            "colour": colour,
            "places": STARTING_PLACES.get(key, 0) if dictionary is Dictionary.UNIT else None,
            "created_at": now,
            "updated_at": now,
            "version": 1,
        }
        for position, (key, (_name, colour)) in enumerate(STARTING_WORDS[dictionary].items())
    ]
    # Two may look at once: the second finds the first's.
    statement = upsert(Word).values(rows).on_conflict_do_nothing(index_elements=["tenant_id", "dictionary", "key"])
    db.session.execute(statement)
    return queries.words(dictionary)


def add(dictionary: Dictionary, name: str, *, colour: str, by: Actor, places: int | None = None) -> Word:
    """Add a word at the end; a unit with the digits that its quantities may have after the point.

    Raises:
        Refused: the dictionary has a word of this name, or as many as it may.
    """
    found = _locked(dictionary)
    _check_name(name, found)
    if len(found) >= MOST:
        raise Refused(_("A dictionary has at most %(n)s words.", n=MOST))
    (made,) = _add(dictionary, [name], found, colour=colour)
    if places is not None:
        made.places = places
    events.record(WORD_ADDED, made, by=by, changed=_said(made))
    return made


def add_spelled(
    dictionary: Dictionary, names: Sequence[str], *, by: Actor, batch_id: UUID | None = None
) -> dict[str, Word]:
    """Add the words that a file brings, as far as there is room: folded name → word, known ones among them."""
    found = _locked(dictionary)
    known = {fold(w.label): w for w in found} | {fold(w.key): w for w in found}
    fresh = {fold(name): name.strip() for name in names if fold(name) and fold(name) not in known}
    made = _add(dictionary, list(fresh.values())[: max(MOST - len(found), 0)], found)
    events.record_many(WORD_ADDED, [(w, _said(w)) for w in made], by=by, batch_id=batch_id)
    return {fold(name): known[fold(name)] for name in names if fold(name) in known} | {fold(w.label): w for w in made}


def change(word: Word, values: dict[str, Any], *, version: int | None, by: Actor) -> dict[str, Any]:
    """Give a word another name or colour; every record that holds it shows it so.

    Raises:
        Overtaken: somebody changed it since `version`.
        Refused: another word has this name.
    """
    if version is not None and version != word.version:
        raise Overtaken(word)
    _check_name(values["name"], [w for w in _locked(word.dictionary) if w.id != word.id])
    before = word.label
    if values["name"] == before:
        values = {k: v for k, v in values.items() if k != "name"}  # a starting word stays translated
    changed = {k: [getattr(word, k), v] for k, v in values.items() if getattr(word, k) != v}
    if "name" in changed:
        changed["name"] = [before, values["name"]]
    for name, (_before, after) in changed.items():
        setattr(word, name, after)
    if changed:
        db.session.flush()
        events.record(WORD_CHANGED, word, by=by, changed=_said(word) | changed)
    return changed


def place(word: Word, position: int, *, by: Actor) -> None:
    """Put a word at `position` (from 0); the others close up."""
    found = _locked(word.dictionary)
    others = [w for w in found if w.id != word.id]
    at = max(0, min(position, len(others)))
    ordered = [*others[:at], word, *others[at:]]
    if [w.id for w in ordered] == [w.id for w in found]:
        return
    for number, one in enumerate(ordered):
        if one.position != number:
            one.position = number
    db.session.flush()
    events.record(WORD_CHANGED, word, by=by, changed=_said(word) | {"position": at})


def retire(word: Word, *, by: Actor) -> None:
    """Offer a word no longer; records that hold it keep it."""
    if word.retired_at is None:
        word.retired_at = clock.now()
        db.session.flush()
        events.record(WORD_RETIRED, word, by=by, changed=_said(word))


def bring_back(word: Word, *, by: Actor) -> None:
    """Offer a retired word again."""
    if word.retired_at is not None:
        word.retired_at = None
        db.session.flush()
        events.record(WORD_BROUGHT_BACK, word, by=by, changed=_said(word))


def settled(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a record with dictionary words, however they are spelled, as the keys of known words."""
    found = dict(values)
    for dictionary in Dictionary:
        said = found.get(dictionary)
        if isinstance(said, str) and said not in queries.entries(dictionary):
            known = queries.spelled(dictionary).get(fold(said))
            found[dictionary] = known.key if known else said
    return found


def _add(dictionary: Dictionary, names: Sequence[str], found: Sequence[Word], *, colour: str = "grey") -> list[Word]:
    taken = {w.key for w in found}
    made = []
    for number, name in enumerate(names):
        key = name.strip() if name.strip() not in taken else str(new_id())
        word = Word(id=new_id(), dictionary=dictionary, key=key, name=name.strip(), position=len(found) + number)
        word.colour = colour
        word.places = MOST_PLACES if dictionary is Dictionary.UNIT else None  # nothing that a file counts is refused
        made.append(word)
    db.session.add_all(made)
    db.session.flush()
    return made


def _locked(dictionary: Dictionary) -> list[Word]:
    begun(dictionary)
    return queries.lock_words(dictionary)


def _said(word: Word) -> dict[str, Any]:
    return {"dictionary": word.dictionary.value, "word": word.label}


def _check_name(name: str, others: Sequence[Word]) -> None:
    if any(fold(w.label) == fold(name) for w in others):
        raise Refused(_("There is a word of this name already."), field="name")
