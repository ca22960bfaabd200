"""Our own Stripe: a small stateful server on loopback, for tests and for walking the pages without an account.

It answers what `saas/billing/gateway.py` asks, with objects in the shape of Stripe's published fixtures
(`tests/billing/test_double.py` compares them), keeps idempotency keys as Stripe does (parameters compared, answers kept
for 24 h, failures too), signs its messages, and misbehaves when told to (`faults`).

python -m tests.stripe_double PORT WEBHOOK_URL      a payment page at /pay/<session>, messages sent by itself
"""

from __future__ import annotations

import hashlib
import hmac
import html
import json
import random
import secrets
import socket
import sys
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

MONTH = 30 * 86_400
DAY = 86_400
PRICES = {"eur": 1900, "usd": 2000, "cny": 12800}
SECRET = "whsec_double"

# What can go wrong with a call. "before": nothing was done; "after": it was done.
FAULTS = (
    "drop",  # the line is closed before anything was done
    "cut",  # done, then the line is closed
    "hang",  # nothing is done, and no answer comes
    "hang after",  # done, and no answer comes
    "500",  # nothing was done; the answer is kept under the key, as Stripe keeps it
    "500 after",  # done, and the answer is a failure that is kept under the key
    "503",  # nothing was done, and nothing is kept
    "409",  # another call under the key is at work: nothing was done, nothing is kept
    "429",
)


@dataclass
class Call:
    """One call that came in."""

    method: str
    path: str
    params: dict[str, Any]
    key: str | None
    fault: str | None = None
    status: int = 0
    did: bool = False  # it changed something


@dataclass
class Kept:
    """What an idempotency key was used for."""

    fingerprint: str
    at: float
    answer: tuple[int, dict[str, Any]] | None = None  # None while the call is at work


class Refusal(Exception):
    """An answer with an error in it."""

    def __init__(self, status: int, message: str, *, code: str | None = None, kind: str = "invalid_request_error"):
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message, "code": code, "param": None}}


@dataclass
class Stripe:
    """The account: its state, its faults, its messages."""

    livemode: bool = False
    now: Callable[[], float] = time.time
    hang_for: float = 30.0  # s
    secret: str = SECRET
    webhook_url: str = ""  # where messages are sent at once; empty: they wait in `events`
    faults: deque[str | None] = field(default_factory=deque)  # for the next calls that change something, in order
    choose_fault: Callable[[Call], str | None] = lambda call: None
    calls: list[Call] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    changes: list[tuple[str, int, int]] = field(default_factory=list)  # (subscription, seats before, after)
    customers: dict[str, dict[str, Any]] = field(default_factory=dict)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    subscriptions: dict[str, dict[str, Any]] = field(default_factory=dict)
    invoices: dict[str, dict[str, Any]] = field(default_factory=dict)
    prices: dict[str, dict[str, Any]] = field(default_factory=dict)
    kept: dict[str, Kept] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    url: str = ""
    _mark: str = field(default_factory=lambda: secrets.token_hex(4))  # no two accounts share an id
    _count: int = 0
    _server: ThreadingHTTPServer | None = None

    def __post_init__(self) -> None:
        for currency, amount in PRICES.items():
            self.prices[f"price_{currency}"] = price(currency, amount, self.livemode)

    # ── the server ──────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self, port: int = 0) -> Stripe:
        """Listen on loopback."""
        account = self

        class Handler(_Handler):
            stripe = account

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Stripe:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    # ── messages ────────────────────────────────────────────────────────────────────────────────────────────────────

    def message(self, event: dict[str, Any], *, secret: str | None = None, at: float | None = None) -> dict[str, Any]:
        """A message as it is posted: `data` and `headers`."""
        body = json.dumps(event).encode()
        return {"data": body, "headers": {"Stripe-Signature": self.sign(body, secret=secret, at=at)}}

    def sign(self, body: bytes, *, secret: str | None = None, at: float | None = None, scheme: str = "v1") -> str:
        """The signature header of a body."""
        stamp = int(self.now() if at is None else at)
        made = hmac.new((secret or self.secret).encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        return f"t={stamp},{scheme}={made}"

    def muddle(self, chance: random.Random, events: Iterable[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
        """The messages in any order, some of them twice or three times."""
        found = list(self.events if events is None else events)
        found += [event for event in found if chance.random() < 0.3]
        found += [event for event in found if chance.random() < 0.1]
        chance.shuffle(found)
        return found

    def _happen(self, kind: str, thing: dict[str, Any], key: str | None = None) -> None:
        event = {
            "id": self._id("evt"),
            "object": "event",
            "api_version": None,
            "created": int(self.now()),
            "data": {"object": json.loads(json.dumps(thing))},
            "livemode": self.livemode,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": key},
            "type": kind,
        }
        self.events.append(event)
        if self.webhook_url:
            threading.Thread(target=self._send, args=(event,), daemon=True).start()

    def _send(self, event: dict[str, Any]) -> None:
        for wait in (0, 1, 5, 20, 60):
            time.sleep(wait)
            posted = self.message(event)
            request = urllib.request.Request(self.webhook_url, posted["data"], posted["headers"])
            try:
                with urllib.request.urlopen(request, timeout=10):
                    return
            except OSError:
                continue

    # ── what happens at Stripe by itself ────────────────────────────────────────────────────────────────────────────

    def pay(self, session_id: str, *, works: bool = True) -> dict[str, Any]:
        """The owner pays on the payment page; with `works` False his first payment fails."""
        with self.lock:
            session = self.sessions[session_id]
            if session["status"] != "open":
                raise Refusal(400, "This page has ended.")
            asked = session["_asked"]["line_items"][0]
            bought = self._subscribe(session["customer"], asked["price"], int(asked["quantity"]), works)
            if works:
                session["status"], session["payment_status"], session["url"] = "complete", "paid", None
                session["subscription"] = bought["id"]
                self._happen("checkout.session.completed", shown(session))
            return bought

    def _subscribe(self, customer: str, price_id: str, seats: int, works: bool) -> dict[str, Any]:
        start = int(self.now())
        made = subscription(self._id("sub"), self._id("si"), customer, self.prices[price_id], seats, start)
        made["status"] = "active" if works else "incomplete"
        made["livemode"] = self.livemode
        self.subscriptions[made["id"]] = made
        self._happen("customer.subscription.created", shown(made))
        self._invoice(made, "subscription_create", paid=works)
        return made

    def renew(self, subscription_id: str, *, works: bool = True) -> dict[str, Any]:
        """The next month begins, and its bill is collected or not."""
        with self.lock:
            found = self.subscriptions[subscription_id]
            item = found["items"]["data"][0]
            item["current_period_start"] = item["current_period_end"]
            item["current_period_end"] += MONTH
            made = self._invoice(found, "subscription_cycle", paid=works)
            self._become(found, "active" if works else "past_due")
            return made

    def collect(self, subscription_id: str, *, works: bool = True) -> None:
        """Stripe tries to collect what is owed once more."""
        with self.lock:
            found = self.subscriptions[subscription_id]
            for bill in self._bills(subscription_id):
                if bill["status"] == "open":
                    bill["attempt_count"] += 1
                    self._settle(bill) if works else self._happen("invoice.payment_failed", shown(bill))
            if works:
                self._become(found, "active")

    def become(self, subscription_id: str, status: str) -> None:
        """The subscription's state changes, as by a rule of the account: unpaid, paused, incomplete_expired, …"""
        with self.lock:
            self._become(self.subscriptions[subscription_id], status)

    def cancel(self, subscription_id: str, *, at_end: bool = False) -> None:
        """The owner ends it on Stripe's page: now, or when the month is over."""
        with self.lock:
            found = self.subscriptions[subscription_id]
            if at_end:
                found["cancel_at_period_end"] = True
                found["cancel_at"] = found["items"]["data"][0]["current_period_end"]
                self._happen("customer.subscription.updated", shown(found))
            else:
                self._become(found, "canceled")

    def set_seats(self, subscription_id: str, seats: int) -> None:
        """Somebody changes the quantity at Stripe itself."""
        with self.lock:
            self._seats(self.subscriptions[subscription_id], seats)

    def _seats(self, found: dict[str, Any], seats: int, key: str | None = None) -> None:
        item = found["items"]["data"][0]
        if item["quantity"] != seats:
            self.changes.append((found["id"], item["quantity"], seats))
            item["quantity"] = seats
        self._happen("customer.subscription.updated", shown(found), key)

    def _become(self, found: dict[str, Any], status: str) -> None:
        found["status"] = status
        if status in {"canceled", "incomplete_expired"}:
            found["ended_at"] = found["canceled_at"] = int(self.now())
        kind = "deleted" if status == "canceled" else "updated"
        self._happen(f"customer.subscription.{kind}", shown(found))

    def _invoice(self, found: dict[str, Any], why: str, *, paid: bool) -> dict[str, Any]:
        item = found["items"]["data"][0]
        amount = item["quantity"] * item["price"]["unit_amount"]
        number = f"SEA-{len(self.invoices) + 1:04}"
        made = invoice(self._id("in"), number, found, amount, int(self.now()), f"{self.url}/bill/{number}", why)
        made["livemode"] = self.livemode
        self.invoices[made["id"]] = made
        found["latest_invoice"] = made["id"]
        self._happen("invoice.finalized", shown(made))
        made["attempt_count"], made["attempted"] = 1, True
        self._settle(made) if paid else self._happen("invoice.payment_failed", shown(made))
        return made

    def _settle(self, bill: dict[str, Any]) -> None:
        bill["status"], bill["amount_paid"], bill["amount_remaining"] = "paid", bill["total"], 0
        bill["status_transitions"]["paid_at"] = int(self.now())
        self._happen("invoice.paid", shown(bill))

    def _bills(self, subscription_id: str) -> list[dict[str, Any]]:
        return [bill for bill in self.invoices.values() if bill["_subscription"] == subscription_id]

    # ── what is asked of it ─────────────────────────────────────────────────────────────────────────────────────────

    def answer(self, call: Call) -> tuple[int, dict[str, Any]]:
        """The answer to a call, with idempotency as Stripe does it; its fault, if any, is on the call."""
        if call.method != "POST" or call.key is None:
            return self._try(call)
        fingerprint = json.dumps([call.path, call.params], sort_keys=True)
        with self.lock:
            kept = self.kept.get(call.key)
            if kept and self.now() - kept.at > DAY:
                kept = None
            if kept and kept.fingerprint != fingerprint:
                raise Refusal(
                    400,
                    "Keys for idempotent requests can only be used with the same parameters.",
                    kind="idempotency_error",
                )
            if kept and kept.answer is None:
                raise Refusal(409, "The key is in use by another request.", code="idempotency_key_in_use")
            if kept and kept.answer:
                status, body = kept.answer
                return status, {**body, "_replayed": True}
            self.kept[call.key] = Kept(fingerprint, self.now())
        try:
            answer = self._try(call)
        except Refusal as error:
            if error.status in {409, 429, 503}:
                del self.kept[call.key]
                raise
            answer = error.status, error.body
        self.kept[call.key].answer = answer
        return answer

    def _try(self, call: Call) -> tuple[int, dict[str, Any]]:
        if call.fault in {"409", "429", "503", "500"}:
            kind = {"409": "idempotency_error", "429": "rate_limit_error"}.get(call.fault, "api_error")
            raise Refusal(int(call.fault), "Something went wrong.", code="lock_timeout", kind=kind)
        with self.lock:
            done = self._do(call)
        call.did = call.method == "POST"
        if call.fault == "500 after":
            raise Refusal(500, "Something went wrong.", kind="api_error")
        return 200, done

    def _do(self, call: Call) -> dict[str, Any]:
        parts = [part for part in call.path.split("/") if part][1:]
        verb = getattr(self, f"_{call.method.lower()}_{'_'.join(p for p in parts if not _is_id(p))}", None)
        if verb is None:
            raise Refusal(404, f"Unrecognized request URL ({call.method}: {call.path}).")
        done: dict[str, Any] = verb(call, *[part for part in parts if _is_id(part)])
        return done

    def _post_customers(self, call: Call) -> dict[str, Any]:
        made = customer(self._id("cus"), call.params, int(self.now()), self.livemode)
        self.customers[made["id"]] = made
        self._happen("customer.created", shown(made), call.key)
        return shown(made)

    def _get_customers(self, call: Call) -> dict[str, Any]:
        found = [c for c in self.customers.values() if c["email"] == call.params.get("email")]
        return listed(found, "/v1/customers", call)

    def _get_prices(self, call: Call) -> dict[str, Any]:
        keys = call.params["lookup_keys"]
        return listed([p for p in self.prices.values() if p["lookup_key"] in keys], "/v1/prices", call)

    def _post_checkout_sessions(self, call: Call) -> dict[str, Any]:
        self._customer(call.params["customer"])
        made = checkout(self._id("cs"), call.params, int(self.now()), self.livemode)
        made["url"] = f"{self.url}/pay/{made['id']}"
        self.sessions[made["id"]] = made
        return shown(made)

    def _get_checkout_sessions(self, call: Call) -> dict[str, Any]:
        found = [s for s in self.sessions.values() if s["customer"] == call.params["customer"]]
        return listed(found, "/v1/checkout/sessions", call)

    def _post_checkout_sessions_expire(self, call: Call, session_id: str) -> dict[str, Any]:
        found = self._one(self.sessions, session_id)
        if found["status"] != "open":
            raise Refusal(400, f"This Session has a status of {found['status']}.")
        found["status"], found["url"] = "expired", None
        self._happen("checkout.session.expired", shown(found), call.key)
        return shown(found)

    def _get_subscriptions(self, call: Call, subscription_id: str | None = None) -> dict[str, Any]:
        if subscription_id is not None:
            return shown(self._one(self.subscriptions, subscription_id))
        found = [s for s in self.subscriptions.values() if s["customer"] == call.params["customer"]]
        if call.params.get("status") != "all":
            found = [s for s in found if s["status"] != "canceled"]
        return listed(found, "/v1/subscriptions", call)

    def _post_subscriptions(self, call: Call, subscription_id: str) -> dict[str, Any]:
        found = self._one(self.subscriptions, subscription_id)
        if found["status"] in {"canceled", "incomplete_expired"}:
            raise Refusal(404, f"No such subscription: '{subscription_id}'", code="resource_missing")
        found["metadata"].update(call.params.get("metadata", {}))
        for asked in call.params.get("items", []):
            if asked["id"] != found["items"]["data"][0]["id"]:
                raise Refusal(400, f"No such subscription item: '{asked['id']}'", code="resource_missing")
            self._seats(found, int(asked["quantity"]), call.key)
        return shown(found)

    def _post_invoices_create_preview(self, call: Call) -> dict[str, Any]:
        found = self._one(self.subscriptions, call.params["subscription"])
        details = call.params["subscription_details"]
        return preview(found, int(details["items"][0]["quantity"]), int(details["proration_date"]))

    def _get_invoices(self, call: Call) -> dict[str, Any]:
        found = [i for i in self.invoices.values() if i["customer"] == call.params["customer"]]
        return listed(found, "/v1/invoices", call)

    def _post_billing_portal_sessions(self, call: Call) -> dict[str, Any]:
        self._customer(call.params["customer"])
        made = self._id("bps")
        return {
            "id": made,
            "object": "billing_portal.session",
            "configuration": "bpc_double",
            "created": int(self.now()),
            "customer": call.params["customer"],
            "livemode": self.livemode,
            "locale": call.params.get("locale"),
            "on_behalf_of": None,
            "return_url": call.params["return_url"],
            "url": f"{self.url}/portal/{made}?back={call.params['return_url']}",
        }

    def _get_events(self, call: Call) -> dict[str, Any]:
        return listed(self.events, "/v1/events", call)

    def _customer(self, customer_id: str) -> dict[str, Any]:
        return self._one(self.customers, customer_id)

    def _one(self, shelf: dict[str, dict[str, Any]], thing_id: str) -> dict[str, Any]:
        if thing_id not in shelf:
            raise Refusal(404, f"No such object: '{thing_id}'", code="resource_missing")
        return shelf[thing_id]

    def _id(self, kind: str) -> str:
        with self.lock:
            self._count += 1
            return f"{kind}_{self._mark}{self._count:06}"


class _Handler(BaseHTTPRequestHandler):
    stripe: Stripe
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    def _serve(self, method: str) -> None:
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if not address.path.startswith("/v1/"):
            self._page(method, address.path, address.query)
            return
        call = Call(method, address.path, nested(body or address.query), self.headers.get("Idempotency-Key"))
        stripe = self.stripe
        with stripe.lock:
            if method == "POST" and stripe.faults:
                call.fault = stripe.faults.popleft()
            call.fault = call.fault or stripe.choose_fault(call)
            stripe.calls.append(call)
        if call.fault == "drop":
            self._close()
            return
        if call.fault == "hang":
            time.sleep(stripe.hang_for)
            self._close()
            return
        try:
            if not self.headers.get("Authorization", "").startswith("Bearer sk_"):
                raise Refusal(401, "You did not provide an API key.")
            call.status, answer = stripe.answer(call)
        except Refusal as error:
            call.status, answer = error.status, error.body
        if call.fault == "hang after":
            time.sleep(stripe.hang_for)
        if call.fault in {"cut", "hang after"}:
            self._close()
            return
        self._json(call.status, answer)

    def _json(self, status: int, answer: dict[str, Any]) -> None:
        replayed = answer.pop("_replayed", False)
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Request-Id", "req_double")
        if replayed:
            self.send_header("Idempotent-Replayed", "true")
        self.end_headers()
        self.wfile.write(text)

    def _page(self, method: str, path: str, query: str) -> None:
        kind, _slash, name = path.removeprefix("/").partition("/")
        session = self.stripe.sessions.get(name)
        if kind == "pay" and session and method == "POST":
            self.stripe.pay(name)
            self.send_response(303)
            self.send_header("Location", session["success_url"])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        text = "<h1>Stripe's double</h1>"
        if kind == "pay" and session:
            text += (
                f"<form method=post><button>Pay</button></form><a href='{html.escape(session['cancel_url'])}'>Back</a>"
            )
        elif kind == "portal":
            text += f"<a href='{html.escape(dict(parse_qsl(query)).get('back', '/'))}'>Back</a>"
        page = f"<!doctype html><title>Stripe's double</title>{text}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def _close(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


# ── shapes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def shown(thing: dict[str, Any]) -> dict[str, Any]:
    """An object without what the double keeps for itself."""
    return {name: value for name, value in thing.items() if not name.startswith("_")}


def listed(things: list[dict[str, Any]], url: str, call: Call) -> dict[str, Any]:
    """A page of a list, newest first."""
    limit = int(call.params.get("limit", 10))
    newest = sorted(things, key=lambda thing: (thing["created"], thing["id"]), reverse=True)
    rows = [shown(thing) for thing in newest[:limit]]
    return {"object": "list", "data": rows, "has_more": len(newest) > limit, "url": url}


def price(currency: str, amount: int, livemode: bool) -> dict[str, Any]:
    """A price per seat and month."""
    return {
        "id": f"price_{currency}",
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": 1_700_000_000,
        "currency": currency,
        "livemode": livemode,
        "lookup_key": f"seaport_seat_{currency}",
        "metadata": {},
        "nickname": None,
        "product": "prod_seat",
        "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
        "tax_behavior": "unspecified",
        "type": "recurring",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }


def customer(made: str, params: dict[str, Any], created: int, livemode: bool) -> dict[str, Any]:
    """A customer."""
    return {
        "id": made,
        "object": "customer",
        "balance": 0,
        "created": created,
        "currency": None,
        "delinquent": False,
        "email": params.get("email"),
        "livemode": livemode,
        "metadata": params.get("metadata", {}),
        "name": params.get("name"),
        "preferred_locales": params.get("preferred_locales", []),
    }


def checkout(made: str, params: dict[str, Any], created: int, livemode: bool) -> dict[str, Any]:
    """A payment page."""
    return {
        "id": made,
        "object": "checkout.session",
        "cancel_url": params["cancel_url"],
        "client_reference_id": params.get("client_reference_id"),
        "created": created,
        "customer": params["customer"],
        "expires_at": created + DAY,
        "livemode": livemode,
        "locale": params.get("locale"),
        "metadata": params.get("metadata", {}),
        "mode": params["mode"],
        "payment_status": "unpaid",
        "status": "open",
        "subscription": None,
        "success_url": params["success_url"],
        "url": None,
        "_asked": params,
    }


def subscription(made: str, item: str, buyer: str, of: dict[str, Any], seats: int, start: int) -> dict[str, Any]:
    """A purchase with one line."""
    return {
        "id": made,
        "object": "subscription",
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "collection_method": "charge_automatically",
        "created": start,
        "currency": of["currency"],
        "customer": buyer,
        "ended_at": None,
        "items": {
            "object": "list",
            "data": [
                {
                    "id": item,
                    "object": "subscription_item",
                    "created": start,
                    "current_period_start": start,
                    "current_period_end": start + MONTH,
                    "metadata": {},
                    "price": of,
                    "quantity": seats,
                    "subscription": made,
                }
            ],
            "has_more": False,
            "url": f"/v1/subscription_items?subscription={made}",
        },
        "latest_invoice": None,
        "livemode": False,
        "metadata": {},
        "start_date": start,
        "status": "active",
        "trial_end": None,
        "trial_start": None,
    }


def invoice(made: str, number: str, of: dict[str, Any], amount: int, at: int, url: str, why: str) -> dict[str, Any]:
    """A finished bill, to be paid."""
    return {
        "id": made,
        "object": "invoice",
        "amount_due": amount,
        "amount_paid": 0,
        "amount_remaining": amount,
        "attempt_count": 0,
        "attempted": False,
        "billing_reason": why,
        "created": at,
        "currency": of["currency"],
        "customer": of["customer"],
        "hosted_invoice_url": url,
        "livemode": False,
        "metadata": {},
        "number": number,
        "parent": {"type": "subscription_details", "subscription_details": {"metadata": {}, "subscription": of["id"]}},
        "status": "open",
        "status_transitions": {"finalized_at": at, "marked_uncollectible_at": None, "paid_at": None, "voided_at": None},
        "subtotal": amount,
        "total": amount,
        "_subscription": of["id"],
    }


def preview(of: dict[str, Any], seats: int, at: int) -> dict[str, Any]:
    """The next bill if the purchase had `seats` seats from `at` on."""
    item = of["items"]["data"][0]
    unit, end = item["price"]["unit_amount"], item["current_period_end"]
    share = (end - at) / (end - item["current_period_start"])
    amounts = [
        (-round(item["quantity"] * unit * share), True, item["quantity"]),
        (round(seats * unit * share), True, seats),
        (seats * unit, False, seats),
    ]
    lines = [
        {
            "id": f"il_{number}",
            "object": "line_item",
            "amount": amount,
            "currency": of["currency"],
            "description": None,
            "livemode": of["livemode"],
            "metadata": {},
            "parent": {
                "type": "subscription_item_details",
                "subscription_item_details": {
                    "invoice_item": None,
                    "proration": is_proration,
                    "subscription": of["id"],
                    "subscription_item": item["id"],
                },
            },
            "period": {"start": at, "end": end},
            "quantity": quantity,
        }
        for number, (amount, is_proration, quantity) in enumerate(amounts)
    ]
    total = sum(line["amount"] for line in lines)
    made = invoice("upcoming", "", of, total, at, "", "upcoming")
    data = {"object": "list", "data": lines, "has_more": False, "url": "/v1/invoices/upcoming/lines"}
    return shown(made) | {"status": "draft", "number": None, "lines": data}


# ── Stripe's way to write forms ─────────────────────────────────────────────────────────────────────────────────────


def nested(text: str) -> dict[str, Any]:
    """`items[0][id]=si_1&lookup_keys[0]=a` as dictionaries and lists; every value is text."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        path = [part.rstrip("]") for part in name.split("[")]
        at = tree
        for step in path[:-1]:
            at = at.setdefault(step, {})
        at[path[-1] or str(len(at))] = value
    found = _lists(tree)
    assert isinstance(found, dict)
    return found


def _lists(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    inner = {name: _lists(value) for name, value in tree.items()}
    if inner and all(name.isdecimal() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def _is_id(part: str) -> bool:
    return "_" in part and part.partition("_")[0] in {"cus", "cs", "sub", "si", "in", "price", "bps", "evt"}


if __name__ == "__main__":
    account = Stripe(webhook_url=sys.argv[2] if len(sys.argv) > 2 else "").start(int(sys.argv[1]))
    print(f"STRIPE_API_KEY=sk_test_double STRIPE_API_BASE={account.url} STRIPE_WEBHOOK_SECRET={SECRET}", flush=True)
    threading.Event().wait()
