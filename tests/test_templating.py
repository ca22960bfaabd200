"""Templates in two languages from one source, with what never changes written into them."""

from __future__ import annotations

import pytest
from flask import g, render_template
from flask_babel import force_locale
from jinja2 import DictLoader, TemplateSyntaxError, nodes

from saas.templating import Templates

PAGES = {
    "page.html": '{% from "part.html" import row %}{{ _("Save") }}|{{ row(_("Cancel")) }}|{{ icon("x") }}|{{ word }}',
    "part.html": '{% macro row(label) %}<b title="{{ label }}">{{ _("%(n)s more", n=label) }}</b>{% endmacro %}',
    "kept.html": "{% kept key %}<b>{{ _('Save') }} {{ word() }}</b>{% endkept %}",
    "fleeting.html": "{% kept 1 %}{{ request.path }}{% endkept %}",
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


class TestKept:
    def test_is_drawn_once_for_its_key_language_and_workspace(self, pages):
        drawn = []

        def draw(key, language="en", workspace="harbor"):
            g.slug = workspace
            with force_locale(language):
                return render_template("kept.html", key=key, word=lambda: drawn.append(key) or len(drawn))

        first = draw("a")
        assert draw("a") == first
        assert "<b>" in first, "what is kept is markup still"
        others = [draw("b"), draw("a", language="zh"), draw("a", workspace="lagoon")]
        assert len({first, *others}) == 4
        assert draw("a") == first
        assert len(drawn) == 4

    def test_an_empty_key_is_one_of_this_place_and_workspace(self, pages):
        said = set()
        for workspace in ("harbor", "lagoon"):
            g.slug = workspace
            said.add(render_template("kept.html", key=(), word=lambda workspace=workspace: workspace))
        assert len(said) == 2

    def test_is_drawn_anew_without_a_key(self, pages):
        said = [render_template("kept.html", key=None, word=lambda n=n: n) for n in (1, 2)]
        assert said[0] != said[1]

    def test_refuses_what_differs_from_page_to_page(self, pages):
        with pytest.raises(TemplateSyntaxError, match="request"):
            render_template("fleeting.html")
