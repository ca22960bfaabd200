"""Two first languages. Each area keeps its own Chinese catalogue, `translations/zh/<area>.po`; all are
compiled into one.

python -m saas.i18n update     write new sentences into the catalogues, drop those that are gone
python -m saas.i18n check      exit 1 and name what is untranslated
python -m saas.i18n compile    make the file that the service reads
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from babel.numbers import format_decimal
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain, force_locale, get_domain, get_locale
from jinja2 import pass_context

HERE = Path(__file__).parent
FOLDER = HERE / "translations"
COMPILED = FOLDER / "zh" / "LC_MESSAGES" / "messages.mo"
LOCALES = {"en": "English", "zh": "简体中文"}
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
OPTIONS = {"**.html": {"extensions": "saas.templating.Kept"}}
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
}


def init_app(app: Flask) -> None:
    """Answer each page in its reader's language and zone: `g.locale` and `g.timezone`, else what his browser asks."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(FOLDER)
    app.config["BABEL_DEFAULT_LOCALE"] = "en"
    _Babel(app, locale_selector=locale, timezone_selector=timezone)  # type: ignore[no-untyped-call]
    for name in ("gettext", "ngettext", "pgettext"):
        app.jinja_env.globals[name] = _marking(app.jinja_env.globals[name])


def in_every_language(text: Any) -> set[str]:
    """A lazy text as readers of each language see it."""
    found = set()
    for language in LOCALES:
        with force_locale(language):
            found.add(str(text))
    return found


def marked(value: Any) -> Any:
    """A count as the reader writes it in a sentence: 1,234. Everything else stays; what is no count, such as a year, is
    given as text."""
    if type(value) is not int or -1000 < value < 1000:
        return value
    return format_decimal(value, locale=get_locale() or "en")


def _marked(variables: dict[str, Any]) -> dict[str, Any]:
    return {name: marked(value) for name, value in variables.items()} if variables else variables


def _marking(translate: Any) -> Any:
    """One of Jinja's functions for sentences, with its counts marked."""

    @pass_context
    def told(context: Any, *words: Any, **variables: Any) -> Any:
        if len(words) == 3:  # singular, plural and their number
            variables.setdefault("num", words[2])
        return translate(context, *words, **_marked(variables))

    return told


class _Catalogue(Domain):
    """Flask-Babel's sentences, found once a page and language instead of at each sentence."""

    def get_translations(self) -> Any:
        """The sentences of the language at hand; `force_locale` puts others in their place."""
        try:
            kept = g.get("_flask_babel")
        except RuntimeError:  # outside of any page or job
            kept = None
        if kept is None:
            return super().get_translations()  # type: ignore[no-untyped-call]
        found = getattr(kept, "babel_translations", None)
        if found is None:
            found = kept.babel_translations = super().get_translations()  # type: ignore[no-untyped-call]
        return found

    def gettext(self, string: str, **variables: Any) -> str:
        """A sentence, its counts marked."""
        words = self.get_translations().ugettext(string)
        return str(words % _marked(variables)) if variables else str(words)

    def pgettext(self, context: str, string: str, **variables: Any) -> str:
        """A sentence that means something else elsewhere, its counts marked."""
        return str(super().pgettext(context, string, **_marked(variables)))  # type: ignore[no-untyped-call]

    def ngettext(self, singular: str, plural: str, num: int, **variables: Any) -> str:
        """A sentence that goes with its number, which stands in it as %(num)s, its counts marked."""
        words = self.get_translations().ungettext(singular, plural, num)
        return str(words % _marked({"num": num, **variables}))


class _Babel(Babel):
    """Flask-Babel with one catalogue for the life of the process; its own reads the file anew for each page."""

    @cached_property
    def domain_instance(self) -> Domain:
        """The catalogue."""
        return _Catalogue([str(FOLDER)], domain="messages")  # type: ignore[no-untyped-call]


def make_ready() -> None:
    """Read the sentences of the language at hand and its names of days and countries; it is done once a process."""
    locale = get_locale()
    if locale is not None:
        locale.days, locale.territories  # noqa: B018 - Babel reads its file when first asked
    get_domain().get_translations()


def language() -> str:
    """The locale of what is written now, by its name ("en", "zh")."""
    return _name(get_locale())


@lru_cache(maxsize=16)
def _name(locale: Locale | None) -> str:
    return str(locale or "en")  # Babel puts it together anew each time


def locale() -> str:
    """The language of the page, letter or job at hand: "en" or "zh"."""
    if chosen := g.get("locale"):
        return str(chosen)
    if has_request_context():
        asked = request.args.get("lang") or request.cookies.get("__Host-lang") or request.cookies.get("lang")
        if asked in LOCALES:
            return str(asked)
        return request.accept_languages.best_match(list(LOCALES)) or "en"
    return "en"


def timezone() -> str:
    """The IANA zone in which times are shown."""
    return str(g.get("timezone") or "UTC")


def area_of(path: str) -> str:
    """The catalogue that a source file's sentences belong to: the folder of its capability or floor."""
    parts = Path(path).parts
    if parts[0] == "templates":
        parts = parts[1:] if len(parts) > 2 else ("ground",)
        return parts[0] if parts[0] not in {"macros", "layouts", "errors"} else "ground"
    if parts[0] == "crm" and len(parts) > 2:
        return parts[1]
    return parts[0] if len(parts) > 1 else "ground"


def extract() -> dict[str, Catalog]:
    """The sentences in the sources, by area. A sentence used by two areas is kept by the first in the alphabet."""
    found: dict[tuple[str, str | None], tuple[str, Message]] = {}
    rows = extract_from_dir(str(HERE), METHODS, OPTIONS, KEYWORDS, comment_tags=(), strip_comment_tags=True)
    for name, _line, ids, _comments, context in rows:
        key = (ids[0] if isinstance(ids, tuple) else ids, context)
        area = area_of(name)
        if key not in found or area < found[key][0]:
            found[key] = (area, Message(ids, context=context))
    catalogues: dict[str, Catalog] = {}
    for (_key, context), (area, message) in sorted(found.items(), key=lambda item: (item[0][0], item[0][1] or "")):
        catalogue = catalogues.setdefault(area, _new())
        catalogue.add(message.id, context=context)
    return catalogues


def update() -> None:
    """Bring the catalogues in line with the sources; what was translated anywhere stays translated."""
    known = {(m.id, m.context): m.string for c in _stored().values() for m in c if m.id}
    by_first = {(i[0] if isinstance(i, tuple) else i, c): s for (i, c), s in known.items()}
    wanted = extract()
    for area, catalogue in wanted.items():
        for message in catalogue:
            if message.id:
                first = message.id[0] if isinstance(message.id, tuple) else message.id
                message.string = by_first.get((first, message.context), message.string)
        path = FOLDER / "zh" / f"{area}.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=120, no_location=True, omit_header=True, sort_output=True)
    for area in set(_stored()) - set(wanted):
        (FOLDER / "zh" / f"{area}.po").unlink()


def untranslated() -> Iterator[tuple[str, str]]:
    """(area, sentence) for every sentence in the sources that has no Chinese."""
    done = {(_first(m), m.context) for c in _stored().values() for m in c if m.id and _is_done(m)}
    for area, catalogue in extract().items():
        for message in catalogue:
            if message.id and (_first(message), message.context) not in done:
                yield area, _first(message)


def compile_catalogues() -> None:
    """Write the one compiled catalogue from all areas."""
    merged = _new()
    for catalogue in _stored().values():
        for message in catalogue:
            if message.id and _is_done(message):
                merged.add(message.id, message.string, context=message.context)
    COMPILED.parent.mkdir(parents=True, exist_ok=True)
    with COMPILED.open("wb") as file:
        write_mo(file, merged)


def _first(message: Message) -> str:
    return str(message.id[0] if isinstance(message.id, list | tuple) else message.id)


def _is_done(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, list | tuple) else bool(message.string)


def _stored() -> dict[str, Catalog]:
    out = {}
    for path in sorted((FOLDER / "zh").glob("*.po")):
        with path.open("rb") as file:
            out[path.stem] = read_po(file, locale="zh")
    return out


def _new() -> Catalog:
    # A fixed header: the file changes only when a sentence does.
    catalogue = Catalog(locale=Locale("zh"), fuzzy=False)
    catalogue.header_comment = ""
    catalogue.mime_headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Plural-Forms", "nplurals=1; plural=0;"),
    ]
    return catalogue


def main(arguments: list[str]) -> int:
    """`python -m saas.i18n …`; exit status."""
    action = arguments[0] if arguments else ""
    if action == "update":
        update()
    elif action == "compile":
        compile_catalogues()
    elif action == "check":
        missing = list(untranslated())
        for area, sentence in missing:
            sys.stderr.write(f"{area}: no Chinese for {sentence!r}\n")
        return 1 if missing else 0
    else:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
