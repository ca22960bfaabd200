"""Who may enter: every route has an audience (where its blueprint is mounted) and a right (what its view declares).

The workspace in the address is checked against the session. A stranger gets the same 404 as for a workspace, or a
record, that does not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Blueprint, Flask, current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import refresh
from flask_login import LoginManager, UserMixin
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from saas import kept
from saas.config import Config
from saas.db import db
from saas.errors import Forbidden
from saas.portals import once
from saas.tenants import gates, portal_kinds, queries, scope
from saas.tenants.models import Member, PortalKind, PortalUser, SessionAudience, TenantStatus
from saas.tenants.permissions import ANYONE, SIGNED_IN, Permission, Who


class Audience(StrEnum):
    """For whom a blueprint is."""

    PUBLIC = "public"
    STAFF = "staff"
    CUSTOMER = "customer"
    PARTNER = "partner"
    OPERATOR = "operator"


PREFIX = {
    Audience.PUBLIC: "",
    Audience.STAFF: "/<workspace>",
    Audience.CUSTOMER: "/<workspace>/portal",
    Audience.PARTNER: "/<workspace>/partner",
    Audience.OPERATOR: "/_platform",
}
SESSION_OF = {
    Audience.PUBLIC: SessionAudience.PERSON,
    Audience.STAFF: SessionAudience.STAFF,
    Audience.CUSTOMER: SessionAudience.CUSTOMER,
    Audience.PARTNER: SessionAudience.PARTNER,
    Audience.OPERATOR: SessionAudience.OPERATOR,
}


EVERYWHERE = {"assets", "health"}  # blueprints that every host of ours has
SAFE = {"GET", "HEAD", "OPTIONS"}
AT_REST = {ANYONE, SIGNED_IN, Permission.BILLING_MANAGE, Permission.WORKSPACE_EXPORT}


class SignedIn(UserMixin):
    """What Flask-Login hands to templates: the person behind the session."""

    def __init__(self, person: Member | PortalUser) -> None:
        self.person = person
        self.id = person.id


login = LoginManager()
login.session_protection = None  # type: ignore[assignment]  # our sessions are rows; none of theirs is kept


@login.request_loader  # type: ignore[untyped-decorator]
def _signed_in(_request: object) -> SignedIn | None:
    person = g.get("member") or g.get("portal_user")
    return SignedIn(person) if person else None


def mount(app: Flask, blueprint: Blueprint, audience: Audience) -> None:
    """Register a blueprint for an audience; its own prefix comes after the audience's."""
    app.register_blueprint(blueprint, url_prefix=PREFIX[audience] + (blueprint.url_prefix or ""))
    app.extensions.setdefault("audiences", {})[blueprint.name] = audience


def when_ended(app: Flask, audience: Audience, answer: Callable[[], ResponseReturnValue]) -> None:
    """What a form gets that comes after its sender's session has ended; a redirect would lose what he typed."""
    app.extensions.setdefault("ended", {})[audience] = answer


def init_app(app: Flask) -> None:
    """Check every request before its view runs."""
    login.init_app(app, add_context_processor=False)
    app.url_value_preprocessor(_keep_apart)  # first of all, also before a form's token is looked at
    app.url_value_preprocessor(_take_workspace)
    app.url_defaults(_give_workspace)
    app.before_request(_enter)
    app.teardown_request(_leave)
    app.extensions.setdefault("before_commit", []).append(once.remember)


def audience_of(app: Flask, endpoint: str) -> Audience:
    """The audience of an endpoint; what is on the app itself (assets, health) is public."""
    blueprint, _dot, _name = endpoint.rpartition(".")
    found: Audience = app.extensions.get("audiences", {}).get(blueprint, Audience.PUBLIC)
    return found


def right_of(app: Flask, endpoint: str) -> Permission | str | None:
    """What the endpoint's view declares: a Permission, "anyone", "signed_in", or None."""
    found: Permission | str | None = getattr(app.view_functions[endpoint], "_right", None)
    return found


def check_routes(app: Flask) -> None:
    """Stop the start of an app that has a route nobody decided about.

    Raises:
        RuntimeError: names the routes.
    """
    bare = sorted({rule.endpoint for rule in app.url_map.iter_rules() if right_of(app, rule.endpoint) is None})
    if bare:
        raise RuntimeError(f"no right declared (@allow, @anyone or @signed_in) on: {', '.join(bare)}")


# ── each request ────────────────────────────────────────────────────────────────────────────────────────────────────


def _keep_apart(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """In production the operators' pages are at their own host only, and nothing else is there if it is theirs alone:
    what a workspace shows never shares an origin with them.

    Raises:
        NotFound: as for any address that doesn't exist.
    """
    config: Config = current_app.extensions["config"]
    if config.local:
        return
    here = urlsplit(f"//{request.host}").hostname
    is_theirs = bool(config.operator_host) and here == config.operator_host
    if _is_under(PREFIX[Audience.OPERATOR]):
        if not is_theirs:
            raise NotFound
        return
    is_theirs_alone = is_theirs and here != urlsplit(config.public_url).hostname
    if is_theirs_alone and endpoint is not None and endpoint.partition(".")[0] not in EVERYWHERE:
        raise NotFound


def _is_under(prefix: str) -> bool:
    return request.path == prefix or request.path.startswith(f"{prefix}/")


def _take_workspace(endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.slug = (values or {}).pop("workspace", None)


def _give_workspace(endpoint: str, values: dict[str, Any]) -> None:
    if "workspace" not in values and g.get("slug") and current_app.url_map.is_endpoint_expecting(endpoint, "workspace"):
        values["workspace"] = g.slug


def _enter() -> ResponseReturnValue | None:
    g.stack = ExitStack()
    g.stack.enter_context(scope.tagged(g.request_id))
    if request.endpoint is None:
        return None
    audience = audience_of(current_app, request.endpoint)
    right = right_of(current_app, request.endpoint)
    if audience is Audience.PUBLIC and right == ANYONE and not getattr(_view(), "_wants_person", False):
        return None
    return _enter_as(audience, right)


def _view() -> Callable[..., Any]:
    return current_app.view_functions[str(request.endpoint)]


def _enter_as(audience: Audience, right: Permission | str | None) -> ResponseReturnValue | None:
    kind = SESSION_OF[audience]
    found = queries.find_session(cookie(kind, g.slug), kind, g.slug)
    g.audience, g.session = audience, found.session
    g.tenant, g.unread = found.tenant, found.unread
    g.user = found.user
    if audience is Audience.OPERATOR:
        g.operator = found.operator
    if g.slug is not None and found.tenant is None:
        raise NotFound
    if found.tenant is not None:
        g.stack.enter_context(scope.enter(found.tenant.id))
        kept.is_turn(found.tenant.id, found.tenant.turn)
        g.locale, g.timezone = None, found.tenant.timezone
    if (closed := _closed(audience)) is not None:
        return closed
    if found.session is None:
        return None if right == ANYONE else _to_sign_in(audience)
    if audience in {Audience.STAFF, Audience.CUSTOMER, Audience.PARTNER} and not _load_person(audience):
        return None if right == ANYONE else _to_sign_in(audience)
    if found.user is not None and audience is Audience.PUBLIC:
        g.locale, g.timezone = found.user.locale, found.user.timezone
    queries.touch(found.session)
    if isinstance(right, Permission) and not scope.who().may(right):
        raise Forbidden
    _refuse_at_rest(right)
    return once.answered_before()


def recognise() -> Audience | None:
    """As what somebody is signed in at the place that the address lies in; None for strangers.

    For a page that says what went wrong, where often no view was reached that would have known: the address leads
    nowhere, or the form came without its token. From then on the page speaks his language.
    """
    if "session" not in g:
        _look_up()
    return g.get("audience") if g.get("who") is not None else None


def _look_up() -> None:
    slug, audience = _place()
    kind = SESSION_OF[audience]
    if not slug or not (secret := cookie(kind, slug)):
        return
    found = queries.find_session(secret, kind, slug)
    if found.session is None or found.tenant is None:
        return
    if "stack" not in g:
        g.stack = ExitStack()
    g.stack.enter_context(scope.enter(found.tenant.id))
    kept.is_turn(found.tenant.id, found.tenant.turn)
    if audience is not Audience.STAFF and not gates.gate(PortalKind(audience.value)).is_open:
        return
    g.slug, g.session, g.tenant, g.user, g.audience = slug, found.session, found.tenant, found.user, audience
    g.unread = found.unread
    if _load_person(audience):
        refresh()


def _place() -> tuple[str | None, Audience]:
    """The workspace and the audience that the address names, also where it leads nowhere."""
    if request.endpoint is not None:
        return g.get("slug"), audience_of(current_app, request.endpoint)
    _root, slug, door, *_rest = [*request.path.split("/"), "", ""]
    return slug, {"portal": Audience.CUSTOMER, "partner": Audience.PARTNER}.get(door, Audience.STAFF)


def _closed(audience: Audience) -> ResponseReturnValue | None:
    """What everybody gets at a portal whose gate is closed."""
    if audience not in {Audience.CUSTOMER, Audience.PARTNER}:
        return None
    g.gate = gates.gate(PortalKind(audience.value))
    return None if g.gate.is_open else current_app.extensions["closed"]()


def _refuse_at_rest(right: Permission | str | None) -> None:
    """Where the rent isn't paid, people read, export and pay, and see to themselves; nothing else is changed."""
    tenant = g.tenant
    if tenant is None or tenant.status is not TenantStatus.SUSPENDED or request.method in SAFE or right in AT_REST:
        return
    raise Forbidden(_("This workspace is read-only just now: its subscription needs the owner's attention."))


def _load_person(audience: Audience) -> bool:
    person: Member | PortalUser | None
    if audience is Audience.STAFF:
        g.member = person = queries.member_at_door(g.session.user_id)
    else:
        person = queries.active_portal_user(g.session.portal_user_id, audience.value, g.session.epoch)
        g.subject = portal_kinds.behind(person) if person else None
        g.portal_user = person = person if g.subject else None
    if person is None:
        return False
    g.locale, g.timezone = person.locale, person.timezone
    teams = queries.teams_below(person.team_id) if isinstance(person, Member) and person.team_id else ()
    g.who = Who(person.id, person.role.rights, teams, frozenset(person.role.hidden_fields))
    return True


def _to_sign_in(audience: Audience) -> ResponseReturnValue:
    """Where someone without a session goes; someone signed in elsewhere is a stranger here and finds nothing."""
    if audience is Audience.STAFF and not _may_become_staff():
        raise NotFound
    if audience is Audience.OPERATOR and not cookie(SessionAudience.OPERATOR, None):
        raise NotFound
    door = {
        Audience.OPERATOR: f"{PREFIX[Audience.OPERATOR]}/sign-in",
        Audience.CUSTOMER: f"/{g.slug}/portal/sign-in",
        Audience.PARTNER: f"/{g.slug}/partner/sign-in",
    }
    where = door.get(audience) or (f"/{g.slug}/sign-in" if g.slug else "/sign-in")
    wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
    target = f"{where}?next={quote(wanted)}" if wanted else where
    if request.headers.get("HX-Request") == "true":
        return Response(status=401)  # the page stays, with what was typed in it, and says so
    ended = current_app.extensions.get("ended", {}).get(audience)
    return ended() if ended and request.method == "POST" else redirect(target)


def _may_become_staff() -> bool:
    person = queries.find_session(cookie(SessionAudience.PERSON, None), SessionAudience.PERSON, None)
    if person.user is None:
        return True
    return queries.active_member_of(person.user.id) is not None


def _leave(error: BaseException | None) -> None:
    stack = g.pop("stack", None)
    if stack is not None:
        stack.close()
    db.session.remove()


# ── cookies ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def cookie_name(audience: SessionAudience, slug: str | None) -> str:
    """The cookie that holds the secret of a session of this audience in this workspace."""
    name = f"{audience.value}-{slug}" if slug else audience.value
    return f"__Host-{name}" if current_app.config["SESSION_COOKIE_SECURE"] else name


def cookie(audience: SessionAudience, slug: str | None) -> str:
    """The secret that the browser sent, or an empty text."""
    return request.cookies.get(cookie_name(audience, slug), "")


def set_cookie(response: Response, audience: SessionAudience, slug: str | None, secret: str) -> None:
    """Give the browser its session's secret; it ends with the browser or with the row, whichever is first."""
    response.set_cookie(
        cookie_name(audience, slug),
        secret,
        path="/",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def drop_cookie(response: Response, audience: SessionAudience, slug: str | None) -> None:
    """Take the session's secret from the browser."""
    response.delete_cookie(
        cookie_name(audience, slug),
        path="/",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def safe_next(wanted: str | None, fallback: str) -> str:
    """A path of ours to go on to, never another host's: `wanted` if it is one, else `fallback`."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return fallback
    return fallback if any(c in wanted for c in "\\\r\n\t") else wanted
