"""Pages of batches: choose in the list, say what happens, see what became of each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from saas import clock
from saas.crm.batches import actions, queries
from saas.crm.batches.forms import EditForm, OwnerForm
from saas.crm.batches.models import AT_WORK, REASON_WORDS, Batch, BatchState, Deed, Outcome
from saas.crm.customers import queries as customers
from saas.crm.customers.lists import ACCOUNTS
from saas.crm.customers.stories import FIELD_WORDS
from saas.crm.fields import custom_queries as custom
from saas.db import db
from saas.tenants import queries as tenants
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require

bp = Blueprint("batches", __name__, url_prefix="/batches")

P = Permission


@bp.post("/choose")
@allow(P.ACCOUNT_EDIT)
def choose() -> ResponseReturnValue:
    ids = [UUID(one) for one in request.form.getlist("id") if _is_id(one)]
    within = ACCOUNTS.model.id.in_(ids)
    found = db.session.scalars(ACCOUNTS.ids(request.args, *customers.listed(), within)) if ids else ()
    return redirect(url_for(".show", batch_id=actions.choose(list(found), by=me()).id))


@bp.post("/choose-all")
@allow(P.ACCOUNT_EDIT)
def choose_all() -> ResponseReturnValue:
    found = db.session.scalars(ACCOUNTS.ids(request.args, *customers.listed()).limit(actions.MOST + 1))
    return redirect(url_for(".show", batch_id=actions.choose(list(found), by=me()).id))


@bp.get("/<uuid:batch_id>")
@allow(P.ACCOUNT_EDIT)
def show(batch_id: UUID) -> ResponseReturnValue:
    batch = queries.batch(batch_id)
    if batch.state is BatchState.OPEN:
        return _open(batch)
    return render_template("batches/show.html", batch=batch, **_account_of(batch))


@bp.post("/<uuid:batch_id>/<any(edit, assign, archive):deed>")
@allow(P.ACCOUNT_EDIT)
def start(batch_id: UUID, deed: str) -> ResponseReturnValue:
    batch, wanted = queries.batch(batch_id), Deed(deed)
    require(actions.RIGHTS[wanted])
    form: Any = EditForm() if wanted is Deed.EDIT else OwnerForm()
    if wanted is not Deed.ARCHIVE and not form.validate_on_submit():
        return (_open(batch, edit=form) if wanted is Deed.EDIT else _open(batch, owner=form)), 422
    actions.start(batch, wanted, _options(wanted, form), by=me())
    return redirect(url_for(".show", batch_id=batch.id))


@bp.get("/<uuid:batch_id>/progress")
@allow(P.ACCOUNT_EDIT)
def progress(batch_id: UUID) -> ResponseReturnValue:
    batch = queries.batch(batch_id)
    if batch.state not in AT_WORK:
        return Response(status=204, headers={"HX-Redirect": url_for(".show", batch_id=batch.id)})
    return render_template("batches/_progress.html", batch=batch, is_stopped=actions.stopped(batch) is not None)


@bp.post("/<uuid:batch_id>/again")
@allow(P.ACCOUNT_EDIT)
def again(batch_id: UUID) -> ResponseReturnValue:
    batch = queries.batch(batch_id)
    actions.try_again(batch, by=me())
    return redirect(url_for(".show", batch_id=batch.id))


@bp.post("/<uuid:batch_id>/undo")
@allow(P.ACCOUNT_EDIT)
def undo(batch_id: UUID) -> ResponseReturnValue:
    batch = queries.batch(batch_id)
    actions.undo(batch, by=me())
    flash(_("It is being put back."), "good")
    return redirect(url_for(".show", batch_id=batch.id))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _open(batch: Batch, edit: EditForm | None = None, owner: Any = None) -> str:
    within = {deed.value: queries.count_within(batch.id, right) for deed, right in actions.RIGHTS.items() if may(right)}
    return render_template(
        "batches/open.html",
        batch=batch,
        within=within,
        edit=edit or EditForm(formdata=None),
        owner=owner or OwnerForm(formdata=None),
    )


def _options(deed: Deed, form: Any) -> dict[str, Any]:
    if deed is Deed.EDIT:
        return {"field": form.field.data, "value": form.value.data, "word": form.said()}
    if deed is Deed.ASSIGN:
        owner = tenants.member(UUID(form.owner_id.data))
        return {"owner_id": str(owner.id), "owner": owner.name}
    return {}


def _account_of(batch: Batch) -> dict[str, Any]:
    counts = queries.counts(batch.id)
    return {
        "title": _title(batch),
        "figures": [
            (_("Changed"), counts.get(Outcome.DONE, 0)),
            (_("Left, with reasons"), counts.get(Outcome.LEFT, 0)),
            *([(_("Put back"), counts.get(Outcome.UNDONE, 0))] if batch.state is BatchState.UNDONE else []),
            *([(_("Not put back"), counts.get(Outcome.KEPT, 0))] if batch.state is BatchState.UNDONE else []),
        ],
        "left": [(name, number, REASON_WORDS[reason], key) for name, number, reason, key in queries.told(batch.id)],
        "is_at_work": batch.state in AT_WORK,
        "is_stopped": actions.stopped(batch) is not None,
        "can_undo": batch.can_be_undone(clock.now()),
    }


def _title(batch: Batch) -> str:
    many = batch.total
    if batch.deed is Deed.ARCHIVE:
        return ngettext("Archive %(num)s customer", "Archive %(num)s customers", many)
    if batch.deed is Deed.ASSIGN:
        owner = batch.options.get("owner", "")
        return ngettext("Give %(num)s customer to %(owner)s", "Give %(num)s customers to %(owner)s", many, owner=owner)
    name, value = batch.options["field"], batch.options.get("word") or batch.options["value"] or "—"
    own = {one.column: one.label for one in custom.fields_of("account", archived=True)}
    field = FIELD_WORDS.get(name) or own.get(name, "")
    return _("%(field)s of %(num)s customers: %(value)s", field=field, num=many, value=value)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
