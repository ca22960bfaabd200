"""Stripe, and the only import of its library: questions, and requests that carry the idempotency key of an intent.

Loaded at the first call, so that a process which serves pages holds nothing of it. What comes back are plain values in
our own words. Every call ends within the time left of the block it runs in (`patience`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from importlib import import_module
from typing import Any, TypeVar

from flask import current_app
from flask_babel import gettext as _

from saas.billing import plan
from saas.billing.models import BillStatus, IntentKind, Status, StripeIntent
from saas.config import Config
from saas.errors import BusinessError

T = TypeVar("T")
PATIENCE = 8.0  # s for all calls of one page or job together
SHORTEST = 0.5  # s that a call gets even when the time is used up
TAG = "seaport_intent"  # in Stripe's metadata: which intent made this

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


class StripeAway(BusinessError):
    """No answer, or none that tells what happened: it may have been done or not. Ask again under the same key.

    `is_replay` is True when Stripe kept this answer and gives the same one each time the key comes.
    """

    status = 503

    def __init__(self, sentence: str = "", *, is_replay: bool = False) -> None:
        super().__init__(sentence or _("Stripe doesn't answer just now. Please try again in a few minutes."))
        self.is_replay = is_replay


class StripeRefused(BusinessError):
    """Stripe understood and said no; `code` is its word for why."""

    def __init__(self, sentence: str, *, code: str) -> None:
        super().__init__(sentence)
        self.code = code


class NotForSale(BusinessError):
    """There is no price at Stripe, or another than the one people read here: nothing is sold."""


@dataclass(frozen=True)
class Snapshot:
    """A subscription as Stripe has it."""

    stripe_id: str
    customer_id: str
    item_id: str
    status: Status
    quantity: int
    unit_amount: Decimal
    currency: str
    created: datetime
    period_start: datetime
    period_end: datetime
    ended_at: datetime | None
    cancel_at: datetime | None
    is_live: bool
    tag: str | None  # the intent that last changed its seats


@dataclass(frozen=True)
class Bill:
    """A bill of ours as Stripe has it, no draft."""

    stripe_id: str
    number: str | None
    status: BillStatus
    total: Decimal
    currency: str
    issued_at: datetime
    paid_at: datetime | None
    tries: int
    url: str | None


@dataclass(frozen=True)
class Preview:
    """What a change of seats costs: `now` for the rest of the month (below 0: credited), `monthly` from then on."""

    now: Decimal
    monthly: Decimal
    currency: str


@contextmanager
def patience() -> Iterator[None]:
    """All calls of the block together take no longer than `PATIENCE`, counted from the outermost such block."""
    outer = _deadline.get()
    ends = time.monotonic() + PATIENCE
    token = _deadline.set(ends if outer is None else min(ends, outer))
    try:
        yield
    finally:
        _deadline.reset(token)


def is_live() -> bool:
    """True when the key moves real money."""
    return _config().stripe_api_key.startswith(("sk_live_", "rk_live_"))


# ── questions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def subscription_of(customer_id: str) -> Snapshot | None:
    """The subscription of a customer: the one that is alive, else the one that ended last; None where he has none."""
    found = _ask(lambda api, how: api.subscriptions.list({"customer": customer_id, "status": "all", "limit": 20}, how))
    snapshots = [snapshot for snapshot in map(_snapshot, found["data"]) if snapshot.customer_id == customer_id]
    return max(snapshots, key=_liveliness, default=None)


def bills_of(customer_id: str) -> list[Bill]:
    """The last 100 bills of a customer, drafts left out."""
    found = _ask(lambda api, how: api.invoices.list({"customer": customer_id, "limit": 100}, how))
    return [_bill(row) for row in found["data"] if row["status"] != "draft" and row["customer"] == customer_id]


def price_id(currency: str) -> str:
    """Stripe's name for the price of a seat in `currency`.

    Raises:
        NotForSale: there is none, or it isn't the one on our list.
    """
    key = plan.lookup_key(currency)
    found = _ask(lambda api, how: api.prices.list({"lookup_keys": [key], "active": True, "limit": 1}, how))["data"]
    wanted = (plan.to_minor(plan.PRICES[currency]), currency.lower(), {"interval": "month", "interval_count": 1})
    if not found or wanted != _terms(found[0]):
        raise NotForSale(_("Seats can't be bought just now; nothing was charged. Please write to us, and we mend it."))
    return str(found[0]["id"])


def preview(customer_id: str, stripe_id: str, item_id: str, seats: int, at: int) -> Preview:
    """What it would cost to have `seats` seats from `at` (unix, s) on."""
    asked = {
        "customer": customer_id,
        "subscription": stripe_id,
        "subscription_details": {
            "items": [{"id": item_id, "quantity": seats}],
            "proration_behavior": "create_prorations",
            "proration_date": at,
        },
    }
    found = _ask(lambda api, how: api.invoices.create_preview(asked, how))
    rest = monthly = 0
    for line in found["lines"]["data"]:
        if _is_proration(line):
            rest += line["amount"]
        else:
            monthly += line["amount"]
    return Preview(plan.from_minor(rest), plan.from_minor(monthly), str(found["currency"]).upper())


def portal_url(customer_id: str, return_url: str, locale: str) -> str:
    """The address of Stripe's own page for cards, bills and the end of the subscription; good for minutes."""
    asked = {"customer": customer_id, "return_url": return_url, "locale": locale}
    # No intent: another session is another address, and nothing else.
    return str(_ask(lambda api, how: api.billing_portal.sessions.create(asked, how))["url"])


def close_checkout(session_id: str) -> None:
    """End a payment page that is no longer wanted; one that was paid or has ended stays as it is."""
    try:
        _ask(lambda api, how: api.checkout.sessions.expire(session_id, {}, how))
    except StripeRefused as error:
        if error.code not in {"resource_missing", "invalid_request_error", ""}:
            raise


# ── what an intent asks ─────────────────────────────────────────────────────────────────────────────────────────────


def carry_out(intent: StripeIntent) -> dict[str, Any]:
    """Ask for what the intent says, under its key.

    Returns:
        What came of it, for `intent.outcome`.

    Raises:
        StripeAway: it isn't known whether it was done.
        StripeRefused: it wasn't, and won't be.
    """
    params = _tagged(intent)
    if intent.kind is IntentKind.CUSTOMER:
        return _customer(_ask(lambda api, how: api.customers.create(params, how), key=intent.key))
    if intent.kind is IntentKind.CHECKOUT:
        return _checkout(_ask(lambda api, how: api.checkout.sessions.create(params, how), key=intent.key))
    stripe_id = params.pop("subscription")
    changed = _ask(lambda api, how: api.subscriptions.update(stripe_id, params, how), key=intent.key)
    return {"id": changed["id"]}


def look_up(intent: StripeIntent, customer_id: str | None) -> dict[str, Any] | None:
    """What came of an intent whose answer was lost, by the mark it left at Stripe; None when it left none."""
    if intent.kind is IntentKind.CUSTOMER:
        asked = {"email": intent.params.get("email", ""), "limit": 100}
        rows = _ask(lambda api, how: api.customers.list(asked, how))["data"]
        return next((_customer(row) for row in rows if _tag(row) == str(intent.id)), None)
    if customer_id is None:
        return None
    if intent.kind is IntentKind.CHECKOUT:
        by_customer = {"customer": customer_id, "limit": 100}
        rows = _ask(lambda api, how: api.checkout.sessions.list(by_customer, how))["data"]
        return next((_checkout(row) for row in rows if _tag(row) == str(intent.id)), None)
    found = _ask(lambda api, how: api.subscriptions.retrieve(intent.params["subscription"], {}, how))
    return {"id": found["id"]} if _tag(found) == str(intent.id) else None


def _tagged(intent: StripeIntent) -> dict[str, Any]:
    params = dict(intent.params)
    params["metadata"] = {**params.get("metadata", {}), TAG: str(intent.id)}
    return params


def _tag(row: Mapping[str, Any]) -> str | None:
    found = (row.get("metadata") or {}).get(TAG)
    return str(found) if found else None


def _customer(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": str(row["id"]), "is_live": bool(row["livemode"])}


def _checkout(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": str(row["id"]), "url": row.get("url")}


# ── Stripe's shapes in our words ────────────────────────────────────────────────────────────────────────────────────


def _snapshot(row: Mapping[str, Any]) -> Snapshot:
    item = row["items"]["data"][0]
    return Snapshot(
        stripe_id=str(row["id"]),
        customer_id=_id(row["customer"]),
        item_id=str(item["id"]),
        status=Status(row["status"]),
        quantity=int(item["quantity"]),
        unit_amount=plan.from_minor(item["price"]["unit_amount"]),
        currency=str(item["price"]["currency"]).upper(),
        created=_required(row["created"]),
        period_start=_required(item["current_period_start"]),
        period_end=_required(item["current_period_end"]),
        ended_at=_instant(row.get("ended_at")),
        cancel_at=_instant(row.get("cancel_at")) or _at_period_end(row, item),
        is_live=bool(row["livemode"]),
        tag=_tag(row),
    )


def _at_period_end(row: Mapping[str, Any], item: Mapping[str, Any]) -> datetime | None:
    return _instant(item["current_period_end"]) if row.get("cancel_at_period_end") else None


def _liveliness(snapshot: Snapshot) -> tuple[int, datetime, str]:
    """Alive before not begun before over; the newest of each."""
    rank = 0 if snapshot.status.is_over else 2 if snapshot.status.has_begun else 1
    return rank, snapshot.created, snapshot.stripe_id


def _bill(row: Mapping[str, Any]) -> Bill:
    moves = row.get("status_transitions") or {}
    return Bill(
        stripe_id=str(row["id"]),
        number=row.get("number"),
        status=BillStatus(row["status"]),
        total=plan.from_minor(row["total"]),
        currency=str(row["currency"]).upper(),
        issued_at=_instant(moves.get("finalized_at")) or _required(row["created"]),
        paid_at=_instant(moves.get("paid_at")),
        tries=int(row.get("attempt_count") or 0),
        url=row.get("hosted_invoice_url"),
    )


def _is_proration(line: Mapping[str, Any]) -> bool:
    parent = line.get("parent") or {}
    details = parent.get("subscription_item_details") or parent.get("invoice_item_details") or {}
    return bool(details.get("proration"))


def _terms(price: Mapping[str, Any]) -> tuple[Any, ...]:
    recurring = price.get("recurring") or {}
    every = {"interval": recurring.get("interval"), "interval_count": recurring.get("interval_count")}
    return price.get("unit_amount"), price.get("currency"), every


def _id(value: Any) -> str:
    return str(value["id"]) if isinstance(value, Mapping) else str(value)


def _instant(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _required(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


# ── the line ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _config() -> Config:
    found: Config = current_app.extensions["config"]
    return found


@lru_cache(maxsize=1)
def _library() -> Any:
    return import_module("stripe")


def _ask(call: Callable[[Any, dict[str, Any]], Any], *, key: str | None = None) -> Any:
    """One call, without the library's own retries: we know better than it what may be asked twice, and when."""
    stripe = _library()
    how: dict[str, Any] = {"idempotency_key": key} if key else {}
    try:
        return call(_client(stripe).v1, how).to_dict()
    except stripe.IdempotencyError as error:
        # The key is at work in another process just now; else it came with other parameters, a mistake of ours.
        if error.http_status == 409:
            raise StripeAway from error
        raise
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise StripeAway from error
    except stripe.StripeError as error:
        raise _translated(error) from error


def _translated(error: Any) -> BusinessError:
    status = error.http_status or 500
    if status >= 500 or status in {408, 409, 425, 429}:
        headers = {str(name).lower(): str(value) for name, value in (error.headers or {}).items()}
        return StripeAway(is_replay=headers.get("idempotent-replayed") == "true")
    if status in {401, 403}:  # our own key is wrong: nothing that the owner could mend
        return StripeRefused(_("Billing isn't set up correctly. Please write to us; nothing was charged."), code="key")
    said = getattr(error, "user_message", None) if _is_for_people(error) else None
    return StripeRefused(
        said or _("Stripe didn't accept this; nothing was changed. Check your card on Stripe's page, then try again."),
        code=str(error.code or (error.error.type if error.error else "") or ""),
    )


def _is_for_people(error: Any) -> bool:
    """Card errors carry a sentence for the one who pays, in the language of the session."""
    return type(error).__name__ == "CardError"


def _client(stripe: Any) -> Any:
    config = _config()
    deadline = _deadline.get()
    left = PATIENCE if deadline is None else max(SHORTEST, deadline - time.monotonic())
    return stripe.StripeClient(
        config.stripe_api_key,
        base_addresses={"api": config.stripe_api_base} if config.stripe_api_base else None,
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=left),
    )
