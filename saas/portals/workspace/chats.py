"""Where one wants to be told as well: one's own places in chat and SMS services."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import limits
from saas.chat_services import SERVICES
from saas.errors import NotFound
from saas.forms import attempt
from saas.tenants import chat_forms, queries, scope
from saas.tenants.actions import chats
from saas.tenants.permissions import signed_in

bp = Blueprint("chats", __name__, url_prefix="/profile/chat")

OFTEN = "20/hour"  # that somebody has a message sent


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    """One's places, and the services there are."""
    mine = queries.chat_addresses(scope.me().id)
    whys = {one.id: chats.why_words(one, one.failure) for one in mine if one.failure}
    return render_template("workspace/chats.html", addresses=mine, services=SERVICES, whys=whys)


@bp.route("/new/<service>", methods=["GET", "POST"])
@signed_in
def add(service: str) -> ResponseReturnValue:
    """A place in a service; saving tries it out."""
    if service not in SERVICES:
        raise NotFound
    form = chat_forms.made_for(SERVICES[service])
    if form.validate_on_submit():
        limits.take(OFTEN, "chat", str(scope.me().id))
        made = attempt(form, lambda: chats.add(scope.me(), service, form.name.data, form.given()))
        if made is not None:
            flash(_("It works. Have a look at %(name)s: a message has arrived there.", name=made.name), "good")
            return redirect(url_for(".index"), 303)
    return render_template("workspace/chat.html", form=form, service=SERVICES[service]), form.status


@bp.post("/<uuid:address_id>/try")
@signed_in
def try_out(address_id: UUID) -> ResponseReturnValue:
    """Send a try."""
    address = queries.chat_address(scope.me().id, address_id)
    limits.take(OFTEN, "chat", str(scope.me().id))
    why = chats.try_out(address)
    if why is None:
        flash(_("It works. Have a look at %(name)s: a message has arrived there.", name=address.name), "good")
    else:
        flash(chats.why_words(address, why), "wrong")
    return redirect(url_for(".index"), 303)


@bp.post("/<uuid:address_id>/remove")
@signed_in
def remove(address_id: UUID) -> ResponseReturnValue:
    """Be told nothing more there."""
    address = queries.chat_address(scope.me().id, address_id)
    chats.remove(address, by=scope.me())
    flash(_("You are told nothing at %(name)s any more; its secret is forgotten.", name=address.name), "good")
    return redirect(url_for(".index"), 303)
