"""Shares: on a deal's page, where they are said, and the deals that colleagues share with the reader."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup

from saas import grids, panels, ui
from saas.archive import refuse_archived
from saas.crm.opportunities import lists, queries, tabs
from saas.crm.opportunities import share_actions as actions
from saas.crm.opportunities import share_queries as shares
from saas.crm.opportunities.lists import DEALS
from saas.crm.opportunities.models import Opportunity
from saas.crm.opportunities.share_forms import SharesForm
from saas.errors import Refused
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require

bp = Blueprint("deal_shares", __name__, url_prefix="/deals")

P = Permission


@bp.get("/shared")
@allow(P.OPPORTUNITY_VIEW)
def index() -> ResponseReturnValue:
    """Deals of others in which one has a share; with `sells` in the address, all that somebody sells."""
    is_mine = "sells" not in request.args
    where = shares.shared_with_me() if is_mine else shares.all_reached()
    page = DEALS.page(request.args, *where, hidden=scope.who().hidden_fields)
    shown = grids.shown(
        page,
        ui.record_url("opportunities.show", "opportunity_id"),
        account=tabs.account_cell,
        result=lambda value, _row: tabs.mark(value),
        amount=lambda value, row: grids.EMPTY if value is None else ui.money(value, row.currency),
        **lists.stage_cells(),
    )
    many = DEALS.count(request.args, *where)
    note = ngettext("%(count)s deal", "%(count)s deals", many, count=grids.tally(many))
    return render_template(
        "opportunities/shared.html", list=shown, note=note, views=tabs.views("shared"), is_mine=is_mine
    )


@bp.route("/<uuid:opportunity_id>/shares", methods=["GET", "POST"])
@allow(P.OPPORTUNITY_EDIT)
def edit(opportunity_id: UUID) -> ResponseReturnValue:
    """Say who else sells a deal."""
    deal = queries.opportunity(opportunity_id)
    require(P.OPPORTUNITY_EDIT, deal)
    refuse_archived(deal)
    known = [{"member_id": str(one.owner_id), "percent": one.percent} for one in shares.shares_of(deal.id)]
    form, refused = SharesForm(data={"shares": known}), None
    if form.validate_on_submit():
        try:
            actions.share(deal, _named(form), by=me())
        except Refused as error:
            refused = error.sentence
        else:
            flash(_("Saved."), "good")
            return redirect(url_for("opportunities.show", opportunity_id=deal.id))
    return render_template("opportunities/shares.html", form=form, deal=deal, refused=refused), form.status


def _named(form: SharesForm) -> dict[Any, Decimal]:
    said = form.values()
    people = tenants.members_by_id(said)
    return {people[key]: percent for key, percent in said.items() if key in people}


def _on_deal(opportunity_id: UUID) -> Markup:
    """Who sells a deal, for the side of its page."""
    deal = queries.opportunity(opportunity_id)
    found = shares.shares_of(deal.id)
    owner = deal.owner.name if deal.owner else _("Nobody")
    lines = [(owner, shares.remainder(found)), *((one.owner.name, one.percent) for one in found)]
    return ui.fragment(
        "opportunities/_shares.html",
        lines=[(name, _percent(percent), _amount(deal, percent)) for name, percent in lines],
        is_shared=bool(found),
        edit_url=url_for("deal_shares.edit", opportunity_id=deal.id)
        if deal.archived is None and may(P.OPPORTUNITY_EDIT, deal)
        else None,
    )


def _percent(percent: Decimal) -> str:
    return f"{percent.normalize():f}%"


def _amount(deal: Opportunity, percent: Decimal) -> str:
    return "" if deal.amount is None else ui.money(deal.amount * percent / 100, deal.currency)


panels.add(
    "opportunity", panels.Panel("shares", _l("Who sells it"), _on_deal, P.OPPORTUNITY_VIEW, "side", 16, is_later=True)
)
