"""The settings pages of tags and groups."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import toasts
from saas.crm.fields import label_actions as actions
from saas.crm.fields import label_queries as queries
from saas.crm.fields.label_forms import GroupForm, LabelForm
from saas.crm.fields.label_models import LABEL_WORDS, Label, LabelKind
from saas.forms import attempt
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me
from saas.versions import edited

bp = Blueprint("labels", __name__, url_prefix="/settings/labels")

P = Permission


@bp.get("")
@allow(P.WORKSPACE_SET)
def index() -> ResponseReturnValue:
    return _page(LabelKind.TAG, LabelForm(formdata=None), 200)


@bp.post("")
@allow(P.WORKSPACE_SET)
def create() -> ResponseReturnValue:
    form = LabelForm()
    if form.validate_on_submit():
        given = {"colour": form.colour.data, "by": me()}
        if attempt(form, lambda: actions.add(LabelKind.TAG, form.name.data or "", **given)) is not None:
            return redirect(url_for(".index"))
    return _page(LabelKind.TAG, form, 422)


@bp.get("/groups")
@allow(P.WORKSPACE_SET)
def groups() -> ResponseReturnValue:
    return _page(LabelKind.GROUP, GroupForm(), 200)


@bp.post("/groups")
@allow(P.WORKSPACE_SET)
def create_group() -> ResponseReturnValue:
    form = GroupForm()
    if form.validate_on_submit():
        given = {"colour": form.colour.data, "parent": form.parent(), "by": me()}
        if attempt(form, lambda: actions.add(LabelKind.GROUP, form.name.data or "", **given)) is not None:
            return redirect(url_for(".groups"))
    return _page(LabelKind.GROUP, form, 422)


@bp.route("/<uuid:label_id>", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def edit(label_id: UUID) -> ResponseReturnValue:
    label = queries.label(label_id)
    form = LabelForm(obj=label)
    edit = edited(form, label, lambda version: actions.change(label, form.values(), version=version, by=me()))
    if edit.is_saved:
        flash(_("Saved."), "good")
        return redirect(_back(label))
    shown = {"form": form, "label": label, "version": edit.version, "clash": edit.clash}
    title = LABEL_WORDS[label.kind]
    return render_template("fields/label.html", **shown, back_url=_back(label), title=title), edit.status


@bp.post("/<uuid:label_id>/archive")
@allow(P.WORKSPACE_SET)
def archive(label_id: UUID) -> ResponseReturnValue:
    label = queries.label(label_id)
    actions.archive(label, by=me())
    toasts.undoable(_("“%(name)s” is taken out.", name=label.path), url_for(".restore", label_id=label.id))
    return redirect(_back(label))


@bp.post("/<uuid:label_id>/restore")
@allow(P.WORKSPACE_SET)
def restore(label_id: UUID) -> ResponseReturnValue:
    label = queries.label(label_id)
    actions.restore(label, by=me())
    flash(_("“%(name)s” is back, with all that lay under it.", name=label.path), "good")
    return redirect(_back(label))


def _back(label: Label) -> str:
    return url_for(".index") if label.kind is LabelKind.TAG else url_for(".groups")


def _page(kind: LabelKind, form: LabelForm, status: int) -> ResponseReturnValue:
    items = [
        {"label": LABEL_WORDS[LabelKind.TAG], "url": url_for(".index"), "active": kind is LabelKind.TAG},
        {"label": LABEL_WORDS[LabelKind.GROUP], "url": url_for(".groups"), "active": kind is LabelKind.GROUP},
    ]
    shown = {"labels": queries.of_kind(kind), "uses": queries.uses(), "items": items}
    return render_template("fields/labels.html", form=form, is_tags=kind is LabelKind.TAG, **shown), status
