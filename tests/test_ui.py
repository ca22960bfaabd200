"""Dates, money and names in the reader's way; every macro in a real browser, light, dark and narrow."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from flask import Flask
from playwright import sync_api
from werkzeug.serving import make_server

from saas import assets, i18n, ui
from saas.words import Words
from tests.browsers import barriers, open_page, resize, settle
from tests.ui_gallery import ERRORS, PAGES, create_gallery

NOW = datetime(2026, 11, 19, 8, 30, tzinfo=UTC)  # a Thursday
TOKENS = (assets.STATIC / "css" / "10-tokens.css").read_text()


def reader(language: str = "en", zone: str = "Europe/Berlin") -> Words:
    return Words(Locale(language), ZoneInfo(zone), NOW)


@pytest.fixture(scope="module")
def gallery() -> Flask:
    i18n.compile_catalogues()
    return create_gallery()


@pytest.fixture
def english(gallery: Flask) -> Iterator[None]:
    with gallery.test_request_context("/parts?lang=en"):
        gallery.preprocess_request()
        yield


@pytest.fixture
def chinese(gallery: Flask) -> Iterator[None]:
    with gallery.test_request_context("/parts?lang=zh"):
        gallery.preprocess_request()
        yield


@pytest.mark.usefixtures("english")
class TestWords:
    @pytest.mark.parametrize(
        ("at", "said"),
        [
            (datetime(2026, 11, 19, 8, 12, tzinfo=UTC), "today 09:12"),
            (datetime(2026, 11, 18, 23, 30, tzinfo=UTC), "today 00:30"),
            (datetime(2026, 11, 18, 14, 40, tzinfo=UTC), "yesterday 15:40"),
            (datetime(2026, 11, 20, 9, 0, tzinfo=UTC), "tomorrow 10:00"),
            (datetime(2026, 11, 17, 10, 5, tzinfo=UTC), "Tue 11:05"),
            (datetime(2026, 11, 3, 10, 5, tzinfo=UTC), "3 Nov"),
            (datetime(2025, 11, 3, 10, 5, tzinfo=UTC), "3 Nov 2025"),
        ],
    )
    def test_says_a_moment_as_people_do(self, at, said):
        assert reader().moment(at) == said

    def test_says_it_in_full_with_the_zone(self):
        at = datetime(2026, 11, 18, 14, 40, tzinfo=UTC)
        assert reader().full_moment(at) == "Wednesday 18 November 2026 15:40 CET"

    @pytest.mark.parametrize(
        ("amount", "currency", "said"),
        [
            (Decimal("4120"), "EUR", "€4,120.00"),
            (Decimal("-1300.5"), "EUR", "-€1,300.50"),
            (Decimal("1234567"), "JPY", "¥1,234,567"),
            (Decimal("9.99"), "CHF", "CHF\xa09.99"),
        ],
    )
    def test_writes_money(self, amount, currency, said):
        assert reader().money(amount, currency) == said

    def test_leaves_out_the_cents_where_asked(self):
        assert reader().money(Decimal("4120.49"), "EUR", whole=True) == "€4,120"

    def test_writes_another_language_by_its_own_rules(self):
        assert reader("de").money(Decimal("4120"), "EUR") == "4.120,00\xa0€"

    @pytest.mark.parametrize(
        ("at", "said"),
        [
            (datetime(2026, 11, 19, 8, 29, 30, tzinfo=UTC), "just now"),
            (datetime(2026, 11, 19, 8, 29, tzinfo=UTC), "1 minute ago"),
            (datetime(2026, 11, 16, 8, 0, tzinfo=UTC), "3 days ago"),
            (datetime(2026, 11, 19, 10, 45, tzinfo=UTC), "in 2 hours"),
        ],
    )
    def test_says_how_long_ago(self, at, said):
        assert reader().ago(at) == said


@pytest.mark.usefixtures("chinese")
class TestWordsInChinese:
    def test_says_moments_and_days(self):
        words = reader("zh", "Asia/Shanghai")
        assert words.moment(datetime(2026, 11, 19, 1, 12, tzinfo=UTC)) == "今天 09:12"
        assert words.moment(datetime(2026, 11, 17, 3, 5, tzinfo=UTC)) == "周二 11:05"
        assert words.day(date(2026, 12, 3)) == "12月3日"
        assert words.day(date(2027, 12, 3)) == "2027年12月3日"

    def test_writes_money(self):
        assert reader("zh").money(Decimal("1300"), "CNY") == "¥1,300.00"

    def test_says_how_long_ago(self):
        assert reader("zh").ago(datetime(2026, 11, 7, 8, 0, tzinfo=UTC)) == "12 天前"


@pytest.mark.usefixtures("english")
class TestFilters:
    def test_a_moment_carries_the_full_one(self):
        drawn = ui.moment(datetime(2020, 5, 4, 10, 0, tzinfo=UTC))
        assert drawn == (
            '<time datetime="2020-05-04T10:00:00+00:00" title="Monday 4 May 2020 12:00 CEST">4 May 2020</time>'
        )

    def test_nothing_is_a_dash(self):
        assert [ui.moment(None), ui.day(None), ui.money(None, "EUR"), ui.number(None)] == ["—"] * 4

    def test_columns_are_written_in_one_pass(self):
        assert ui.monies([(Decimal(1), "EUR"), (None, "EUR")]) == ["€1.00", "—"]

    def test_a_tally_stops_counting(self):
        assert (ui.tally(9_999), ui.tally(10_001)) == ("9,999", "10,000+")

    @pytest.mark.parametrize(
        ("name", "letters"),
        [
            ("Mira Olsen", "MO"),
            ("Nordlicht", "NO"),
            ("王伟", "王伟"),
            ("李小龙", "小龙"),
            ("杭州西湖茶业有限公司", "杭州"),
            ("  ", "?"),
            (None, "?"),
            ("Ångström & Sons", "ÅS"),
            ("😀", "😀"),
        ],
    )
    def test_initials(self, name, letters):
        assert ui.initials(name) == letters

    def test_an_address_breaks_where_one_would_break_it(self):
        assert ui.breakable("a<b@c.de") == "a&lt;b@<wbr>c.<wbr>de"
        assert ui.breakable("Mira Olsen") == "Mira Olsen"


class TestHere:
    def test_changes_only_what_differs(self, gallery):
        with gallery.test_request_context("/list?level=a&level=b&sort=name&after=7"):
            assert ui.here(sort="-name") == "/list?level=a&level=b&sort=-name"
            assert ui.here(level=None) == "/list?sort=name"


def colours(theme: int) -> dict[str, tuple[float, float, float]]:
    """The tokens of the light (0) or dark (1) theme as red, green, blue in [0, 1]."""
    found = re.findall(r"--sea-([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", TOKENS)
    return {name: _rgb(pair[theme]) for name, *pair in found}


def _rgb(hexed: str) -> tuple[float, float, float]:
    red, green, blue = (int(hexed[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Contrast of two colours, from 1 to 21. Source: WCAG 2.2, "contrast ratio"."""

    def light(colour: tuple[float, ...]) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
class TestColours:
    @pytest.mark.parametrize("state", ["good", "waiting", "wrong", "neutral", "sea", "blue", "violet"])
    def test_a_state_is_read_on_its_tint_and_on_the_page(self, theme, state):
        tokens = colours(theme)
        for ground in (f"{state}-tint", "surface", "page"):
            assert contrast(tokens[state], tokens[ground]) >= 4.5, ground

    @pytest.mark.parametrize("ink", ["text", "strong", "muted", "link"])
    def test_words_are_read_on_every_ground(self, theme, ink):
        tokens = colours(theme)
        for ground in ("page", "surface", "sunken", "raised"):
            assert contrast(tokens[ink], tokens[ground]) >= 4.5, ground

    def test_words_are_read_on_a_notice(self, theme):
        tokens = colours(theme)
        for tint in ("good-tint", "waiting-tint", "wrong-tint", "neutral-tint", "sea-tint"):
            assert contrast(tokens["text"], tokens[tint]) >= 7, tint

    def test_buttons_are_read(self, theme):
        tokens = colours(theme)
        for ground in ("primary", "primary-hover"):
            assert contrast(tokens["on-primary"], tokens[ground]) >= 4.5
        assert contrast(tokens["on-wrong"], tokens["wrong"]) >= 4.5

    def test_fields_and_focus_stand_out(self, theme):
        tokens = colours(theme)
        for ground in ("page", "surface", "raised"):
            assert contrast(tokens["edge"], tokens[ground]) >= 3
            assert contrast(tokens["primary"], tokens[ground]) >= 3


@pytest.fixture(scope="module")
def address(gallery: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, gallery, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def page(chromium: sync_api.Browser) -> Iterator[sync_api.Page]:
    """A page whose complaints (errors, refusals of the policy) fail the test."""
    page = open_page(chromium, viewport={"width": 1280, "height": 900})
    page.set_default_timeout(10_000)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    page.context.close()
    assert [line for line in said if "the server responded with a status of" not in line] == []


@pytest.mark.browser
class TestPages:
    @pytest.mark.parametrize("name", [*PAGES, "404"])
    @pytest.mark.parametrize("look", ["?lang=en&theme=light", "?lang=zh&theme=dark&wrong=1"])
    def test_have_no_barrier(self, page, address, name, look):
        page.goto(f"{address}/{name}{look}")
        settle(page)
        assert barriers(page) == []

    @pytest.mark.parametrize("name", PAGES)
    def test_fit_a_phone(self, page, address, name):
        resize(page, 320, 700)
        page.goto(f"{address}/{name}?lang=en")
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert barriers(page) == []

    def test_say_that_a_part_failed_however_slowly_our_script_comes(self, page, address):
        page.route("**/assets/seaport.*.js", lambda route: (time.sleep(0.7), route.continue_()))
        page.goto(f"{address}/record?lang=en&theme=light")
        settle(page)

    def test_follow_the_system_in_auto(self, chromium, address):
        page = chromium.new_page(color_scheme="dark")
        page.goto(f"{address}/parts?theme=auto")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 22, 25)"
        page.goto(f"{address}/parts?theme=light")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(246, 248, 249)"
        page.close()

    def test_icons_are_drawn(self, page, address):
        page.goto(f"{address}/record")
        assert page.evaluate("document.querySelector('.place .icon use').getBBox().width") > 5

    @pytest.mark.parametrize("name", ERRORS)
    def test_errors_say_what_to_do(self, gallery, name):
        answer = gallery.test_client().get(f"/{name}?lang=zh").get_data(as_text=True)
        assert "<h1>" in answer
        assert "r-7f3a" in answer
        assert not re.search(r"<p>[^<]*[A-Za-z]{4,}", answer.replace("Seaport", ""))


@pytest.mark.browser
class TestCharts:
    def test_are_drawn_without_code_from_strings_and_told_as_a_table(self, page, address):
        page.goto(f"{address}/charts")
        sync_api.expect(page.locator(".chart svg .mark-rect path")).to_have_count(3)
        sync_api.expect(page.get_by_role("row", name="Oct")).to_contain_text("€55,000")


@pytest.mark.browser
class TestCalendar:
    def test_shows_what_is_planned(self, page, address):
        page.goto(f"{address}/calendar?lang=zh")
        sync_api.expect(page.locator(".calendar")).to_contain_text("Call Jana")
        sync_api.expect(page.locator(".calendar")).to_contain_text("今天")


@pytest.mark.browser
class TestPanels:
    def test_load_by_themselves_and_one_that_fails_says_so_in_its_place(self, page, address):
        page.goto(f"{address}/record")
        sync_api.expect(page.locator("#panel-good")).to_have_text("loaded")
        sync_api.expect(page.locator("#panel-bad")).to_contain_text("could not be loaded")
        sync_api.expect(page.locator("#panel-bad")).not_to_have_attribute("aria-busy", "true")
        sync_api.expect(page.locator("#toasts .toast-line")).to_have_count(0)
        with page.expect_response("**/broken") as again:
            page.get_by_role("button", name="Try again").click()
        assert again.value.status == 500
        page.route("**/broken", lambda route: route.continue_(url=f"{address}/broken?said=1"))
        page.get_by_role("button", name="Try again").click()
        sync_api.expect(page.locator("#panel-bad")).not_to_have_attribute("aria-busy", "true")
        sync_api.expect(page.locator("#toasts .toast-line")).to_have_count(0)
        sync_api.expect(page.locator("#panel-bad")).to_contain_text("could not be loaded")


@pytest.mark.browser
class TestActions:
    def test_a_refusal_is_a_message_and_the_page_stays(self, page, address):
        page.goto(f"{address}/parts")
        page.get_by_role("button", name="Refused").click()
        sync_api.expect(page.locator("#toasts")).to_contain_text("Mira claimed it a second ago.")
        sync_api.expect(page.locator("#refusal")).to_have_text("before")

    @pytest.mark.parametrize("status", [403, 404, 422, 429, 500])
    def test_whatever_the_refusal_it_is_said_and_the_page_stays(self, page, address, status):
        page.goto(f"{address}/parts")
        page.evaluate("(status) => htmx.ajax('POST', `/refused?status=${status}`, '#refusal')", status)
        sync_api.expect(page.locator("#toasts")).to_contain_text("Mira claimed it a second ago.")
        sync_api.expect(page.locator("#refusal")).to_have_text("before")

    def test_a_service_out_of_reach_is_told(self, chromium, address):
        page = chromium.new_page()  # the browser itself complains here, rightly
        page.goto(f"{address}/parts")
        page.route("**/echo", lambda route: route.abort())
        page.evaluate("htmx.ajax('GET', '/echo', '#refusal')")
        sync_api.expect(page.locator("#toasts")).to_contain_text("cannot be reached")
        sync_api.expect(page.locator("#refusal")).to_have_text("before")
        page.close()

    def test_a_wrong_form_comes_back_in_its_place_and_is_stood_at(self, page, address):
        page.goto(f"{address}/parts")
        page.get_by_role("button", name="Wrong").click()
        sync_api.expect(page.locator("#wrong-form .summary")).to_be_focused()

    def test_a_claim_sends_the_token_and_replaces_the_row(self, page, address, gallery):
        gallery.extensions["echoed"] = []
        page.goto(f"{address}/list")
        page.get_by_role("button", name="Claim").first.click()
        sync_api.expect(page.locator("#account-1")).to_have_count(0)
        assert gallery.extensions["echoed"][0]["header"]

    def test_an_answer_runs_no_script(self, page, address):
        page.goto(f"{address}/parts")
        page.route("**/panel", lambda route: route.fulfill(body="<p>in</p><script>window.ran = true</script>"))
        page.evaluate("htmx.ajax('GET', '/panel', '#refusal')")
        sync_api.expect(page.locator("#refusal")).to_have_text("in")
        assert page.evaluate("window.ran") is None

    def test_a_name_is_typed_before_the_end(self, page, address):
        page.goto(f"{address}/parts")
        page.get_by_role("button", name="Delete workspace").click()
        button = page.get_by_role("button", name="Delete for good")
        sync_api.expect(button).to_be_disabled()
        page.get_by_label("Type Harbor Trading to go on").fill("Harbor Trading")
        sync_api.expect(button).to_be_enabled()
        page.keyboard.press("Escape")
        sync_api.expect(button).to_be_hidden()

    def test_a_form_is_sent_once(self, page, address, gallery):
        gallery.extensions["echoed"] = []
        page.goto(f"{address}/settings")
        page.evaluate(
            "() => { const f = document.querySelector('.form');"
            " f.addEventListener('submit', (e) => { window.sent = (window.sent || 0) + 1; e.preventDefault(); });"
            " f.requestSubmit(); f.requestSubmit(); }"
        )
        assert page.evaluate("window.sent") == 1

    def test_a_select_with_many_choices_is_searched_and_closes_once_one_is_chosen(self, page, address):
        page.goto(f"{address}/form")
        box = page.get_by_role("combobox", name="Industry")
        sync_api.expect(page.locator(".ts-control")).to_be_visible()
        for word, value in (("sof", "s"), ("foo", "f"), ("—", "")):
            box.focus()
            sync_api.expect(page.locator(".ts-dropdown")).to_be_visible()
            page.keyboard.type(word)
            page.keyboard.press("Enter")
            page.wait_for_timeout(400)  # longer than it waits by itself before it looks for what was typed
            sync_api.expect(page.locator(".ts-dropdown")).to_be_hidden()
            assert page.locator("select[data-choose]").input_value() == value
            page.get_by_label("Name").focus()

    def test_leaving_a_changed_form_is_asked_about(self, page, address):
        page.goto(f"{address}/form")
        page.get_by_label("Name").fill("Acme")
        asked: list[str] = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
        page.goto(f"{address}/list")
        assert asked == ["beforeunload"]


@pytest.mark.browser
class TestLists:
    def test_chosen_rows_bring_a_bar_that_counts(self, page, address):
        page.goto(f"{address}/list")
        bar = page.get_by_role("form", name="With the chosen ones")
        sync_api.expect(bar).to_be_hidden()
        page.get_by_role("checkbox", name="Elbe Systems").check()
        sync_api.expect(bar).to_contain_text("1 chosen")
        page.get_by_role("checkbox", name="Choose all shown").check()
        sync_api.expect(bar).to_contain_text("4 chosen")
        page.get_by_role("button", name="Choose none").click()
        sync_api.expect(bar).to_be_hidden()

    def test_on_a_phone_nothing_is_cut_beside_the_button(self, page, address):
        resize(page, 390, 800)
        page.goto(f"{address}/list")
        cells = page.locator("#pool tbody tr").first.locator("td")
        name, following, button = (cells.nth(n).bounding_box() for n in (1, 2, -1))
        assert name["x"] + name["width"] == pytest.approx(button["x"], abs=1)
        assert following["x"] >= button["x"] - 1
        resize(page, 1280, 860)

    def test_chosen_rows_are_sent(self, page, address, gallery):
        gallery.extensions["echoed"] = []
        page.goto(f"{address}/list")
        page.get_by_role("checkbox", name="Elbe Systems").check()
        page.get_by_role("button", name="Assign", exact=True).click()
        page.wait_for_url("**/echo")
        assert gallery.extensions["echoed"][0]["id"] == ["4"]

    def test_more_rows_come_below(self, page, address):
        page.goto(f"{address}/list")
        page.get_by_role("link", name="Show more").click()
        sync_api.expect(page.locator("#pool tbody tr:not(.more)")).to_have_count(8)
        sync_api.expect(page.locator("#pool tbody tr.more")).to_have_count(1)

    def test_sorting_keeps_the_view(self, page, address):
        page.goto(f"{address}/list?level=a")
        page.get_by_role("link", name="Customer", exact=True).click()
        page.wait_for_url("**/list?level=a&sort=name")


@pytest.mark.browser
class TestKeys:
    def test_slash_searches_and_arrows_walk_the_results(self, page, address):
        page.goto(f"{address}/list")
        page.keyboard.press("/")
        sync_api.expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.type("nord")
        sync_api.expect(page.locator("#found a")).to_have_count(2)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        sync_api.expect(page.get_by_role("link", name="Nordstern")).to_be_focused()

    def test_g_and_a_letter_goes_there(self, page, address):
        page.goto(f"{address}/list")
        page.keyboard.press("g")
        page.keyboard.press("p")
        page.wait_for_url("**#beach")

    def test_a_question_mark_tells_all_keys(self, page, address):
        page.goto(f"{address}/list")
        page.keyboard.press("?")
        sync_api.expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Search")
        assert barriers(page) == []

    def test_letters_are_letters_where_shortcuts_are_off(self, page, address):
        page.goto(f"{address}/list")
        page.evaluate("document.body.dataset.shortcuts = 'off'")
        page.keyboard.press("/")
        sync_api.expect(page.get_by_role("searchbox")).not_to_be_focused()

    def test_a_menu_is_walked_and_left(self, page, address):
        page.goto(f"{address}/record")
        opener = page.get_by_role("button", name="More", exact=True)
        opener.focus()
        page.keyboard.press("Enter")
        sync_api.expect(page.get_by_role("link", name="Edit").first).to_be_focused()
        page.keyboard.press("ArrowDown")
        sync_api.expect(page.get_by_role("button", name="Give back")).to_be_focused()
        assert barriers(page) == []
        page.keyboard.press("Escape")
        sync_api.expect(opener).to_be_focused()

    def test_a_card_moves_by_keyboard(self, page, address):
        page.goto(f"{address}/board")
        page.locator("#deal-1-1 a").focus()
        page.keyboard.press("Shift+ArrowRight")
        sync_api.expect(page.locator("#stage-2 #deal-1-1 a")).to_be_focused()
        sync_api.expect(page.locator("#toasts")).to_contain_text("Moved to Offer")

    def test_the_phone_opens_the_whole_menu(self, page, address):
        resize(page, 390, 800)
        page.goto(f"{address}/list")
        sync_api.expect(page.locator("#side")).to_be_hidden()
        page.get_by_role("link", name="More", exact=True).click()
        sync_api.expect(page.locator("#side").get_by_role("link", name="Forecast")).to_be_visible()
        page.keyboard.press("Escape")
        sync_api.expect(page.locator("#side")).to_be_hidden()
