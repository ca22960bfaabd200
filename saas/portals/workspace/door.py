"""The door of one workspace: signing in with the workspace fixed, and out."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.db import db
from saas.forms import attempt
from saas.portals import arrival, carry, guard, spent
from saas.tenants import queries, scope
from saas.tenants.actions import invitations, signing
from saas.tenants.forms import JoinForm, PasswordForm, SignInForm
from saas.tenants.models import SessionAudience, User
from saas.tenants.permissions import anyone, signed_in

bp = Blueprint("door", __name__)
spent.leads_on(bp, {})


@bp.route("/sign-in", methods=["GET", "POST"])
@anyone
def sign_in() -> ResponseReturnValue:
    """The same as the public sign-in, with the workspace fixed."""
    wanted = request.args.get("next", "")
    if g.get("member") is not None and request.method == "GET":
        return redirect(guard.safe_next(wanted, url_for("today.index")))
    form = SignInForm()
    user = None
    if form.validate_on_submit():
        browser = arrival.client(form.email.data)
        user = attempt(form, lambda: signing.check_password(form.email.data, form.password.data, browser))
    if user is None:
        return asked(form), form.status
    return arrival.proved(user, wanted=wanted, slug=g.slug)


def asked(form: SignInForm, carried: str = "") -> str:
    """The page with the form; `carried` is what was typed when the session had ended."""
    carried = carried or carry.kept()
    known = None if carried else _person()
    return render_template(
        "workspace/sign_in.html",
        form=form,
        workspace=g.tenant,
        known=known,
        carried=carried,
        takes_passkeys=arrival.site().takes_passkeys,
    )


def ended() -> ResponseReturnValue:
    """The answer to a form that came after its sender's session had ended: sign in, and it is sent again."""
    form = SignInForm(formdata=None)
    return asked(form, carry.packed()), 401


@bp.get("/workspaces")
@signed_in
def others() -> ResponseReturnValue:
    """The lines of the switcher: the workspaces one may go to."""
    return render_template("workspace/_workspaces.html", open_ones=queries.workspaces_of(g.user.id))


@bp.post("/continue")
@anyone
def go_on() -> ResponseReturnValue:
    """Come in as the person who is signed in already."""
    person = _person()
    if person is None:
        return redirect(url_for(".sign_in"))
    return arrival.enter(person, g.tenant, wanted=request.args.get("next", ""), stepped_up=False)


@bp.route("/join/<secret>", methods=["GET", "POST"])
@anyone
def join(secret: str) -> ResponseReturnValue:
    """The link of an invitation: a new person chooses a password, a known one types his."""
    invitation = invitations.live_invitation(secret)
    known = invitations.is_known(invitation)
    form: JoinForm | PasswordForm = PasswordForm() if known else JoinForm(invitation.member_id)
    joined = None
    if form.validate_on_submit():
        browser = arrival.client(invitation.email)
        name = form.name.data if isinstance(form, JoinForm) else ""
        joined = attempt(form, lambda: invitations.accept(secret, name, form.password.data, browser))
    if joined is None:
        page = render_template("workspace/join.html", form=form, known=known, email=invitation.email)
        return page, form.status, {"Referrer-Policy": "no-referrer"}
    db.session.commit()  # he belongs to the workspace before he is signed in to it
    return arrival.proved(joined[1], slug=g.slug)


@bp.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    """End the session in this workspace and the sign-in behind it."""
    signing.end(g.session, member=scope.me())
    signing.end_secret(guard.cookie(SessionAudience.PERSON, None))
    response = redirect(url_for(".sign_in"))
    guard.drop_cookie(response, SessionAudience.STAFF, g.slug)
    guard.drop_cookie(response, SessionAudience.PERSON, None)
    return response


def _person() -> User | None:
    found = queries.find_session(guard.cookie(SessionAudience.PERSON, None), SessionAudience.PERSON, None)
    if found.user is None or queries.active_member_of(found.user.id) is None:
        return None
    return found.user
