"""What our letters lead to: opening a workspace, a new password, a new address. Looking at a link never uses it up."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from saas import i18n
from saas.forms import Form, attempt
from saas.portals import arrival, spent
from saas.tenants.actions import links, workspaces
from saas.tenants.forms import AddressForm, NewPasswordForm, PasswordForm, SignUpForm
from saas.tenants.permissions import anyone

bp = Blueprint("links", __name__)
spent.leads_on(bp, {"open_workspace": "sign_up", "choose_password": "ask_for_password"})
GUESS = {"en": ("UTC", "USD"), "zh": ("Asia/Shanghai", "CNY")}


@bp.after_request
def keep_to_ourselves(response: Response) -> Response:
    """The address holds a secret: no page it leads to may learn it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.route("/sign-up", methods=["GET", "POST"])
@anyone
def sign_up() -> ResponseReturnValue:
    """Ask for a workspace. What comes back is the same whether the mail address is known or not."""
    language = i18n.locale()
    timezone, currency = GUESS[language]
    form = SignUpForm(locale=language, timezone=timezone, currency=currency)
    if form.validate_on_submit() and attempt(form, lambda: _ask(form)):
        return _to_mail("workspace", form.email.data)
    if form.is_submitted() and not form.slug.errors:
        attempt(form, lambda: workspaces.check_free(form.slug.data))  # all that is wrong is said at once
    return render_template("public/sign_up.html", form=form), form.status


def _to_mail(what: str, email: str) -> ResponseReturnValue:
    flash(_("Written to: %(email)s", email=email), "good")  # a slip of a letter is seen; the address tells no secret
    return redirect(url_for(".sent", what=what), 303)


def _ask(form: SignUpForm) -> bool:
    links.ask_for_workspace(
        form.slug.data,
        form.company.data,
        name=form.name.data,
        email=form.email.data,
        locale=form.locale.data,
        timezone=form.timezone.data,
        currency=form.currency.data,
        client=arrival.client(),
    )
    return True


@bp.get("/look-into-your-mail")
@anyone
def sent() -> ResponseReturnValue:
    """A letter is on its way."""
    return render_template("public/sent.html", what=request.args.get("what", ""))


@bp.route("/sign-up/<secret>", methods=["GET", "POST"])
@anyone
def open_workspace(secret: str) -> ResponseReturnValue:
    """The link of a sign-up: a new person chooses a password, a known one types his."""
    token = links.live(secret, "confirm")
    known = links.is_known(token)
    form: Form = PasswordForm() if known else NewPasswordForm()
    opened = None
    if form.validate_on_submit():
        browser = arrival.client(token.email)
        opened = attempt(form, lambda: links.open_workspace(secret, form["password"].data, browser))
    if opened is None:
        return render_template("public/open_workspace.html", form=form, known=known, email=token.email), form.status
    user, tenant = opened
    return arrival.proved(user, slug=tenant.slug)


@bp.route("/reset", methods=["GET", "POST"])
@anyone
def ask_for_password() -> ResponseReturnValue:
    """Ask for a new password."""
    form = AddressForm()
    if form.validate_on_submit():
        links.ask_for_password(form.email.data, i18n.locale(), arrival.client())
        return _to_mail("password", form.email.data)
    return render_template("public/reset.html", form=form), form.status


@bp.route("/reset/<secret>", methods=["GET", "POST"])
@anyone
def choose_password(secret: str) -> ResponseReturnValue:
    """The link of a reset: choose the new password. One signs in with it afterwards, second step and all."""
    links.live(secret, "reset")
    form = NewPasswordForm()
    user = None
    if form.validate_on_submit():
        user = attempt(form, lambda: links.choose_password(secret, form.password.data))
    if user is not None:
        flash(_("Your new password is set. Sign in with it."), "good")
        return redirect(url_for("signing.sign_in"), 303)
    return render_template("public/choose_password.html", form=form), form.status


@bp.route("/new-address/<secret>", methods=["GET", "POST"])
@anyone
def new_address(secret: str) -> ResponseReturnValue:
    """The link of a changed mail address."""
    token = links.live(secret, "change_email")
    form = Form()
    if form.validate_on_submit():
        links.change_address(secret)
        flash(_("From now on you sign in with %(email)s.", email=token.email), "good")
        return redirect(url_for("signing.sign_in"), 303)
    return render_template("public/new_address.html", form=form, email=token.email), form.status
