"""The settings page of the kinds of activities and of their results."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import toasts
from saas.crm.activities import kind_actions, kind_queries
from saas.crm.activities.forms import KindForm, ResultsForm
from saas.crm.activities.models import ActivityKind
from saas.forms import attempt
from saas.tenants.actions import settings
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me
from saas.versions import edited

bp = Blueprint("activity_kinds", __name__, url_prefix="/settings/activities")

P = Permission


@bp.get("")
@allow(P.WORKSPACE_SET)
def index() -> ResponseReturnValue:
    return _page(KindForm(formdata=None, icon="star", reaches=True), 200)


@bp.post("")
@allow(P.WORKSPACE_SET)
def create() -> ResponseReturnValue:
    form = KindForm()
    if form.validate_on_submit():
        made = attempt(form, lambda: kind_actions.add(form.values(), by=me()))
        if made is not None:
            flash(_("“%(name)s” can be planned and logged now.", name=made.name), "good")
            return redirect(url_for(".index"))
    return _page(form, 422)


@bp.post("/change/<key>")
@allow(P.WORKSPACE_SET)
def open(key: str) -> ResponseReturnValue:
    """Give the kinds rows of their own, so that one can be changed, and go there."""
    found = {row.key: row for row in kind_actions.settle()}
    return redirect(url_for(".edit", kind_id=found[kind_queries.of(key).key].id))


@bp.route("/<uuid:kind_id>", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def edit(kind_id: UUID) -> ResponseReturnValue:
    row = kind_queries.row(kind_id)
    shown = {"icon": row.icon, "colour": row.colour, "reaches": row.reaches}
    form = KindForm(name=kind_queries.word(row.key), **shown)
    edit = edited(form, row, lambda version: kind_actions.change(row, form.values(), version=version, by=me()))
    if edit.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for(".index"))
    page = render_template(
        "activities/kind.html",
        form=form,
        row=row,
        word=kind_queries.word(row.key),
        version=edit.version,
        clash=edit.clash,
    )
    return page, edit.status


@bp.post("/<key>/place")
@allow(P.WORKSPACE_SET)
def place(key: str) -> ResponseReturnValue:
    """One up or down."""
    found = {row.key: row for row in kind_actions.settle()}
    row = found[kind_queries.of(key).key]
    kind_actions.place(row, {"up": -1, "down": 1}.get(request.form.get("to", ""), 0), by=me())
    return redirect(url_for(".index"))


@bp.post("/<uuid:kind_id>/retire")
@allow(P.WORKSPACE_SET)
def retire(kind_id: UUID) -> ResponseReturnValue:
    row = kind_queries.row(kind_id)
    kind_actions.retire(row, by=me())
    text = _("“%(name)s” is no longer offered; what was done stays.", name=kind_queries.word(row.key))
    toasts.undoable(text, url_for(".restore", kind_id=row.id))
    return redirect(url_for(".index"))


@bp.post("/<uuid:kind_id>/restore")
@allow(P.WORKSPACE_SET)
def restore(kind_id: UUID) -> ResponseReturnValue:
    row = kind_queries.row(kind_id)
    kind_actions.restore(row, by=me())
    flash(_("“%(name)s” is offered again.", name=kind_queries.word(row.key)), "good")
    return redirect(url_for(".index"))


@bp.post("/results")
@allow(P.WORKSPACE_SET)
def results() -> ResponseReturnValue:
    """Keep the words for what came of an activity."""
    form = ResultsForm()
    if not form.validate_on_submit():
        return _page(KindForm(formdata=None), 422, form)
    settings.choose(kind_queries.RESULTS, {"words": form.lines()}, by=me())
    flash(_("Saved."), "good")
    return redirect(url_for(".index"))


def _page(form: KindForm, status: int, words: ResultsForm | None = None) -> ResponseReturnValue:
    kinds = [kind for kind in kind_queries.every().values() if kind.key != ActivityKind.NOTE]
    words = words or ResultsForm(formdata=None, words="\n".join(kind_queries.results()))
    return render_template("activities/kinds.html", form=form, kinds=kinds, words=words), status
