"""A company rents a workspace, its people come in, and what is theirs is theirs."""

from __future__ import annotations

import re

import pyotp
import pytest
from playwright.sync_api import Page, expect

from saas.db import new_id
from tests.browsers import barriers, fits, resize
from tests.stories.conftest import PASSWORD, letter_link

PAGES = (
    "",
    "profile",
    "profile/sign-in",
    "profile/look",
    "profile/second-step",
    "profile/mail",
    "mails/",
    "settings/general",
    "settings/members",
    "settings/members/invite",
    "settings/teams",
    "settings/roles",
    "bell",
)


def sign_up(page: Page, slug: str, email: str, company: str) -> None:
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="Try it free", exact=True).click()
    page.get_by_label("Company").fill(company)
    page.get_by_label("Address of your workspace").fill(slug)
    page.get_by_label("Time zone").select_option("Europe/Lisbon")
    page.get_by_label("Currency").select_option("EUR")
    page.get_by_label("Your name").fill("Ines Prado")
    page.get_by_label("Your mail address").fill(email)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()


@pytest.fixture
def rented(service, visitor):
    """A workspace just opened by its owner: (page, slug, mail address)."""
    page, slug, email = visitor(), f"q-{new_id().hex[-12:]}", f"{new_id().hex[-12:]}@example.com"
    company = f"Quay {slug[-6:]}"
    sign_up(page, slug, email, company)
    page.goto(letter_link(service.post, page, f"Your workspace {company} is ready to open"))
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_role("heading", name="Good day, Ines Prado")).to_be_visible()
    return page, slug, email


@pytest.mark.browser
class TestRenting:
    @pytest.mark.shows("AD14")
    def test_greets_with_first_steps(self, rented):
        page, slug, _email = rented
        assert page.url.endswith(f"/{slug}/")
        for step in ("Bring your customers", "Invite a colleague", "Open the portal"):
            expect(page.get_by_role("link", name=step)).to_be_visible()

    @pytest.mark.shows("AD4")
    def test_lets_colleagues_in_and_out(self, service, visitor, rented):
        page, slug, _email = rented
        colleague = f"{new_id().hex[-12:]}@example.com"
        page.get_by_role("link", name="Invite a colleague").click()
        page.get_by_label("Name").fill("Bo Lind")
        page.get_by_label("Mail address").fill(colleague)
        page.get_by_label("Role").select_option("manager")
        page.get_by_role("button", name="Send the invitation").click()
        expect(page.get_by_role("status")).to_contain_text("An invitation is on its way")
        other = visitor()
        other.goto(letter_link(lambda: service.work(service.id_of(slug)), other, "Ines Prado invites you"))
        other.get_by_label("New password").fill(PASSWORD)
        other.get_by_role("button", name="Join").click()
        expect(other.get_by_role("heading", name="Good day, Bo Lind")).to_be_visible()
        page.goto(f"/{slug}/bell")
        page.get_by_role("button", name="Bo Lind has joined.").click()
        expect(page).to_have_url(re.compile("/settings/members$"))
        page.get_by_role("button", name="More about Bo Lind").click()
        page.get_by_role("link", name="Remove").click()
        page.get_by_role("button", name="Remove").click()
        expect(page.get_by_role("status")).to_contain_text("Bo Lind has no place here any more.")
        other.reload()
        expect(other.get_by_role("heading", name="Nothing here")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("status")).to_contain_text("Bo Lind is back.")

    @pytest.mark.shows("AD1")
    def test_a_second_workspace_stands_beside_the_first(self, service, visitor, rented):
        page, first, email = rented
        second = f"q-{new_id().hex[-12:]}"
        sign_up(page, second, email, "Second Quay")
        page.goto(letter_link(service.post, page, "Your workspace Second Quay is ready to open"))
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Open it").click()
        expect(page).to_have_url(re.compile(f"/{second}/$"))
        page.get_by_role("button", name="Second Quay").click()
        page.get_by_role("button", name=re.compile("^Quay ")).click()
        expect(page).to_have_url(re.compile(f"/{first}/$"))

    @pytest.mark.shows("AD4")
    def test_asks_for_a_second_step(self, visitor, rented):
        page, slug, email = rented
        page.goto(f"/{slug}/profile/second-step")
        secret = page.locator("code.secret").inner_text()
        page.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).now())
        page.get_by_role("button", name="Switch it on").click()
        paper = page.locator(".codes code").first.inner_text()
        other = visitor()
        other.goto(f"/{slug}/")
        other.get_by_label("Mail address").fill(email)
        other.get_by_label("Password").fill(PASSWORD)
        other.get_by_role("button", name="Sign in").click()
        other.get_by_label("Code", exact=True).fill(paper)
        other.get_by_role("button", name="Sign in").click()
        expect(other.get_by_role("heading", name="Good day, Ines Prado")).to_be_visible()

    def test_a_lost_password_is_replaced(self, service, visitor, rented):
        _page, slug, email = rented
        other = visitor()
        other.goto(f"/{slug}/sign-in")
        other.get_by_role("link", name="Forgot your password?").click()
        other.get_by_label("Mail address").fill(email)
        other.get_by_role("button", name="Send it").click()
        expect(other.get_by_role("heading", name="Look into your mail")).to_be_visible()
        other.goto(letter_link(service.post, other, "Choose a new password"))
        other.get_by_label("New password").fill("eight tall blue ships")
        other.get_by_role("button", name="Set it").click()
        other.get_by_label("Mail address").fill(email)
        other.get_by_label("Password").fill("eight tall blue ships")
        other.get_by_role("button", name="Sign in").click()
        expect(other.get_by_role("heading", name="Good day, Ines Prado")).to_be_visible()


@pytest.mark.browser
class TestPages:
    def test_have_no_barrier_in_light_and_dark_on_desk_and_phone(self, rented):
        page, slug, _email = rented
        wrong = []
        for scheme, width in (("light", 1280), ("dark", 390)):
            page.emulate_media(color_scheme=scheme)
            resize(page, width, 844)
            for path in PAGES:
                page.goto(f"/{slug}/{path}")
                wrong += [(path, scheme, line) for line in barriers(page)]
                if not fits(page):
                    wrong.append((path, width, "sticks out"))
        assert not wrong

    def test_of_the_public_site_have_none_either(self, visitor):
        wrong = []
        for options in ({}, {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}, "locale": "zh-CN"}):
            page = visitor(**options)
            for path in ("/", "/sign-in", "/sign-up", "/reset", "/_mail/"):
                page.goto(path)
                wrong += [(path, line) for line in barriers(page)]
                if not fits(page):
                    wrong.append((path, "sticks out"))
        assert not wrong

    def test_are_chinese_throughout(self, rented):
        page, slug, _email = rented
        page.goto(f"/{slug}/profile")
        page.get_by_label("Language").select_option("zh")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("html")).to_have_attribute("lang", re.compile("^zh"))
        english = []
        for path in PAGES:
            page.goto(f"/{slug}/{path}")
            text = page.evaluate("""() => {
                document.querySelectorAll('main select, main .secret').forEach((one) => one.remove());
                return document.querySelector('main').innerText;
            }""")
            text = re.sub(r"Ines Prado|Quay \w+|Seaport|\S+@\S+|Excel|Chrome|Linux|PNG|JPEG|localhost", "", text)
            english += [(path, words) for words in re.findall(r"[A-Za-z]{3,}(?: [A-Za-z]+)*", text)]
        assert not english
