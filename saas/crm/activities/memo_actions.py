"""What can be done with memos: each is its writer's alone."""

from __future__ import annotations

from datetime import date

from saas import clock
from saas.crm.activities.models import Memo
from saas.db import db
from saas.tenants import events
from saas.tenants.models import Member
from saas.versions import Overtaken

WRITTEN, CHANGED, REMOVED, PUT_BACK = "memo.written", "memo.changed", "memo.removed", "memo.put_back"


def write(text: str, on: date, *, by: Member) -> Memo:
    """Keep a note for oneself."""
    memo = Memo(member_id=by.id, on=on, text=text)
    db.session.add(memo)
    db.session.flush()
    events.record(WRITTEN, memo, by=by)
    return memo


def change(memo: Memo, text: str, on: date, *, version: int | None, by: Member) -> None:
    """Write it anew.

    Raises:
        Overtaken: it is no longer at `version`.
    """
    if version is not None and version != memo.version:
        raise Overtaken(memo)
    if (memo.text, memo.on) != (text, on):
        memo.text, memo.on = text, on
        db.session.flush()
        events.record(CHANGED, memo, by=by)


def remove(memo: Memo, *, by: Member) -> None:
    """Take a memo out of the book."""
    if memo.removed_at is None:
        memo.removed_at = clock.now()
        events.record(REMOVED, memo, by=by)


def put_back(memo: Memo, *, by: Member) -> None:
    """Bring a memo back."""
    if memo.removed_at is not None:
        memo.removed_at = None
        events.record(PUT_BACK, memo, by=by)
