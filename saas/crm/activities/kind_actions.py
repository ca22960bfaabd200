"""What can be done with kinds of activities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from saas import clock
from saas.crm.activities import kind_queries
from saas.crm.activities.models import KIND_ICONS, UNREACHING, ActivityKind, KindRow
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import events
from saas.tenants.models import Member
from saas.versions import Overtaken

ADDED, CHANGED, PLACED = "activity_kind.added", "activity_kind.changed", "activity_kind.placed"
RETIRED, RESTORED = "activity_kind.retired", "activity_kind.restored"
MOST = 40  # kinds of a workspace


def settle() -> list[KindRow]:
    """Give each kind that the workspace started with a row of its own, once; returns all rows in their order."""
    found = kind_queries.rows()
    known = {row.key for row in found}
    for position, kind in enumerate(ActivityKind):
        if kind.value not in known:
            row = KindRow(
                key=kind.value,
                icon=KIND_ICONS[kind],
                colour="grey",
                position=position,
                reaches=kind not in UNREACHING,
            )
            db.session.add(row)
            found.append(row)
    db.session.flush()
    return sorted(found, key=lambda row: (row.position, row.id))


def add(values: Mapping[str, Any], *, by: Member) -> KindRow:
    """Add a kind, behind the others.

    Raises:
        Refused: the name is taken, or there are as many as there may be.
    """
    rows = settle()
    if len(rows) >= MOST:
        raise Refused(_("These are many kinds already. Retire one first."), field="name")
    _refuse_taken(values["name"], None)
    made = KindRow(id=new_id(), position=rows[-1].position + 1, **values)
    made.key = made.id.hex
    db.session.add(made)
    db.session.flush()
    events.record(ADDED, made, by=by, changed={"name": made.name})
    return made


def change(row: KindRow, values: Mapping[str, Any], *, version: int | None, by: Member) -> None:
    """Write what a form holds.

    Raises:
        Overtaken: the kind is no longer at `version`.
        Refused: the name is taken.
    """
    if version is not None and version != row.version:
        raise Overtaken(row)
    _refuse_taken(values["name"], row)
    given = dict(values)
    if row.name is None and given["name"] == kind_queries.word(row.key):
        given["name"] = None  # as the language says it
    changed = {name: [getattr(row, name), after] for name, after in given.items() if getattr(row, name) != after}
    for name, (_before, after) in changed.items():
        setattr(row, name, after)
    if changed:
        db.session.flush()
        events.record(CHANGED, row, by=by, changed=changed)


def place(row: KindRow, step: int, *, by: Member) -> None:
    """Move a kind up (-1) or down (1) in the order in which one chooses."""
    rows = [one for one in settle() if one.key != ActivityKind.NOTE]
    before = next(n for n, one in enumerate(rows) if one.id == row.id)
    after = min(max(before + step, 0), len(rows) - 1)
    if after == before:
        return
    rows.insert(after, rows.pop(before))
    for position, one in enumerate(rows):
        one.position = position
    db.session.flush()
    events.record(PLACED, row, by=by, changed={"position": [before, after]})


def retire(row: KindRow, *, by: Member) -> None:
    """Take a kind out of what one chooses; activities of it stay what they are.

    Raises:
        Refused: it is the note, or the last one.
    """
    left = [one for one in settle() if one.retired_at is None and one.key not in {ActivityKind.NOTE, row.key}]
    if row.key == ActivityKind.NOTE or not left:
        raise Refused(_("One kind at least has to stay."))
    if row.retired_at is None:
        row.retired_at = clock.now()
        db.session.flush()
        events.record(RETIRED, row, by=by, changed={"name": kind_queries.word(row.key)})


def restore(row: KindRow, *, by: Member) -> None:
    """Let a kind be chosen again."""
    if row.retired_at is not None:
        row.retired_at = None
        db.session.flush()
        events.record(RESTORED, row, by=by, changed={"name": kind_queries.word(row.key)})


def _refuse_taken(name: str, row: KindRow | None) -> None:
    taken = {kind.word.casefold() for kind in kind_queries.every().values() if row is None or kind.id != row.id}
    if name.casefold() in taken:
        raise Refused(_("There is a kind of this name already."), field="name")
