"""The browser's files: complete, kept for ever, compressed, and nothing from another host."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient

from saas import assets
from saas.errors import SetupError

ROOT = Path(assets.__file__).parent.parent
ICON_CALL = re.compile(r"""\bicon\(\s*["']([a-z0-9-]+)["']""")


@pytest.fixture(scope="module")
def app() -> Flask:
    made = Flask(__name__, static_folder=None)
    made.config["TESTING"] = True
    assets.init_app(made)
    return made


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_request_context():
        yield app.test_client()


class TestFile:
    def test_is_kept_for_ever_at_an_address_made_from_its_content(self, client):
        address = assets.asset("seaport.css")
        answer = client.get(address)
        assert re.fullmatch(r"/assets/seaport\.[0-9a-f]{16}\.css", address)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.mimetype == "text/css"

    @pytest.mark.parametrize(("asked", "unpack"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
    def test_is_compressed_as_the_browser_asks(self, client, asked, unpack):
        address = assets.asset("tabler.css")
        plain = client.get(address)
        packed = client.get(address, headers={"Accept-Encoding": asked})
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == asked
        assert packed.headers["Vary"] == "Accept-Encoding"
        assert unpack(packed.data) == plain.data
        assert len(packed.data) < len(plain.data) / 4

    def test_of_another_content_is_not_there(self, client):
        assert client.get("/assets/seaport.0000000000000000.css").status_code == 404

    def test_is_open_to_anyone(self, app):
        assert app.view_functions["assets.file"]._right == "anyone"

    def test_that_nobody_made_is_a_mistake(self, client):
        with pytest.raises(ValueError, match=r"nowhere\.js"):
            assets.asset("nowhere.js")


class TestIcon:
    def test_points_into_the_sprite(self, client):
        assert assets.icon("search", "big") == (
            f'<svg class="icon big" aria-hidden="true"><use href="{assets.asset("icons.svg")}#search"></use></svg>'
        )

    def test_that_nobody_named_is_a_mistake(self, client):
        with pytest.raises(ValueError, match="no-such"):
            assets.icon("no-such")


class TestLoad:
    def test_says_how_to_mend_missing_packages(self, tmp_path):
        with pytest.raises(SetupError, match="npm ci"):
            assets.load(packages=tmp_path)

    def test_finds_every_icon_that_is_drawn(self):
        made = assets.load()
        drawn = {
            name
            for path in (ROOT / "saas").rglob("*")
            if path.suffix in {".html", ".py"}
            for name in ICON_CALL.findall(path.read_text(encoding="utf-8"))
        }
        assert drawn - made.icons == set()

    def test_makes_one_sprite_of_the_icons(self):
        body = assets.load().by_name[assets.SPRITE].body.decode()
        assert '<symbol id="search" viewBox="0 0 24 24">' in body
        assert body.count("<svg") == 1

    def test_takes_nothing_from_another_host(self):
        for name, made in assets.load().by_name.items():
            if name.endswith(".css"):
                assert not re.findall(rb"""url\(\s*["']?(?:https?:)?//|@import""", made.body), name

    def test_our_scripts_hold_no_code_in_strings(self):
        made = assets.load()
        for name in ("seaport.js", "board.js", "charts.js", "vega-interpreter.js"):
            assert not re.search(rb"\beval\(|new Function|innerHTML\s*=", made.by_name[name].body), name


class TestPackages:
    def test_the_lock_file_names_no_address(self):
        lock = json.loads((ROOT / "package-lock.json").read_text())
        assert not [path for path, entry in lock["packages"].items() if "resolved" in entry]

    def test_are_pinned(self):
        wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
        assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())

    def test_draw_charts_as_the_pdf_does(self):
        import vl_convert

        wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
        assert wanted["vega"] == vl_convert.get_vega_version()
        assert wanted["vega-embed"] == vl_convert.get_vega_embed_version()
        assert wanted["vega-lite"].rpartition(".")[0] == vl_convert.get_vegalite_versions()[-1]
