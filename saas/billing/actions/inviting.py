"""One more seat for an invitation: its price, the order, and the invitation that follows when the seat is there.

Identity knows nothing of prices: it asks for an offer when every seat is taken, and hands back who should be invited.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import current_app, g
from flask_babel import gettext as _

from saas import clock, ui
from saas.billing import gateway, queries
from saas.billing.actions import buying
from saas.billing.gateway import StripeAway
from saas.billing.models import IntentKind, StripeIntent
from saas.config import Config
from saas.db import db
from saas.errors import BusinessError
from saas.tenants import queries as tenants
from saas.tenants import scope, seats
from saas.tenants.actions import invitations, people
from saas.tenants.models import Member, MemberStatus
from saas.tenants.permissions import Permission


class NoPrice(BusinessError):
    """What one more seat costs can't be found out just now."""

    status = 503
    field = "email"


def offer() -> seats.Offer | None:
    """What one more seat costs, for a reader who may buy it; a price he was shown holds for half an hour. Commits.

    Raises:
        OnItsWay: an order is being carried out.
        NoPrice: Stripe doesn't answer.
    """
    config: Config = current_app.extensions["config"]
    who = g.get("who")
    if not config.has_billing or who is None or not who.may(Permission.BILLING_MANAGE):
        return None
    rented = queries.subscription()
    if rented is None or not rented.is_bought or rented.is_live != gateway.is_live():
        return None
    wanted = tenants.count_seats(invited=True) + 1
    known = _shown_before(rented.quantity, wanted)
    try:
        intent = known or buying.offer_seats(wanted, by=scope.me())
    except StripeAway as error:
        raise NoPrice(
            _("All seats are taken, and Stripe doesn't answer just now. Try again in a few minutes.")
        ) from error
    db.session.commit()
    made = seats.Offer(price_sentence(intent), lambda by, draft: _take(made, intent, known is not None, by, draft))
    return made


def price_sentence(intent: StripeIntent) -> str:
    """What an offer costs, in a sentence."""
    reader, shown = ui.words(), intent.shown
    now, monthly = Decimal(shown["now"]), Decimal(shown["monthly"])
    words = {
        "seats": shown["to"],
        "now": reader.money(abs(now), shown["currency"]),
        "monthly": reader.money(monthly, shown["currency"]),
    }
    if now < 0:
        return _(
            "%(seats)s seats cost %(monthly)s a month. Your next bill is %(now)s lower, for the rest of this month.",
            **words,
        )
    return _(
        "%(seats)s seats cost %(monthly)s a month. Your next bill has %(now)s added, for the rest of this month.",
        **words,
    )


def send(intent_id: UUID) -> None:
    """Send the invitation that waited for a seat, unless it went out already."""
    intent = queries.intent(intent_id)
    draft = intent.draft or {}
    if queries.was_invited(draft["email"], since=intent.created_at):
        return
    try:
        invitations.invite(
            draft["email"],
            draft["name"],
            draft["role"],
            by=intent.member,
            team_id=_id(draft.get("team_id")),
            known_id=_still_known(_id(draft.get("known_id"))),
        )
    except people.AlreadyMember:
        return


def _id(kept: str | None) -> UUID | None:
    return UUID(kept) if kept else None


def _still_known(member_id: UUID | None) -> UUID | None:
    """Who of those known from an import it is; None where he was invited or removed while the seat was bought."""
    known = tenants.members_by_id([member_id] if member_id else [])
    return next((one.id for one in known.values() if one.status is MemberStatus.PLACEHOLDER), None)


def _take(made: seats.Offer, intent: StripeIntent, was_shown: bool, by: Member, draft: Mapping[str, Any]) -> None:
    if not was_shown:  # the price changed since the page was made: nobody pays what he has not read
        raise seats.NoSeat(_("All seats are taken. One more can be had:"), offer=made)
    row = queries.lock_intent(intent.id)
    row.draft = dict(draft)
    try:
        buying.confirm(row.id, by=by)
    except buying.Ordered as error:
        raise buying.Ordered(
            _("Stripe doesn't answer just now. The seat is ordered; the invitation goes out as soon as it is there."),
            field="email",
        ) from error


def _shown_before(now: int, wanted: int) -> StripeIntent | None:
    """An offer of the same that this member has read and that still holds."""
    last = queries.last_offer(scope.me().id)
    if last is None or last.is_stale(clock.now()) or last.kind is not IntentKind.SEATS:
        return None
    return last if (last.shown["from"], last.shown["to"]) == (now, wanted) else None


seats.offered_by(offer)
