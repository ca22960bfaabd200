"""Templates in two languages from one source, with what never changes written into them."""

from __future__ import annotations

import pytest
from flask import render_template
from flask_babel import force_locale
from jinja2 import DictLoader, nodes

from saas.templating import Templates

PAGES = {
    "page.html": '{% from "part.html" import row %}{{ _("Save") }}|{{ row(_("Cancel")) }}|{{ icon("x") }}|{{ word }}',
    "part.html": '{% macro row(label) %}<b title="{{ label }}">{{ _("%(n)s more", n=label) }}</b>{% endmacro %}',
    "letter.txt": '{{ _("Save") }} <{{ word }}>',
}


@pytest.fixture
def pages(app, monkeypatch):
    monkeypatch.setattr(app.jinja_env, "loader", DictLoader(PAGES))
    monkeypatch.setattr(app.jinja_env, "languages", {}, raising=False)
    with app.test_request_context(base_url="https://seaport.test"):
        yield


class TestTemplates:
    def test_speak_the_language_at_hand_each_time(self, pages):
        said = {}
        for language in ("en", "zh", "en", "zh"):
            with force_locale(language):
                said.setdefault(language, set()).add(render_template("page.html", word="<i>"))
        assert len(said["en"]) == len(said["zh"]) == 1
        (english,), (chinese,) = said["en"], said["zh"]
        assert english.startswith('Save|<b title="Cancel">')
        assert chinese.startswith('保存|<b title="取消">')
        assert "<svg" in english

    def test_escape_what_comes_from_people(self, pages):
        assert "&lt;i&gt;" in render_template("page.html", word="<i>")
        assert render_template("letter.txt", word="<i>") == "Save <<i>>"

    def test_hold_fixed_words_as_text(self, app, pages):
        env = app.jinja_env
        assert isinstance(env, Templates)
        with force_locale("zh"):
            tree = env._parse(PAGES["page.html"], "page.html", None)
        left = [call.node.name for call in tree.find_all(nodes.Call) if isinstance(call.node, nodes.Name)]
        assert left == ["row"]
