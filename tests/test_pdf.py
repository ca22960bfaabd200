"""PDFs: Chinese is drawn, nothing is fetched, and no page takes the worker with it."""

from __future__ import annotations

import base64
import contextlib
import io
import re
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont
from PIL import Image

from saas import child, machine, pdf
from saas.errors import NotReady
from saas.inside import pdf as inside
from tests.honeypots import Honeypot, honeypot
from tests.speaking import speaking, speaking_app  # noqa: F401

pytestmark = [
    pytest.mark.usefixtures("speaking"),
    pytest.mark.skipif(bool(machine.missing_for_pdf()), reason="this machine lacks what PDFs need; see saas doctor"),
]

CANARY = "CANARY-7f3a9c"


def text_of(document: bytes) -> str:
    """What a reader sees."""
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(document)).pages)


def streams_of(document: bytes) -> bytes:
    """Every byte of the document, packed or not."""
    out = [document]
    for match in re.finditer(rb"stream\r?\n(.*?)endstream", document, re.DOTALL):
        try:
            out.append(zlib.decompress(match[1]))
        except zlib.error:
            continue
    return b"\n".join(out)


def png(colour: str = "red", size: tuple[int, int] = (8, 8)) -> bytes:
    """A picture."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="module")
def pot() -> Iterator[Honeypot]:
    """A server that nobody should reach."""
    with honeypot() as made:
        yield made


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that nobody should read; as text, style, picture and font at once."""
    folder = tmp_path_factory.mktemp("canary")
    (folder / "secret.txt").write_text(CANARY)
    (folder / "secret.css").write_text(f"body::before {{ content: '{CANARY}' }}")
    space = 'xmlns="http://www.w3.org/2000/svg"'
    (folder / "secret.svg").write_text(f'<svg {space} width="99" height="9"><text y="9">{CANARY}</text></svg>')
    (folder / "secret.png").write_bytes(png())
    return folder


def payloads(port: int, folder: Path) -> list[str]:
    """Pages that ask for what lies outside: each way to ask, at each kind of address."""
    http = f"http://127.0.0.1:{port}"
    ways = [
        '<link rel="stylesheet" href="{u}.css">',
        '<link rel="attachment" href="{u}.txt">',
        '<link rel="icon" href="{u}.png">',
        "<style>@import '{u}.css';</style>",
        "<style>@import url({u}.css) print;</style>",
        "<style>@font-face {{ font-family: q; src: url({u}.txt) }} p {{ font-family: q }}</style><p>x</p>",
        "<style>body {{ background: url({u}.png) }}</style>",
        "<style>p::before {{ content: url({u}.svg) }}</style><p>x</p>",
        "<style>li {{ list-style-image: url({u}.png) }}</style><ul><li>x</ul>",
        "<style>p {{ border-image: url({u}.png) 3 }}</style><p>x</p>",
        "<style>p {{ mask-image: url({u}.png); cursor: url({u}.png), auto }}</style><p>x</p>",
        "<style>@page {{ background: url({u}.png); @top-left {{ content: url({u}.svg) }} }}</style>",
        '<img src="{u}.png">',
        '<img srcset="{u}.png 1x, {u}.svg 2x">',
        '<picture><source srcset="{u}.svg"><img src="{u}.png"></picture>',
        '<object data="{u}.svg" type="image/svg+xml"></object>',
        '<object data="{u}.txt"></object>',
        '<embed src="{u}.svg">',
        '<iframe src="{u}.txt"></iframe>',
        '<video poster="{u}.png" src="{u}.txt"></video>',
        '<input type="image" src="{u}.png">',
        '<body background="{u}.png">',
        '<table background="{u}.png"><tr><td>x</table>',
        '<p style="background-image: url({u}.png)">x</p>',
        '<a rel="attachment" href="{u}.txt">x</a>',
        '<svg width="9" height="9"><image href="{u}.png" width="9" height="9"/></svg>',
        '<svg width="9" height="9"><image xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="{u}.svg"/></svg>',
        '<svg width="9" height="9"><use href="{u}.svg#a"/></svg>',
        '<svg width="9" height="9"><style>@import url({u}.css);</style><rect fill="url({u}.svg#a)"/></svg>',
        '<svg width="9" height="9"><foreignObject><img src="{u}.png"></foreignObject></svg>',
        '<math><mglyph src="{u}.png"/></math>',
        '<base href="{b}/"><img src="secret.png"><link rel="stylesheet" href="secret.css">',
        '<base href="{b}/"><link rel="attachment" href="secret.txt"><object data="secret.svg"></object>',
        '<meta http-equiv="refresh" content="0; url={u}.txt"><script src="{u}.txt"></script>',
    ]
    addresses = [(f"{http}/secret", http), (f"file://{folder}/secret", f"file://{folder}")]
    pages = [way.format(u=url, b=base) for way in ways for url, base in addresses]
    others = [
        f"http://0x7f000001:{port}/",
        f"http://2130706433:{port}/",
        f"http://017700000001:{port}/",
        f"http://127.1:{port}/",
        f"http://[::ffff:127.0.0.1]:{port}/",
        f"http://localhost:{port}/",
        f"//127.0.0.1:{port}/",
        f"HTTP://127.0.0.1:{port}/",
        f"ftp://127.0.0.1:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        f"{folder}/secret.png",
        f"file:{folder}/secret.svg",
        f"FILE://localhost{folder}/secret.svg",
        f"asset:../{folder}/secret.svg",
        "asset:",
        "asset:missing",
        "data:text/css;base64," + base64.b64encode(f"@import '{http}/x.css'".encode()).decode(),
        "data:image/svg+xml;base64,"
        + base64.b64encode(f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{http}/x"/></svg>'.encode()).decode(),
    ]
    pages += [
        f'<img src="{url}"><link rel="stylesheet" href="{url}"><a rel="attachment" href="{url}">x</a>' for url in others
    ]
    return pages


class TestRender:
    def test_draws_chinese_with_real_glyphs(self):
        sentence = "上海海港有限公司：投诉已处理"
        made = pdf.render(f"<html lang='zh'><body><h1>{sentence}</h1><p>Café, Łódź, €5</p></body></html>")
        assert sentence in text_of(made)
        assert "Café, Łódź, €5" in text_of(made)
        fonts = pypdf.PdfReader(io.BytesIO(made)).pages[0]["/Resources"]["/Font"].values()
        drawn = [self.outlines(font.get_object()) for font in fonts]
        assert max(drawn) >= len(set(sentence)) - 1  # each sign with an outline of its own

    def outlines(self, font: pypdf.generic.DictionaryObject) -> int:
        """How many different shapes the embedded font carries; boxes for missing signs are all alike."""
        about = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        file = about.get("/FontFile3") or about.get("/FontFile2")
        with TTFont(io.BytesIO(file.get_object().get_data())) as inner:
            glyphs = inner.getGlyphSet()
            shapes = set()
            for name in glyphs.keys():  # noqa: SIM118 - no dict
                pen = RecordingPen()
                glyphs[name].draw(pen)
                if pen.value:
                    shapes.add(str(pen.value))
        return len(shapes)

    def test_shows_the_assets_that_come_along(self):
        svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="20"><text y="15">drawn</text></svg>'
        assets = {"logo": pdf.Asset("image/png", png()), "chart-1": pdf.Asset("image/svg+xml", svg)}
        made = pdf.render('<p>Hello</p><img src="asset:logo"><img src="asset:chart-1">', assets)
        page = pypdf.PdfReader(io.BytesIO(made)).pages[0]
        assert len(page.images) == 1
        assert "drawn" in text_of(made)

    def test_takes_no_other_kind_of_asset(self):
        with pytest.raises(ValueError, match="asset"):
            pdf.render("x", {"a": pdf.Asset("text/html", b"x")})
        with pytest.raises(ValueError, match="asset"):
            pdf.render("x", {"../a": pdf.Asset("image/png", png())})

    def test_ignores_presentational_hints(self):
        """They were a way to slip styles in."""
        assert text_of(pdf.render('<p align="right} p::after{content:hint}">x</p><font size="7">y</font>')) == "x\ny"

    def test_keeps_links_to_the_web_and_no_others(self):
        links = "".join(
            f'<p><a href="{url}">x</a>'
            for url in (
                "https://a.example/",
                "javascript:alert(1)",
                "file:///etc/passwd",
                " JaVaScRiPt:x",
                "//b",
                "x.exe",
            )
        )
        page = pypdf.PdfReader(io.BytesIO(pdf.render(links))).pages[0]
        assert [note.get_object()["/A"]["/URI"] for note in page["/Annots"]] == ["https://a.example/"]

    def test_says_what_is_missing_on_this_machine(self, monkeypatch):
        lacking = (machine.Part("Pango", "draws", "libpango-1.0-0", lambda: False),)
        monkeypatch.setattr(machine, "missing", lambda: list(lacking))
        machine.missing_for_pdf.cache_clear()
        assert not pdf.is_ready()
        with pytest.raises(NotReady, match=r"apt-get install.*libpango"):
            pdf.render("x")
        monkeypatch.undo()
        assert pdf.is_ready()  # somebody installed it; nothing was started anew


class TestNothingIsFetched:
    """Bar 27. The first test holds the wall in code, in this process, where no other wall could hide that it fell."""

    def test_by_the_page_alone(self, pot, canary):
        pages = payloads(pot.port, canary)
        assert len(pages) >= 80
        logo = {"logo": ("image/png", png())}
        for page in pages:
            made = inside.draw(f"<p>Hello</p>{page}", logo)
            self.check(made, page, pot)

    def test_through_the_child(self, pot, canary):
        made = pdf.render("<p>Hello</p>" + "".join(payloads(pot.port, canary)))
        self.check(made, "all", pot)

    def check(self, made: bytes, page: str, pot: Honeypot) -> None:
        content = streams_of(made)
        assert pot.came == [], page
        assert CANARY.encode() not in content, page
        assert CANARY not in text_of(made), page
        assert b"/EmbeddedFile" not in content, page
        assert not pypdf.PdfReader(io.BytesIO(made)).attachments, page
        assert "Hello" in text_of(made), page

    def test_nor_by_a_colour_profile(self, pot, canary):
        """WeasyPrint gives up the page at a profile that it can't have."""
        for url in (f"http://127.0.0.1:{pot.port}/x", f"file://{canary}/secret.txt"):
            with pytest.raises(pdf.Unprintable):
                pdf.render(
                    f"<style>@color-profile --p {{ src: url({url}) }} p {{ color: color(--p 1 0 0) }}</style><p>x"
                )
        assert pot.came == []

    def test_not_even_an_asset_becomes_an_attachment(self):
        made = pdf.render(
            '<link rel="attachment" href="asset:logo"><a rel="nofollow Attachment" href="asset:logo">x</a>',
            {"logo": pdf.Asset("image/png", png())},
        )
        assert b"/EmbeddedFile" not in streams_of(made)

    def test_assets_can_not_fetch_either(self, pot, canary):
        space = 'xmlns="http://www.w3.org/2000/svg"'
        nested = "".join(
            f'<image href="{url}" width="9" height="9"/><use href="{url}#a"/><style>@import url({url});</style>'
            for url in (f"http://127.0.0.1:{pot.port}/x", f"file://{canary}/secret.svg")
        )
        svg = f'<svg {space} width="9" height="9">{nested}</svg>'.encode()
        made = inside.draw('<p>Hello</p><img src="asset:a">', {"a": ("image/svg+xml", svg)})
        self.check(made, "svg", pot)

    def test_an_open_door_would_be_seen(self, pot, canary, monkeypatch):
        """The check itself: with WeasyPrint's own fetcher the same pages reach the server and the file."""
        from weasyprint.urls import URLFetcher

        monkeypatch.setattr(inside, "Assets", lambda assets: URLFetcher())
        monkeypatch.setattr(inside, "_strip", lambda document: None)
        seen = Honeypot(0)
        with honeypot() as other:
            made = inside.draw("<p>Hello</p>" + "".join(payloads(other.port, canary)[:60]), {})
            seen.came = list(other.came)
        assert len(seen.came) > 5
        assert b"/EmbeddedFile" in streams_of(made)


HOSTILE = {
    "huge page": "<style>@page { size: 1000000cm 1000000cm }</style><p>x",
    "tiny page": "<style>@page { size: 1px 1px; margin: 0 }</style>" + "<p>word</p>" * 3_000,
    "five thousand items": "<ul>" + "<li>Item 一</li>" * 5_000 + "</ul>",
    "deep tables": "<table><tr><td>" * 150 + "x",
    "deep divs": "<div>" * 5_000 + "x",
    "wide table": "<table><tr>" + "<td>x" * 3_000 + "</table>",
    "columns": "<style>body { columns: 100000 }</style>" + "<p>x" * 300,
    "long word": "<p>" + "x" * 300_000,
    "counter": "<style>p { counter-increment: a 999999999 } p::before { content: counter(a, upper-roman) }</style><p>x",
    "huge values": "<style>p { font-size: 1e9px; margin: 1e30cm; line-height: 1e12 }</style><p>x",
    "colspan": '<table><tr><td colspan="100000000" rowspan="100000000">x</table>',
    "gradient": "<style>p { background: repeating-linear-gradient(red 0, blue 0.00001px) }</style><p>x",
}


class TestHostilePages:
    """Bar 28: each ends, as a PDF or with a sentence, and the next page is drawn."""

    @pytest.mark.parametrize("name", HOSTILE)
    def test_end_within_the_limits(self, name, monkeypatch):
        monkeypatch.setitem(child.WORK, "pdf.render", child.Work("saas.inside.pdf:render", wall=6.0))
        self.check(HOSTILE[name])

    @pytest.mark.full
    @pytest.mark.parametrize("name", HOSTILE)
    def test_end_within_the_whole_limits(self, name):
        began = time.monotonic()
        self.check(HOSTILE[name])
        assert time.monotonic() - began < 60

    def check(self, page: str) -> None:
        with contextlib.suppress(pdf.Unprintable):
            assert pdf.render(page).startswith(b"%PDF-")
        assert "still here" in text_of(pdf.render("<p>still here</p>"))

    def test_a_page_of_ten_megabytes_is_refused_at_once(self):
        with pytest.raises(pdf.Unprintable, match="too long"):
            pdf.render("<p>x" * 2_600_000)

    def test_one_that_never_ends_is_ended(self, monkeypatch):
        monkeypatch.setitem(child.WORK, "pdf.render", child.Work("saas.inside.pdf:render", wall=1.5))
        with pytest.raises(pdf.Unprintable, match="too long"):
            pdf.render("<ul>" + "<li>x" * 50_000)

    def test_a_picture_bomb(self):
        bomb = io.BytesIO()
        Image.new("1", (30_000, 30_000)).save(bomb, "PNG")
        assert len(bomb.getvalue()) < 200_000
        with contextlib.suppress(pdf.Unprintable):
            assert pdf.render('<p>Hello</p><img src="asset:a">', {"a": pdf.Asset("image/png", bomb.getvalue())})
        assert "still here" in text_of(pdf.render("<p>still here</p>"))
