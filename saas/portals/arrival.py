"""Coming in: from a proved identity to the cookies of a session, and back to the page one wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app, flash, g, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from saas import clock
from saas.config import Config
from saas.db import db
from saas.errors import NotFound
from saas.portals import carry, guard
from saas.tenants import queries, scope
from saas.tenants.actions import signing
from saas.tenants.actions.passkeys import Asked, Site
from saas.tenants.actions.signing import Client
from saas.tenants.forms import CodeForm
from saas.tenants.models import PortalKind, PortalUser, SessionAudience, Tenant, User
from saas.tenants.tokens import digest

View = TypeVar("View", bound=Callable[..., object])
ASKED = "passkey"
DEVICE_DAYS = 90
BETWEEN = 600  # s from the first step to the second


def site() -> Site:
    """Where this browser finds us, for passkeys: the address in the settings; in a local run `localhost` too."""
    config: Config = current_app.extensions["config"]
    is_here = config.local and urlsplit(request.host_url).hostname == "localhost"
    return Site(request.host_url.rstrip("/") if is_here else config.public_url)


def ask_passkey(asked: Asked) -> Response:
    """Give the browser's script a question, which its own session alone may answer."""
    session[ASKED] = str(asked.id)
    return Response(asked.options, mimetype="application/json")


def asked_passkey() -> UUID | None:
    """The question that this browser was asked last; it is asked no more."""
    kept = session.pop(ASKED, None)
    return UUID(kept) if isinstance(kept, str) else None


def wants_person(view: View) -> View:
    """The public view wants to know who is signed in, if anyone is."""
    view._wants_person = True  # type: ignore[attr-defined]
    return view


def client(account: str = "") -> Client:
    """The browser that asks; `account` is the mail address it tries, to know whether it has been in before."""
    return Client(request.remote_addr or "", request.headers.get("User-Agent", ""), _is_known(account))


def portal_client(kind: PortalKind, account: str) -> Client:
    """`client` for an account of a portal."""
    person = queries.portal_user_by_email(kind, account) if account else None
    return Client(request.remote_addr or "", request.headers.get("User-Agent", ""), _is_known_to(person))


@dataclass(frozen=True)
class Waiting:
    """Somebody whose password was right and whose second step is still to come."""

    user: User
    wanted: str
    slug: str | None


def proved(user: User, *, wanted: str = "", slug: str | None = None) -> Response:
    """Go on after the right password: to the second step, if the user has one, else in."""
    if not user.has_second_factor:
        return welcome(user, wanted=wanted, slug=slug)
    at = clock.now().timestamp()
    session["second"] = {"user": str(user.id), "epoch": user.epoch, "at": at, "wanted": wanted, "slug": slug}
    if carry.kept():
        return make_response(asked_code(CodeForm(formdata=None), user))
    return redirect(url_for("signing.code"))


def asked_code(form: CodeForm, user: User) -> str:
    """The page of the second step."""
    return render_template(
        "public/code.html",
        form=form,
        carried=carry.kept(),
        has_codes=user.has_codes,
        has_passkeys=user.passkeys > 0 and site().takes_passkeys,
    )


def waiting() -> Waiting | None:
    """Who stands between the two steps in this browser, for ten minutes after the first."""
    kept = session.get("second")
    if not isinstance(kept, dict) or clock.now().timestamp() - kept["at"] > BETWEEN:
        return None
    user = db.session.get(User, UUID(kept["user"]))
    if user is None or user.epoch != kept["epoch"] or user.disabled_at is not None:
        return None
    return Waiting(user, kept["wanted"], kept["slug"])


def welcome(user: User, *, wanted: str = "", slug: str | None = None) -> Response:
    """Sign a user in and send him where he wanted to go.

    With a workspace given, or only one to go to, he is in it at once; else he chooses.

    Args:
        user: who has proved himself.
        wanted: a path he was on his way to.
        slug: the workspace at whose door he stands.
    """
    session.pop("second", None)
    signing.end_secret(guard.cookie(SessionAudience.PERSON, None))
    secret = signing.begin(SessionAudience.PERSON, user, client())
    db.session.commit()
    tenant = _meant(queries.workspaces_of(user.id), slug, _first_word(wanted))
    if tenant is not None:
        response = carry.resumed(enter(user, tenant, wanted=wanted), tenant.slug)
    else:
        response = redirect(url_for("signing.workspaces"))
        if slug:
            flash(_("You have no place in that workspace. Ask a colleague there to invite you."), "waiting")
    guard.set_cookie(response, SessionAudience.PERSON, None, secret)
    remember(response, user)
    return response


def enter(user: User, tenant: Tenant, *, wanted: str = "", stepped_up: bool = True) -> Response:
    """Start a fresh session of a user in one of his workspaces.

    Raises:
        NotFound: he has no place there.
    """
    signing.end_secret(guard.cookie(SessionAudience.STAFF, tenant.slug))
    db.session.commit()  # nothing is open when the workspace is entered
    with scope.enter(tenant.id):
        member = queries.active_member_of(user.id)
        if member is None:
            raise NotFound
        secret = signing.begin_staff(member, user, tenant, client(), stepped_up=stepped_up)
        db.session.commit()
    home = f"/{tenant.slug}/"
    goal = guard.safe_next(wanted, home)
    response = redirect(goal if goal.startswith(home) else home)
    guard.set_cookie(response, SessionAudience.STAFF, tenant.slug, secret)
    return response


def leave_all(response: Response) -> None:
    """End every session that this browser holds of the person signed in."""
    names: dict[str, tuple[SessionAudience, str | None]]
    names = {guard.cookie_name(SessionAudience.PERSON, None): (SessionAudience.PERSON, None)}
    for tenant in queries.workspaces_of(g.user.id):
        names[guard.cookie_name(SessionAudience.STAFF, tenant.slug)] = (SessionAudience.STAFF, tenant.slug)
    for name, (audience, slug) in names.items():
        if request.cookies.get(name):
            signing.end_secret(request.cookies[name])
            guard.drop_cookie(response, audience, slug)


def _meant(open_ones: list[Tenant], door: str | None, wanted: str) -> Tenant | None:
    """The workspace at whose door he stands, else the one of the page he wants, else the only one."""
    by_slug = {tenant.slug: tenant for tenant in open_ones}
    if door:
        return by_slug.get(door)
    return by_slug.get(wanted) or (open_ones[0] if len(open_ones) == 1 else None)


def _first_word(path: str) -> str:
    return urlsplit(path).path.lstrip("/").partition("/")[0]


# ── a browser that has been in before ───────────────────────────────────────────────────────────────────────────────


def remember(response: Response, user: User | PortalUser) -> None:
    """Give the browser a mark by which it is known as one that has been in with this account."""
    response.set_cookie(
        _device_cookie(user.id),
        _devices().dumps([str(user.id), user.epoch]),
        max_age=DEVICE_DAYS * 86_400,
        path="/",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def _is_known(account: str) -> bool:
    """True when this browser has signed in with the account since its last change of password."""
    return _is_known_to(queries.user_by_email(account) if account else None)


def _is_known_to(person: User | PortalUser | None) -> bool:
    if person is None:
        return False
    try:
        kept = _devices().loads(request.cookies.get(_device_cookie(person.id), ""), max_age=DEVICE_DAYS * 86_400)
    except BadData:
        return False
    return bool(kept == [str(person.id), person.epoch])


def _device_cookie(user_id: UUID) -> str:
    name = f"device-{digest(str(user_id)).hex()[:12]}"
    return f"__Host-{name}" if current_app.config["SESSION_COOKIE_SECURE"] else name


def _devices() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="known device")
