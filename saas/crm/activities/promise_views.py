"""Promises to customers: on the customer's page, on the timeline and on the page one starts the day on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from saas import archive, http, panels, toasts, ui
from saas.archive import refuse_archived
from saas.crm.activities import actions, promise_queries
from saas.crm.activities import promise_actions as promises
from saas.crm.activities.forms import PromiseForm
from saas.crm.activities.models import LONGEST_TEXT, Promise
from saas.crm.customers import queries as customers
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import Event
from saas.tenants.permissions import Permission, Reach, allow
from saas.tenants.scope import may, me, require
from saas.tenants.stories import ACTOR, said, story

bp = Blueprint("promises", __name__, url_prefix="/promises")

P = Permission
AHEAD = timedelta(days=7)  # that "Today" looks ahead


@bp.route("/new/<uuid:account_id>", methods=["GET", "POST"])
@allow(P.ACTIVITY_EDIT)
def create(account_id: UUID) -> ResponseReturnValue:
    """Write down a promise to a customer: on a page of its own, or in the box of the customer's page."""
    account = customers.account(account_id)
    refuse_archived(account)
    begun = request.args.get("text", "").strip()[:LONGEST_TEXT]  # in the box, before it was said what it is
    form = PromiseForm(_colleagues(), text=begun, due_on=ui.words().today + AHEAD, owner_id=str(me().id))
    if form.validate_on_submit():
        owner = actions.owner_of(UUID(form.owner_id.data)) if "owner_id" in form else me()
        promises.make(account, form.text.data, form.due_on.data, owner=owner, by=me())
        flash(_("The promise is written down."), "good")
        return redirect(url_for("customers.show", account_id=account.id))
    template = "activities/_promise_box.html" if http.is_fragment() else "activities/promise.html"
    return render_template(template, form=form, account=account), form.status


@bp.post("/<uuid:promise_id>/settle")
@allow(P.ACTIVITY_EDIT)
def settle(promise_id: UUID) -> ResponseReturnValue:
    """Kept, or broken: the button says which."""
    promise = _own(promise_id)
    is_kept = request.form.get("was") != "broken"
    promises.settle(promise, is_kept=is_kept, by=me())
    said_so = _("Kept: %(what)s", what=promise.text) if is_kept else _("Not kept: %(what)s", what=promise.text)
    toasts.undoable(said_so, url_for(".reopen", promise_id=promise.id))
    return redirect(url_for("customers.show", account_id=promise.account_id))


@bp.post("/<uuid:promise_id>/reopen")
@allow(P.ACTIVITY_EDIT)
def reopen(promise_id: UUID) -> ResponseReturnValue:
    promise = _own(promise_id)
    promises.reopen(promise, by=me())
    return redirect(url_for("customers.show", account_id=promise.account_id))


def _own(promise_id: UUID) -> Promise:
    promise = promise_queries.promise(promise_id)
    require(P.ACTIVITY_EDIT, promise)
    return promise


def _colleagues() -> dict[Any, str]:
    if scope.who().reach(P.ACTIVITY_EDIT) is not Reach.ALL:
        return {}
    return {member.id: member.name for member in tenants.members()}


def _lines(found: list[Promise]) -> list[dict[str, Any]]:
    today = ui.words().today
    return [
        {
            "promise": one,
            "is_late": one.settled_at is None and one.due_on < today,
            "owner": None if one.owner_id == me().id else one.owner.name,
            "can_settle": one.settled_at is None and may(P.ACTIVITY_EDIT, one),
        }
        for one in found
    ]


def _on_account(account_id: UUID) -> Markup:
    writes = may(P.ACTIVITY_EDIT) and archive.is_open("account", account_id)
    new_url = url_for("promises.create", account_id=account_id)
    lines = _lines(promise_queries.of_account(account_id))
    return ui.fragment("activities/_promises.html", lines=lines, new_url=new_url if writes else None, of="account")


def _on_today(member_id: UUID) -> Markup:
    lines = _lines(promise_queries.mine(ui.words().today + AHEAD))
    return ui.fragment("activities/_promises.html", lines=lines, new_url=None) if lines else Markup("")


panels.add("account", panels.Panel("promises", _l("Promises"), _on_account, P.ACTIVITY_VIEW, "side", 15, is_later=True))
panels.add("today", panels.Panel("promises", _l("Promises"), _on_today, P.ACTIVITY_VIEW, "main", 20))


# ── on timelines ────────────────────────────────────────────────────────────────────────────────────────────────────


def _text(event: Event) -> str:
    return str(event.changed.get("text", ""))


@story(promises.MADE, "heart-handshake")
def _made(event: Event, who: str) -> Markup:
    when = Markup(" · {}").format(ui.day(date.fromisoformat(event.changed["due_on"])))
    return said(_("%(who)s promised: %(what)s", who=ACTOR, what=_text(event)), who) + when


@story(promises.KEPT, "circle-check")
def _kept(event: Event, who: str) -> Markup:
    return said(_("%(who)s kept the promise: %(what)s", who=ACTOR, what=_text(event)), who)


@story(promises.BROKEN, "heart-broken")
def _broken(event: Event, who: str) -> Markup:
    return said(_("%(who)s noted that a promise was not kept: %(what)s", who=ACTOR, what=_text(event)), who)


@story(promises.REOPENED, "rotate-clockwise")
def _reopened(event: Event, who: str) -> Markup:
    return said(_("%(who)s took up the promise again: %(what)s", who=ACTOR, what=_text(event)), who)


@story(promises.HANDED_OVER, "arrows-exchange")
def _handed_over(event: Event, who: str) -> Markup:
    told = {"what": _text(event), "owner": event.changed.get("owner", "")}
    return said(_("%(who)s handed the promise to %(owner)s: %(what)s", who=ACTOR, **told), who)
