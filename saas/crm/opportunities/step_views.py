"""The steps of a deal: to another stage or pipeline, to its end and back, and what it must have before."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import toasts
from saas.crm.opportunities import actions, lists, move_actions, need_actions, need_queries, queries, rival_actions
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities import rival_queries as rivals
from saas.crm.opportunities.forms import CloseForm, FillForm, ReopenForm, SwitchForm
from saas.crm.opportunities.lists import BOARD
from saas.crm.opportunities.models import Opportunity, Result, Stage
from saas.crm.opportunities.need_actions import Lacking
from saas.crm.opportunities.needs import told
from saas.crm.opportunities.views import own_deal
from saas.errors import Conflict, NotFound
from saas.forms import done
from saas.http import is_fragment
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me, require
from saas.versions import Overtaken, version_sent

bp = Blueprint("deal_steps", __name__, url_prefix="/deals")

P = Permission


@bp.post("/<uuid:opportunity_id>/move")
@allow(P.OPPORTUNITY_EDIT)
def move(opportunity_id: UUID) -> ResponseReturnValue:
    deal = own_deal(opportunity_id)
    stage = queries.stage(_stage_of(request.form.get("column", "")))
    try:
        return _moved(deal, lambda version: actions.move(deal, stage, version=version, by=me()))
    except Lacking as error:
        return _asks(url_for(".fill", opportunity_id=deal.id, to=lists.column_id(stage.id)), error)


@bp.post("/<uuid:opportunity_id>/move-back")
@allow(P.OPPORTUNITY_EDIT)
def move_back(opportunity_id: UUID) -> ResponseReturnValue:
    deal = own_deal(opportunity_id)
    return _moved(deal, lambda version: move_actions.move_back(deal, version=version, by=me()), is_back=True)


def _moved(deal: Opportunity, step: Callable[[int | None], None], *, is_back: bool = False) -> ResponseReturnValue:
    """Take a step at the version sent; answers with what the board draws anew, or with the deal's page."""
    before = deal.stage
    try:
        step(version_sent(deal))
    except Overtaken as error:
        raise Conflict(
            _("%(name)s was changed a moment ago; it is in “%(stage)s” now.", name=deal.name, stage=deal.stage.label)
        ) from error
    if not is_fragment():
        undo_url = None if is_back or deal.stage is before else url_for(".move_back", opportunity_id=deal.id)
        toasts.undoable(_("Moved to %(place)s", place=pipelines.titles()[deal.stage_id]), undo_url)
        return redirect(url_for("opportunities.show", opportunity_id=deal.id))
    where = BOARD.conditions(request.args)
    sums = queries.sums_by_stage([before, deal.stage], *where)
    return render_template(
        "opportunities/_moved.html",
        cards=lists.cards([queries.card(deal.id)]),
        heads=[lists.head(found, is_narrowed=bool(where)) for found in sums],
        can_move=True,
    )


@bp.route("/<uuid:opportunity_id>/fill", methods=["GET", "POST"])
@allow(P.OPPORTUNITY_EDIT)
def fill(opportunity_id: UUID) -> ResponseReturnValue:
    """Ask for what a deal lacks on its way to a stage, or to being won, and then take it there."""
    deal, to = own_deal(opportunity_id), request.args.get("to", "")
    stage = None if to == Result.WON else queries.stage(_stage_of(to))
    needs = need_queries.lacking(deal, stage)
    form, version, in_dialog = FillForm(deal, needs), version_sent(deal), is_fragment()
    if form.validate_on_submit() and done(form, lambda: _filled(deal, form, stage, version)):
        if stage is None:
            return redirect(url_for(".close", opportunity_id=deal.id, result=Result.WON.value), 303)
        flash(_("Moved to %(place)s", place=pipelines.titles()[stage.id]), "good")
        if in_dialog:
            return Response(headers={"HX-Refresh": "true"})
        return redirect(url_for("opportunities.show", opportunity_id=deal.id))
    template = "opportunities/_fill.html" if in_dialog else "opportunities/fill.html"
    shown = {"form": form, "deal": deal, "to": to, "needs": told(needs), "version": version, "in_dialog": in_dialog}
    known = rivals.names() if "rival" in form else []
    return render_template(template, known=known, **shown), form.status


@bp.route("/<uuid:opportunity_id>/pipeline", methods=["GET", "POST"])
@allow(P.OPPORTUNITY_EDIT)
def switch(opportunity_id: UUID) -> ResponseReturnValue:
    """To another pipeline."""
    deal = own_deal(opportunity_id)
    form = SwitchForm(deal.stage)
    if form.validate_on_submit():
        stage = queries.stage(UUID(form.stage_id.data))
        try:
            is_moved = done(form, lambda: actions.move(deal, stage, version=version_sent(deal), by=me()))
        except Lacking as error:
            return _asks(url_for(".fill", opportunity_id=deal.id, to=lists.column_id(stage.id)), error)
        if is_moved:
            flash(_("Moved to %(place)s", place=pipelines.titles()[stage.id]), "good")
            return redirect(url_for("opportunities.show", opportunity_id=deal.id))
    return render_template("opportunities/switch.html", form=form, deal=deal, version=version_sent(deal)), form.status


@bp.route("/<uuid:opportunity_id>/close", methods=["GET", "POST"])
@allow(P.OPPORTUNITY_EDIT)
def close(opportunity_id: UUID) -> ResponseReturnValue:
    """Won or lost, and why: a page, or the inside of the board's dialog."""
    deal = own_deal(opportunity_id)
    result = Result.LOST if request.args.get("result") == Result.LOST else Result.WON
    if result is Result.WON and deal.is_open and need_queries.lacking(deal, None):
        return redirect(url_for(".fill", opportunity_id=deal.id, to=result.value), 303)
    form = CloseForm(result, deal, g.tenant.timezone, rivals.against(deal.id))
    version = version_sent(deal)
    if form.validate_on_submit() and done(form, lambda: _end(deal, result, form, version)):
        board = 1 if is_fragment() else None
        toasts.undoable(_told(deal, result), url_for(".open_back", opportunity_id=deal.id, board=board))
        if is_fragment():
            return Response(headers={"HX-Refresh": "true"})
        return redirect(url_for("opportunities.show", opportunity_id=deal.id))
    template = "opportunities/_close.html" if is_fragment() else "opportunities/close.html"
    known = queries.reasons(result)
    in_dialog = is_fragment()
    shown = {"form": form, "deal": deal, "result": result, "version": version, "known": known, "in_dialog": in_dialog}
    return render_template(template, **shown), form.status


@bp.post("/<uuid:opportunity_id>/open-back")
@allow(P.OPPORTUNITY_EDIT)
def open_back(opportunity_id: UUID) -> ResponseReturnValue:
    """Take back an end that was given by mistake; back to the board where it was given there."""
    deal = own_deal(opportunity_id)
    move_actions.open_back(deal, by=me())
    flash(_("%(name)s is open again.", name=deal.name), "good")
    if request.args.get("board"):
        return redirect(url_for("opportunities.board", pipeline=deal.stage.pipeline_id))
    return redirect(url_for("opportunities.show", opportunity_id=deal.id))


@bp.route("/<uuid:opportunity_id>/reopen", methods=["GET", "POST"])
@allow(P.OPPORTUNITY_EDIT)
def reopen(opportunity_id: UUID) -> ResponseReturnValue:
    deal, form = own_deal(opportunity_id), ReopenForm()
    if not form.validate_on_submit():
        return render_template("opportunities/reopen.html", form=form, deal=deal), form.status
    actions.reopen(deal, reason=form.reason.data, by=me())
    flash(_("%(name)s is open again.", name=deal.name), "good")
    return redirect(url_for("opportunities.show", opportunity_id=deal.id))


def _end(deal: Opportunity, result: Result, form: CloseForm, version: int) -> None:
    """End a deal as a form says, and say to whom it was lost."""
    verb = actions.win if result is Result.WON else actions.lose
    verb(deal, by=me(), version=version, **form.values())
    if result is Result.LOST:
        rival_actions.note_winner(deal, form.winner(), by=me())


def _filled(deal: Opportunity, form: FillForm, stage: Stage | None, version: int) -> None:
    """Write what a deal lacked and, where a stage is named, take it there: all of it, or nothing."""
    actions.change_opportunity(deal, form.values(), version=version, by=me(), **form.links())
    if (worked := form.done()) is not None:
        need_actions.log_done(deal, worked, by=me())
    if (decider := form.decider()) is not None:
        require(P.CONTACT_EDIT, decider)
        need_actions.name_decider(decider, by=me())
    if "rival" in form:
        rival_actions.name(deal, form.rival.data or "", {}, by=me())
    if stage is not None:
        actions.move(deal, stage, version=None, by=me())


def _asks(url: str, error: Lacking) -> ResponseReturnValue:
    """Send whoever moves a deal to what it lacks: on the board a dialog, which its script opens."""
    if is_fragment():
        return Response(error.sentence, 422, headers={"X-Fill": url}, mimetype="text/plain")
    flash(error.sentence, "waiting")
    return redirect(url)


def _told(deal: Opportunity, result: Result) -> str:
    if result is Result.LOST:
        return _("%(name)s is lost.", name=deal.name)
    if deal.account is None:
        return _("%(name)s is won.", name=deal.name)
    return _("%(name)s is won. %(account)s is a customer.", name=deal.name, account=deal.account.name)


def _stage_of(column: str) -> UUID:
    """The stage behind the id of a column of the board."""
    try:
        return UUID(column.removeprefix("stage-"))
    except ValueError as error:
        raise NotFound from error
