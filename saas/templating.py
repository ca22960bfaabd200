"""Templates compiled once for each language, so that what never changes in one is written then and not at each page:
`_("…")` without values, `icon("…")` and `asset("…")` of a fixed name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.templating import Environment
from flask_babel import get_locale, gettext
from jinja2 import Template, nodes
from jinja2.visitor import NodeTransformer

from saas.assets import asset, icon


def _sentence(words: str) -> nodes.Expr:
    # as Jinja's own gettext gives it back: safe where the page escapes, and %% is a percent sign
    return nodes.MarkSafeIfAutoescape(nodes.Const(gettext(words) % {}))


WRITTEN: dict[str, Callable[..., nodes.Expr]] = {
    "_": _sentence,
    "icon": lambda *name: nodes.MarkSafe(nodes.Const(str(icon(*name)))),
    "asset": lambda name: nodes.Const(asset(name)),
}
"""Name of a function in templates → what stands in its place when all it is given are fixed words."""


class Templates(Environment):
    """Flask's environment, and one more of the same kind for each language."""

    language: str | None = None

    def get_template(self, name: str | Template, parent: str | None = None, globals: Any = None) -> Template:
        """A template in the language at hand, compiled when first asked for."""
        if self.language is None:
            return self._in(str(get_locale())).get_template(name, parent, globals)
        return super().get_template(name, parent, globals)

    def select_template(self, names: Any, parent: str | None = None, globals: Any = None) -> Template:
        """The first template there is, in the language at hand."""
        if self.language is None:
            return self._in(str(get_locale())).select_template(names, parent, globals)
        return super().select_template(names, parent, globals)

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
