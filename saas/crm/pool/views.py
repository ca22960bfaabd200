"""Pages of the pool."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext, pgettext
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from wtforms.fields.choices import SelectChoice

from saas import clock, grids, toasts, ui
from saas.archive import refuse_archived
from saas.crm.customers import queries as customers
from saas.crm.customers import veil
from saas.crm.fields import queries as words
from saas.crm.fields.models import Dictionary
from saas.crm.pool import actions, batch_actions, lock_actions, pool_actions, queries, record, stories, undo_actions
from saas.crm.pool.forms import ClaimForm, HandOutForm, IntoForm, ReleaseForm
from saas.crm.pool.lists import POOL
from saas.crm.pool.models import MAIN
from saas.crm.pool.rules import Rules, days_on_wall
from saas.db import new_id
from saas.errors import Forbidden, NotFound, Refused
from saas.forms import attempt
from saas.http import is_fragment
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.permissions import Permission, Reach, allow
from saas.tenants.scope import may, me, require

bp = Blueprint("pool", __name__)

P = Permission
HERE = "\ufffc"  # a character nobody types: keeps a place through the translation
CLAIM = Markup(
    '<form class="post" method="post" action="{url}" hx-post="{url}" hx-target="closest tr" hx-swap="outerHTML">'
    '<input type="hidden" name="csrf_token" value="{token}">'
    '<button class="btn btn-sm btn-primary" type="submit">{label}</button></form>'
)
PROMISE = Markup('<a class="btn btn-sm btn-primary" href="{url}">{label}</a>')
PICK = Markup(
    '<td class="pick"><input class="form-check-input" type="checkbox" name="id" value="{id}" form="pool-batch"'
    ' aria-label="{label}"></td>'
)
MOST_AT_ONCE = 200  # customers of one batch


@bp.get("/pool/")
@allow(P.POOL_VIEW)
def index() -> ResponseReturnValue:
    doors, now = queries.doors(me()), clock.now()
    rules = queries.rules()
    page = POOL.page(request.args, *queries.in_pool(doors.shut), hidden=scope.who().hidden_fields)
    shown = grids.shown(
        page,
        ui.record_url("customers.show", "account_id"),
        name=_name_cell(),
        pooled=lambda at, row: ui.ago(at) if at else grids.EMPTY,
        reason=lambda reason, row: (
            grids.chip(stories.word(reason)) if reason else grids.chip(pgettext("pool", "New"), "sea")
        ),
        pool=lambda name, row: name or _("Main pool"),
        claim=_claim_cell(now),
    )
    return render_template(
        "pool/index.html",
        list=shown,
        rows=_pickable(shown),
        batch=_batch(doors),
        note=_note(rules, now),
        can_set=may(P.WORKSPACE_SET),
        can_share=may(P.POOL_CLAIM) and (bool(doors.led) or queries.leads(me(), None)),
    )


def _pickable(shown: grids.Shown) -> Markup:
    label = _("Choose this customer")
    rows = [f'<tr id="pool-{key}">{PICK.format(id=key, label=label)}{cells}</tr>\n' for key, cells in shown.rows]
    return Markup("".join(rows))  # noqa: S704 - cells are HTML already


def _batch(doors: queries.Doors) -> list[dict[str, Any]]:
    found = []
    if may(P.POOL_CLAIM):
        claim = {"label": _("Claim"), "url": url_for(".claim_many"), "icon": "user-check", "kind": "primary"}
        found.append(claim)
    if doors.led or queries.leads(me(), None):
        found.append({"label": _("Assign"), "url": url_for(".hand_out"), "icon": "users"})
        if doors.open or doors.shut:
            found.append({"label": _("Move to another pool"), "url": url_for(".lay"), "icon": "arrows-exchange"})
    return found


@bp.get("/pool/count")
@allow(P.POOL_VIEW)
def count() -> ResponseReturnValue:
    found = POOL.count(request.args, *queries.in_pool(queries.doors(me()).shut))
    return ngettext("%(count)s customer is free", "%(count)s customers are free", found, count=grids.tally(found))


@bp.post("/pool/claim")
@allow(P.POOL_CLAIM)
def claim_many() -> ResponseReturnValue:
    found = batch_actions.claim_many(_chosen(), by=me())
    return render_template("pool/outcomes.html", title=_("What you have claimed"), outcomes=found)


@bp.post("/pool/assign")
@allow(P.POOL_CLAIM)
def hand_out() -> ResponseReturnValue:
    _refuse_all_but_admins()
    chosen = _chosen()
    form = HandOutForm()
    if not chosen:
        flash(_("Choose some customers first."), "wrong")
        return redirect(url_for(".index"))
    if "way" not in request.form:
        form = HandOutForm(formdata=None)
        return render_template("pool/hand_out.html", form=form, chosen=chosen)
    if not form.validate_on_submit():
        return render_template("pool/hand_out.html", form=form, chosen=chosen), form.status
    members = [tenants.member(UUID(one)) for one in form.members.data or ()]
    batch_id = new_id()
    how: dict[str, Any] = {"by": me(), "batch_id": batch_id, "beyond": form.beyond.data}
    found = attempt(form, lambda: batch_actions.distribute(chosen, members, form.way.data, **how))
    if found is None:
        return render_template("pool/hand_out.html", form=form, chosen=chosen), 422
    return render_template(
        "pool/outcomes.html", title=_("Who got what"), outcomes=found, undo_url=_undo_url(found, batch_id)
    )


@bp.post("/pool/lay")
@allow(P.POOL_CLAIM)
def lay() -> ResponseReturnValue:
    _refuse_all_but_admins()
    chosen = _chosen()
    form = IntoForm(formdata=request.form if "into" in request.form else None)
    form.into.choices = [
        SelectChoice(str(MAIN), _("Main pool")),
        *(SelectChoice(str(one.id), one.name) for one in queries.pools()),
    ]
    if not chosen:
        flash(_("Choose some customers first."), "wrong")
        return redirect(url_for(".index"))
    if "into" not in request.form or not form.validate_on_submit():
        return render_template("pool/lay.html", form=form, chosen=chosen), 422 if "into" in request.form else 200
    into = UUID(form.into.data)
    batch_id = new_id()
    moved = pool_actions.lay(chosen, None if into == MAIN else queries.pool(into), by=me(), batch_id=batch_id)
    said = ngettext("%(num)s customer has moved.", "%(num)s customers have moved.", moved)
    toasts.undoable(said, url_for(".undo", batch_id=batch_id) if moved else None)
    return redirect(url_for(".index"))


def _refuse_all_but_admins() -> None:
    """Raises Forbidden for whoever is admin of no pool; which pools he leads is looked at customer by customer."""
    if not (queries.doors(me()).led or queries.leads(me(), None)):
        raise Forbidden


def _undo_url(outcomes: list[batch_actions.Outcome], batch_id: UUID) -> str | None:
    return url_for(".undo", batch_id=batch_id) if any(one.owner for one in outcomes) else None


@bp.post("/pool/undo/<uuid:batch_id>")
@allow(P.POOL_CLAIM)
def undo(batch_id: UUID) -> ResponseReturnValue:
    """Take back what was assigned or moved at once."""
    back, left = undo_actions.undo(batch_id, by=me())
    flash(ngettext("%(num)s customer is back.", "%(num)s customers are back.", back), "good")
    if left:
        said = ngettext("%(num)s stays: it has changed since.", "%(num)s stay: they have changed since.", left)
        flash(said, "waiting")
    return redirect(url_for(".index"))


def _chosen() -> list[UUID]:
    try:
        found = {UUID(one) for one in request.form.getlist("id")}
    except ValueError:
        raise NotFound from None
    if len(found) > MOST_AT_ONCE:
        raise Refused(_("Choose at most %(n)s customers at a time.", n=MOST_AT_ONCE))
    return sorted(found)


@bp.route("/pool/<uuid:account_id>/claim", methods=["GET", "POST"])
@allow(P.POOL_CLAIM)
def claim(account_id: UUID) -> ResponseReturnValue:
    form = ClaimForm()
    if not form.validate_on_submit():
        account = customers.card(account_id)
        form.ask_for(must_promise=queries.rules(account.pool_id).must_promise)
        return render_template("pool/claim.html", form=form, account=account), form.status
    try:
        move = attempt(form, lambda: actions.claim(account_id, by=me(), promise=form.promise()))
    except actions.AlreadyClaimed as lost:
        if not is_fragment():
            raise
        return _row("pool/_taken.html", lost=lost, sees=may(P.ACCOUNT_VIEW, lost.account)), lost.status
    if move is None:
        return render_template("pool/claim.html", form=form, account=customers.card(account_id)), 422
    where = url_for("customers.show", account_id=account_id)
    if is_fragment():
        return _row("pool/_claimed.html", account=move.account)
    flash(_("%(name)s is yours now.", name=move.account.name), "good")
    return redirect(where)


@bp.post("/pool/<uuid:account_id>/lock")
@allow(P.POOL_RELEASE)
def lock(account_id: UUID) -> ResponseReturnValue:
    account = customers.account(account_id)
    require(P.POOL_RELEASE, account)
    lock_actions.lock(account, by=me())
    flash(_("%(name)s is locked.", name=account.name), "good")
    return redirect(url_for("customers.show", account_id=account.id))


@bp.post("/pool/<uuid:account_id>/unlock")
@allow(P.POOL_RELEASE)
def unlock(account_id: UUID) -> ResponseReturnValue:
    account = customers.account(account_id)
    require(P.POOL_RELEASE, account)
    lock_actions.unlock(account, by=me())
    flash(_("%(name)s is no longer locked.", name=account.name), "good")
    return redirect(url_for("customers.show", account_id=account.id))


@bp.route("/pool/<uuid:account_id>/release", methods=["GET", "POST"])
@allow(P.POOL_RELEASE)
def release(account_id: UUID) -> ResponseReturnValue:
    account = customers.account(account_id)
    require(P.POOL_RELEASE, account)
    refuse_archived(account)
    form = ReleaseForm()
    if not form.validate_on_submit():
        return render_template("pool/release.html", form=form, account=account), form.status
    actions.release(account, by=me(), reason=form.reason.data, note=form.note.data)
    flash(_("%(name)s is back in the pool.", name=account.name), "good")
    return redirect(url_for("customers.show", account_id=account.id))


@bp.get("/pool/returning")
@allow(P.POOL_VIEW)
def returning() -> ResponseReturnValue:
    now, wide = clock.now(), {Reach.TEAM, Reach.ALL}
    is_wide = request.args.get("of") == "reach" and scope.who().reach(P.REPORT_VIEW) in wide
    whose: dict[str, Any] = {"reach": queries.in_reach()} if is_wide else {"owner_id": me().id}
    found = queries.returning(now, within=record.SOON, **whose)
    zone = scope.workspace().timezone
    rows = [(one, record.due(one), days_on_wall(one.reclaim_at, now, zone)) for one in found if one.reclaim_at]
    return render_template("pool/returning.html", rows=rows, is_wide=is_wide)


# ── parts of other pages ────────────────────────────────────────────────────────────────────────────────────────────


def _name_cell() -> Callable[[Any, Any], Any]:
    """The name, and on a phone, which has no room for more columns, below it what kind of customer lies there."""
    url, hidden = ui.record_url("customers.show", "account_id"), scope.who().hidden_fields

    def cell(name: str, row: Any) -> Markup:
        facts = {
            "level": _("Level %(level)s", level=words.label(Dictionary.LEVEL, row.level)) if row.level else None,
            "industry": words.label(Dictionary.INDUSTRY, row.industry),
            "city": row.city,
            "pooled_at": ui.ago(row.pooled_at) if row.pooled_at else None,
        }
        said = [one for key, one in facts.items() if one and f"account.{key}" not in hidden]
        below = Markup(" · ").join(said)
        return Markup('<a class="name" href="{}">{}</a><span class="phone-line">{}</span>').format(
            url(row), name, below
        )

    return cell


def _claim_cell(now: datetime) -> Callable[[Any, Any], Any]:
    """The button at the end of a row, or until when the reader must leave the customer to others."""
    can, token, label = may(P.POOL_CLAIM), generate_csrf(), _("Claim")
    url = ui.record_url("pool.claim", "account_id")
    rules: dict[UUID | None, Rules] = {}

    def cell(lost_at: datetime | None, row: Any) -> Any:
        if not can:
            return ""
        if row.pool_id not in rules:
            rules[row.pool_id] = queries.rules(row.pool_id)
        its = rules[row.pool_id]
        until = its.free_on(lost_at) if lost_at is not None else now
        if until > now:
            return Markup('<span class="muted">{} {}</span>').format(_("rests until"), ui.day(until))
        if its.fresh and row.pooled_at and its.open_on(row.pooled_at) > now:
            return Markup('<span class="muted">{} {}</span>').format(_("free from"), ui.day(its.open_on(row.pooled_at)))
        return (PROMISE if its.must_promise else CLAIM).format(url=url(row), token=token, label=label)

    return cell


def _row(template: str, **shown: Any) -> str:
    """What became of a row, with the figures above the list as they are now."""
    return render_template(template, columns=len(POOL.columns), note=_note(queries.rules(), clock.now()), **shown)


def _note(rules: Rules, now: datetime) -> Markup:
    free = Markup('<span hx-get="{}" hx-trigger="load">…</span>').format(ui.here_on(url_for(".count")))
    parts = [free]
    left = rules.left_today(queries.count_claims_today(me(), now))
    if may(P.POOL_CLAIM) and left is not None:
        said = _("you may claim %(left)s more today (limit %(most)s)", left=HERE, most=rules.daily)
        parts.append(_put(said, _strong(left)))
    if may(P.POOL_CLAIM) and rules.holdings:
        said = _("you hold %(held)s of %(most)s", held=HERE, most=rules.holdings)
        parts.append(_put(said, _strong(queries.count_holdings(me()))))
    if veil.is_on():
        parts.append(Markup.escape(_("details are shown once claimed")))
    if rules.looks and not queries.leads(me(), None):
        said = _("you have opened %(seen)s of %(most)s pages today", seen=HERE, most=rules.looks)
        parts.append(_put(said, _strong(queries.count_looks(me(), now))))
    return Markup(" · ").join(parts)


def _strong(number: int) -> Markup:
    return Markup("<strong>{}</strong>").format(ui.number(number))


def _put(sentence: str, part: Markup) -> Markup:
    """The translated sentence with `part` where HERE stands."""
    return part.join(Markup.escape(p) for p in sentence.split(HERE))
