"""A person with a passkey, in a browser that holds one: Chromium's own authenticator, without a device."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from saas.db import db
from saas.tenants import scope
from saas.tenants.actions import people, users
from tests.browsers import barriers, fits
from tests.factories import make_tenant

PASSWORD, EMAIL = "seven small green boats", "priya@passkeys.example"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def slug(service) -> str:
    with service.app.app_context():
        tenant = make_tenant()
        tenant_id, slug = tenant.id, tenant.slug
        user = users.register(EMAIL, "Priya Nair", PASSWORD)
        db.session.commit()
        with scope.enter(tenant_id):
            people.admit(user, "agent")
            db.session.commit()
    return slug


@pytest.fixture
def page(service, visitor) -> Page:
    """A browser with a device of its own. Passkeys need a name in the address: `localhost`."""
    page = visitor(base_url=service.address.replace("127.0.0.1", "localhost"))
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return page


def by_password(page: Page) -> None:
    page.context.clear_cookies()
    page.goto("/sign-in")
    page.get_by_label("Mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.shows("AD4")
def test_a_passkey_is_added_used_alone_used_second_and_removed(page, slug):
    by_password(page)
    page.goto(f"/{slug}/profile/sign-in")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Laptop")
    assert barriers(page) == []
    assert fits(page)
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Codes for paper")).to_be_visible()
    assert page.locator(".codes code").count() == 10

    page.context.clear_cookies()
    page.goto(f"/{slug}/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"**/{slug}/")

    by_password(page)
    page.wait_for_url("**/sign-in/code")
    assert barriers(page) == []
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url(f"**/{slug}/")

    page.goto(f"/{slug}/profile/sign-in")
    expect(page.locator("#passkeys")).to_contain_text("Laptop")
    page.locator("#passkeys").get_by_role("button", name="Remove").click()
    expect(page.locator("#passkeys")).not_to_contain_text("Laptop")
    by_password(page)
    page.wait_for_url(f"**/{slug}/")
