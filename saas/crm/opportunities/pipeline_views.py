"""The settings pages of the pipelines."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from saas import toasts
from saas.crm.opportunities import pipeline, pipeline_actions, queries
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities.forms import NewPipelineForm, PipelineForm, RemoveForm
from saas.errors import NotFound
from saas.forms import attempt, done
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me
from saas.versions import version_sent

bp = Blueprint("pipelines", __name__, url_prefix="/settings/pipelines")

P = Permission


@bp.route("/new", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def create() -> ResponseReturnValue:
    pipeline.stages()  # a workspace that comes here first gets its own
    form = NewPipelineForm(pipelines.pipelines())
    if form.validate_on_submit():
        pattern = pipelines.pipeline(UUID(form.pattern_id.data))
        made = attempt(form, lambda: pipeline_actions.add(form.name.data, pattern, by=me()))
        if made is not None:
            flash(_("“%(name)s” is there. Now make its stages fit.", name=made.label), "good")
            return redirect(url_for("stages.index", pipeline=made.id))
    return render_template("opportunities/new_pipeline.html", form=form), form.status


@bp.route("/<uuid:pipeline_id>", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def edit(pipeline_id: UUID) -> ResponseReturnValue:
    way = pipelines.pipeline(pipeline_id)
    form, version = PipelineForm(name=way.label), version_sent(way)
    if form.validate_on_submit() and done(
        form, lambda: pipeline_actions.rename(way, form.name.data, version=version, by=me())
    ):
        flash(_("Saved."), "good")
        return redirect(url_for("stages.index", pipeline=way.id))
    return render_template("opportunities/pipeline.html", form=form, way=way, version=version), form.status


@bp.post("/<uuid:pipeline_id>/place")
@allow(P.WORKSPACE_SET)
def place(pipeline_id: UUID) -> ResponseReturnValue:
    """One to the front or back."""
    way = pipelines.pipeline(pipeline_id)
    step = {"up": -1, "down": 1}.get(request.form.get("to", ""), 0)
    pipeline_actions.place(way, way.position + step, by=me())
    return redirect(url_for("stages.index", pipeline=way.id))


@bp.route("/<uuid:pipeline_id>/archive", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def archive(pipeline_id: UUID) -> ResponseReturnValue:
    way = pipelines.pipeline(pipeline_id)
    form = RemoveForm([stage for stage in pipelines.stages() if stage.pipeline_id != way.id])
    if way.archived_at is not None or not form.heir_id.choices:
        raise NotFound
    if form.validate_on_submit():
        many = pipeline_actions.archive(way, queries.stage(form.heir()), by=me())
        told = ngettext(
            "“%(name)s” is archived; %(num)s deal moved on.",
            "“%(name)s” is archived; %(num)s deals moved on.",
            many,
            name=way.label,
        )
        toasts.undoable(told, url_for(".restore", pipeline_id=way.id) if not many else None)
        return redirect(url_for("stages.index"))
    many = pipelines.count_open(*(stage.id for stage in pipelines.stages(way.id)))
    return render_template("opportunities/archive_pipeline.html", form=form, way=way, many=many), form.status


@bp.post("/<uuid:pipeline_id>/restore")
@allow(P.WORKSPACE_SET)
def restore(pipeline_id: UUID) -> ResponseReturnValue:
    way = pipelines.pipeline(pipeline_id)
    pipeline_actions.restore(way, by=me())
    flash(_("%(name)s is back.", name=way.label), "good")
    return redirect(url_for("stages.index", pipeline=way.id))
