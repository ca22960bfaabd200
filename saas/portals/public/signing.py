"""Signing in and out, and choosing a workspace."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.errors import NotFound
from saas.forms import attempt
from saas.portals import arrival
from saas.portals.arrival import wants_person
from saas.tenants import queries
from saas.tenants.actions import factors, passkeys, signing
from saas.tenants.forms import CodeForm, PasskeyForm, SignInForm
from saas.tenants.permissions import anyone, signed_in

bp = Blueprint("signing", __name__)


@bp.route("/sign-in", methods=["GET", "POST"])
@anyone
@wants_person
def sign_in() -> ResponseReturnValue:
    """One's mail address and password, for all one's workspaces."""
    if g.get("session") is not None and request.method == "GET":
        return redirect(url_for(".workspaces"))
    form = SignInForm()
    user = None
    if form.validate_on_submit():
        browser = arrival.client(form.email.data)
        user = attempt(form, lambda: signing.check_password(form.email.data, form.password.data, browser))
    if user is None:
        takes_passkeys = arrival.site().takes_passkeys
        return render_template("public/sign_in.html", form=form, takes_passkeys=takes_passkeys), form.status
    return arrival.proved(user, wanted=request.args.get("next", ""))


@bp.route("/sign-in/code", methods=["GET", "POST"])
@anyone
def code() -> ResponseReturnValue:
    """The second step, for those who switched it on."""
    waiting = arrival.waiting()
    if waiting is None:
        return redirect(url_for(".sign_in"))
    form = CodeForm()
    user = None
    if form.validate_on_submit():
        user = attempt(form, lambda: factors.check_code(waiting.user.id, form.code.data))
    if user is None:
        return arrival.asked_code(form, waiting.user), form.status
    return arrival.welcome(user, wanted=waiting.wanted, slug=waiting.slug)


@bp.post("/sign-in/passkey/question")
@anyone
def ask_passkey() -> ResponseReturnValue:
    """What the browser's script has a passkey sign: anyone's, or with `second` one of him who waits."""
    waiting = arrival.waiting() if "second" in request.form else None
    if "second" in request.form and waiting is None:
        raise NotFound
    address = request.remote_addr or ""
    return arrival.ask_passkey(passkeys.ask_to_prove(arrival.site(), address, waiting.user.id if waiting else None))


@bp.post("/sign-in/passkey")
@anyone
def passkey() -> ResponseReturnValue:
    """In by a passkey: by itself, or as the second step."""
    form, asked = PasskeyForm(), arrival.asked_passkey()
    waiting = arrival.waiting() if "second" in request.form else None
    wanted, slug = request.form.get("next", ""), request.form.get("workspace") or None
    if waiting is not None:
        wanted, slug = waiting.wanted, waiting.slug
    try:
        user = passkeys.prove(asked, form.credential.data or "", arrival.site(), waiting.user.id if waiting else None)
    except passkeys.UnknownPasskey as error:
        flash(error.sentence, "wrong")
        return redirect(url_for(".code" if waiting else ".sign_in"), 303)
    return arrival.welcome(user, wanted=wanted, slug=slug)


@bp.get("/workspaces")
@signed_in
def workspaces() -> ResponseReturnValue:
    """The workspaces one may enter."""
    return render_template("public/workspaces.html", open_ones=queries.workspaces_of(g.user.id), user=g.user)


@bp.post("/workspaces/<slug>")
@signed_in
def enter(slug: str) -> ResponseReturnValue:
    """Go into one of them, in a session of its own."""
    chosen = [tenant for tenant in queries.workspaces_of(g.user.id) if tenant.slug == slug]
    if not chosen:
        raise NotFound
    return arrival.enter(g.user, chosen[0], wanted=request.args.get("next", ""), stepped_up=False)


@bp.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    """End the sign-in of this browser: for this page and for every workspace it was in."""
    response = redirect(url_for(".sign_in"))
    arrival.leave_all(response)
    return response
