"""Customers who are about to go back to the pool, in the letter of the morning."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from saas import clock
from saas.crm.customers.models import Account
from saas.crm.pool.rules import last_moment
from saas.db import db
from saas.tenants.digest import Part, Reader, cut, part

SOON = timedelta(days=7)
MOST = 100


@part("returning", 20)
def returning(reader: Reader) -> Part | None:
    """His customers who return within a week, the first to go first."""
    mine = (Account.owner_id == reader.member.id, Account.archived_at.is_(None))
    soon = (Account.reclaim_at.is_not(None), Account.reclaim_at < clock.now() + SOON)
    asked = select(Account.name, Account.reclaim_at).where(*mine, *soon).order_by(Account.reclaim_at).limit(MOST)
    lines = [
        _(
            "%(customer)s, on %(day)s",
            customer=name,
            day=reader.words.day(last_moment(at).astimezone(reader.words.zone).date()),
        )
        for name, at in db.session.execute(asked)
        if at is not None
    ]
    return cut(_("They return to the pool soon; the page of each says what keeps it"), lines)
