"""The operators' way in: password, then a code from the phone, which the first sign-in makes known."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from saas import clock
from saas.forms import attempt
from saas.portals import arrival, guard
from saas.portals.guard import PREFIX, Audience
from saas.tenants import queries, totp
from saas.tenants.actions import factors, operators, signing
from saas.tenants.forms import CodeForm, FactorForm, SignInForm
from saas.tenants.models import Operator, SessionAudience
from saas.tenants.permissions import anyone, signed_in

bp = Blueprint("platform_door", __name__)
BETWEEN = "operator"  # who stands between the two steps in this browser
CODE_HELP = _l("The six figures that your phone shows now.")


@bp.route("/sign-in", methods=["GET", "POST"])
@anyone
def sign_in() -> ResponseReturnValue:
    """Mail address and password."""
    if g.operator is not None and request.method == "GET":
        return redirect(url_for("platform.index"))
    form = SignInForm()
    found = None
    if form.validate_on_submit():
        browser = arrival.client()
        found = attempt(form, lambda: operators.check_password(form.email.data, form.password.data, browser))
    if found is None:
        return render_template("platform/sign_in.html", form=form), form.status
    at, wanted = clock.now().timestamp(), request.args.get("next", "")
    session[BETWEEN] = {"id": str(found.id), "epoch": found.epoch, "at": at, "wanted": wanted}
    return redirect(url_for(".code" if found.has_codes else ".phone"), 303)


@bp.route("/sign-in/code", methods=["GET", "POST"])
@anyone
def code() -> ResponseReturnValue:
    """The second step."""
    waiting = _waiting()
    if waiting is None or not waiting.has_codes:
        return redirect(url_for(".sign_in"), 303)
    form = CodeForm()
    found = None
    if form.validate_on_submit():
        found = attempt(form, lambda: factors.check_phone(waiting.id, form.code.data))
    if found is None:
        return render_template("platform/code.html", form=form, help=CODE_HELP), form.status
    return _welcome(found)


@bp.route("/sign-in/phone", methods=["GET", "POST"])
@anyone
def phone() -> ResponseReturnValue:
    """The first sign-in: the phone takes the picture, and shows that it did."""
    waiting = _waiting()
    if waiting is None or waiting.has_codes:
        return redirect(url_for(".sign_in"), 303)
    key = current_app.config["SECRET_KEY"]
    form = FactorForm()
    secret = totp.reopened(key, form.sealed.data) or totp.fresh_secret()
    found = None
    if form.validate_on_submit():
        found = attempt(form, lambda: operators.take_phone(waiting.id, secret, form.code.data))
    if found is None:
        form.sealed.data = totp.sealed(key, secret).decode()
        picture = totp.picture(totp.address(secret, waiting.email))
        page = render_template("platform/phone.html", form=form, picture=picture, secret=secret, help=CODE_HELP)
        return page, form.status
    return _welcome(found)


@bp.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    """End the session of this browser."""
    signing.end(g.session)
    response = redirect(url_for(".sign_in"), 303)
    guard.drop_cookie(response, SessionAudience.OPERATOR, None)
    return response


def _waiting() -> Operator | None:
    """Whose password was right in this browser within the last ten minutes, if the second step is still to come."""
    kept = session.get(BETWEEN)
    if not isinstance(kept, dict) or clock.now().timestamp() - kept["at"] > arrival.BETWEEN:
        return None
    found = queries.operator(UUID(kept["id"]))
    if found is None or found.epoch != kept["epoch"] or found.disabled_at is not None:
        return None
    return found


def _welcome(operator: Operator) -> Response:
    """Start a fresh session and go on to the page that was wanted."""
    kept = session.pop(BETWEEN, {})
    signing.end_secret(guard.cookie(SessionAudience.OPERATOR, None))
    secret = operators.begin(operator, arrival.client())
    home = f"{PREFIX[Audience.OPERATOR]}/"
    goal = guard.safe_next(kept.get("wanted"), home)
    response = redirect(goal if goal.startswith(home) else home, 303)
    guard.set_cookie(response, SessionAudience.OPERATOR, None, secret)
    return response
