"""Draws HTML as PDF by WeasyPrint; inside the child. Nothing is fetched: a page has the assets that came with it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

logging.getLogger("weasyprint").addHandler(logging.NullHandler())

# Below any rule of the page's own: Latin letters of the first font, Chinese ones of the second.
FONTS = """
html { font-family: "Noto Sans", "Noto Sans CJK SC", "Noto Sans SC", "WenQuanYi Zen Hei", sans-serif; font-size: 10pt }
"""
LINKS = re.compile(r"(https?://|mailto:|tel:|#)", re.IGNORECASE)  # where a printed page may point


class Assets(URLFetcher):
    """Answers "asset:logo" from what came with the page, and refuses everything else."""

    def __init__(self, assets: dict[str, tuple[str, bytes]]) -> None:
        super().__init__(allowed_protocols=("asset",), allow_redirects=False)  # type: ignore[no-untyped-call]
        self._assets = assets

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """The asset, by its exact name."""
        scheme, _, name = url.partition(":")
        if scheme != "asset" or name not in self._assets:
            raise ValueError("not an asset of this page")
        kind, content = self._assets[name]
        return URLFetcherResponse(url, content, {"Content-Type": kind})


class InstalledFonts(FontConfiguration):
    """The machine's fonts only: a page brings none of its own."""

    def add_font_face(self, rule_descriptors: object, url_fetcher: object) -> None:
        """Ignore the font."""


def render(material: BinaryIO, *, html: int, assets: list[list[Any]]) -> Iterator[bytes]:
    """The page as PDF.

    Args:
        material: the HTML, then the assets, one behind the other.
        html: length of the HTML, bytes.
        assets: name, media type and length of each asset.
    """
    page = material.read(html).decode("utf-8")
    yield draw(page, {name: (kind, material.read(length)) for name, kind, length in assets})


def draw(page: str, assets: dict[str, tuple[str, bytes]]) -> bytes:
    """`page` as PDF, with `assets` (media type, content) by name."""
    fetcher, fonts = Assets(assets), InstalledFonts()  # type: ignore[no-untyped-call]
    document = HTML(string=page, url_fetcher=fetcher)
    _strip(document)
    pdf = document.write_pdf(
        stylesheets=[CSS(string=FONTS, url_fetcher=fetcher, font_config=fonts)],
        font_config=fonts,
        presentational_hints=False,
        attachments=None,
        pdf_forms=None,
        pdf_tags=True,
    )
    assert isinstance(pdf, bytes)
    return pdf


def _strip(document: HTML) -> None:
    """Take away what would put a file into the PDF, or lead its reader to a place on his own machine."""
    for element in document.etree_element.iter():
        if "attachment" in (element.get("rel") or "").lower():
            del element.attrib["rel"]
        if element.tag == "base":
            element.attrib.pop("href", None)
        if element.tag in {"a", "area"} and not LINKS.match((element.get("href") or "").strip()):
            element.attrib.pop("href", None)
    document.base_url = None
