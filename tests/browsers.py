"""A real browser for the tests: where it is, and what it can be asked about a page."""

from __future__ import annotations

from typing import Any

from playwright import sync_api
from playwright.sync_api import Browser, Page

from saas import assets, machine

AXE = assets.PACKAGES / "axe-core" / "axe.min.js"
CHROMIUM = machine.browser()
FLAGS = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP seaport.test 127.0.0.1"]
ASK = "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']}).then(all => all.violations)"
BUSY = "[aria-busy=true], .htmx-request, .htmx-swapping, .htmx-settling"
DRAWN_LATE = ".chart, .calendar"  # by scripts of their own, which say nowhere when they are done
CALM = """() => Promise.all(document.getAnimations()
    .filter(one => one.effect.getComputedTiming().endTime !== Infinity)
    .map(one => one.finished.catch(() => null))).then(() => null)"""
WATCH = """(() => {
    const [set, clear, ask, running] = [window.setTimeout, window.clearTimeout, window.fetch, new Set()];
    window.setTimeout = (work, wait = 0, ...given) => {
        const id = set(() => { try { work(...given); } finally { running.delete(id); } }, wait);
        if (wait <= SHORT) running.add(id);
        return id;
    };
    window.clearTimeout = (id) => { running.delete(id); clear(id); };
    window.fetch = (...given) => {
        const one = {};
        running.add(one);
        return ask(...given).finally(() => running.delete(one));
    };
    window.isAboutToAct = () => running.size > 0;
    addEventListener("beforeunload", () => window.setTimeout(() => null, SHORT));
})()""".replace("SHORT", "1200")  # ms: a hint comes so long after the last key, a count so long after the page
REST = """async (busy) => {
    const slow = 1300;  // longer than what is waited for, which would be this
    const frame = () => new Promise((told) => { requestAnimationFrame(told); setTimeout(told, slow); });
    const [begun, short, long] = [performance.now(), 1200, 15000];
    const isAt = (limit) => performance.now() - begun > limit;
    const isAboutToAct = window.isAboutToAct ?? (() => true);
    for (let calm = 0; calm < 2 && !isAt(long);) {
        await frame();
        const acts = document.querySelector(busy) || (isAboutToAct() && !isAt(short));
        calm = acts ? 0 : calm + 1;
    }
}"""
FRAMES = """() => new Promise((told) => {
    requestAnimationFrame(() => requestAnimationFrame(() => told(true)));
    setTimeout(() => told(false), 2000);
})"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def open_page(browser: Browser, **options: Any) -> Page:
    """A page of a browser of its own, whose scripts' questions and short timers `settle` can wait for."""
    context = browser.new_context(**options)
    context.add_init_script(WATCH)
    return context.new_page()


def settle(page: Page) -> None:
    """Wait until what loads, is swapped in, moves by itself or is about to do so has come to rest."""
    page.wait_for_load_state()
    if page.locator(DRAWN_LATE).count():
        page.wait_for_load_state("networkidle")
    _rest(page)
    sync_api.expect(page.locator(BUSY)).to_have_count(0)
    page.evaluate(CALM)


def _rest(page: Page) -> None:
    for _page in range(5):
        try:
            page.evaluate(REST, BUSY)
        except sync_api.Error as error:
            if "context was destroyed" not in error.message:
                raise
            page.wait_for_load_state()  # it went on to another page meanwhile
        else:
            return


def resize(page: Page, width: int, height: int) -> None:
    """Give the page a window of this size, in px.

    A busy machine's headless Chromium now and then stops drawing after it; then nothing on the page counts as at
    rest, and every click waits in vain. Another size wakes it.
    """
    for nudge in range(5):
        page.set_viewport_size({"width": width, "height": height + nudge})
        if page.evaluate(FRAMES):
            return


def barriers(page: Page) -> list[str]:
    """What axe-core finds wrong on the page, a line each."""
    page.evaluate(AXE.read_text())
    found = page.evaluate(ASK, RULES)  # what passes is neither told at length nor brought over
    return [
        f"{wrong['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for wrong in found
        for node in wrong["nodes"]
    ]


def fits(page: Page) -> bool:
    """True when nothing sticks out sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def choose(page: Page, name: str, word: str) -> None:
    """Choose in the searchable select of that name by typing, once the box that takes its place is there."""
    select = page.locator(f"select[name={name}].tomselected")
    select.wait_for(state="attached")
    box = page.locator(f"#{select.get_attribute('id')}-ts-control")
    box.fill(word)
    box.press("Enter")
