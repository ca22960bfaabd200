"""Giving points, taking them, and taking a line back."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext

from saas.archive import refuse_archived
from saas.crm.customers import queries as customers
from saas.crm.points import queries
from saas.crm.points.models import PointEntry
from saas.db import db
from saas.errors import Conflict, Refused
from saas.tenants import events
from saas.tenants.models import Member

GIVEN, TAKEN = "account.points_given", "account.points_taken"


class NotEnough(Refused):
    """The customer has fewer points than are to be taken."""


class TakenBack(Conflict):
    """The line was taken back already, or takes back another."""


def give(account_id: UUID, points: int, reason: str, *, by: Member) -> PointEntry:
    """Give a customer points.

    Args:
        account_id: the customer.
        points: how many, above 0.
        reason: what for, in a few words.
        by: who gives them.

    Raises:
        NotFound: the workspace has no such customer.
        Archived: it was put away.
    """
    return _write(account_id, points, reason, by=by)


def take(account_id: UUID, points: int, reason: str, *, by: Member) -> PointEntry:
    """Take points from a customer; arguments as for `give`.

    Raises:
        NotEnough: it hasn't as many.
        NotFound, Archived: as for `give`.
    """
    return _write(account_id, -points, reason, by=by)


def take_back(entry: PointEntry, *, by: Member) -> PointEntry:
    """Write the opposite of a line, once.

    Raises:
        TakenBack: that was done before, or the line is itself such an opposite.
        NotEnough: points that were given are spent by now.
        Archived: the customer was put away.
    """
    customers.lock_account(entry.account_id)
    if entry.undoes_id is not None or queries.undone([entry.id]):
        raise TakenBack(_("This was taken back already."))
    return _write(entry.account_id, -entry.points, entry.reason, by=by, undoes_id=entry.id)


def _write(account_id: UUID, points: int, reason: str, *, by: Member, undoes_id: UUID | None = None) -> PointEntry:
    account = customers.lock_account(account_id)  # so that two who take at once can't both take the last ones
    refuse_archived(account)
    has = queries.balance(account_id)
    if has + points < 0:
        sentence = ngettext("%(name)s has %(num)s point.", "%(name)s has %(num)s points.", has, name=account.name)
        raise NotEnough(sentence, field="points")
    made = PointEntry(account_id=account_id, member_id=by.id, points=points, reason=reason, undoes_id=undoes_id)
    db.session.add(made)
    db.session.flush()
    facts = {"points": abs(points), "reason": reason, "balance": has + points, "is_taken_back": undoes_id is not None}
    events.record(GIVEN if points > 0 else TAKEN, account, by=by, changed=facts)
    return made
