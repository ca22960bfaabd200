"""One's own profile: how one is called and addressed, how one signs in, where one is signed in."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from saas import clock
from saas.db import db
from saas.errors import Forbidden, NotFound
from saas.forms import attempt, done
from saas.portals import arrival, guard
from saas.portals.stepup import stepped_up
from saas.tenants import notices, queries, scope, totp
from saas.tenants.actions import factors, links, passkeys, profile, signing
from saas.tenants.forms import (
    AddressForm,
    ChangePasswordForm,
    FactorForm,
    LookForm,
    NewPasskeyForm,
    PictureForm,
    ProfileForm,
)
from saas.tenants.models import Digest, SessionAudience, User
from saas.tenants.notice_forms import NoticesForm
from saas.tenants.permissions import signed_in

bp = Blueprint("profile", __name__, url_prefix="/profile")

MAIL_WORDS = {
    notices.Mail.NOW: _l("At once"),
    notices.Mail.MORNING: _l("In the morning"),
    notices.Mail.NEVER: _l("Never"),
}


@bp.route("", methods=["GET", "POST"])
@signed_in
def index() -> ResponseReturnValue:
    """Name, language, time zone."""
    form = ProfileForm(obj=scope.me())
    if form.validate_on_submit():
        profile.describe(
            scope.me(),
            _user(),
            name=form.name.data,
            locale=form.locale.data,
            timezone=form.timezone.data,
        )
        flash(_("Saved."), "good")
        return redirect(url_for(".index"), 303)
    return render_template("workspace/profile.html", form=form, picture_form=PictureForm(formdata=None)), form.status


@bp.post("/picture")
@signed_in
def picture() -> ResponseReturnValue:
    """Another picture, or none."""
    form = PictureForm()
    if not done(form, lambda: profile.set_picture(scope.me(), form.source())):
        flash(" ".join(map(str, form.file.errors)), "wrong")  # the form stands far down
        shown = ProfileForm(obj=scope.me(), formdata=None)
        return render_template("workspace/profile.html", form=shown, picture_form=form), 422
    flash(_("The picture is in use now.") if form.source() else _("The picture is removed."), "good")
    return redirect(url_for(".index"), 303)


@bp.route("/notices", methods=["GET", "POST"])
@signed_in
def notified() -> ResponseReturnValue:
    """What one is told of, and how."""
    me, form = scope.me(), NoticesForm(obj=scope.me())
    kinds, chats = notices.kinds(scope.who()), queries.chat_addresses(me.id)
    if form.validate_on_submit():
        ways = {name: _way(name, has_chats=bool(chats)) for name in kinds}
        asked = {"mails": form.mails.data, "digest": Digest(form.digest.data), "digest_hour": form.digest_hour.data}
        asked["quiet"] = form.quiet()
        profile.choose_notices(me, ways, **asked)
        flash(_("Saved."), "good")
        return redirect(url_for(".notified"), 303)
    groups = [
        (word, [(name, kind.label, notices.way(me, name)) for name, kind in kinds.items() if kind.topic is topic])
        for topic, word in notices.TOPIC_WORDS.items()
    ]
    shown = {"form": form, "groups": groups, "mails": MAIL_WORDS, "chats": chats}
    return render_template("workspace/notices.html", **shown), form.status


def _way(kind: str, *, has_chats: bool) -> notices.Way:
    """What was chosen for a kind of notice; whoever has no place in a chat isn't asked for that."""
    before, typed = notices.way(scope.me(), kind), request.form.get(f"mail.{kind}", "")
    mail = notices.Mail(typed) if typed in set(notices.Mail) else before.mail
    chat = f"chat.{kind}" in request.form if has_chats else before.chat
    return notices.Way(f"bell.{kind}" in request.form, mail, chat)


@bp.route("/look", methods=["GET", "POST"])
@signed_in
def look() -> ResponseReturnValue:
    """Light or dark, and shortcuts."""
    form = LookForm(obj=g.user)
    if form.validate_on_submit():
        profile.look(_user(), theme=form.theme.data, shortcuts=form.shortcuts.data)
        flash(_("Saved."), "good")
        return redirect(url_for(".look"), 303)
    return render_template("workspace/look.html", form=form), form.status


@bp.get("/sign-in")
@signed_in
def security() -> ResponseReturnValue:
    """Password, address, second step, and where one is signed in."""
    return _security(ChangePasswordForm(formdata=None), AddressForm(formdata=None))


@bp.post("/password")
@signed_in
def change_password() -> ResponseReturnValue:
    """Another password; all other browsers are signed out."""
    form = ChangePasswordForm()
    user, browser = _user(), arrival.client(g.user.email)
    if not form.validate_on_submit() or not done(
        form, lambda: profile.change_password(user, form.old.data, form.password.data, browser)
    ):
        return _security(form, AddressForm(formdata=None), 422)
    flash(_("Your new password is set. Other browsers have been signed out."), "good")
    return _still_in(user, redirect(url_for(".security"), 303))


@bp.post("/address")
@signed_in
@stepped_up
def change_address() -> ResponseReturnValue:
    """Another mail address to sign in with; it counts once the link mailed there is used."""
    form = AddressForm()
    if not form.validate_on_submit():
        return _security(ChangePasswordForm(formdata=None), form, 422)
    links.ask_for_address(_user(), form.email.data)
    flash(_("A letter is on its way to %(email)s. The button in it makes the change.", email=form.email.data), "good")
    return redirect(url_for(".security"), 303)


@bp.route("/second-step", methods=["GET", "POST"])
@signed_in
@stepped_up
def second_step() -> ResponseReturnValue:
    """Switch the second step on: the phone takes the picture, and shows that it did."""
    key = current_app.config["SECRET_KEY"]
    form = FactorForm()
    secret = totp.reopened(key, form.sealed.data) or totp.fresh_secret()
    user, codes = _user(), None
    if form.validate_on_submit():
        codes = attempt(form, lambda: factors.switch_on(user, secret, form.code.data))
    if codes is None:
        form.sealed.data = totp.sealed(key, secret).decode()
        picture = totp.picture(totp.address(secret, user.email))
        page = render_template("workspace/second_step.html", form=form, picture=picture, secret=secret)
        return page, form.status
    return _still_in(user, current_app.make_response(render_template("workspace/codes.html", codes=codes)))


@bp.post("/second-step/off")
@signed_in
@stepped_up
def second_step_off() -> ResponseReturnValue:
    """The password alone is enough again."""
    user = _user()
    factors.switch_off(user)
    flash(_("Signing in asks for no code any more."), "good")
    return _still_in(user, redirect(url_for(".security"), 303))


@bp.route("/passkeys/new", methods=["GET", "POST"])
@signed_in
@stepped_up
def add_passkey() -> ResponseReturnValue:
    """Add a passkey; codes for paper come with the first."""
    form, user, codes = NewPasskeyForm(), _user(), None
    if form.validate_on_submit():
        asked, site = arrival.asked_passkey(), arrival.site()
        codes = attempt(form, lambda: passkeys.add(user, asked, form.credential.data, form.name.data, site))
    if codes is None:
        form.credential.data = ""
        return render_template("workspace/passkey.html", form=form), form.status
    if codes:
        return _still_in(user, current_app.make_response(render_template("workspace/codes.html", codes=codes)))
    flash(_("The passkey “%(name)s” lets you in from now on.", name=form.name.data), "good")
    return _still_in(user, redirect(url_for(".security"), 303))


@bp.post("/passkeys/question")
@signed_in
def ask_passkey() -> ResponseReturnValue:
    """What the browser's script makes a new passkey from; only within ten minutes after the password was typed."""
    if not g.session.is_stepped_up(clock.now()):
        raise Forbidden
    return arrival.ask_passkey(passkeys.ask_to_add(_user(), arrival.site()))


@bp.post("/passkeys/<uuid:passkey_id>/remove")
@signed_in
@stepped_up
def remove_passkey(passkey_id: UUID) -> ResponseReturnValue:
    """Forget a passkey."""
    user = _user()
    passkeys.remove(user, passkey_id)
    flash(_("The passkey is removed."), "good")
    return _still_in(user, redirect(url_for(".security"), 303))


@bp.post("/codes")
@signed_in
@stepped_up
def new_codes() -> ResponseReturnValue:
    """New codes for paper."""
    if not g.user.has_second_factor:
        raise NotFound
    return render_template("workspace/codes.html", codes=factors.renew_codes(_user()))


@bp.post("/sessions/<uuid:session_id>/end")
@signed_in
def end_session(session_id: UUID) -> ResponseReturnValue:
    """Sign out one browser."""
    browser = next((b for b in queries.browsers_of(g.user.id) if session_id in b.session_ids), None)
    if browser is None:
        raise NotFound
    signing.end_these(g.user.id, browser.session_ids)
    flash(_("That browser has been signed out."), "good")
    return redirect(url_for(".security"), 303)


@bp.post("/sessions/end")
@signed_in
def end_others() -> ResponseReturnValue:
    """Sign out everywhere else."""
    signing.end_others(g.user.id, _own_sessions())
    flash(_("All other browsers have been signed out."), "good")
    return redirect(url_for(".security"), 303)


def _security(form: ChangePasswordForm, address: AddressForm, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "workspace/security.html",
        form=form,
        address=address,
        user=g.user,
        codes_left=queries.count_recovery_codes(g.user.id) if g.user.has_second_factor else 0,
        passkeys=queries.passkeys_of(g.user.id),
        takes_passkeys=arrival.site().takes_passkeys,
        browsers=queries.browsers_of(g.user.id, own=_own_sessions()),
    )
    return page, status


def _user() -> User:
    """The row, to be changed; `g.user` is for reading."""
    return db.session.get_one(User, g.user.id)


def _own_sessions() -> list[UUID]:
    """The sessions of this browser: the workspace's, and the sign-in behind it."""
    person = queries.session_of_secret(guard.cookie(SessionAudience.PERSON, None))
    return [g.session.id, *([person.id] if person and person.user_id == g.user.id else [])]


def _still_in(user: User, response: Response) -> Response:
    """After what ends all sessions: this browser stays in, with new secrets."""
    own = _own_sessions()
    profile.keep(user, *own)
    guard.set_cookie(response, g.session.audience, g.slug, signing.renew(g.session))
    person = queries.session_of_secret(guard.cookie(SessionAudience.PERSON, None))
    if person is not None and person.id in own:
        guard.set_cookie(response, SessionAudience.PERSON, None, signing.renew(person))
    arrival.remember(response, user)
    return response
