"""Before what can do harm (money, roles, export, the second step) the password is asked again, but once in ten minutes.

What was typed isn't lost: the page that asks carries it along and sends it together with the password.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import clock
from saas.portals import arrival, guard
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
            return _ask(url_for("stepup.prove", next=request.full_path.rstrip("?")))
        if FIELD not in request.form:
            return _ask(request.full_path.rstrip("?"))
        if (secret := _proved()) is None:
            return _ask(request.full_path.rstrip("?"), wrong=True)
        response = make_response(view(*args, **values))
        guard.set_cookie(response, g.session.audience, g.slug, secret)
        return response

    return asked


@bp.post("/prove")
@signed_in
def prove() -> ResponseReturnValue:
    """Take the password that a page asked for, and go on to it."""
    wanted = guard.safe_next(request.args.get("next"), f"/{g.slug}/")
    if (secret := _proved()) is None:
        return _ask(url_for(".prove", next=wanted), wrong=True)
    response = redirect(wanted, 303)
    guard.set_cookie(response, g.session.audience, g.slug, secret)
    return response


def _proved() -> str | None:
    """The session's new secret, if the password is right."""
    typed, user = request.form.get(FIELD, ""), g.user
    if not signing.guarded(
        user.email, arrival.client(user.email), lambda: passwords.is_right(user.password_hash, typed)
    ):
        return None
    g.session.stepped_up_at = clock.now()
    return signing.renew(g.session, stepped_up=True)


def _ask(action: str, *, wrong: bool = False) -> ResponseReturnValue:
    """The page that asks; a form that was sent already is carried in it."""
    carried = [
        (name, value) for name, values in request.form.lists() for value in values if name not in {"csrf_token", FIELD}
    ]
    error = _("This isn't your password.") if wrong else ""
    page = render_template("workspace/step_up.html", action=action, carried=carried, error=error, field=FIELD)
    return page, 422 if wrong else 200
