"""Pages of leads."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from saas import grids, ui
from saas.crm.activities import record as activities
from saas.crm.leads import actions, queries
from saas.crm.leads.forms import LeadForm, LostForm, OwnerForm
from saas.crm.leads.lists import LEADS
from saas.crm.leads.models import STATE_LOOKS, STATE_WORDS, Lead, LeadState
from saas.errors import NotFound
from saas.forms import attempt, done
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.pages import record_parts
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require
from saas.versions import edited

bp = Blueprint("leads", __name__, url_prefix="/leads")

P = Permission


@bp.get("/")
@allow(P.LEAD_VIEW)
def index() -> ResponseReturnValue:
    page = LEADS.page(request.args, *queries.listed(), hidden=scope.who().hidden_fields)
    shown = grids.shown(page, ui.record_url(".show", "lead_id"))
    note = Markup('<span hx-get="{}" hx-trigger="load"></span>').format(ui.here_on(url_for(".count")))
    return render_template("leads/index.html", list=shown, count_note=note, can_edit=may(P.LEAD_EDIT))


@bp.get("/count")
@allow(P.LEAD_VIEW)
def count() -> ResponseReturnValue:
    found = LEADS.count(request.args, *queries.listed())
    return ngettext("%(count)s lead", "%(count)s leads", found, count=grids.tally(found))


@bp.route("/new", methods=["GET", "POST"])
@allow(P.LEAD_EDIT)
def create() -> ResponseReturnValue:
    form = LeadForm()
    if not form.validate_on_submit():
        return render_template("leads/form.html", form=form), form.status
    lead = actions.create_lead(form.values(), owner=me(), by=me())
    flash(_("%(name)s is among your leads.", name=lead.name), "good")
    return redirect(url_for(".show", lead_id=lead.id))


@bp.get("/<uuid:lead_id>")
@allow(P.LEAD_VIEW)
def show(lead_id: UUID) -> ResponseReturnValue:
    lead = queries.lead(lead_id)
    return render_template(
        "leads/show.html",
        lead=lead,
        state=STATE_WORDS[lead.state],
        look=STATE_LOOKS[lead.state],
        about=_about(lead),
        moves=_moves(lead),
        **record_parts("lead", lead.id, partial(url_for, ".show", lead_id=lead.id)),
        can_edit=may(P.LEAD_EDIT, lead),
    )


@bp.route("/<uuid:lead_id>/edit", methods=["GET", "POST"])
@allow(P.LEAD_EDIT)
def edit(lead_id: UUID) -> ResponseReturnValue:
    lead = _own(lead_id)
    form = LeadForm(obj=lead)
    edit = edited(form, lead, lambda version: actions.change_lead(lead, form.values(), version=version, by=me()))
    if edit.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for(".show", lead_id=lead.id))
    page = render_template("leads/form.html", form=form, lead=lead, version=edit.version, clash=edit.clash)
    return page, edit.status


@bp.post("/<uuid:lead_id>/state")
@allow(P.LEAD_EDIT)
def move(lead_id: UUID) -> ResponseReturnValue:
    """To any state but lost, which asks why."""
    lead = _own(lead_id)
    try:
        state = LeadState(request.form.get("state", ""))
    except ValueError as error:
        raise NotFound from error
    actions.move(lead, state, by=me())
    flash(_("%(name)s: %(state)s", name=lead.name, state=STATE_WORDS[state]), "good")
    return redirect(url_for(".show", lead_id=lead.id))


@bp.route("/<uuid:lead_id>/lost", methods=["GET", "POST"])
@allow(P.LEAD_EDIT)
def lose(lead_id: UUID) -> ResponseReturnValue:
    lead = _own(lead_id)
    form = LostForm()
    if form.validate_on_submit() and done(
        form, lambda: actions.move(lead, LeadState.LOST, by=me(), reason=form.reason.data)
    ):
        flash(_("%(name)s is noted as lost.", name=lead.name), "good")
        return redirect(url_for(".show", lead_id=lead.id))
    return render_template("leads/lost.html", form=form, lead=lead), form.status


@bp.route("/<uuid:lead_id>/assign", methods=["GET", "POST"])
@allow(P.LEAD_EDIT)
def assign(lead_id: UUID) -> ResponseReturnValue:
    lead = _own(lead_id)
    form = OwnerForm(owner_id=str(lead.owner_id))
    owner = attempt(form, lambda: tenants.member(UUID(form.owner_id.data))) if form.validate_on_submit() else None
    if owner is None:
        return render_template("leads/assign.html", form=form, lead=lead), form.status
    actions.assign(lead, owner, by=me())
    flash(_("%(name)s is now %(owner)s's lead.", name=lead.name, owner=owner.name), "good")
    return redirect(url_for(".show", lead_id=lead.id) if may(P.LEAD_VIEW, lead) else url_for(".index"))


def _own(lead_id: UUID) -> Lead:
    """A lead that the reader may change."""
    lead = queries.lead(lead_id)
    require(P.LEAD_EDIT, lead)
    return lead


def _moves(lead: Lead) -> list[tuple[LeadState, Any]]:
    """The states it may be taken to by one click; "lost" asks why and has its own page."""
    return [(s, STATE_WORDS[s]) for s in LeadState if s is not lead.state and s is not LeadState.LOST]


def _about(lead: Lead) -> list[tuple[Any, Any]]:
    def linked(scheme: str, value: str | None) -> Markup | None:
        return Markup('<a href="{}:{}">{}</a>').format(scheme, value, ui.breakable(value)) if value else None

    rows = [
        (_("Owner"), lead.owner.name if lead.owner else _("Nobody")),
        (_("Company"), lead.company),
        (_("Phone"), linked("tel", lead.phone)),
        (_("Mail"), linked("mailto", lead.email)),
        (_("Source"), lead.source),
        (_("Why lost"), lead.lost_reason),
    ]
    return [(label, value) for label, value in rows if value]


def _no_customer(lead_id: UUID) -> None:
    """A lead that the reader may see belongs to no customer yet."""
    queries.lead(lead_id)


activities.join_owned(
    Lead,
    P.LEAD_VIEW,
    Lead.name,
    page=lambda lead_id: url_for("leads.show", lead_id=lead_id),
    account_of=_no_customer,
)
