"""What the columns of a file mean, and the names in them: guessed, chosen, remembered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import insert as upsert

from saas import clock
from saas.crm.transfer import columns, likeness, queries, register, values
from saas.crm.transfer.engine import known_columns
from saas.crm.transfer.kind import EMPTY, NEW, Field, Match, Work
from saas.crm.transfer.models import ImportMemory, ImportRun, RunState
from saas.crm.transfer.states import must_be
from saas.crm.transfer.values import Reading
from saas.db import current_tenant, db, new_id
from saas.errors import Refused
from saas.search import fold
from saas.tenants.scope import Actor

NAMES = 500  # unknown names of one column that are offered one by one
HARDLY_ANY = 0.1  # share of a column's cells below which it isn't guessed to be a choice
AUTOMATIC = ("order", "decimal")  # options that are recognised unless somebody says otherwise
CHOSEN = ("update_by", "owner", "full")


def guess_columns(run: ImportRun) -> None:
    """Say which field each column holds, as far as its name tells, and how its dates and numbers are written."""
    kind = register.kind(run.kind)
    known, remembered = known_columns(kind), queries.memory(run.kind, "column")
    run.columns = columns.guess(run.header, known, remembered)
    while unfit := _unfit(run):  # another column may have what one gives up
        for name in unfit:
            known.pop(name, None)
            remembered.pop(name, None)
        run.columns = columns.guess(run.header, known, remembered)
    _recognise_writing(run)


def _unfit(run: ImportRun) -> set[str]:
    """The plain names of columns that hold next to nothing of what their field lets choose from, such as a "State" with
    the states of a country.
    """
    return {columns.plain(run.header[place]) for place, key in enumerate(run.columns) if _is_unfit(run, place, key)}


def _is_unfit(run: ImportRun, place: int, key: str) -> bool:
    """True when a field is a choice and next to none of a column's cells are among it."""
    field = register.kind(run.kind).field(key) if key else None
    if field is None or not field.is_choice:
        return False
    return field.share_read(queries.cells_of(run.id, place)) < HARDLY_ANY


def _recognise_writing(run: ImportRun) -> None:
    kind = register.kind(run.kind)
    dates: list[str] = []
    numbers: list[str] = []
    for place, key in enumerate(run.columns):
        read = kind.field(key).read if key else None
        if read in {values.day, values.moment}:
            dates += queries.cells_of(run.id, place)
        elif read in values.FIGURES:
            numbers += queries.cells_of(run.id, place)
    order, is_sure = values.order_of(dates)
    chosen = {name: value for name, value in run.options.items() if name in CHOSEN}
    run.options = {"order": order, "order_is_sure": is_sure, "decimal": values.decimal_of(numbers)} | chosen


def set_columns(run: ImportRun, chosen: list[str], options: Mapping[str, Any]) -> None:
    """Write down which field each column holds, and how the file is to be read.

    Args:
        run: an import that is not yet under way.
        chosen: for each column a field's key, or "".
        options: order ("mdy", "dmy", "ymd", or "" for as recognised), decimal ("." or "," or ""), update_by (a field's
            key, or "" to leave what is here as it is), owner ("me": new customers without owner are the
            importer's; the id of a pool: they lie there).

    Raises:
        NotNow: it is under way.
        Refused: a field is chosen twice, or one that must be there is not.
    """
    must_be(run, RunState.OPEN, RunState.CHECKED)
    kind = register.kind(run.kind)
    given = [key if key in kind.keys else "" for key in chosen] + [""] * (len(run.header) - len(chosen))
    twice = next((key for key in given if key and given.count(key) > 1), None)
    if twice is not None:
        raise Refused(_("%(field)s is chosen for two columns. Keep one.", field=kind.field(twice).label))
    if not any(given):
        raise Refused(_("Choose at least one column."))
    update_by = str(options.get("update_by") or "")
    missing = [f for f in kind.fields if f.required and f.key not in given]
    if missing and not update_by:
        raise Refused(_("No column holds “%(field)s”. Choose the one that does.", field=missing[0].label))
    if update_by and update_by not in given:
        raise Refused(_("Rows can only be found by a column that is brought in. Choose one for “%(field)s”.",
                        field=kind.field(update_by).label))  # fmt: skip
    run.columns = given[: len(run.header)]
    run.options = {k: v for k, v in options.items() if v and k in CHOSEN}
    _recognise_writing(run)
    said = {name: options[name] for name in AUTOMATIC if options.get(name)}
    if said:
        run.options = run.options | said | {"order_is_sure": True}
    run.state, run.counts, run.done, run.cursor = RunState.OPEN, {}, 0, 0
    settle_names(run)
    _remember(run, "column", _settled(run))


def _settled(run: ImportRun) -> dict[str, str]:
    """Plain name of a column → what it holds; not of those left out whose words don't fit in this file alone."""
    known = known_columns(register.kind(run.kind))
    named = [(place, columns.plain(name), run.columns[place]) for place, name in enumerate(run.header)]
    return {name: key for place, name, key in named if key or not _is_unfit(run, place, known.get(name, ""))}


def settle_names(run: ImportRun) -> None:
    """List the names that the file uses and the workspace does not know, each with what it probably means."""
    kind = register.kind(run.kind)
    run.matches = {
        field.key: entries
        for place, key in enumerate(run.columns)
        if key and (field := kind.field(key)).match is not None and (entries := _entries(run, field, place))
    }


def _entries(run: ImportRun, field: Field, place: int) -> dict[str, Any]:
    match = field.match
    assert match is not None
    said: dict[str, tuple[str, int]] = {}
    for name, rows in queries.cells_of(run.id, place).items():
        if key := fold(name):
            first, before = said.get(key, (name.strip(), 0))
            said[key] = (first, before + rows)
    found = match.find(list(said))
    if field.late:
        found |= dict.fromkeys(_in_file(run))
    known = match.known()
    remembered = queries.memory(run.kind, field.key)
    entries: dict[str, Any] = {}
    for key, (name, rows) in sorted(said.items(), key=lambda item: (-item[1][1], item[0])):
        if len(entries) < NAMES and key not in found:
            is_told = remembered.get(key) in {NEW, EMPTY, *known.values()}
            means, is_sure = (remembered[key], True) if is_told else _meaning(match, name, known)
            entries[key] = {"said": name, "rows": rows, "means": means, "sure": is_sure, "told": is_told}
    return entries


def _in_file(run: ImportRun) -> set[str]:
    """The names that the file itself brings."""
    place = run.columns.index("name") if "name" in run.columns else None
    return {fold(name) for name in queries.cells_of(run.id, place)} if place is not None else set()


def _meaning(match: Match, name: str, known: Mapping[str, str]) -> tuple[str, bool]:
    if (guessed := match.guess(name, known)) is not None:
        return guessed
    if (like := likeness.guess(name, known)) is not None:
        return str(like.target), like.is_sure
    return match.fallback, True


def asks_names(run: ImportRun) -> bool:
    """True when the file uses a name that is neither known nor was settled with an earlier file."""
    return any(not entry["told"] for entries in run.matches.values() for entry in entries.values())


def set_names(run: ImportRun, chosen: Mapping[str, Mapping[str, str]], *, by: Actor) -> None:
    """Write down what unknown names mean, and remember it for the next file.

    Args:
        run: an import that is not yet under way.
        chosen: field → {folded name → token, "new" or "empty"}.
        by: who says so.

    Raises:
        NotNow: it is under way.
    """
    must_be(run, RunState.OPEN, RunState.CHECKED)
    kind = register.kind(run.kind)
    work = Work(run, by, None, Reading(), "", clock.now())
    matches = {}
    for key, entries in run.matches.items():
        field, said = kind.field(key), chosen.get(key, {})
        matches[key] = {
            name: entry | {"means": means, "sure": True} if (means := said.get(name)) is not None else entry
            for name, entry in entries.items()
        }
        _remember(run, key, {name: entry["means"] for name, entry in matches[key].items()})
        for entry in matches[key].values():
            if field.match is not None and entry["means"] not in {NEW, EMPTY, ""}:
                field.match.learn(entry["said"], entry["means"], work)
    run.matches = matches
    run.state, run.counts = RunState.OPEN, {}


def _remember(run: ImportRun, about: str, meanings: Mapping[str, str]) -> None:
    rows = [
        {
            "tenant_id": current_tenant(),
            "id": new_id(),
            "kind": run.kind,
            "about": about,
            "said": said,
            "means": means,
            "created_at": clock.now(),
        }
        for said, means in meanings.items()
        if said
    ]
    if rows:
        statement = upsert(ImportMemory).values(rows)
        key = ["tenant_id", "kind", "about", "said"]
        fresh = {"means": statement.excluded.means}
        db.session.execute(statement.on_conflict_do_update(index_elements=key, set_=fresh))
