"""A real browser for the tests: where it is, and what it can be asked about a page."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from saas import assets

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = assets.PACKAGES / "axe-core" / "axe.min.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP seaport.test 127.0.0.1"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def barriers(page: Page) -> list[str]:
    """What axe-core finds wrong on the page, a line each."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", RULES)
    return [
        f"{wrong['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for wrong in found["violations"]
        for node in wrong["nodes"]
    ]


def fits(page: Page) -> bool:
    """True when nothing sticks out sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
