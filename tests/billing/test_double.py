"""The double against what Stripe publishes: no field that Stripe's objects haven't, and values of the same kinds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from saas.billing import gateway
from saas.billing.actions import buying
from tests.billing.conftest import RETURN_URL
from tests.stripe_double import nested, preview

# Read by the gateway, or set by nothing in the fixtures: allowed to be there in another kind.
LOOSE = {"metadata", "preferred_locales"}


@pytest.fixture(scope="module")
def published(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "stripe" / "fixtures3.json").read_text())["resources"]


def odd(mine: Any, theirs: Any, where: str) -> list[str]:
    """What of `mine` has no counterpart in `theirs`."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        name = where.rpartition(".")[2]
        if name in LOOSE:
            return []
        extra = [f"{where}.{key}" for key in mine if key not in theirs]
        return extra + [o for key in mine if key in theirs for o in odd(mine[key], theirs[key], f"{where}.{key}")]
    if isinstance(mine, list) and isinstance(theirs, list):
        return [o for one in mine[:1] for other in theirs[:1] for o in odd(one, other, f"{where}[]")]
    if mine is None or theirs is None or type(mine) is type(theirs):
        return []
    return [f"{where}: {type(mine).__name__}, not {type(theirs).__name__}"]


class TestShapes:
    def test_are_those_of_stripe(self, published, stripe, subscribed, owner):
        bought = subscribed(2)
        stripe.cancel(bought, at_end=True)
        buying.open_portal(return_url=RETURN_URL)
        shown: list[dict[str, Any]] = [*stripe.prices.values(), *stripe.events]
        for shelf in (stripe.customers, stripe.sessions, stripe.subscriptions, stripe.invoices):
            shown += [{k: v for k, v in thing.items() if not k.startswith("_")} for thing in shelf.values()]
        row = stripe.subscriptions[bought]
        shown.append(preview_of(stripe, row))
        wrong = {o for thing in shown for o in odd(thing, fixture(published, thing), thing["object"])}
        assert wrong == set()

    def test_what_we_read_is_there(self, published):
        assert gateway._terms(published["price"])[2] == {"interval": "month", "interval_count": 1}
        assert gateway._snapshot(published["subscription"]).quantity == 1
        assert gateway._bill(published["invoice"] | {"status": "open"}).total == 10
        assert gateway._customer(published["customer"])["id"].startswith("cus_")
        assert gateway._checkout(published["checkout.session"])["url"].startswith("https://checkout.stripe.com")
        assert "proration" in published["invoice"]["lines"]["data"][0]["parent"]["subscription_item_details"]


def fixture(published: dict[str, Any], thing: dict[str, Any]) -> dict[str, Any]:
    found = dict(published[thing["object"]])
    if thing["object"] == "event":
        found["data"] = {"object": published[thing["data"]["object"]["object"]]}
    return found


def preview_of(stripe: Any, row: dict[str, Any]) -> dict[str, Any]:
    return preview(row, 5, row["items"]["data"][0]["current_period_start"])


class TestKeys:
    def test_are_compared_with_their_parameters(self, stripe, app, context):
        library = gateway._library()
        client = gateway._client(library).v1
        one = client.customers.create({"email": "a@example.com"}, {"idempotency_key": "k"})
        assert client.customers.create({"email": "a@example.com"}, {"idempotency_key": "k"}).id == one.id
        with pytest.raises(library.IdempotencyError):
            client.customers.create({"email": "b@example.com"}, {"idempotency_key": "k"})

    def test_are_forgotten_after_a_day(self, stripe, app, context):
        client = gateway._client(gateway._library()).v1
        one = client.customers.create({"email": "a@example.com"}, {"idempotency_key": "k"})
        was = stripe.now
        stripe.now = lambda: was() + 86_401
        assert client.customers.create({"email": "a@example.com"}, {"idempotency_key": "k"}).id != one.id

    def test_keep_a_failure(self, stripe, app, context):
        library = gateway._library()
        client = gateway._client(library).v1
        stripe.faults.append("500")
        for _again in range(2):
            with pytest.raises(library.APIError) as error:
                client.customers.create({"email": "a@example.com"}, {"idempotency_key": "k"})
        assert error.value.headers["Idempotent-Replayed"] == "true"
        assert not stripe.customers


def test_the_librarys_signature_is_ours(stripe, app, context):
    signature = gateway._library().WebhookSignature
    body = b'{"id": "evt_1"}'
    assert signature.verify_header(body, stripe.sign(body), stripe.secret, tolerance=300)


def test_forms_are_read_as_stripe_writes_them():
    text = "items[0][id]=si_1&items[0][quantity]=3&lookup_keys[0]=a&lookup_keys[1]=b&metadata[x]=&mode=subscription"
    assert nested(text) == {
        "items": [{"id": "si_1", "quantity": "3"}],
        "lookup_keys": ["a", "b"],
        "metadata": {"x": ""},
        "mode": "subscription",
    }
