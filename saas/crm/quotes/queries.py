"""Reads about quotes."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from saas.crm.papers.kinds import Kind
from saas.crm.papers.models import LineKind
from saas.crm.quotes.models import STATE_ICONS, STATE_LOOKS, STATE_WORDS, Quote, QuoteLine, QuoteState
from saas.db import db
from saas.found import the_one
from saas.tenants import tokens
from saas.tenants.permissions import Permission

P = Permission
KIND = Kind(
    Quote,
    QuoteLine,
    home="quotes",
    key="quote_id",
    view=P.QUOTE_VIEW,
    edit=P.QUOTE_EDIT,
    named=(Quote.account, Quote.contact, Quote.owner, Quote.opportunity),
    words=STATE_WORDS,
    looks=STATE_LOOKS,
    icons=STATE_ICONS,
    label=_l("Quotes"),
    new=_l("New quote"),
    none=_l("No quotes so far."),
    counted="quote",
    offered=tuple(LineKind),
    also=(Quote.state != QuoteState.REPLACED,),  # of each the last version
)
quote, quote_row, lock_quote, lines = KIND.find, KIND.row, KIND.lock, KIND.lines


def by_secret(secret: str) -> Quote:
    """The quote whose link has this secret.

    Raises:
        NotFound: there is none.
    """
    wanted = select(Quote).where(Quote.link_hash == tokens.digest(secret), Quote.archived_at.is_(None))
    return the_one(wanted.options(*[joinedload(part) for part in KIND.named]))


def versions(number: str) -> list[Quote]:
    """Every version of a quote, the newest first."""
    return list(db.session.scalars(select(Quote).where(Quote.number == number).order_by(Quote.edition.desc())))


def over(today: date, many: int = 500) -> list[Quote]:
    """Quotes whose last day has passed without an answer, held until the transaction ends."""
    statement = select(Quote).where(Quote.state == QuoteState.SENT, Quote.valid_until < today)
    return list(db.session.scalars(statement.order_by(Quote.id).limit(many).with_for_update(skip_locked=True)))
