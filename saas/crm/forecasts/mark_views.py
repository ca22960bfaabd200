"""As what a deal counts in the forecast: said at the deal, and by its probability as the workspace sets it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from saas import panels, ui
from saas.crm.forecasts.forms import MarksForm
from saas.crm.opportunities import category_queries as categories
from saas.crm.opportunities import forecast_actions as actions
from saas.crm.opportunities import queries
from saas.crm.opportunities.categories import CATEGORY_WORDS, Category
from saas.crm.opportunities.models import Opportunity
from saas.errors import NotFound
from saas.forms import done
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require

bp = Blueprint("forecast_marks", __name__)

P = Permission
BY_ITSELF = "probability"


@bp.post("/deals/<uuid:opportunity_id>/forecast")
@allow(P.OPPORTUNITY_EDIT)
def count_as(opportunity_id: UUID) -> ResponseReturnValue:
    """Say as what a deal counts."""
    deal = queries.opportunity(opportunity_id)
    require(P.OPPORTUNITY_EDIT, deal)
    said = request.form.get("category", "")
    if said not in {*Category, BY_ITSELF}:
        raise NotFound
    actions.count_as(deal, None if said == BY_ITSELF else Category(said), by=me())
    flash(_("In the forecast it counts as: %(word)s.", word=CATEGORY_WORDS[categories.of(deal)]), "good")
    return redirect(url_for("opportunities.show", opportunity_id=deal.id), 303)


@bp.route("/settings/forecast", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def edit() -> ResponseReturnValue:
    """From which probability on a deal counts as what."""
    marks = categories.marks()
    form = MarksForm(data={"commit_from": marks.commit_from, "best_from": marks.best_from})
    if form.validate_on_submit() and done(form, lambda: actions.set_marks(**form.values(), by=me())):
        flash(_("Saved."), "good")
        return redirect(url_for(".edit"))
    return render_template("forecasts/marks.html", form=form), form.status


def _on_deal(opportunity_id: UUID) -> Markup:
    """As what a deal counts, for the side of its page; nothing once it is over."""
    deal = queries.opportunity(opportunity_id)
    if not deal.is_open:
        return Markup("")
    return ui.fragment(
        "forecasts/_mark.html",
        word=CATEGORY_WORDS[categories.of(deal)],
        is_said=deal.forecast is not None,
        choices=_choices(deal) if deal.archived is None and may(P.OPPORTUNITY_EDIT, deal) else [],
        url=url_for("forecast_marks.count_as", opportunity_id=deal.id),
    )


def _choices(deal: Opportunity) -> list[dict[str, Any]]:
    said: list[tuple[str, Any]] = [(one.value, word) for one, word in CATEGORY_WORDS.items()]
    here = deal.forecast.value if deal.forecast else BY_ITSELF
    offered = [*said, (BY_ITSELF, _("By its probability"))]
    return [{"value": value, "word": word, "is_on": value == here} for value, word in offered]


panels.add(
    "opportunity", panels.Panel("forecast", _l("Forecast"), _on_deal, P.OPPORTUNITY_VIEW, "side", 15, is_later=True)
)
