"""Subscribing, and changing the number of seats. Who calls these may manage billing and has just given his password.

Stripe is asked with no transaction open, so these verbs commit.
"""

from __future__ import annotations

from uuid import UUID

from flask import current_app
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from saas import clock
from saas.billing import gateway, plan, queries
from saas.billing.actions import asking, following
from saas.billing.gateway import StripeAway
from saas.billing.models import BillingEvent, IntentKind, StripeIntent, Subscription
from saas.config import Config
from saas.db import db
from saas.errors import Conflict, Refused
from saas.tenants import events, scope
from saas.tenants import queries as tenants
from saas.tenants.models import Member


class NoBilling(Conflict):
    """Nothing is sold here: the service runs in trial."""


class AlreadySubscribed(Conflict):
    """The workspace has a subscription; its seats can be changed instead."""


class NotSubscribed(Conflict):
    """There is no subscription whose seats could be changed."""


class WrongNumber(Refused):
    """That many seats can't be had."""

    field = "seats"


class OfferGone(Conflict):
    """The offer is too old, or something changed since it was made."""


class OnItsWay(Conflict):
    """An order is being carried out."""


class Ordered(OnItsWay):
    """It is ordered, and Stripe has not answered yet."""


def subscribe(seats: int, *, by: Member, return_url: str) -> str:
    """Begin a purchase of `seats` seats (count).

    Args:
        seats: at least those in use.
        by: who pays.
        return_url: the page to come back to, whole.

    Returns:
        The address at Stripe where it is paid.

    Raises:
        AlreadySubscribed, WrongNumber, NoBilling: it can't be bought.
        StripeAway, StripeRefused, NotForSale: Stripe's side.
    """
    _check_billing()
    _check_number(seats)
    with gateway.patience():
        customer_id = _customer(by)
        _close_old_checkout()
        following.follow()  # a purchase that was paid a moment ago counts before another begins
        db.session.commit()
        rented = queries.subscription()
        if rented is not None and rented.is_bought:
            raise AlreadySubscribed(_("You have a subscription already. Change the number of seats below."))
        tenant = scope.workspace()
        params = {
            "mode": "subscription",
            "customer": customer_id,
            "client_reference_id": str(tenant.id),
            "line_items": [{"price": gateway.price_id(plan.currency_for(tenant.currency)), "quantity": seats}],
            "success_url": f"{return_url}?paid=1",
            "cancel_url": return_url,
            "locale": _stripe_locale(),
            "tax_id_collection": {"enabled": True},
            "customer_update": {"name": "auto", "address": "auto"},
        }
        intent = asking.write_down(IntentKind.CHECKOUT, params, by=by)
        db.session.commit()
        return str(asking.ask(intent.id).outcome["url"])


def offer_seats(seats: int, *, by: Member) -> StripeIntent:
    """Work out what it costs to have `seats` seats from now on, and keep that for the owner to confirm.

    Args:
        seats: how many (count); fewer than now give money back on the next bill.
        by: who asks.

    Raises:
        NotSubscribed, WrongNumber, OnItsWay: it can't be had now.
        StripeAway: the price isn't known.
    """
    _check_billing()
    rented = _bought()
    _check_number(seats, now=rented.quantity)
    if queries.open_intent(IntentKind.SEATS) is not None:
        raise _on_its_way()
    db.session.commit()
    at = int(clock.now().timestamp())
    with gateway.patience():
        price = gateway.preview(rented.customer_id, str(rented.stripe_id), str(rented.item_id), seats, at)
    shown = {
        "from": rented.quantity,
        "to": seats,
        "now": str(price.now),
        "monthly": str(price.monthly),
        "currency": price.currency,
    }
    params = {
        "subscription": rented.stripe_id,
        "items": [{"id": rented.item_id, "quantity": seats}],
        "proration_behavior": "create_prorations",
        "proration_date": at,
    }
    return asking.write_down(IntentKind.SEATS, params, by=by, is_confirmed=False, shown=shown)


def confirm(intent_id: UUID, *, by: Member) -> StripeIntent:
    """Order the seats of an offer, once, however often this is called. Commits.

    Raises:
        NotFound: there is no such offer.
        OfferGone, OnItsWay, WrongNumber: it can't be taken any more.
        Ordered: it will be done, as soon as Stripe answers.
        StripeRefused: Stripe said no.
    """
    _check_billing()
    used = _seats_held()
    offer = queries.lock_intent(intent_id)
    if offer.kind is not IntentKind.SEATS or offer.failed_at is not None:
        raise _gone()
    if offer.confirmed_at is None:
        _order(offer, used, by)
    db.session.commit()
    try:
        return asking.ask(offer.id)
    except StripeAway as error:
        raise Ordered(
            _("Stripe doesn't answer just now. Your order is kept and goes through as soon as it does.")
        ) from error


def open_portal(*, return_url: str) -> str:
    """The address of Stripe's own page for cards, bills and ending the subscription.

    Raises:
        NotSubscribed: Stripe doesn't know the workspace yet.
        StripeAway: Stripe doesn't answer.
    """
    _check_billing()
    rented = queries.subscription()
    if rented is None or rented.is_live != gateway.is_live():
        raise NotSubscribed(_("There is nothing to manage yet: you have no subscription."))
    db.session.commit()
    with gateway.patience():
        return gateway.portal_url(rented.customer_id, return_url, _stripe_locale())


def _order(offer: StripeIntent, used: int, by: Member) -> None:
    """Make an offer an order: still as it was shown, and the only one."""
    if offer.is_stale(clock.now()):
        raise _gone()
    if queries.open_intent(IntentKind.SEATS) is not None:
        raise _on_its_way()
    seats = int(offer.shown["to"])
    with queries.platform() as session:
        tenant, rented = queries.lock_tenant(session), queries.lock_subscription(session)
        if rented is None or not rented.is_bought or rented.stripe_id != offer.params["subscription"]:
            raise _gone()
        if rented.quantity != offer.shown["from"]:
            raise _gone()
        if seats < used:
            raise _too_few(used)
        if seats < rented.quantity:
            tenant.seat_limit = seats  # before Stripe is asked, so that nobody takes a seat that is being given back
    offer.confirmed_at = offer.key_at = clock.now()
    offer.member_id = by.id
    facts = {"seats": [offer.shown["from"], seats]}
    events.record(BillingEvent.SEATS_ORDERED, offer, by=by, changed=facts)
    asking.look_again(offer.id, 1)


def _seats_held() -> int:
    """Seats in use, with everyone who would take one waiting until this transaction ends."""
    tenants.seat_limit(for_update=True)
    return tenants.count_seats()


def _customer(by: Member) -> str:
    """Stripe's name for the workspace; asked for at the first purchase."""
    rented = queries.subscription()
    if rented is not None and rented.is_live == gateway.is_live():
        return rented.customer_id
    waiting = queries.open_intent(IntentKind.CUSTOMER)
    if waiting is None:
        tenant = scope.workspace()
        params = {
            "name": tenant.name,
            **({"email": by.email} if by.email else {}),
            "preferred_locales": [_stripe_locale()],
            "metadata": {"workspace": tenant.slug},
        }
        waiting = asking.write_down(IntentKind.CUSTOMER, params, by=by)
    db.session.commit()
    asking.ask(waiting.id)
    made = queries.subscription()
    assert made is not None
    return made.customer_id


def _close_old_checkout() -> None:
    """End the payment page that was opened last, so that nobody pays twice in two tabs."""
    waiting = queries.open_intent(IntentKind.CHECKOUT)
    last = asking.ask(waiting.id) if waiting else queries.last_intent(IntentKind.CHECKOUT)
    db.session.commit()
    if last is not None and last.outcome.get("id") and not last.outcome.get("is_closed"):
        gateway.close_checkout(last.outcome["id"])
        row = queries.lock_intent(last.id)
        row.outcome = {**row.outcome, "is_closed": True}
        db.session.commit()


def _bought() -> Subscription:
    rented = queries.subscription()
    if rented is None or not rented.is_bought or rented.is_live != gateway.is_live():
        raise NotSubscribed(_("Subscribe first; then you can change the number of seats."))
    return rented


def _check_billing() -> None:
    config: Config = current_app.extensions["config"]
    if not config.has_billing:
        raise NoBilling(_("This service runs in trial: nothing is charged, and there is nothing to buy."))


def _check_number(seats: int, *, now: int | None = None) -> None:
    used = tenants.count_seats()
    if seats < max(used, 1):
        raise _too_few(used)
    if seats > plan.MOST_SEATS:
        raise WrongNumber(_("For more than %(n)s seats please write to us.", n=plan.MOST_SEATS))
    if seats == now:
        raise WrongNumber(ngettext("You have %(num)s seat already.", "You have %(num)s seats already.", seats))


def _too_few(used: int) -> WrongNumber:
    return WrongNumber(
        ngettext(
            "%(num)s seat is in use. Take at least that many, or remove members first.",
            "%(num)s seats are in use. Take at least that many, or remove members first.",
            max(used, 1),
        )
    )


def _gone() -> OfferGone:
    return OfferGone(_("This price is no longer current. Choose the number of seats again to see what it costs now."))


def _on_its_way() -> OnItsWay:
    return OnItsWay(_("Your last order of seats is still on its way to Stripe. Try again in a minute."))


def _stripe_locale() -> str:
    return "zh" if str(get_locale() or "en").startswith("zh") else "en"
