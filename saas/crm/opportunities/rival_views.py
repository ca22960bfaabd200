"""Pages of competitors: the list, the record, and those that stand against a deal."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from saas import grids, panels, toasts, ui
from saas.crm.opportunities import queries as deals
from saas.crm.opportunities import rival_actions as actions
from saas.crm.opportunities import rival_queries as queries
from saas.crm.opportunities import tabs, wins
from saas.crm.opportunities.rival_forms import AgainstForm, RivalForm, StandingForm
from saas.crm.opportunities.rival_lists import RIVALS
from saas.crm.opportunities.rival_models import FOOTING_LOOKS, FOOTING_WORDS
from saas.crm.opportunities.views import own_deal
from saas.forms import attempt
from saas.tenants import scope
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me
from saas.versions import edited

bp = Blueprint("rivals", __name__, url_prefix="/deals")

P = Permission


@bp.get("/rivals")
@allow(P.OPPORTUNITY_VIEW)
def index() -> ResponseReturnValue:
    page = RIVALS.page(request.args, *queries.kept(), hidden=scope.who().hidden_fields)
    scores = queries.scores([row.id for row in page.rows])
    shown = grids.shown(
        page,
        ui.record_url(".show", "rival_id"),
        open=lambda _value, row: ui.number(scores[row.id].open),
        won=lambda _value, row: ui.number(scores[row.id].won),
        lost=lambda _value, row: ui.number(scores[row.id].lost),
        rate=lambda _value, row: wins.told(scores[row.id]),
    )
    return render_template(
        "opportunities/rivals.html",
        list=shown,
        views=tabs.views("rivals"),
        can_create=may(P.OPPORTUNITY_EDIT),
    )


@bp.route("/rivals/new", methods=["GET", "POST"])
@allow(P.OPPORTUNITY_EDIT)
def create() -> ResponseReturnValue:
    form = RivalForm()
    if form.validate_on_submit():
        made = attempt(form, lambda: actions.add(form.values(), account=form.account, by=me()))
        if made is not None:
            flash(_("%(name)s is noted.", name=made.name), "good")
            return redirect(url_for(".show", rival_id=made.id))
    return render_template("opportunities/rival_form.html", form=form), form.status


@bp.get("/rivals/<uuid:rival_id>")
@allow(P.OPPORTUNITY_VIEW)
def show(rival_id: UUID) -> ResponseReturnValue:
    rival = queries.rival(rival_id)
    score = queries.scores([rival.id])[rival.id]
    return render_template(
        "opportunities/rival.html",
        rival=rival,
        score=score,
        rate=wins.told(score),
        entries=queries.deals_against(rival.id),
        mark=tabs.mark,
        words=FOOTING_WORDS,
        looks=FOOTING_LOOKS,
        can_edit=may(P.OPPORTUNITY_EDIT) and rival.archived_at is None,
        can_archive=may(P.OPPORTUNITY_ARCHIVE),
    )


@bp.route("/rivals/<uuid:rival_id>/edit", methods=["GET", "POST"])
@allow(P.OPPORTUNITY_EDIT)
def edit(rival_id: UUID) -> ResponseReturnValue:
    rival = queries.rival(rival_id)
    form = RivalForm(obj=rival, account=rival.account)
    edit = edited(
        form,
        rival,
        lambda version: actions.change(rival, form.values(), version=version, by=me(), account=form.account),
    )
    if edit.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for(".show", rival_id=rival.id))
    shown = {"form": form, "rival": rival, "version": edit.version, "clash": edit.clash}
    return render_template("opportunities/rival_form.html", **shown), edit.status


@bp.post("/rivals/<uuid:rival_id>/archive")
@allow(P.OPPORTUNITY_ARCHIVE)
def archive(rival_id: UUID) -> ResponseReturnValue:
    rival = queries.rival(rival_id)
    actions.archive(rival, by=me())
    toasts.undoable(_("%(name)s is archived.", name=rival.name), url_for(".restore", rival_id=rival.id))
    return redirect(url_for(".index"))


@bp.post("/rivals/<uuid:rival_id>/restore")
@allow(P.OPPORTUNITY_ARCHIVE)
def restore(rival_id: UUID) -> ResponseReturnValue:
    rival = queries.rival(rival_id)
    actions.restore(rival, by=me())
    flash(_("%(name)s is back.", name=rival.name), "good")
    return redirect(url_for(".show", rival_id=rival.id))


# ── against one deal ────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/<uuid:opportunity_id>/rivals/new", methods=["GET", "POST"])
@allow(P.OPPORTUNITY_EDIT)
def name(opportunity_id: UUID) -> ResponseReturnValue:
    """Say who stands against a deal."""
    deal, form = own_deal(opportunity_id), AgainstForm()
    if form.validate_on_submit():
        made = attempt(form, lambda: actions.name(deal, form.rival.data or "", form.values(), by=me()))
        if made is not None:
            flash(_("%(name)s is noted.", name=made.rival.name), "good")
            return redirect(url_for("opportunities.show", opportunity_id=deal.id))
    shown = {"form": form, "deal": deal, "known": queries.names(), "entry": None}
    return render_template("opportunities/against.html", **shown), form.status


@bp.route("/<uuid:opportunity_id>/rivals/<uuid:entry_id>", methods=["GET", "POST"])
@allow(P.OPPORTUNITY_EDIT)
def tell(opportunity_id: UUID, entry_id: UUID) -> ResponseReturnValue:
    """Say how a competitor stands now."""
    deal = own_deal(opportunity_id)
    entry = queries.one_against(deal.id, entry_id)
    form = StandingForm(obj=entry)
    edit = edited(form, entry, lambda version: actions.tell(entry, deal, form.values(), version=version, by=me()))
    if edit.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for("opportunities.show", opportunity_id=deal.id))
    shown = {"form": form, "deal": deal, "entry": entry, "version": edit.version, "clash": edit.clash}
    return render_template("opportunities/against.html", **shown), edit.status


@bp.post("/<uuid:opportunity_id>/rivals/<uuid:entry_id>/remove")
@allow(P.OPPORTUNITY_EDIT)
def take_off(opportunity_id: UUID, entry_id: UUID) -> ResponseReturnValue:
    deal = own_deal(opportunity_id)
    actions.take_off(queries.one_against(deal.id, entry_id), deal, by=me())
    flash(_("Taken away."), "good")
    return redirect(url_for("opportunities.show", opportunity_id=deal.id), 303)


def _on_deal(deal_id: UUID) -> Markup:
    """Who stands against a deal, for the side of its page."""
    deal = deals.opportunity(deal_id)
    may_edit = may(P.OPPORTUNITY_EDIT, deal) and deal.archived is None
    shown: dict[str, Any] = {"deal": deal, "entries": queries.against(deal_id), "may_edit": may_edit}
    return ui.fragment("opportunities/_rivals.html", words=FOOTING_WORDS, looks=FOOTING_LOOKS, **shown)


panels.add(
    "opportunity", panels.Panel("rivals", _l("Competitors"), _on_deal, P.OPPORTUNITY_VIEW, "side", 30, is_later=True)
)
