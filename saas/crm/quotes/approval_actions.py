"""A discount beyond what its writer may give: asked for, let pass or refused, before the quote goes out."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext as _

from saas import money
from saas.crm.papers.discounts import most_off
from saas.crm.products import discount_queries as limits
from saas.crm.quotes import queries
from saas.crm.quotes.models import Approval, Quote
from saas.db import db
from saas.errors import Refused
from saas.tenants import events
from saas.tenants.models import Member

ASKED, GIVEN, REFUSED = "quote.approval_asked", "quote.approved", "quote.disapproved"


class NeedsApproval(Refused):
    """Somebody with a wider limit has to let the discount pass first."""


def off(quote: Quote) -> Decimal:
    """The most that the quote gives off, percent."""
    return most_off(quote, queries.lines(quote.id))


def is_needed(quote: Quote, *, by: Member) -> bool:
    """True while somebody else has to let it pass before `by` may send it."""
    found = off(quote)
    is_given = quote.approval is Approval.GIVEN and quote.approved_off is not None and found <= quote.approved_off
    return not is_given and limits.needs_approval(by, found)


def require(quote: Quote, *, by: Member) -> None:
    """Raises NeedsApproval while `by` may not send it."""
    if is_needed(quote, by=by):
        about = {"off": money.plain(off(quote)), "limit": money.plain(limits.limit_of(by))}
        raise NeedsApproval(
            _("It gives %(off)s %% off; you may give %(limit)s %%. Ask somebody to let it pass first.", **about)
        )


def ask(quote: Quote, *, of: Member, by: Member) -> None:
    """Ask a colleague to let the discount pass.

    Raises:
        Refused: he may not give so much off either, or nobody needs to be asked.
    """
    found = off(quote)
    if not quote.is_draft or not is_needed(quote, by=by):
        raise Refused(_("Nobody needs to be asked: you may send it."))
    if limits.needs_approval(of, found):
        raise Refused(_("%(name)s may not give so much off either.", name=of.name), field="approver")
    quote.approval, quote.approver_id, quote.approved_off = Approval.ASKED, of.id, None
    db.session.flush()
    events.record(ASKED, quote, by=by, changed=_about(quote, found) | {"of": of.id, "name": of.name})


def decide(quote: Quote, *, passes: bool, words: str, by: Member) -> None:
    """Let the discount pass, or not.

    Raises:
        Refused: nobody asked, the quote went out, or `by` may not give so much off.
    """
    quote = queries.lock_quote(quote.id)
    found = off(quote)
    if not quote.is_draft or quote.approval is not Approval.ASKED:
        raise Refused(_("Nobody is waiting for a word on this quote."))
    if limits.needs_approval(by, found):
        raise Refused(_("You may not give so much off yourself."))
    quote.approval = Approval.GIVEN if passes else Approval.REFUSED
    quote.approver_id, quote.approved_off = by.id, found if passes else None
    db.session.flush()
    events.record(GIVEN if passes else REFUSED, quote, by=by, changed=_about(quote, found) | {"words": words})


def _about(quote: Quote, found: Decimal) -> dict[str, object]:
    return {"number": quote.label, "off": found, "gross": quote.gross, "currency": quote.currency}
