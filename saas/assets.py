"""What the browser loads: our styles and scripts, the npm packages, and one sprite of the icons in use.

Every file has an address made from its content (`/assets/seaport.1f0c….css`), so that browsers may keep it for ever.
Nothing comes from another host. In a template: `asset("vega.js")`, `icon("phone")`.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import brotli
from flask import Blueprint, Flask, Response, abort, current_app, request
from markupsafe import Markup

from saas.errors import SetupError

SOURCES = Path(__file__).parent
PACKAGES = SOURCES.parent / "node_modules"
STATIC = SOURCES / "static"
ICONS = "@tabler/icons/icons/outline"
SPRITE = "icons.svg"
FOLDER = "/assets"

PACKAGED = {
    "tabler.css": "@tabler/core/dist/css/tabler.min.css",
    "fullcalendar.js": "fullcalendar/all/global.js",
    "fullcalendar.css": "fullcalendar/skeleton.css",
    "fullcalendar-locales.js": "fullcalendar/locales-all/global.js",
    "fullcalendar-theme.js": "fullcalendar/themes/classic/global.js",
    "fullcalendar-theme.css": "fullcalendar/themes/classic/theme.css",
    "temporal.js": "temporal-polyfill/global.js",
    "sortable.js": "sortablejs/Sortable.min.js",
    "tom-select.js": "tom-select/dist/js/tom-select.complete.min.js",
    "tom-select.css": "tom-select/dist/css/tom-select.bootstrap5.min.css",
    "vega.js": "vega/build/vega.min.js",
    "vega-lite.js": "vega-lite/build/vega-lite.min.js",
    "vega-embed.js": "vega-embed/build/vega-embed.min.js",
}
"""Name in our pages → file of a package under `node_modules`."""

BUNDLED = {"seaport.css": ((), "css"), "seaport.js": (("htmx.org/dist/htmx.min.js",), "js")}
"""Name in our pages → (files of packages, folder of `saas/static`, read in the order of names) that are one asset.

htmx begins its work in a task after its script: from a file of its own that may be before ours is there, and with it
the rules we give it and the words for an answer that fails.
"""

_QUOTED = re.compile(r"""["']([a-z][a-z0-9]*(?:-[a-z0-9]+)*)["']""")
_SHAPES = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_COMPRESSIBLE = {"text/css", "text/javascript", "image/svg+xml", "application/json"}
_FOR_EVER = "public, max-age=31536000, immutable"

bp = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Asset:
    """One file as it is sent, with the address its content gives it."""

    name: str
    body: bytes

    @cached_property
    def address(self) -> str:
        """Its address on this host: `/assets/<stem>.<hash>.<suffix>`."""
        stem, _, suffix = self.name.rpartition(".")
        return f"{FOLDER}/{stem}.{hashlib.blake2b(self.body, digest_size=8).hexdigest()}.{suffix}"

    @cached_property
    def mimetype(self) -> str:
        """Its media type, by its suffix."""
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    @cached_property
    def gzipped(self) -> bytes:
        """The body under gzip; made once, when first asked for."""
        return gzip.compress(self.body, 9, mtime=0)

    @cached_property
    def brotlied(self) -> bytes:
        """The body under brotli; made once, when first asked for. Level 9: the last two cost ten times the time."""
        return bytes(brotli.compress(self.body, quality=9))  # type: ignore[no-untyped-call]


class Assets:
    """All assets of one process, by name and by address."""

    def __init__(self, assets: list[Asset], icons: frozenset[str]) -> None:
        self.icons = icons
        self.drawn: dict[tuple[str, str], Markup] = {}  # what icon() has written before
        self.by_name = {asset.name: asset for asset in assets}
        self.by_address = {asset.address: asset for asset in assets}


def load(packages: Path = PACKAGES, sources: Path = SOURCES, *more_sources: Path) -> Assets:
    """Read every asset and build the sprite of the icons that templates and code name, also under `more_sources`.

    Raises:
        SetupError: the npm packages are not there, or one lacks a file we need.
    """
    packaged = [Asset(name, _package_file(packages, path)) for name, path in PACKAGED.items()]
    packaged.append(Asset("vega-interpreter.js", _interpreter(packages)))
    bundled = [
        Asset(
            name, b"\n".join([*(_package_file(packages, path) for path in first), *_files(sources / "static" / folder)])
        )
        for name, (first, folder) in BUNDLED.items()
    ]
    single = [Asset(path.name, path.read_bytes()) for path in sorted((sources / "static").glob("*.*"))]
    names = icon_names(packages, sources, *more_sources)
    return Assets([*packaged, *bundled, *single, Asset(SPRITE, sprite(names, packages))], names)


def icon_names(packages: Path, *folders: Path) -> frozenset[str]:
    """The icons that templates and modules under `folders` may draw: every quoted word that is the name of one.

    So an icon may be named anywhere, in `icon("phone")`, in a macro's argument, in a table of a module; the few words
    that only look like one cost some hundred bytes each.
    """
    there = {path.stem for path in (packages / ICONS).glob("*.svg")}
    if not there:
        raise SetupError(_incomplete(packages, ICONS))
    sources = (path for folder in folders for kind in ("*.html", "*.py") for path in folder.rglob(kind))
    quoted = {word for path in sources for word in _QUOTED.findall(path.read_text(encoding="utf-8"))}
    return frozenset(quoted & there)


def sprite(names: frozenset[str], packages: Path = PACKAGES) -> bytes:
    """One SVG file with a `<symbol>` for each icon in `names`."""
    symbols = []
    for name in sorted(names):
        shapes = _SHAPES.search((packages / ICONS / f"{name}.svg").read_text(encoding="utf-8"))
        if shapes is None:
            raise ValueError(f"The icon {name!r} of @tabler/icons is not one <svg>.")
        drawn = shapes[1].replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "").strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{drawn}</symbol>')
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'.encode()


def asset(name: str) -> str:
    """The address of an asset, for a `src` or `href`.

    Raises:
        ValueError: there is no asset of that name.
    """
    found = _assets().by_name.get(name)
    if found is None:
        raise ValueError(f"There is no asset named {name!r}.")
    return found.address  # not by url_for: it is asked for some thirty times a page


def icon(name: str, extra: str = "") -> Markup:
    """An icon of the sprite, hidden from screen readers: the words beside it say what it means.

    Args:
        name: as in @tabler/icons, outline.
        extra: further classes.

    Raises:
        ValueError: the sprite lacks it, and the app is in testing or debug; in service nothing is drawn.
    """
    assets = _assets()
    if (name, extra) not in assets.drawn:
        if name not in assets.icons:
            return _missing_icon(name)
        assets.drawn[name, extra] = Markup('<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>').format(
            f"icon {extra}" if extra else "icon", asset(SPRITE), name
        )
    return assets.drawn[name, extra]


@bp.get(f"{FOLDER}/<name>")
def file(name: str) -> Response:
    """Send one asset; its address changes with its content, so it may be kept for ever."""
    found = _assets().by_address.get(f"{FOLDER}/{name}")
    if found is None:
        abort(404)
    body, encoding = found.body, None
    if found.mimetype in _COMPRESSIBLE:
        encoding = request.accept_encodings.best_match(["br", "gzip"])
        body = {"br": lambda: found.brotlied, "gzip": lambda: found.gzipped}.get(encoding or "", lambda: found.body)()
    response = Response(body, mimetype=found.mimetype)
    response.headers["Cache-Control"] = _FOR_EVER
    response.headers["Vary"] = "Accept-Encoding"
    if encoding:
        response.headers["Content-Encoding"] = encoding
    return response


file._right = "anyone"  # type: ignore[attr-defined]  # what @anyone of the floor above leaves on a view


def init_app(app: Flask) -> None:
    """Load the assets, serve them under `/assets/`, and give templates `asset()` and `icon()`."""
    app.extensions["assets"] = load()
    app.register_blueprint(bp)
    app.jinja_env.globals.update(asset=asset, icon=icon)


def _assets() -> Assets:
    assets: Assets = current_app.extensions["assets"]
    return assets


def _missing_icon(name: str) -> Markup:
    if current_app.testing or current_app.debug:
        raise ValueError(f"No icon {name!r}: @tabler/icons lacks it, or no template or module quotes its name.")
    current_app.logger.warning("no icon %r", name)
    return Markup("")


def _package_file(packages: Path, path: str) -> bytes:
    try:
        return (packages / path).read_bytes()
    except FileNotFoundError:
        raise SetupError(_incomplete(packages, path)) from None


def _incomplete(packages: Path, path: str) -> str:
    return f"The front-end packages are not complete (no {path}). Run “npm ci --omit=dev” in {packages.parent}."


def _interpreter(packages: Path) -> bytes:
    """Vega's interpreter, which comes as a module only, as a plain script beside `vega`: `vegaInterpreter`.

    The copy inside vega-embed is older and lacks the mend of CVE-2025-59840.
    """
    code = _package_file(packages, "vega-interpreter/build/vega-interpreter.js").decode()
    code, taken = re.subn(r"import \{(.*?)\} from 'vega-util';", r"const {\1} = vega;", code)
    code, given = re.subn(r"export \{ expression as expressionInterpreter \};", "return expression;", code)
    if (taken, given) != (1, 1):
        raise SetupError("vega-interpreter is not the version that Seaport knows: run “npm ci --omit=dev”.")
    return f"const vegaInterpreter = (() => {{\n{code}\n}})();\n".encode()


def _files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()]
