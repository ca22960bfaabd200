"""The pages of renting, and the door at which Stripe's messages come in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import clock
from saas.billing import plan, queries
from saas.billing.actions import buying, following, inviting
from saas.billing.forms import SeatsForm
from saas.billing.gateway import StripeAway
from saas.billing.models import IntentKind
from saas.config import Config
from saas.db import db
from saas.errors import BusinessError, NotFound
from saas.forms import attempt
from saas.http import csrf
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.permissions import Permission, allow, anyone, asks_password

bp = Blueprint("billing", __name__, url_prefix="/settings/billing")
webhook = Blueprint("stripe", __name__, url_prefix="/_stripe")
csrf.exempt(webhook)  # Stripe sends no token; each message is signed instead
T = TypeVar("T")
LARGEST = 1024 * 1024  # B of a message


@webhook.post("/webhook")
@anyone
def receive() -> ResponseReturnValue:
    """Take a message of Stripe's in; what it brings about is done by a worker."""
    request.max_content_length = LARGEST
    following.receive(request.get_data(), request.headers.get("Stripe-Signature", ""))
    return {"received": True}


@bp.get("")
@allow(Permission.BILLING_MANAGE)
def index() -> ResponseReturnValue:
    """What is rented, what it costs, what was paid."""
    return _page()


@bp.get("/state")
@allow(Permission.BILLING_MANAGE)
def state() -> ResponseReturnValue:
    """Where the purchase stands, for a page that waits to hear of a payment."""
    rented = queries.subscription()
    if rented is not None and rented.is_bought:
        return "", 200, {"HX-Redirect": url_for(".index")}
    return render_template("billing/_waiting.html")


@bp.post("/subscribe")
@allow(Permission.BILLING_MANAGE)
@asks_password
def subscribe() -> ResponseReturnValue:
    """Begin a purchase; it is paid on Stripe's page."""
    form, url = SeatsForm(), None
    if form.validate_on_submit():
        seats = form.seats.data
        url = _said(lambda: attempt(form, lambda: buying.subscribe(seats, by=scope.me(), return_url=_home())))
    return _page(form) if url is None else _leave(url)


@bp.post("/seats")
@allow(Permission.BILLING_MANAGE)
def seats() -> ResponseReturnValue:
    """Ask what another number of seats would cost."""
    form, offer = SeatsForm(), None
    if form.validate_on_submit():
        offer = _said(lambda: attempt(form, lambda: buying.offer_seats(form.seats.data, by=scope.me())))
    return _page(form) if offer is None else redirect(url_for(".offer", offer_id=offer.id), 303)


@bp.get("/offers/<uuid:offer_id>")
@allow(Permission.BILLING_MANAGE)
def offer(offer_id: UUID) -> ResponseReturnValue:
    """The price of another number of seats, to be confirmed."""
    found = queries.intent(offer_id)
    if found.kind is not IntentKind.SEATS:
        raise NotFound
    if found.confirmed_at is not None or found.is_stale(clock.now()):
        return redirect(url_for(".index"))
    return render_template("billing/offer.html", offer=found, price=inviting.price_sentence(found))


@bp.post("/offers/<uuid:offer_id>")
@allow(Permission.BILLING_MANAGE)
@asks_password
def confirm(offer_id: UUID) -> ResponseReturnValue:
    """Order the seats at the price shown."""
    done = _said(lambda: buying.confirm(offer_id, by=scope.me()))
    if done is not None:
        flash(_("You have %(seats)s seats now.", seats=done.shown["to"]), "good")
    return redirect(url_for(".index"), 303)


@bp.post("/portal")
@allow(Permission.BILLING_MANAGE)
@asks_password
def portal() -> ResponseReturnValue:
    """Go to Stripe's page for cards, bills and ending the subscription."""
    url = _said(lambda: buying.open_portal(return_url=_home()))
    return redirect(url_for(".index"), 303) if url is None else _leave(url)


@bp.post("/refresh")
@allow(Permission.BILLING_MANAGE)
def refresh() -> ResponseReturnValue:
    """Ask Stripe now, instead of waiting for its word."""
    if _said(_follow) is not None:
        flash(_("This is what Stripe has now."), "good")
    return redirect(url_for(".index"), 303)


def _follow() -> bool:
    following.follow()
    return True


def _said(verb: Callable[[], T]) -> T | None:
    """The answer of a verb that speaks to Stripe; what it can't do is said on the page, and None is given.

    Such a verb has committed what it noted, so its refusal must not look like a page that broke.
    """
    try:
        return verb()
    except NotFound:
        raise
    except BusinessError as error:
        db.session.rollback()
        flash(error.sentence, "waiting" if isinstance(error, (StripeAway, buying.OnItsWay)) else "wrong")
        return None


def _leave(url: str) -> ResponseReturnValue:
    """A page that goes on to Stripe by itself: a form of ours may not lead to another host directly."""
    return render_template("billing/leave.html", url=url)


def _home() -> str:
    config: Config = current_app.extensions["config"]
    return config.public_url + url_for(".index")


def _page(form: SeatsForm | None = None) -> ResponseReturnValue:
    tenant, rented = scope.workspace(), queries.subscription()
    config: Config = current_app.extensions["config"]
    used = tenants.count_seats()
    if form is None:
        bought = rented.quantity if rented is not None and rented.is_bought else 0
        form = SeatsForm(formdata=None, seats=bought or max(used, 1))
    currency = plan.currency_for(tenant.currency)
    page = render_template(
        "billing/index.html",
        form=form,
        tenant=tenant,
        rented=rented,
        standing=queries.standing(rented, tenant, clock.now()),
        has_billing=config.has_billing,
        price=(plan.PRICES[currency], currency),
        used=used,
        invited=tenants.count_seats(invited=True) - used,
        order=queries.open_intent(IntentKind.SEATS),
        last=queries.last_intent(IntentKind.SEATS),
        bills=queries.bills(),
        is_paid="paid" in request.args,
        now=clock.now(),
    )
    return page, form.status
