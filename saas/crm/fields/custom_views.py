"""The settings page of a workspace's own fields, and where they stand on the page of a record."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup

from saas import panels, toasts, ui
from saas.crm.fields import custom_actions as actions
from saas.crm.fields import custom_queries as queries
from saas.crm.fields.custom_forms import NewFieldForm, form_of
from saas.crm.fields.custom_models import APPLIES_WORDS, CHOSEN, KIND_WORDS, CustomField
from saas.crm.fields.custom_sets import PERSON
from saas.crm.fields.custom_words import facts
from saas.forms import attempt
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me
from saas.versions import edited

bp = Blueprint("custom_fields", __name__, url_prefix="/settings/fields")

P = Permission


@bp.get("")
@allow(P.WORKSPACE_SET)
def index() -> ResponseReturnValue:
    return redirect(url_for(".show", subject=queries.subjects()[0].key))


@bp.get("/<subject>")
@allow(P.WORKSPACE_SET)
def show(subject: str) -> ResponseReturnValue:
    found = queries.subject(subject)
    return _page(found, _new(found, formdata=None), 200)


@bp.post("/<subject>")
@allow(P.WORKSPACE_SET)
def create(subject: str) -> ResponseReturnValue:
    found = queries.subject(subject)
    form = _new(found)
    if form.validate_on_submit():
        made = attempt(form, lambda: actions.add(found.key, form.kind.data, form.values(), by=me()))
        if made is not None:
            flash(_("“%(name)s” is there: in forms, lists, filters and files.", name=made.label), "good")
            return _back(made)
    return _page(found, form, 422)


@bp.post("/<subject>/persons")
@allow(P.WORKSPACE_SET)
def add_set(subject: str) -> ResponseReturnValue:
    """Take over the ready-made fields of persons."""
    found = queries.subject(subject)
    made = actions.add_set(found.key, by=me())
    text = ngettext(
        "%(num)s field is added. Only customers who are persons have it.",
        "%(num)s fields are added. Only customers who are persons have them.",
        len(made),
    )
    flash(text if made else _("They are all here."), "good")
    return redirect(url_for(".show", subject=found.key))


@bp.route("/field/<uuid:field_id>", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def edit(field_id: UUID) -> ResponseReturnValue:
    field = queries.field(field_id)
    subject = queries.subject(field.subject)
    form = form_of(field, is_of_two_kinds=subject.is_of_two_kinds)
    edit = edited(form, field, lambda version: actions.change(field, form.values(), version=version, by=me()))
    if edit.is_saved:
        flash(_("Saved."), "good")
        return _back(field)
    page = render_template(
        "fields/custom_field.html",
        form=form,
        field_row=field,
        subject=subject,
        kind=KIND_WORDS[field.kind],
        uses=queries.uses([field.id]).get(field.id, 0),
        version=edit.version,
        clash=edit.clash,
    )
    return page, edit.status


@bp.post("/field/<uuid:field_id>/place")
@allow(P.WORKSPACE_SET)
def place(field_id: UUID) -> ResponseReturnValue:
    """One up or down, or to the place where it was dropped."""
    field, to = queries.field(field_id), request.form.get("to", "")
    step = {"up": -1, "down": 1}.get(to, 0)
    actions.place(field, int(to) if to.isdecimal() and len(to) < 5 else field.position + step, by=me())
    return _back(field)


@bp.post("/field/<uuid:field_id>/archive")
@allow(P.WORKSPACE_SET)
def archive(field_id: UUID) -> ResponseReturnValue:
    field = queries.field(field_id)
    actions.archive(field, by=me())
    text = _("“%(name)s” is archived. What records hold in it stays, out of sight.", name=field.label)
    toasts.undoable(text, url_for(".restore", field_id=field.id))
    return _back(field)


@bp.post("/field/<uuid:field_id>/restore")
@allow(P.WORKSPACE_SET)
def restore(field_id: UUID) -> ResponseReturnValue:
    field = queries.field(field_id)
    actions.restore(field, by=me())
    flash(_("“%(name)s” is back, with all that was in it.", name=field.label), "good")
    return _back(field)


@bp.post("/field/<uuid:field_id>/remove")
@allow(P.WORKSPACE_SET)
def remove(field_id: UUID) -> ResponseReturnValue:
    field = queries.field(field_id)
    actions.remove(field, by=me())
    flash(_("“%(name)s” is gone. No record held anything in it.", name=field.label), "good")
    return _back(field)


# ── on the page of a record ─────────────────────────────────────────────────────────────────────────────────────────


def show_on(key: str, edit: Permission, edit_url: Callable[[UUID], str]) -> None:
    """Show the fields of records of a kind on their page, as a part that loads by itself.

    Args:
        key: their table, which has been declared.
        edit: the right to change such a record.
        edit_url: a record's id → the address of its form.
    """
    subject = queries.subject(key)
    shown = panels.Panel(
        "custom",
        _l("Further details"),
        partial(_panel, subject, edit, edit_url),
        subject.right,
        place="left",
        order=4,
        is_later=True,
        is_wanted=lambda: bool(queries.fields_of(key)),
    )
    panels.add(key, shown)


def _panel(subject: queries.Subject, edit: Permission, edit_url: Callable[[UUID], str], record_id: UUID) -> Markup:
    record = subject.load(record_id)
    if not queries.fields_for(record):
        return Markup("")
    can_edit = record.archived is None and may(edit, record)
    url = edit_url(record_id) if can_edit else None
    return ui.fragment("fields/_custom.html", title=_("Further details"), facts_of=facts(record), edit_url=url)


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _new(subject: queries.Subject, **options: Any) -> NewFieldForm:
    return NewFieldForm(is_of_two_kinds=subject.is_of_two_kinds, **options)


def _back(field: CustomField) -> ResponseReturnValue:
    return redirect(url_for(".show", subject=field.subject))


def _page(subject: queries.Subject, form: NewFieldForm, status: int) -> ResponseReturnValue:
    found = queries.fields_of(subject.key, archived=True)
    missing = {origin for origin, *_rest in PERSON} - {one.origin for one in found if not one.is_archived}
    page = render_template(
        "fields/custom.html",
        form=form,
        subject=subject,
        items=[
            {"label": one.label, "url": url_for(".show", subject=one.key), "active": one is subject}
            for one in queries.subjects()
        ],
        fields=found,
        kinds=KIND_WORDS,
        applies=APPLIES_WORDS,
        chosen=[kind.value for kind in CHOSEN],
        uses=queries.uses([one.id for one in found]),
        offers_set=subject.is_of_two_kinds and bool(missing),
    )
    return page, status
