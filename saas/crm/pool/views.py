"""Pages of the pool."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext, pgettext
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from saas import clock, grids, panels, ui
from saas.archive import refuse_archived
from saas.crm.customers import queries as customers
from saas.crm.customers.models import Standing
from saas.crm.pool import actions, queries, stories
from saas.crm.pool.forms import ReleaseForm, RulesForm
from saas.crm.pool.lists import POOL
from saas.crm.pool.rules import Rules, days_left
from saas.http import is_fragment
from saas.panels import Panel
from saas.tenants import scope
from saas.tenants.permissions import Permission, Reach, allow
from saas.tenants.scope import may, me, require

bp = Blueprint("pool", __name__)

P = Permission
SOON = timedelta(days=7)
HERE = "\ufffc"  # a character nobody types: keeps a place through the translation
CLAIM = Markup(
    '<form class="post" method="post" action="{url}" hx-post="{url}" hx-target="closest tr" hx-swap="outerHTML">'
    '<input type="hidden" name="csrf_token" value="{token}">'
    '<button class="btn btn-sm btn-primary" type="submit">{label}</button></form>'
)


@bp.get("/pool/")
@allow(P.POOL_VIEW)
def index() -> ResponseReturnValue:
    rules, now = queries.rules(), clock.now()
    page = POOL.page(request.args, *queries.in_pool(), hidden=scope.who().hidden_fields)
    shown = grids.shown(
        page,
        ui.record_url("customers.show", "account_id"),
        pooled=lambda at, row: ui.ago(at) if at else grids.EMPTY,
        reason=lambda reason, row: (
            grids.chip(stories.word(reason)) if reason else grids.chip(pgettext("pool", "New"), "sea")
        ),
        claim=_claim_cell(rules, now),
    )
    return render_template("pool/index.html", list=shown, note=_note(rules, now), can_set=may(P.WORKSPACE_SET))


@bp.get("/pool/count")
@allow(P.POOL_VIEW)
def count() -> ResponseReturnValue:
    found = POOL.count(request.args, *queries.in_pool())
    return ngettext("%(count)s customer is free", "%(count)s customers are free", found, count=grids.tally(found))


@bp.post("/pool/<uuid:account_id>/claim")
@allow(P.POOL_CLAIM)
def claim(account_id: UUID) -> ResponseReturnValue:
    try:
        move = actions.claim(account_id, by=me())
    except actions.AlreadyClaimed as lost:
        if not is_fragment():
            raise
        sees = may(P.ACCOUNT_VIEW, lost.account)
        return render_template("pool/_taken.html", lost=lost, sees=sees, columns=len(POOL.columns)), lost.status
    where = url_for("customers.show", account_id=account_id)
    if is_fragment():
        return render_template("pool/_claimed.html", account=move.account, columns=len(POOL.columns))
    flash(_("%(name)s is yours now.", name=move.account.name), "good")
    return redirect(where)


@bp.route("/pool/<uuid:account_id>/release", methods=["GET", "POST"])
@allow(P.POOL_RELEASE)
def release(account_id: UUID) -> ResponseReturnValue:
    account = customers.account(account_id)
    require(P.POOL_RELEASE, account)
    refuse_archived(account)
    form = ReleaseForm()
    if not form.validate_on_submit():
        return render_template("pool/release.html", form=form, account=account), form.status
    actions.release(account, by=me(), reason=form.reason.data, note=form.note.data)
    flash(_("%(name)s is back in the pool.", name=account.name), "good")
    return redirect(url_for("customers.show", account_id=account.id))


@bp.get("/pool/returning")
@allow(P.POOL_VIEW)
def returning() -> ResponseReturnValue:
    now, wide = clock.now(), {Reach.TEAM, Reach.ALL}
    is_wide = request.args.get("of") == "reach" and scope.who().reach(P.REPORT_VIEW) in wide
    whose: dict[str, Any] = {"reach": queries.in_reach()} if is_wide else {"owner_id": me().id}
    found = queries.returning(now, within=SOON, **whose)
    rows = [(account, days_left(account.reclaim_at, now)) for account in found if account.reclaim_at]
    return render_template("pool/returning.html", rows=rows, is_wide=is_wide)


@bp.route("/settings/pool", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def rules() -> ResponseReturnValue:
    kept = queries.rules()
    form = RulesForm(obj=kept)
    if form.validate_on_submit() and "look" not in request.form:
        actions.change_rules(form.rules(), by=me())
        flash(_("Saved. Every customer's date is set by the new rules."), "good")
        return redirect(url_for(".rules"))
    days = form.days.data if form.is_submitted() and not form.errors else kept.days
    would = queries.count_idle(days, clock.now()) if days else 0
    return render_template("pool/rules.html", form=form, would=would, days=days), form.status if form.errors else 200


# ── parts of other pages ────────────────────────────────────────────────────────────────────────────────────────────


def _why(reason: str | None, row: Any) -> Markup:
    return grids.chip(stories.word(reason)) if reason else grids.chip(pgettext("pool", "New"), "sea")


def _claim_cell(rules: Rules, now: datetime) -> Callable[[Any, Any], Any]:
    """The button at the end of a row, or until when the reader must leave the customer to others."""
    can, token, label = may(P.POOL_CLAIM), generate_csrf(), _("Claim")
    url = ui.record_url("pool.claim", "account_id")

    def cell(lost_at: datetime | None, row: Any) -> Any:
        if not can:
            return ""
        if lost_at is not None and rules.free_on(lost_at) > now:
            return Markup('<span class="muted">{} {}</span>').format(_("rests until"), ui.day(rules.free_on(lost_at)))
        return CLAIM.format(url=url(row), token=token, label=label)

    return cell


def _note(rules: Rules, now: datetime) -> Markup:
    free = Markup('<span hx-get="{}" hx-trigger="load">…</span>').format(ui.here_on(url_for(".count")))
    parts = [free]
    left = rules.left_today(queries.count_claims_today(me(), now))
    if may(P.POOL_CLAIM) and left is not None:
        said = _("you may claim %(left)s more today (limit %(most)s)", left=HERE, most=rules.daily)
        parts.append(_put(said, _strong(left)))
    if may(P.POOL_CLAIM) and rules.holdings:
        said = _("you hold %(held)s of %(most)s", held=HERE, most=rules.holdings)
        parts.append(_put(said, _strong(queries.count_holdings(me()))))
    return Markup(" · ").join(parts)


def _strong(number: int) -> Markup:
    return Markup("<strong>{}</strong>").format(ui.number(number))


def _put(sentence: str, part: Markup) -> Markup:
    """The translated sentence with `part` where HERE stands."""
    return part.join(Markup.escape(p) for p in sentence.split(HERE))


def _stays(account_id: UUID) -> Markup:
    """The card that says until when a customer stays, why, and what keeps it; in the pool, how to claim it."""
    account = customers.account(account_id)
    now = clock.now()
    if account.standing is Standing.CUSTOMER or account.archived_at is not None:
        return Markup("")
    kept = queries.rules()
    last = queries.last_move(account.id) if account.owner_id is None else None
    since = max((t for t in (account.last_contact_at, account.owned_since) if t), default=None)
    return ui.fragment(
        "pool/_stays.html",
        account=account,
        rules=kept,
        move=last,
        reason=stories.word(last.reason) if last else "",
        left=days_left(account.reclaim_at, now) if account.reclaim_at else None,
        used=min(kept.days, (now - since).days) if since and kept.days else 0,
        can_claim=account.owner_id is None and may(P.POOL_CLAIM),
        can_release=account.owner_id is not None and may(P.POOL_RELEASE, account),
        mine=account.owner_id == me().id,
    )


panels.add("account", Panel("stays", _l("Stays with you until"), _stays, P.POOL_VIEW.value, "left", 80, is_later=True))
