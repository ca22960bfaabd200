"""Before what can do harm (money, roles, export, the second step) the password is asked again, but once in ten minutes.

What was typed isn't lost: the page that asks carries it along and sends it together with the password.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Flask, Response, after_this_request, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import clock
from saas.db import db
from saas.portals import arrival, guard, once
from saas.tenants import passwords
from saas.tenants.actions import signing
from saas.tenants.permissions import signed_in

FIELD = "_password"
View = Callable[..., ResponseReturnValue]

bp = Blueprint("stepup", __name__)


def stepped_up(view: View) -> View:
    """The view runs only within ten minutes after the password was typed. Stands below `@allow`."""

    @wraps(view)
    def asked(*args: Any, **values: Any) -> ResponseReturnValue:
        if g.session.is_stepped_up(clock.now()):
            return view(*args, **values)
        if request.method != "POST":
            way = getattr(view, "_by_way_of", "")
            wanted = url_for(way, **values) if way else request.full_path.rstrip("?")
            return _ask(url_for("stepup.prove", next=wanted))
        if FIELD not in request.form:
            return _ask(request.full_path.rstrip("?"))
        if not _proved():
            return _ask(request.full_path.rstrip("?"), wrong=True)
        return once.answered_before() or view(*args, **values)

    return asked


def init_app(app: Flask) -> None:
    """Put the question before every view, of whatever floor, that is marked with `@asks_password`."""
    for endpoint, view in app.view_functions.items():
        if getattr(view, "_asks_password", False):
            app.view_functions[endpoint] = stepped_up(view)  # type: ignore[arg-type]  # ours are no coroutines


@bp.post("/prove")
@signed_in
def prove() -> ResponseReturnValue:
    """Take the password that a page asked for, and go on to it."""
    wanted = guard.safe_next(request.args.get("next"), f"/{g.slug}/")
    if not _proved():
        return _ask(url_for(".prove", next=wanted), wrong=True)
    return redirect(wanted, 303)


def _proved() -> bool:
    """True when the password is right; the session then has a new secret, whatever the view goes on to answer."""
    typed, user = request.form.get(FIELD, ""), g.user
    if not signing.guarded(
        user.email, arrival.client(user.email), lambda: passwords.is_right(user.password_hash, typed)
    ):
        return False
    db.session.rollback()  # the form's key belongs to what the form does, not to the password
    g.session.stepped_up_at = clock.now()
    secret = signing.renew(g.session, stepped_up=True)
    db.session.commit()

    def give(response: Response) -> Response:
        name = guard.cookie_name(g.session.audience, g.slug)
        if not any(sent.startswith(f"{name}=") for sent in response.headers.getlist("Set-Cookie")):
            guard.set_cookie(response, g.session.audience, g.slug, secret)
        return response  # a view that renewed the session once more has set the newer one itself

    after_this_request(give)
    return True


def _ask(action: str, *, wrong: bool = False) -> ResponseReturnValue:
    """The page that asks; a form that was sent already is carried in it, its key still unused."""
    db.session.rollback()
    carried = [
        (name, value) for name, values in request.form.lists() for value in values if name not in {"csrf_token", FIELD}
    ]
    error = _("This isn't your password.") if wrong else ""
    page = render_template("workspace/step_up.html", action=action, carried=carried, error=error, field=FIELD)
    return page, 422 if wrong else 200
