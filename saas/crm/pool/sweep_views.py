"""What the rules have returned, run by run, and its undo. Open to whoever may change the rules."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import clock, ui
from saas.crm.pool import stories, sweep_queries, sweep_undo_actions
from saas.crm.pool.forms import GiveBackForm
from saas.crm.pool.models import STAY_WORDS, MoveKind, Sweep, Undoing
from saas.forms import done
from saas.tenants import queries as tenants
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me

bp = Blueprint("pool_sweeps", __name__, url_prefix="/settings/pool/returns")

P = Permission


@bp.get("")
@allow(P.WORKSPACE_SET)
def index() -> ResponseReturnValue:
    found = sweep_queries.sweeps(ui.asked_id("before"))
    shown = found[: sweep_queries.PAGE]
    now = clock.now()
    return render_template(
        "pool/sweeps.html",
        rows=[(one, _rules(one), one.can_be_undone(now)) for one in shown],
        next=shown[-1].id if len(found) > len(shown) else None,
    )


@bp.route("/<uuid:sweep_id>", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def show(sweep_id: UUID) -> ResponseReturnValue:
    sweep, form = sweep_queries.sweep(sweep_id), GiveBackForm()
    if form.validate_on_submit() and done(form, lambda: sweep_undo_actions.undo(sweep, form.why.data or "", by=me())):
        flash(_("They are on their way back."), "good")
        return redirect(url_for(".show", sweep_id=sweep.id), 303)
    return render_template("pool/sweep.html", sweep=sweep, form=form, **_told(sweep)), form.status


@bp.get("/<uuid:sweep_id>/progress")
@allow(P.WORKSPACE_SET)
def progress(sweep_id: UUID) -> ResponseReturnValue:
    sweep = sweep_queries.sweep(sweep_id)
    if sweep.undoing is not Undoing.RUNNING:
        return Response(status=204, headers={"HX-Redirect": url_for(".show", sweep_id=sweep.id)})
    return render_template("pool/_sweep_progress.html", sweep=sweep, is_stopped=_is_stopped(sweep))


@bp.post("/<uuid:sweep_id>/again")
@allow(P.WORKSPACE_SET)
def again(sweep_id: UUID) -> ResponseReturnValue:
    sweep = sweep_queries.sweep(sweep_id)
    sweep_undo_actions.try_again(sweep, by=me())
    return redirect(url_for(".show", sweep_id=sweep.id), 303)


def _told(sweep: Sweep) -> dict[str, Any]:
    return {
        "title": _("Returned on %(at)s", at=ui.words().dated_moment(sweep.created_at)),
        "rules": _rules(sweep),
        "members": sweep_queries.by_member(sweep.id, MoveKind.RECLAIMED),
        "went": [
            (row.id, row.name, row.number, row.member, stories.word(row.reason), row.is_merged)
            for row in sweep_queries.went(sweep.id)
        ],
        "most": sweep_queries.SHOWN,
        "stays": [
            (row.id, row.name, row.number, STAY_WORDS[row.why], row.owner) for row in sweep_queries.stays(sweep.id)
        ],
        "stayed": sweep.looked_at - sweep.back,
        "by": tenants.member(sweep.undo_by_id).name if sweep.undo_by_id else "",
        "can_undo": sweep.can_be_undone(clock.now()),
        "is_running": sweep.undoing is Undoing.RUNNING,
        "is_stopped": _is_stopped(sweep),
    }


def _rules(sweep: Sweep) -> list[tuple[str, int]]:
    """(word for the rule, how many customers it returned), most first."""
    counted = sorted(sweep.counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(stories.word(reason) or _("By the rules"), many) for reason, many in counted]


def _is_stopped(sweep: Sweep) -> bool:
    return sweep_undo_actions.stopped(sweep) is not None
