"""The way into the portals of customers and partners: by invitation, by password, by a link to a new one; and out.

Both portals have the same doors, under their own word in the address and with sessions of their own.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField

from saas.forms import attempt, done
from saas.portals import arrival, carry, guard, spent
from saas.portals.guard import Audience
from saas.portals.workspace.context import Workspace
from saas.tenants import portal_kinds, scope
from saas.tenants.actions import portal_links, portal_signing
from saas.tenants.forms import AddressForm, ChangePasswordForm, NewPasswordForm, ProfileForm, SignInForm
from saas.tenants.gates import Gate
from saas.tenants.models import PortalKind, PortalUser, SessionAudience
from saas.tenants.permissions import Permission, allow, anyone, signed_in

P = Permission
SENT = "sent"
# The places of each portal, in their order: endpoint → label. Shown is what exists and the reader may open.
PLACES: dict[PortalKind, tuple[tuple[str, Any, Permission | None], ...]] = {
    PortalKind.CUSTOMER: (
        ("customer.home", _l("Home"), None),
        ("customer.requests", _l("Your requests"), P.PORTAL_CASE),
        ("customer_orders.index", _l("Your orders"), P.PORTAL_ORDER),
        ("customer_contracts.index", _l("Your contracts"), P.PORTAL_ORDER),
    ),
    PortalKind.PARTNER: (
        ("partner.home", _l("Home"), None),
        ("partner.leads", _l("Your leads"), P.PORTAL_LEAD),
        ("partner.check", _l("Check a name"), P.PORTAL_LEAD),
    ),
}


class PortalProfileForm(ProfileForm):
    """How somebody is called and addressed."""

    mails = BooleanField(_l("Mail me what is answered"))


def sign_in() -> ResponseReturnValue:
    """Mail address and password."""
    wanted = request.args.get("next", "")
    if g.get("portal_user") is not None and request.method == "GET":
        return redirect(_goal(wanted))
    form = SignInForm()
    person = None
    if form.validate_on_submit():
        browser = arrival.portal_client(_kind(), form.email.data)
        person = attempt(
            form, lambda: portal_signing.check_password(_kind(), form.email.data, form.password.data, browser)
        )
    if person is None:
        return _asked(form, carry.kept()), form.status
    return carry.resumed(_welcome(person, _goal(wanted)), g.slug)


def _asked(form: SignInForm, carried: str = "") -> str:
    action = url_for(".sign_in") if carried else request.full_path.rstrip("?")
    return render_template("portal/sign_in.html", form=form, carried=carried, action=action)


def ended() -> ResponseReturnValue:
    """The answer to a form that came after its sender's session had ended: sign in, and it is sent again."""
    carried = carry.packed()
    action = f"/{g.slug}/{_portal().path}/sign-in"
    page = render_template("portal/sign_in.html", form=SignInForm(formdata=None), carried=carried, action=action)
    return page, 401


def closed() -> ResponseReturnValue:
    """What everybody gets while the portal is closed."""
    return render_template("portal/closed.html"), 403


def sign_out() -> ResponseReturnValue:
    """End the session of this browser."""
    portal_signing.end(g.session, scope.portal_me())
    response = redirect(url_for(".sign_in"))
    guard.drop_cookie(response, _audience(), g.slug)
    return response


def join(secret: str) -> ResponseReturnValue:
    """The link of an invitation: choose a password, and in. Looking at it doesn't use it up."""
    person = portal_links.live(_kind(), secret)
    form = NewPasswordForm()
    joined = None
    if form.validate_on_submit():
        joined = attempt(form, lambda: portal_links.accept(_kind(), secret, form.password.data))
    if joined is None:
        return render_template("portal/join.html", form=form, person=person), form.status
    return _welcome(joined, _goal(""))


def ask_for_password() -> ResponseReturnValue:
    """Ask for a new password; the answer is the same whether somebody signs in with the address or not."""
    form = AddressForm()
    if form.validate_on_submit():
        portal_links.ask_for_password(_kind(), form.email.data, arrival.client())
        return redirect(url_for(".ask_for_password", done=SENT), 303)
    return render_template("portal/reset.html", form=form, is_sent=request.args.get("done") == SENT), form.status


def choose_password(secret: str) -> ResponseReturnValue:
    """The link of a reset: choose the new password. One signs in with it afterwards."""
    portal_links.check_reset(_kind(), secret)
    form = NewPasswordForm()
    person = None
    if form.validate_on_submit():
        person = attempt(form, lambda: portal_links.choose_password(_kind(), secret, form.password.data))
    if person is None:
        return render_template("portal/choose_password.html", form=form), form.status
    flash(_("Your new password is set. Sign in with it."), "good")
    return redirect(url_for(".sign_in"), 303)


def profile() -> ResponseReturnValue:
    """Name, language, time zone, mails."""
    form = PortalProfileForm(obj=scope.portal_me())
    if form.validate_on_submit():
        portal_signing.describe(
            scope.portal_me(),
            name=form.name.data,
            locale=form.locale.data,
            timezone=form.timezone.data,
            mails=form.mails.data,
        )
        flash(_("Saved."), "good")
        return redirect(url_for(".profile"), 303)
    return _profile(form, ChangePasswordForm(formdata=None), form.status)


def change_password() -> ResponseReturnValue:
    """Another password; all other browsers are signed out."""
    form, person = ChangePasswordForm(), scope.portal_me()
    browser = arrival.portal_client(person.kind, person.email)
    if not form.validate_on_submit() or not done(
        form, lambda: portal_signing.change_password(person, form.old.data, form.password.data, browser)
    ):
        return _profile(PortalProfileForm(obj=person, formdata=None), form, 422)
    flash(_("Your new password is set. Other browsers have been signed out."), "good")
    return _welcome(person, url_for(".profile"))


def _profile(form: ProfileForm, password_form: ChangePasswordForm, status: int) -> ResponseReturnValue:
    return render_template("portal/profile.html", form=form, password_form=password_form), status


def _welcome(person: PortalUser, goal: str) -> Response:
    """Start a fresh session and go on."""
    secret = portal_signing.begin(person, g.tenant, arrival.client())
    response = redirect(goal, 303)
    guard.set_cookie(response, _audience(), g.slug, secret)
    arrival.remember(response, person)
    return response


def _goal(wanted: str) -> str:
    """Where somebody goes who has come in: where he wanted to, if that lies in his portal."""
    home = f"/{g.slug}/{_portal().path}/"
    found = guard.safe_next(wanted, home)
    return found if found.startswith(home) else home


def _kind() -> PortalKind:
    return PortalKind(_audience().value)


def _audience() -> SessionAudience:
    return guard.SESSION_OF[g.audience]


def _portal() -> portal_kinds.Kind:
    return portal_kinds.of(_kind())


def keep_to_ourselves(response: Response) -> Response:
    """An address here may hold a secret: no page it leads to may learn it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def shown() -> dict[str, Any]:
    """The context of `layouts/portal.html`."""
    audience = g.get("audience")
    if g.get("tenant") is None or g.get("slug") is None or audience not in {Audience.CUSTOMER, Audience.PARTNER}:
        return {}
    portal, door = _portal(), f"{audience}_door"
    tenant, gate = g.tenant, g.get("gate", Gate())
    logo = url_for("files.logo", file_id=tenant.logo_id) if tenant.logo_id and gate.shows_logo else None
    frame: dict[str, Any] = {
        "workspace": Workspace(tenant.name, tenant.slug, logo, tenant.currency, tenant.timezone),
        "portal_name": portal.label,
        "portal_home_url": f"/{g.slug}/{portal.path}/",
        "welcome": gate.welcome,
    }
    person: PortalUser | None = g.get("portal_user")
    if person is None:
        return frame
    here = request.path
    places = [
        (url_for(endpoint), label)
        for endpoint, label, right in PLACES[portal.kind]
        if endpoint in current_app.view_functions and (right is None or g.who.may(right))
    ]
    return frame | {
        "me": {"name": person.name, "company": portal_kinds.here().company},
        "me_items": [{"label": _("Your profile"), "url": url_for(f"{door}.profile"), "icon": "user"}],
        "sign_out_url": url_for(f"{door}.sign_out"),
        "portal_menu": [
            {"label": label, "url": url, "active": here == url or (n > 0 and here.startswith(url))}
            for n, (url, label) in enumerate(places)
        ],
    }


VIEWS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("/sign-in", anyone(sign_in), ("GET", "POST")),
    ("/sign-out", signed_in(sign_out), ("POST",)),
    ("/join/<secret>", anyone(join), ("GET", "POST")),
    ("/reset", anyone(ask_for_password), ("GET", "POST")),
    ("/reset/<secret>", anyone(choose_password), ("GET", "POST")),
    ("/profile", allow(P.PORTAL_PROFILE)(profile), ("GET", "POST")),
    ("/profile/password", allow(P.PORTAL_PROFILE)(change_password), ("POST",)),
)


def blueprint(kind: PortalKind) -> Blueprint:
    """The doors of one kind of portal."""
    made = Blueprint(f"{kind}_door", __name__)
    for rule, view, methods in VIEWS:
        made.add_url_rule(rule, view_func=view, methods=list(methods))
    made.after_request(keep_to_ourselves)
    spent.leads_on(made, {"choose_password": "ask_for_password"})
    return made


customer = blueprint(PortalKind.CUSTOMER)
partner = blueprint(PortalKind.PARTNER)


def init_app(app: Flask) -> None:
    """Give the portals' layout its context, and forms that come too late their answer."""
    app.context_processor(shown)
    app.extensions["closed"] = closed
    for audience in (Audience.CUSTOMER, Audience.PARTNER):
        guard.when_ended(app, audience, ended)
