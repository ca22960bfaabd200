"""Pages of batches: choose in the list, say what happens, see what became of each."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from saas import clock, ui
from saas.crm.batches import actions, queries
from saas.crm.batches import tag_actions as tags
from saas.crm.batches.forms import TAG_WORDS, EditForm, OwnerForm, PlanForm
from saas.crm.batches.models import AT_WORK, REASON_WORDS, Batch, BatchState, Deed, Outcome, Whose
from saas.crm.batches.plan_actions import spread_of
from saas.crm.batches.spread import LASTS, Spread
from saas.crm.customers import queries as customers
from saas.crm.customers.lists import ACCOUNTS
from saas.crm.customers.stories import FIELD_WORDS
from saas.crm.fields import custom_queries as custom
from saas.crm.fields import label_actions
from saas.db import db
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.permissions import Permission, Reach, allow
from saas.tenants.scope import may, me, require

bp = Blueprint("batches", __name__, url_prefix="/batches")

P = Permission


@bp.post("/choose")
@bp.post("/choose/<any(plan):deed>", endpoint="choose_for")
@allow(P.ACCOUNT_EDIT)
def choose(deed: str | None = None) -> ResponseReturnValue:
    """Keep the rows that were chosen, and go where it is said what happens to them."""
    ids = ui.ids_sent()
    within = ACCOUNTS.model.id.in_(ids)
    found = db.session.scalars(ACCOUNTS.ids(request.args, *customers.listed(), within)) if ids else ()
    return redirect(url_for(".show", batch_id=actions.choose(list(found), by=me()).id, _anchor=deed))


@bp.post("/choose-all")
@allow(P.ACCOUNT_EDIT)
def choose_all() -> ResponseReturnValue:
    found = db.session.scalars(ACCOUNTS.ids(request.args, *customers.listed()).limit(actions.MOST + 1))
    return redirect(url_for(".show", batch_id=actions.choose(list(found), by=me()).id))


@bp.get("/<uuid:batch_id>")
@allow(P.ACCOUNT_EDIT)
def show(batch_id: UUID) -> ResponseReturnValue:
    batch = queries.batch(batch_id)
    if batch.state is BatchState.OPEN and "leaver_id" in batch.options:
        return redirect(url_for("books.share", batch_id=batch.id))
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


@bp.get("/words")
@allow(P.ACCOUNT_EDIT)
def words() -> ResponseReturnValue:
    """The values there are for the field that was chosen."""
    form = EditForm(formdata=request.args)
    return render_template("batches/_words.html", known=form.known(), can_empty=form.can_empty())


@bp.post("/<uuid:batch_id>/plan")
@allow(P.ACTIVITY_EDIT)
def plan(batch_id: UUID) -> ResponseReturnValue:
    """Show what planning an activity for each would bring, and once that was seen, do it."""
    batch = queries.batch(batch_id)
    form = _plan_form()
    if not form.validate_on_submit():
        return _open(batch, plan=form), 422
    options = form.options()
    if "seen" not in request.form:
        shares = _shares(batch, options)
        return render_template(
            "batches/plan.html", batch=batch, form=form, shares=shares, lacking=_lacking(batch, form)
        )
    actions.start(batch, Deed.PLAN, options, by=me())
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


def _plan_form(**given: Any) -> PlanForm:
    reaches_all = scope.who().reach(P.ACTIVITY_EDIT) is Reach.ALL
    return PlanForm(colleagues=tenants.heirs() if reaches_all else [], **given)


def _fresh_plan() -> PlanForm:
    tomorrow = clock.local(clock.now(), me().timezone).date() + timedelta(days=1)
    given = {"first": Spread(tomorrow, 1).slot(0).on, "minutes": LASTS, "per_day": 10}
    return _plan_form(formdata=None, data=given)


def _shares(batch: Batch, options: dict[str, Any]) -> list[dict[str, Any]]:
    """Who would do how many, from which day to which."""
    spread, counts = spread_of(options), Counter[UUID]()
    rows = queries.count_by_owner(batch.id)
    if options["whose"] == Whose.OWNER:
        counts.update({owner: many for owner, many in rows if owner is not None})
    else:
        total = sum(many for _owner, many in rows)
        ids = [UUID(one) for one in options["members"]] or [me().id]
        counts.update({one: len(range(place, total, len(ids))) for place, one in enumerate(ids)})
    names = dict(tenants.member_names())
    return [
        {"name": names.get(key, ""), "many": many, "from": spread.slot(0).on, "until": spread.slot(many - 1).on}
        for key, many in counts.most_common()
        if many
    ]


def _lacking(batch: Batch, form: PlanForm) -> int:
    """How many of the customers have nobody who would do it."""
    is_owners = "whose" in form and form.whose.data == Whose.OWNER
    return sum(many for owner, many in queries.count_by_owner(batch.id) if owner is None) if is_owners else 0


def _open(batch: Batch, edit: EditForm | None = None, owner: Any = None, plan: PlanForm | None = None) -> str:
    within = {deed.value: queries.count_within(batch.id, right) for deed, right in actions.RIGHTS.items() if may(right)}
    return render_template(
        "batches/open.html",
        batch=batch,
        within=within,
        edit=edit or EditForm(formdata=None),
        owner=owner or OwnerForm(formdata=None),
        plan=(plan or _fresh_plan()) if may(P.ACTIVITY_EDIT) else None,
    )


def _options(deed: Deed, form: Any) -> dict[str, Any]:
    if deed is Deed.EDIT:
        name, value, word = form.field.data, form.value.data, form.said()
        if name in tags.FIELDS:
            value = str(label_actions.found_or_added(tags.FIELDS[name][0], word, by=me()).id)
        return {"field": name, "value": value, "word": word}
    if deed is Deed.ASSIGN:
        owner = tenants.member(UUID(form.owner_id.data))
        return {"owner_id": str(owner.id), "owner": owner.name, "beyond": form.is_beyond}
    return {}


def _account_of(batch: Batch) -> dict[str, Any]:
    counts = queries.counts(batch.id)
    return {
        "title": _title(batch),
        "figures": [
            (_("Planned") if batch.deed is Deed.PLAN else _("Changed"), counts.get(Outcome.DONE, 0)),
            (_("Left, with reasons"), counts.get(Outcome.LEFT, 0)),
            *([(_("Put back"), counts.get(Outcome.UNDONE, 0))] if batch.state is BatchState.UNDONE else []),
            *([(_("Not put back"), counts.get(Outcome.KEPT, 0))] if batch.state is BatchState.UNDONE else []),
        ],
        "left": [(name, number, REASON_WORDS[reason], key) for name, number, reason, key in queries.told(batch.id)],
        "is_at_work": batch.state in AT_WORK,
        "is_stopped": actions.stopped(batch) is not None,
        "can_undo": batch.can_be_undone(clock.now()) and any(counts.get(one) for one in (Outcome.DONE, Outcome.KEPT)),
        "did_nothing": batch.state is BatchState.DONE and not counts.get(Outcome.DONE),
    }


def _title(batch: Batch) -> str:
    many = batch.total
    if batch.deed is Deed.ARCHIVE:
        return ngettext("Archive %(num)s customer", "Archive %(num)s customers", many)
    if batch.deed is Deed.ASSIGN:
        owner = batch.options.get("owner", "")
        return ngettext("Give %(num)s customer to %(owner)s", "Give %(num)s customers to %(owner)s", many, owner=owner)
    if batch.deed is Deed.HAND_OVER:
        name = batch.options.get("leaver", "")
        return ngettext(
            "Hand over %(num)s customer of %(name)s", "Hand over %(num)s customers of %(name)s", many, name=name
        )
    if batch.deed is Deed.PLAN:
        what = batch.options["subject"]
        return ngettext("%(what)s with %(num)s customer", "%(what)s with %(num)s customers", many, what=what)
    name, value = batch.options["field"], batch.options.get("word") or batch.options["value"] or "—"
    own = {one.column: one.label for one in custom.fields_of("account", archived=True)}
    if name in TAG_WORDS:
        return _("%(what)s, %(num)s customers: %(name)s", what=TAG_WORDS[name], num=many, name=value)
    field = FIELD_WORDS.get(name) or own.get(name, "")
    return _("%(field)s of %(num)s customers: %(value)s", field=field, num=many, value=value)
