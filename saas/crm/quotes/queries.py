"""Reads about quotes."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from saas.crm.customers.models import Account
from saas.crm.quotes.models import Quote, QuoteLine, QuoteState
from saas.db import db
from saas.found import the_one
from saas.tenants import scope, tokens
from saas.tenants.permissions import Permission

VIEW = Permission.QUOTE_VIEW
ACCOUNT_NAME = select(Account.name).where(Account.id == Quote.account_id).correlate(Quote).scalar_subquery()
NAMED = (Quote.account, Quote.contact, Quote.owner, Quote.opportunity)


def quote(quote_id: UUID, permission: Permission = VIEW) -> Quote:
    """A quote within the reader's reach, with what its page names.

    Raises:
        NotFound: there is none, or it is beyond his reach.
    """
    statement = select(Quote).where(Quote.id == quote_id, scope.visible(Quote, permission))
    return the_one(statement.options(*[joinedload(part) for part in NAMED]))


def quote_row(quote_id: UUID) -> Quote:
    """A quote, whoever asks: for work that nobody waits for.

    Raises:
        NotFound: there is none.
    """
    return the_one(select(Quote).where(Quote.id == quote_id).options(*[joinedload(part) for part in NAMED]))


def lock_quote(quote_id: UUID) -> Quote:
    """A quote that nobody else changes until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    return the_one(
        select(Quote).where(Quote.id == quote_id).with_for_update().execution_options(populate_existing=True)
    )


def by_secret(secret: str) -> Quote:
    """The quote whose link has this secret.

    Raises:
        NotFound: there is none.
    """
    wanted = select(Quote).where(Quote.link_hash == tokens.digest(secret), Quote.archived_at.is_(None))
    return the_one(wanted.options(*[joinedload(part) for part in NAMED]))


def lines(quote_id: UUID) -> list[QuoteLine]:
    """Its lines in their order, with their products."""
    statement = select(QuoteLine).where(QuoteLine.quote_id == quote_id).order_by(QuoteLine.position)
    return list(db.session.scalars(statement.options(joinedload(QuoteLine.product))))


def versions(number: str) -> list[Quote]:
    """Every version of a quote, the newest first."""
    return list(db.session.scalars(select(Quote).where(Quote.number == number).order_by(Quote.edition.desc())))


def of_account(account_id: UUID, many: int) -> list[Quote]:
    """The newest quotes to a customer that the reader may see; of each the last version."""
    return _newest(Quote.account_id == account_id, many)


def of_opportunity(opportunity_id: UUID, many: int) -> list[Quote]:
    """The newest quotes of a deal that the reader may see; of each the last version."""
    return _newest(Quote.opportunity_id == opportunity_id, many)


def over(today: date, many: int = 500) -> list[Quote]:
    """Quotes whose last day has passed without an answer, held until the transaction ends."""
    statement = select(Quote).where(Quote.state == QuoteState.SENT, Quote.valid_until < today)
    return list(db.session.scalars(statement.order_by(Quote.id).limit(many).with_for_update(skip_locked=True)))


def listed() -> tuple[ColumnElement[bool], ...]:
    """The conditions of the list: within reach, kept, and no version that another replaced."""
    return (scope.visible(Quote, VIEW), Quote.archived_at.is_(None), Quote.state != QuoteState.REPLACED)


def sums(*where: Any) -> dict[str, Any]:
    """Currency → what the quotes of a list come to."""
    rows = db.session.execute(select(Quote.currency, func.sum(Quote.gross)).where(*where).group_by(Quote.currency))
    return {currency: amount for currency, amount in rows if amount}


def _newest(condition: Any, many: int) -> list[Quote]:
    statement = select(Quote).where(condition, *listed()).order_by(Quote.created_at.desc(), Quote.id.desc())
    return list(db.session.scalars(statement.limit(many).options(joinedload(Quote.owner))))
