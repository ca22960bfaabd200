"""The settings pages of the play, and its next step on the page of a deal."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas.crm.opportunities import play_actions as actions
from saas.crm.opportunities import play_queries as queries
from saas.crm.opportunities import queries as deals
from saas.crm.opportunities.play_forms import StepForm, proof_of
from saas.forms import attempt
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me
from saas.versions import edited

bp = Blueprint("play", __name__, url_prefix="/settings/stages/<uuid:stage_id>/play")

P = Permission


@bp.route("", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def index(stage_id: UUID) -> ResponseReturnValue:
    stage, form = deals.stage(stage_id), StepForm()
    if form.validate_on_submit():
        made = attempt(form, lambda: actions.add(stage, form.values(), by=me()))
        if made is not None:
            flash(_("“%(text)s” is the last step now.", text=made.label), "good")
            return redirect(url_for(".index", stage_id=stage.id))
    steps = [(step, proof_of(step)) for step in queries.play(stage.id)]
    return render_template("opportunities/play.html", form=form, stage=stage, steps=steps), form.status


@bp.route("/<uuid:step_id>", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def edit(stage_id: UUID, step_id: UUID) -> ResponseReturnValue:
    stage, step = deals.stage(stage_id), queries.step(stage_id, step_id)
    form = StepForm(step)
    edit = edited(form, step, lambda version: actions.change(stage, step, form.values(), version=version, by=me()))
    if edit.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for(".index", stage_id=stage.id))
    shown: dict[str, Any] = {"form": form, "stage": stage, "step": step, "version": edit.version, "clash": edit.clash}
    return render_template("opportunities/play_step.html", **shown), edit.status


@bp.post("/<uuid:step_id>/place")
@allow(P.WORKSPACE_SET)
def place(stage_id: UUID, step_id: UUID) -> ResponseReturnValue:
    """One up or down."""
    stage, step = deals.stage(stage_id), queries.step(stage_id, step_id)
    actions.place(stage, step, step.position + {"up": -1, "down": 1}.get(request.form.get("to", ""), 0), by=me())
    return redirect(url_for(".index", stage_id=stage.id))


@bp.post("/<uuid:step_id>/remove")
@allow(P.WORKSPACE_SET)
def remove(stage_id: UUID, step_id: UUID) -> ResponseReturnValue:
    stage, step = deals.stage(stage_id), queries.step(stage_id, step_id)
    actions.remove(stage, step, by=me())
    flash(_("“%(text)s” is taken out.", text=step.label), "good")
    return redirect(url_for(".index", stage_id=stage.id))
