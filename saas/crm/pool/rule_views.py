"""Settings of the pools: their rules, who may use them, and more of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from wtforms.fields.choices import SelectChoice

from saas import clock, ui
from saas.crm.pool import pool_actions, queries, rule_actions, trial_actions, trial_queries
from saas.crm.pool.forms import IntoForm, PoolForm, rules_form
from saas.crm.pool.models import MAIN, Draft, Pool
from saas.crm.pool.rehearsal import Rehearsal
from saas.crm.pool.rules import Rules
from saas.errors import BusinessError
from saas.forms import attempt, done
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me

bp = Blueprint("pools", __name__, url_prefix="/settings/pool")

P = Permission


@bp.route("", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def index() -> ResponseReturnValue:
    form = PoolForm()
    if form.validate_on_submit():
        made = attempt(form, lambda: pool_actions.open_pool(form.name.data or "", by=me()))
        if made is not None:
            return redirect(url_for(".edit", pool_id=made.id), 303)
    rows = [(one, queries.count_in(one.id), queries.seats(one.id)) for one in queries.pools()]
    can_share = scope.may(P.POOL_CLAIM) and queries.leads(me(), None)
    shown = {"rows": rows, "main": queries.count_in(None), "main_id": MAIN, "can_share": can_share}
    page = render_template("pool/pools.html", form=form, **shown)
    return page, form.status


@bp.route("/<uuid:pool_id>/rules", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def rules(pool_id: UUID) -> ResponseReturnValue:
    pool, key = _pool(pool_id), _key(pool_id)
    draft, waiting = trial_queries.draft(key), rule_actions.next_rules(key)
    today = clock.local(clock.now(), scope.workspace().timezone).date()
    if draft is not None:
        form = rules_form(Rules.of(draft.rules), max(draft.start, today))
    else:
        form = rules_form(*(waiting or (queries.rules(key), today + timedelta(days=1))))
    if form.validate_on_submit():
        start = form.start.data or today
        if "look" in request.form:
            trial_actions.try_out(form.rules(), start, by=me(), pool_id=key)
            return redirect(url_for(".rules", pool_id=pool_id, _anchor="draft"), 303)
        trial_actions.settle(form.rules(), start, by=me(), pool_id=key)
        said = _("Saved. Every customer's date is set by the new rules when they hold.")
        flash(f"{said} {_spared(form.rules(), start)}".strip(), "good")
        return redirect(url_for(".rules", pool_id=pool_id))
    page = render_template(
        "pool/rules.html",
        form=form,
        pool=pool,
        pool_id=pool_id,
        waiting=waiting,
        **_trial(draft),
        waiting_spared=_spared(*waiting) if waiting else "",
    )
    return page, form.status if form.errors else 200


@bp.get("/<uuid:pool_id>/trial")
@allow(P.WORKSPACE_SET)
def trial(pool_id: UUID) -> ResponseReturnValue:
    """How far the trial of the draft is."""
    draft = trial_queries.draft(_key(pool_id))
    if draft is None or draft.finished_at is not None:
        return Response(status=204, headers={"HX-Redirect": url_for(".rules", pool_id=pool_id)})
    is_stopped = trial_actions.stopped(draft) is not None
    return render_template("pool/_trial.html", draft=draft, pool_id=pool_id, is_stopped=is_stopped)


@bp.post("/<uuid:pool_id>/trial/again")
@allow(P.WORKSPACE_SET)
def try_again(pool_id: UUID) -> ResponseReturnValue:
    draft = trial_queries.draft(_key(pool_id))
    if draft is not None:
        trial_actions.try_again(draft, by=me())
    return redirect(url_for(".rules", pool_id=pool_id), 303)


@bp.post("/<uuid:pool_id>/draft/drop")
@allow(P.WORKSPACE_SET)
def drop_draft(pool_id: UUID) -> ResponseReturnValue:
    trial_actions.drop(by=me(), pool_id=_key(pool_id))
    flash(_("The draft is gone; the rules are as they were."), "good")
    return redirect(url_for(".rules", pool_id=pool_id), 303)


@bp.post("/<uuid:pool_id>/drop")
@allow(P.WORKSPACE_SET)
def drop(pool_id: UUID) -> ResponseReturnValue:
    rule_actions.drop_next(by=me(), pool_id=_key(pool_id))
    flash(_("The rules stay as they are."), "good")
    return redirect(url_for(".rules", pool_id=pool_id))


@bp.route("/<uuid:pool_id>", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def edit(pool_id: UUID) -> ResponseReturnValue:
    pool = queries.pool(pool_id)
    seats = queries.seats(pool.id)
    form = PoolForm(
        data={
            "name": pool.name,
            "members": [str(one.member_id) for one in seats if one.member_id],
            "admins": [str(one.member_id) for one in seats if one.member_id and one.is_admin],
            "teams": [str(one.team_id) for one in seats if one.team_id],
        }
    )
    if form.validate_on_submit():
        admins = {UUID(one) for one in form.admins.data or ()}
        members = {one: one in admins for one in {UUID(m) for m in form.members.data or ()} | admins}
        teams = {UUID(one) for one in form.teams.data or ()}
        name = form.name.data or ""
        if done(form, lambda: pool_actions.change_pool(pool, name, members=members, teams=teams, by=me())):
            flash(_("Saved."), "good")
            return redirect(url_for(".index"), 303)
    return render_template("pool/pool.html", form=form, pool=pool, into=_into(pool)), form.status


@bp.post("/<uuid:pool_id>/transfer")
@allow(P.WORKSPACE_SET)
def transfer(pool_id: UUID) -> ResponseReturnValue:
    pool = queries.pool(pool_id)
    form = _into(pool)
    if form.validate_on_submit():
        into = _pool(UUID(form.into.data))
        pool_actions.transfer(pool, into, by=me())
        flash(_("Its customers are on their way; that takes a moment."), "good")
    return redirect(url_for(".index"), 303)


@bp.post("/<uuid:pool_id>/close")
@allow(P.WORKSPACE_SET)
def close(pool_id: UUID) -> ResponseReturnValue:
    pool = queries.pool(pool_id)
    try:
        pool_actions.close_pool(pool, by=me())
    except BusinessError as error:
        flash(error.sentence, "wrong")
        return redirect(url_for(".edit", pool_id=pool.id), 303)
    flash(_("%(name)s is gone.", name=pool.name), "good")
    return redirect(url_for(".index"), 303)


def _pool(pool_id: UUID) -> Pool | None:
    return None if pool_id == MAIN else queries.pool(pool_id)


def _into(pool: Pool) -> IntoForm:
    form = IntoForm()
    others = [SelectChoice(str(one.id), one.name) for one in queries.pools() if one.id != pool.id]
    form.into.choices = [SelectChoice(str(MAIN), _("Main pool")), *others]
    return form


def _key(pool_id: UUID) -> UUID | None:
    pool = _pool(pool_id)
    return pool.id if pool else None


def _trial(draft: Draft | None) -> dict[str, Any]:
    """What the page tells of a draft: how far its trial is, or what it has found."""
    if draft is None:
        return {"draft": None}
    found = Rehearsal.of(draft.found)
    return {
        "draft": draft,
        "is_stopped": trial_actions.stopped(draft) is not None,
        "rehearsal": found if draft.finished_at else None,
        "weekly": _weekly(found.weekly(draft.tried_at - trial_actions.WINDOW, draft.tried_at)),
        "spared": _spared(Rules.of(draft.rules), draft.start),
        "names": dict(tenants.member_names()),
        "by": tenants.member(draft.member_id).name,
    }


def _weekly(many: float) -> str:
    """How many customers would come to the pool in a week, as people count them."""
    if many < 1:
        return _("Fewer than one customer a week would have come to the pool.")
    return ngettext(
        "About %(num)s customer a week would have come to the pool.",
        "About %(num)s customers a week would have come to the pool.",
        round(many),
    )


def _spared(rules: Rules, start: date) -> str:
    """Until when nobody loses a customer by rules that begin to hold on a day."""
    until = rule_actions.spared_until(rules, start)
    if until is None:
        return _("What is due by them goes to the pool at once.")
    return _("Until %(day)s nobody loses a customer by them: everybody is warned first.", day=ui.words().day(until))
