"""Writing a paper of any kind: beginning one, giving it to somebody, and changing what its form holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from saas import clock
from saas.crm.customers.actions import apply
from saas.crm.customers.models import Account, Contact
from saas.crm.papers import changes, line_actions
from saas.crm.papers.kinds import Kind, LineRow, PaperRow
from saas.crm.papers.lines import Typed
from saas.db import db, new_id
from saas.tenants import numbers
from saas.tenants.models import Member
from saas.tenants.scope import today

SAME = ("name", "account_id", "contact_id", "language", "currency", "opening", "closing")


def begin(kind: Kind[PaperRow, LineRow], values: Mapping[str, Any], *, owner: Member | None) -> PaperRow:
    """A new paper of a kind in the session, without lines so far; its currency is worth what it is today.

    Args:
        kind: it gives the number, unless `values` hold one.
        values: its columns.
        owner: who answers for it.
    """
    given = dict(values)
    if "number" not in given:
        (given["number"],) = numbers.take(kind.counted)
    made: Any = kind.model(id=new_id(), **given)
    give(made, owner)
    line_actions.note_rate(made, today())
    db.session.add(made)
    db.session.flush()
    found: PaperRow = made
    return found


def give(paper: Any, owner: Member | None) -> None:
    """Let somebody answer for a paper; his team is kept with it for reach."""
    paper.owner_id, paper.team_id = (owner.id, owner.team_id) if owner else (None, None)
    paper.owner = owner


def addressed(account: Account, contact: Contact | None = None) -> dict[str, Any]:
    """The columns that say whom a paper is for."""
    return {"account_id": account.id, "account": account, "contact_id": contact.id if contact else None}


def like(paper: Any, *more: str) -> dict[str, Any]:
    """What another paper takes over from this one: the columns of SAME, and `more`."""
    return {name: getattr(paper, name) for name in (*SAME, *more)}


def rewrite(
    kind: Kind[Any, Any],
    paper: Any,
    values: Mapping[str, Any],
    typed: Sequence[Typed],
    *,
    contact: Contact | None,
    told: Callable[[Sequence[changes.Image], Sequence[changes.Image]], Any] = changes.counted,
) -> dict[str, Any]:
    """Write what the form of a paper holds, lines included; nothing is recorded yet.

    Args:
        values: columns that differ or don't.
        typed: its lines, without errors.
        contact: to whom it is addressed.
        told: what an event tells of the lines before and after; nothing where they say the same.

    Returns:
        What changed: field → [before, after], under "lines" what `told` tells.
    """
    lines, gross = kind.lines(paper.id), paper.gross
    before = changes.images(lines)
    changed = apply(paper, {**values, "contact_id": contact.id if contact else None})
    if "currency" in changed:
        line_actions.note_rate(paper, today())
    now = line_actions.write(kind, paper, lines, typed)
    if said := told(before, changes.images(now)):
        changed |= {"lines": said, "gross": [gross, paper.gross]}
        paper.updated_at = clock.now()  # a line is part of it: whoever edits the same paper is told
    if changed:
        db.session.flush()
    return changed


def about(paper: Any) -> dict[str, Any]:
    """What every event of a paper tells."""
    return {"number": paper.label, "gross": paper.gross, "currency": paper.currency}
