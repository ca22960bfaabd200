"""What every answer passes: one commit or rollback, errors as sentences, and the headers that fence a page in."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID, uuid4

from flask import Flask, Request, Response, current_app, g, has_request_context, redirect, render_template, request
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import RequestRedirect

from saas import i18n
from saas.config import Config
from saas.db import db
from saas.errors import BusinessError, TooMany
from saas.templating import Templates

View = TypeVar("View", bound=Callable[..., object])

log = logging.getLogger(__name__)
csrf = CSRFProtect()
MOST_ADDRESSES = 20_000
PEOPLE = ("tenant", "user", "member", "portal_user", "operator", "who")  # on `g`: who asks

POLICY = {
    "default-src": "'none'",
    "script-src": "'self' 'nonce-{nonce}'",
    "style-src": "'self' 'nonce-{nonce}'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}
POLICY_TEXT = "; ".join(f"{name} {value}" for name, value in POLICY.items())
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "X-Frame-Options": "DENY",
}


class Typed(ImmutableMultiDict[str, Any]):
    """What an address or a form carries, without NUL characters: nobody types one, and PostgreSQL holds none."""

    def __init__(self, values: Any = None) -> None:
        if isinstance(values, Iterable) and not isinstance(values, Mapping):
            values = [(name, v.replace("\0", "") if isinstance(v, str) else v) for name, v in values]
        super().__init__(values)

    def get(self, key: str, *default: Any, **options: Any) -> Any:
        """As ever, but what isn't there is no error that is made and caught: a list asks for fifty such names."""
        if key not in self:
            return default[0] if default else options.get("default")
        return super().get(key, *default, **options)


class SeaportRequest(Request):
    """A request as our views read it."""

    parameter_storage_class = Typed


class SeaportApp(Flask):
    """Flask with one door to the database: a view's changes are committed once, when its answer is a good one. What the
    templates of a page share is found once a page, however many parts it is drawn from.
    """

    request_class = SeaportRequest
    jinja_environment = Templates

    def dispatch_request(self, *args: Any, **options: Any) -> Response:
        """Run the view; commit below status 400, else roll back."""
        response = self.make_response(super().dispatch_request(*args, **options))
        if response.status_code < 400:
            for note in self.extensions.get("before_commit", ()):
                note(response)
            db.session.commit()
        else:
            db.session.rollback()
        return response

    def url_for(self, endpoint: str, **values: Any) -> str:
        """An address of ours. What differs from row to row are ids: an address is worked out once, then filled in."""
        if not has_request_context():
            return super().url_for(endpoint, **values)
        asked: Request = request._get_current_object()  # type: ignore[attr-defined]
        given = {name: value for name, value in values.items() if value is not None}
        ids = {name: value for name, value in given.items() if type(value) is UUID}
        words = tuple((name, value) for name, value in given.items() if name not in ids)
        if words and not all(_is_plain(*word) for word in words):
            return super().url_for(endpoint, **values)
        name = f"{asked.blueprint or ''}{endpoint}" if endpoint[0] == "." else endpoint
        known = (name, tuple(ids), words, g.get("slug"), asked.root_path)
        pattern = self._addresses.get(known)
        if pattern is None:
            marks: dict[str, Any] = {key: UUID(int=place) for place, key in enumerate(ids, 1)}
            pattern = super().url_for(name, **given | marks).replace("{", "{{").replace("}", "}}")
            for key, mark in marks.items():
                pattern = pattern.replace(str(mark), f"{{{key}}}")
            if len(self._addresses) >= MOST_ADDRESSES:
                self._addresses.clear()
            self._addresses[known] = pattern
        return pattern.format(**ids)

    @cached_property
    def _addresses(self) -> dict[tuple[Any, ...], str]:
        return {}

    def update_template_context(self, context: dict[str, Any]) -> None:
        """Put what all templates know beside what this one is given."""
        kept = g._get_current_object()
        if "request_id" not in kept:
            return super().update_template_context(context)
        seen = (kept.request_id, i18n.language(), *[id(kept.get(name)) for name in PEOPLE])
        known = kept.get("shared")
        if known is None or known[0] != seen:
            shared: dict[str, Any] = {}
            super().update_template_context(shared)
            known = kept.shared = (seen, shared)
        context |= known[1] | context
        return None

    def ensure_sync(self, func: Any) -> Any:
        """The function itself: none of ours is asynchronous, and Flask would look for that at each call of each."""
        return func


def _is_plain(name: str, value: Any) -> bool:
    """True for a word that needs no quoting in an address, and says nothing of it as `_external` does."""
    return not name.startswith("_") and type(value) is str and len(value) <= 40 and value.isidentifier()


def init_app(app: Flask, config: Config) -> None:
    """Put headers, errors and the origin check on every answer."""
    app.config.update(
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME="__Host-seaport" if config.is_https else "seaport",
        SESSION_COOKIE_SECURE=config.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # ends with the cookie; a form left open over lunch still works
        WTF_CSRF_SSL_STRICT=False,  # Origin and Sec-Fetch-Site are checked below for every unsafe request
        MAX_CONTENT_LENGTH=32 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=2000,
        TRUSTED_HOSTS=list(config.trusted_hosts),
    )
    if config.proxy_hops:
        hops = config.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    csrf.init_app(app)
    app.before_request(_begin)
    app.after_request(lambda response: _fence(response, config))
    app.jinja_env.globals["csp_nonce"] = nonce
    for error, answer in (
        (BusinessError, _business),
        (CSRFError, _stale_form),
        (StaleDataError, _overtaken),
        (IntegrityError, _broken_rule),
        (OperationalError, _database_away),
        (HTTPException, _http),
        (Exception, _crash),
    ):
        app.register_error_handler(error, answer)


def nonce() -> str:
    """The word that lets this page's own scripts and styles run."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def gives_file(view: View) -> View:
    """The view answers with a file: not what somebody means to open who loads the address of a form below it again."""
    view._is_file = True  # type: ignore[attr-defined]
    return view


def is_fragment() -> bool:
    """True when htmx asks: the answer is a part of a page."""
    return request.headers.get("HX-Request") == "true"


def _begin() -> None:
    g.request_id = uuid4().hex
    if "\0" in request.path:
        raise NotFound
    if request.method in {"GET", "HEAD", "OPTIONS"} or _is_exempt():
        return
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site")
    if (origin not in (None, "null") and origin != request.host_url.rstrip("/")) or site in {"cross-site", "same-site"}:
        raise CSRFError(_("This form came from another site."))


def _is_exempt() -> bool:
    view = f"{request.blueprint}" if request.blueprint else ""
    return request.endpoint in getattr(csrf, "_exempt_views", ()) or view in getattr(csrf, "_exempt_blueprints", ())


def _fence(response: Response, config: Config) -> Response:
    given = {name.lower() for name, _value in response.headers}
    response.headers.extend([(name, value) for name, value in HEADERS.items() if name.lower() not in given])
    response.headers.setdefault("Content-Security-Policy", POLICY_TEXT.format(nonce=nonce()))
    if config.is_https:
        response.headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
    if response.headers.get("Cache-Control", "no-cache") == "no-cache":  # none set, or what Flask says of files
        response.headers["Cache-Control"] = "no-store"
    response.headers["X-Request-Id"] = g.get("request_id", "")
    return response


def error_page(status: int, sentence: str = "", **ways: Any) -> tuple[str, int]:
    """The answer to what can't be done: a page in the frame of whoever is signed in, or a message for htmx to show.

    Args:
        status: of the answer.
        sentence: what is said instead of the page's own words.
        ways: `home_url` and `home_label`, where another way on fits better than the start page.
    """
    db.session.rollback()
    frame = current_app.extensions["error_frame"]() if status < 500 else {}  # beyond that nothing is sure any more
    if is_fragment():
        return render_template("errors/_error.html", status=status, sentence=sentence), status
    return render_template(f"errors/{status}.html", status=status, sentence=sentence, **frame | ways), status


def _business(error: BusinessError) -> ResponseReturnValue:
    answer = error_page(error.status, error.sentence)
    if isinstance(error, TooMany):
        return (*answer, {"Retry-After": str(error.retry_after)})
    return answer


def _stale_form(error: CSRFError) -> ResponseReturnValue:
    return error_page(419)


def _overtaken(error: StaleDataError) -> ResponseReturnValue:
    return error_page(409, _("Somebody changed this a moment ago. Load it again to see the new values."))


def _broken_rule(error: IntegrityError) -> ResponseReturnValue:
    log.warning("constraint refused a change", extra={"constraint": _constraint(error)})
    return error_page(409, _("This clashes with a change made a moment ago. Load the page again and check it."))


def _constraint(error: IntegrityError) -> str:
    return str(getattr(getattr(error.orig, "diag", None), "constraint_name", ""))


def _database_away(error: OperationalError) -> ResponseReturnValue:
    log.error("database refused", extra={"error": type(error.orig).__name__})
    return error_page(503)


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if request_ctx.url_adapter is None:  # a host that is not ours: no page of ours, whose links need one, fits
        return Response("Not a host of this service.\n", 400, mimetype="text/plain")
    if status < 400:
        return error.get_response()
    if status == 405:
        above = _page_above()
        return error_page(404) if above is None else redirect(above)
    return error_page(status if status in {403, 404, 409, 413, 419, 422, 429, 500, 503} else 422)


def _page_above() -> str | None:
    """Where somebody goes on who opens an address that takes forms alone, as a page does that is loaded again after its
    form failed: the nearest page above it, such as the record, else its list. None for strangers, who learn nothing.
    """
    if request.method not in {"GET", "HEAD"} or is_fragment() or not current_app.extensions["error_frame"]():
        return None
    assert request_ctx.url_adapter is not None
    path = request.path
    while path := path.rstrip("/").rpartition("/")[0]:
        try:
            endpoint = request_ctx.url_adapter.match(path, method="GET")[0]
            if getattr(current_app.view_functions[endpoint], "_is_file", False):
                continue
        except RequestRedirect:  # to the same with a stroke at its end
            return f"{request.script_root}{path}/"
        except HTTPException:
            continue
        return f"{request.script_root}{path}"
    return None


def _crash(error: Exception) -> ResponseReturnValue:
    log.exception("unexpected error")
    return error_page(500)
