"""Pages of deals: the board, the list, the record."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy import ColumnElement

from saas import grids, panels, toasts, ui
from saas.archive import refuse_archived
from saas.crm.activities import record as activities
from saas.crm.customers import queries as customers
from saas.crm.opportunities import actions, lists, owner_actions, pipeline, play, queries, record, tabs
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities.forms import DealForm, OwnerForm
from saas.crm.opportunities.lists import BOARD, DEALS
from saas.crm.opportunities.models import RESULT_WORDS, Opportunity
from saas.errors import NotFound
from saas.forms import attempt
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.pages import record_parts
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require
from saas.versions import edited

bp = Blueprint("opportunities", __name__, url_prefix="/deals")

P = Permission


# ── the board ───────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/")
@allow(P.OPPORTUNITY_VIEW)
def board() -> ResponseReturnValue:
    pipeline.stages()  # a workspace that comes here first gets its own
    known = pipelines.pipelines()
    way = tabs.chosen(known)
    stages = pipelines.stages(way.id)
    where = BOARD.conditions(request.args)
    sums = queries.sums_by_stage(stages, *where)
    rows = queries.first_cards(stages, *where)
    columns = []
    for found in sums:
        mine = rows.get(found.stage.id, [])
        after = lists.more_after(mine)
        columns.append(
            lists.head(found, is_narrowed=bool(where))
            | {"cards": lists.cards(mine), "more_url": _more_url(found.stage.id, after) if after else None}
        )
    filters = BOARD.shown_filters(request.args)
    page = render_template(
        "opportunities/board.html",
        columns=columns,
        ways=tabs.ways(known, way),
        way=way,
        total=lists.total(sums),
        is_empty=not any(found.count for found in sums),
        is_filtered=any(f["active"] for f in filters),
        can_create=may(P.OPPORTUNITY_CREATE),
        can_move=may(P.OPPORTUNITY_EDIT),
        can_set=may(P.WORKSPACE_SET),
        views=tabs.views("board"),
        **grids.pills(filters),
    )
    return tabs.remembered(make_response(page), way)


@bp.get("/stage/<uuid:stage_id>")
@allow(P.OPPORTUNITY_VIEW)
def more(stage_id: UUID) -> ResponseReturnValue:
    after = lists.place_after(request.args.get("from", ""))
    if after is None:
        raise NotFound
    rows = queries.more_cards(stage_id, after, *_on_board())
    following = lists.more_after(rows)
    return render_template(
        "opportunities/_cards.html",
        cards=lists.cards(rows),
        can_move=may(P.OPPORTUNITY_EDIT),
        more_url=_more_url(stage_id, following) if following else None,
    )


# ── the list ────────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/list")
@allow(P.OPPORTUNITY_VIEW)
def index() -> ResponseReturnValue:
    page = DEALS.page(request.args, *queries.listed(request.args), hidden=scope.who().hidden_fields)
    shown = grids.shown(
        page,
        ui.record_url(".show", "opportunity_id"),
        account=tabs.account_cell,
        result=lambda value, _row: tabs.mark(value),
        amount=lambda value, row: grids.EMPTY if value is None else ui.money(value, row.currency),
        **(lists.stage_cells() | {"stage": tabs.stage_cell()}),
    )
    note = Markup('<span hx-get="{}" hx-trigger="load"></span>').format(ui.here_on(url_for(".count")))
    return render_template(
        "opportunities/index.html",
        list=shown,
        count_note=note,
        views=tabs.views(request.args.get("result") or "all"),
        can_create=may(P.OPPORTUNITY_CREATE),
        can_import=may(P.TRANSFER_IMPORT) and ui.has_page("transfer.start"),
    )


@bp.get("/count")
@allow(P.OPPORTUNITY_VIEW)
def count() -> ResponseReturnValue:
    where = queries.listed(request.args)
    found = DEALS.count(request.args, *where)
    sums = queries.sums_by_result(*where, *DEALS.conditions(request.args))
    parts = [ngettext("%(count)s deal", "%(count)s deals", found, count=grids.tally(found))]
    parts += [f"{RESULT_WORDS[result]} {lists.monies(amounts)}" for result, amounts in sums.items() if amounts]
    return " · ".join(str(part) for part in parts)


# ── one deal ────────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/new", methods=["GET", "POST"])
@allow(P.OPPORTUNITY_CREATE)
def create() -> ResponseReturnValue:
    pipeline.stages()
    account_id = ui.asked_id("account_id")
    account = customers.account(account_id) if account_id else None
    refuse_archived(account)
    form = DealForm(account=account, data={"currency": g.tenant.currency, "stage_id": _stage_asked()})
    if form.validate_on_submit():
        values = form.values() | {"stage_id": UUID(form.stage_id.data)}
        made = attempt(form, lambda: actions.create_opportunity(values, owner=me(), by=me(), **form.links()))
        if made is not None:
            flash(_("%(name)s is on your board.", name=made.name), "good")
            return redirect(url_for(".show", opportunity_id=made.id))
    return render_template("opportunities/form.html", form=form, account=account), form.status


@bp.get("/alike")
@allow(P.OPPORTUNITY_CREATE)
def alike() -> ResponseReturnValue:
    """What is open already for the customer and product that a form names: a hint while one types."""
    words, product_id = request.args.get("customer", "").strip(), ui.asked_id("product_id")
    account = customers.account_typed(words) if words else None
    found, hidden = queries.alike(account.id, product_id) if account else ([], 0)
    shown = {"deals": found, "hidden": hidden, "account": account, "titles": pipelines.titles()}
    return render_template("opportunities/_alike.html", has_product=product_id is not None, **shown)


@bp.get("/<uuid:opportunity_id>")
@allow(P.OPPORTUNITY_VIEW)
def show(opportunity_id: UUID) -> ResponseReturnValue:
    deal = queries.opportunity(opportunity_id)
    is_open = deal.archived is None
    several = len(pipelines.pipelines()) > 1
    return render_template(
        "opportunities/show.html",
        deal=deal,
        result=tabs.mark(deal.result),
        about=record.about(deal),
        track=record.track(deal, pipelines.stages(deal.stage.pipeline_id)),
        pipeline=pipelines.pipeline(deal.stage.pipeline_id).label if several else None,
        way=record.way(deal),
        hints=record.hints(deal) if deal.is_open and is_open else [],
        next=play.next_step(deal, can_edit=may(P.OPPORTUNITY_EDIT, deal)) if deal.is_open and is_open else None,
        **record_parts(
            "opportunity",
            deal.id,
            partial(url_for, ".show", opportunity_id=deal.id),
            is_open=is_open and (deal.account is None or deal.account.archived is None),
        ),
        can_edit=is_open and may(P.OPPORTUNITY_EDIT, deal),
        can_switch=is_open and deal.is_open and several and may(P.OPPORTUNITY_EDIT, deal),
        can_assign=is_open and may(P.OPPORTUNITY_ASSIGN, deal),
        can_archive=may(P.OPPORTUNITY_ARCHIVE, deal),
    )


@bp.route("/<uuid:opportunity_id>/edit", methods=["GET", "POST"])
@allow(P.OPPORTUNITY_EDIT)
def edit(opportunity_id: UUID) -> ResponseReturnValue:
    deal = own_deal(opportunity_id)
    form = DealForm(obj=deal, account=deal.account, contact=deal.contact, product=deal.product)
    form.leave_out("stage_id")
    edit = edited(
        form,
        deal,
        lambda version: actions.change_opportunity(deal, form.values(), version=version, by=me(), **form.links()),
    )
    if edit.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for(".show", opportunity_id=deal.id))
    shown = {"form": form, "deal": deal, "account": deal.account, "version": edit.version, "clash": edit.clash}
    return render_template("opportunities/form.html", **shown), edit.status


@bp.route("/<uuid:opportunity_id>/assign", methods=["GET", "POST"])
@allow(P.OPPORTUNITY_ASSIGN)
def assign(opportunity_id: UUID) -> ResponseReturnValue:
    deal = queries.opportunity(opportunity_id)
    require(P.OPPORTUNITY_ASSIGN, deal)
    refuse_archived(deal)
    form = OwnerForm(owner_id=str(deal.owner_id))
    if not form.validate_on_submit():
        return render_template("opportunities/assign.html", form=form, deal=deal), form.status
    owner = tenants.member(UUID(form.owner_id.data))
    owner_actions.assign(deal, owner, by=me())
    flash(_("%(name)s is now %(owner)s's deal.", owner=owner.name, name=deal.name), "good")
    return redirect(url_for(".show", opportunity_id=deal.id))


@bp.post("/<uuid:opportunity_id>/archive")
@allow(P.OPPORTUNITY_ARCHIVE)
def archive(opportunity_id: UUID) -> ResponseReturnValue:
    deal = queries.opportunity(opportunity_id)
    require(P.OPPORTUNITY_ARCHIVE, deal)
    actions.archive_opportunity(deal, by=me())
    toasts.undoable(_("%(name)s is archived.", name=deal.name), url_for(".restore", opportunity_id=deal.id))
    return redirect(url_for(".show", opportunity_id=deal.id))


@bp.post("/<uuid:opportunity_id>/restore")
@allow(P.OPPORTUNITY_ARCHIVE)
def restore(opportunity_id: UUID) -> ResponseReturnValue:
    deal = queries.opportunity(opportunity_id)
    require(P.OPPORTUNITY_ARCHIVE, deal)
    actions.restore_opportunity(deal, by=me())
    flash(_("%(name)s is back.", name=deal.name), "good")
    return redirect(url_for(".show", opportunity_id=deal.id))


# ── parts of the pages ──────────────────────────────────────────────────────────────────────────────────────────────


def own_deal(opportunity_id: UUID) -> Opportunity:
    """A deal that the reader may change; an archived one nobody may."""
    deal = queries.opportunity(opportunity_id)
    require(P.OPPORTUNITY_EDIT, deal)
    refuse_archived(deal)
    return deal


def _on_board() -> tuple[ColumnElement[bool], ...]:
    return (*queries.on_board(), *BOARD.conditions(request.args))


def _more_url(stage_id: UUID, after: str) -> str:
    kept = {name: value for name, value in request.args.items() if name != "from"}
    return ui.asking(url_for(".more", stage_id=stage_id), kept | {"from": after})


def _stage_asked() -> str:
    """The stage that a new deal begins in: one that was asked for, else the first of its pipeline."""
    stages, way = pipelines.stages(), ui.asked_id("pipeline")
    asked = request.args.get("stage", "")
    first = next((s for s in stages if s.pipeline_id == way), stages[0])
    return asked if any(str(s.id) == asked for s in stages) else str(first.id)


for kind, panel in (
    ("account", panels.Panel("deals", _l("Deals"), record.deals_tab, P.OPPORTUNITY_VIEW, "tab", 20)),
    ("account", panels.Panel("open-deals", _l("Open deals"), record.open_deals, P.OPPORTUNITY_VIEW, "side", 20)),
    ("product", panels.Panel("deals", _l("Deals"), record.with_product, P.OPPORTUNITY_VIEW, "side", 20)),
):
    panels.add(kind, panel)


activities.join_owned(
    Opportunity,
    P.OPPORTUNITY_VIEW,
    Opportunity.name,
    page=lambda deal_id: url_for("opportunities.show", opportunity_id=deal_id),
    account_of=lambda deal_id: queries.opportunity(deal_id).account_id,
)
