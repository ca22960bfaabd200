"""Settings of territories."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from saas import ui
from saas.crm.customers import territory_actions as actions
from saas.crm.customers import territory_queries as queries
from saas.crm.customers.territory_forms import TerritoryForm
from saas.crm.customers.territory_models import Territory
from saas.crm.fields import queries as words
from saas.crm.fields.models import Dictionary
from saas.forms import attempt
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me
from saas.versions import edited

bp = Blueprint("territories", __name__, url_prefix="/settings/territories")

P = Permission


@bp.get("")
@allow(P.WORKSPACE_SET)
def index() -> ResponseReturnValue:
    """All of them in their order, with how many customers lie in each."""
    found, counts, people = queries.territories(), queries.counts(), queries.count_members()
    return render_template(
        "customers/territories.html",
        lines=[_line(one, counts.get(one.id, 0), people.get(one.id, 0)) for one in found],
        elsewhere=counts.get(None, 0) if found else 0,
        elsewhere_url=url_for("customers.index", territory=queries.NONE),
    )


@bp.route("/new", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def create() -> ResponseReturnValue:
    """Add one behind the others."""
    form = TerritoryForm()
    if form.validate_on_submit():
        made = attempt(form, lambda: actions.add(form.values(), form.people(), by=me()))
        if made is not None:
            flash(_("%(name)s is added. Customers are placed in a moment.", name=made.name), "good")
            return redirect(url_for(".index"))
    return render_template("customers/territory.html", form=form), form.status


@bp.route("/<uuid:territory_id>", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def edit(territory_id: UUID) -> ResponseReturnValue:
    """Change one."""
    territory = queries.territory(territory_id)
    form = TerritoryForm(territory=territory, members=queries.member_ids(territory.id))
    edit = edited(
        form,
        territory,
        lambda version: actions.change(territory, form.values(), form.people(), version=version, by=me()),
    )
    if edit.is_saved:
        flash(_("Saved. Customers are placed anew in a moment."), "good")
        return redirect(url_for(".index"))
    shown = {"form": form, "territory": territory, "version": edit.version, "clash": edit.clash}
    return render_template("customers/territory.html", **shown), edit.status


@bp.post("/<uuid:territory_id>/place")
@allow(P.WORKSPACE_SET)
def place(territory_id: UUID) -> ResponseReturnValue:
    """One up or down."""
    territory = queries.territory(territory_id)
    step = {"up": -1, "down": 1}.get(request.form.get("to", ""), 0)
    actions.move(territory, territory.position + step, by=me())
    return redirect(url_for(".index"))


@bp.post("/<uuid:territory_id>/remove")
@allow(P.WORKSPACE_SET)
def remove(territory_id: UUID) -> ResponseReturnValue:
    """Take one out."""
    territory = queries.territory(territory_id)
    actions.remove(territory, by=me())
    flash(_("%(name)s is gone; its customers go to the next that fits.", name=territory.name), "good")
    return redirect(url_for(".index"))


def _line(one: Territory, customers: int, members: int) -> dict[str, Any]:
    people = [one.manager.name] if one.manager else []
    people += [ngettext("%(num)s member", "%(num)s members", members)] if members else []
    return {
        "id": one.id,
        "name": one.name,
        "rule": _rule(one),
        "people": _(", ").join(people),
        "count": ui.number(customers),
        "customers_url": url_for("customers.index", territory=one.id),
    }


def _rule(one: Territory) -> str:
    """What a territory asks for, in a line."""
    parts = [*one.countries, *one.regions, *(f"{code}…" for code in one.postcodes)]
    parts += [words.label(Dictionary.INDUSTRY, key) or key for key in one.industries]
    if one.employees_from is not None or one.employees_to is not None:
        least, most = ui.number(one.employees_from or 0), one.employees_to
        size = f"{least}–{ui.number(most)}" if most is not None else f"≥ {least}"
        parts.append(_("%(size)s employees", size=size))
    return _(", ").join(parts) or _("everyone whom none above takes")
