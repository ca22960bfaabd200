"""Templates compiled once for each language, so that what never changes in one is written then and not at each page:
`_("…")` without values, `icon("…")` and `asset("…")` of a fixed name.

What depends on little is drawn once for that little: the frame's side bar on the places and where one is, the head of a
list on its address. `{% kept key %}…{% endkept %}` keeps what it holds for each value of `key` (hashable), language and
workspace; with a key of None it is drawn anew each time. Nothing else may be looked at within: names that tell of the
moment or the reader, such as `now` or `request`, are refused when the template is compiled; forms may stand there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import g
from flask.templating import Environment
from flask_babel import gettext
from jinja2 import Template, TemplateSyntaxError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from saas import drawn, i18n
from saas.assets import asset, icon

FLEETING = {
    *("bell_count", "csp_nonce", "g", "get_flashed_messages"),
    *("may", "now", "request", "session"),
}
"""What differs from page to page or from reader to reader."""


def _sentence(words: str) -> nodes.Expr:
    # as Jinja's own gettext gives it back: safe where the page escapes, and %% is a percent sign
    return nodes.MarkSafeIfAutoescape(nodes.Const(gettext(words) % {}))


WRITTEN: dict[str, Callable[..., nodes.Expr]] = {
    "_": _sentence,
    "icon": lambda *name: nodes.MarkSafe(nodes.Const(str(icon(*name)))),
    "asset": lambda name: nodes.Const(asset(name)),
}
"""Name of a function in templates → what stands in its place when all it is given are fixed words."""


class Kept(Extension):
    """The tag `kept`."""

    tags = {"kept"}

    def parse(self, parser: Parser) -> nodes.Node:
        """`{% kept key %}` up to `{% endkept %}`, as a call that may leave out what is within."""
        line = next(parser.stream).lineno
        key = parser.parse_expression()
        body = parser.parse_statements(("name:endkept",), drop_needle=True)
        for name in (found.name for part in body for found in part.find_all(nodes.Name)):
            if name in FLEETING:
                raise TemplateSyntaxError(f"{name} differs from page to page: keep no part with it", line, parser.name)
        place = nodes.Const(f"{parser.name}:{line}")
        call = self.call_method("draw", [place, key])
        return nodes.CallBlock(call, [], [], body).set_lineno(line)

    def draw(self, place: str, key: Any, caller: Callable[[], Markup]) -> Markup:
        """What stands at a place of a template for this key."""
        if key is None:
            return caller()
        language = self.environment.language  # type: ignore[attr-defined]
        found: Markup = drawn.once((place, language, g.get("slug"), key), caller)
        return found


class Templates(Environment):
    """Flask's environment, and one more of the same kind for each language."""

    language: str | None = None

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        self.add_extension(Kept)

    def get_template(self, name: str | Template, parent: str | None = None, globals: Any = None) -> Template:
        """A template in the language at hand, compiled when first asked for."""
        if self.language is None:
            return self._in(i18n.language()).get_template(name, parent, globals)
        return super().get_template(name, parent, globals)

    def select_template(self, names: Any, parent: str | None = None, globals: Any = None) -> Template:
        """The first template there is, in the language at hand."""
        if self.language is None:
            return self._in(i18n.language()).select_template(names, parent, globals)
        return super().select_template(names, parent, globals)

    def make_globals(self, d: Any) -> Any:
        """What a template finds by itself. Jinja's own chain of dicts is looked through key by key at each drawing."""
        return super().make_globals(d) if d else self.globals

    def _in(self, language: str) -> Templates:
        known: dict[str, Templates] = self.__dict__.setdefault("languages", {})
        if language not in known:
            made = self.overlay()
            made.language = language
            known[language] = made
        return known[language]

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        written: nodes.Template = _Writer(self).visit(tree)
        return written


class _Writer(NodeTransformer):
    def __init__(self, environment: Templates) -> None:
        self.environment = environment

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - Jinja's word
        given = self.generic_visit(node)
        assert isinstance(given, nodes.Call)
        if not isinstance(given.node, nodes.Name) or given.node.name not in WRITTEN:
            return given
        words = [one.value for one in given.args if isinstance(one, nodes.Const)]
        if given.kwargs or given.dyn_args or given.dyn_kwargs or len(words) != len(given.args):
            return given
        written = WRITTEN[given.node.name](*words)
        return written.set_lineno(given.lineno).set_environment(self.environment)
