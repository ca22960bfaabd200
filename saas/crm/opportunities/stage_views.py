"""The settings pages of the stages, a pipeline at a time."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from saas import ui
from saas.crm.opportunities import pipeline, queries
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities.forms import RemoveForm, StageForm, StageRulesForm
from saas.crm.opportunities.models import Pipeline, Stage
from saas.forms import attempt
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me
from saas.versions import edited

bp = Blueprint("stages", __name__, url_prefix="/settings/stages")

P = Permission
STARTING_PROBABILITY = 50  # % in the empty form


@bp.get("")
@allow(P.WORKSPACE_SET)
def index() -> ResponseReturnValue:
    return _page(StageForm(formdata=None, probability=STARTING_PROBABILITY), _asked(), 200)


@bp.post("")
@allow(P.WORKSPACE_SET)
def create() -> ResponseReturnValue:
    form, way = StageForm(), _asked()
    if form.validate_on_submit():
        given = {"probability": form.probability.data, "colour": form.colour.data, "pipeline_id": way.id}
        made = attempt(form, lambda: pipeline.add(form.name.data, **given, by=me()))
        if made is not None:
            flash(_("“%(name)s” is the last stage now. Move it to its place.", name=made.label), "good")
            return redirect(_back(made))
    return _page(form, way, 422)


@bp.route("/<uuid:stage_id>", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def edit(stage_id: UUID) -> ResponseReturnValue:
    stage = queries.stage(stage_id)
    form = StageRulesForm.of(stage)
    edit = edited(form, stage, lambda version: pipeline.change(stage, form.values(), version=version, by=me()))
    if edit.is_saved:
        flash(_("Saved."), "good")
        return redirect(_back(stage))
    shown = {"form": form, "stage": stage, "back_url": _back(stage), "version": edit.version, "clash": edit.clash}
    return render_template("opportunities/stage.html", **shown), edit.status


@bp.post("/<uuid:stage_id>/place")
@allow(P.WORKSPACE_SET)
def place(stage_id: UUID) -> ResponseReturnValue:
    """One to the left or right."""
    stage = queries.stage(stage_id)
    step = {"up": -1, "down": 1}.get(request.form.get("to", ""), 0)
    pipeline.place(stage, stage.position + step, by=me())
    return redirect(_back(stage))


@bp.route("/<uuid:stage_id>/remove", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def remove(stage_id: UUID) -> ResponseReturnValue:
    stage = queries.stage(stage_id)
    form = RemoveForm([s for s in pipelines.stages(stage.pipeline_id) if s.id != stage.id])
    if form.validate_on_submit():
        heir = queries.stage(form.heir())
        many = pipeline.remove(stage, heir, by=me())
        told = {"name": stage.label, "heir": heir.label}
        flash(
            ngettext(
                "“%(name)s” is gone; %(num)s deal moved to “%(heir)s”.",
                "“%(name)s” is gone; %(num)s deals moved to “%(heir)s”.",
                many,
                **told,
            ),
            "good",
        )
        return redirect(_back(stage))
    shown = {"form": form, "stage": stage, "back_url": _back(stage), "many": pipelines.count_open(stage.id)}
    return render_template("opportunities/remove_stage.html", **shown), form.status


def _asked() -> Pipeline:
    """The pipeline that the page shows: the one in its address, else the first."""
    pipeline.stages()  # a workspace that comes here first gets its own
    known, asked = pipelines.pipelines(), ui.asked_id("pipeline")
    return next((one for one in known if one.id == asked), known[0])


def _back(stage: Stage) -> str:
    return url_for(".index", pipeline=stage.pipeline_id)


def _page(form: StageForm, way: Pipeline, status: int) -> ResponseReturnValue:
    known = pipelines.every_pipeline()
    live = [one for one in known if one.archived_at is None]
    return render_template(
        "opportunities/stages.html",
        form=form,
        stages=pipelines.stages(way.id),
        way=way,
        place=live.index(way),
        tabs=[
            {"label": one.label, "url": url_for(".index", pipeline=one.id), "active": one.id == way.id} for one in live
        ],
        away=[one for one in known if one.archived_at is not None],
    ), status
