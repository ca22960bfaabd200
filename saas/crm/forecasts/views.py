"""Pages of the forecast: what is to come, and what was said of months that are over."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas import ui
from saas.crm.forecasts import looks, pages, queries
from saas.crm.forecasts import results as outcome
from saas.crm.forecasts.figures import gathered
from saas.crm.opportunities import tabs
from saas.crm.opportunities.narrowings import span_word
from saas.tenants import queries as tenants
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me

bp = Blueprint("forecasts", __name__, url_prefix="/deals/forecast")

P = Permission


@bp.get("")
@allow(P.FORECAST_VIEW)
def index() -> ResponseReturnValue:
    """What the months to come will bring, by all ways of saying it."""
    look, within = looks.asked(), queries.within()
    parts = queries.shown_parts(look.spans[0], look.last, look.today, within)
    if look.is_by_share:
        parts += queries.moved_parts(look.spans[0], look.last, look.today)
    said = queries.said(look.spans[0], look.last, queries.calls_within())
    parts, said = [one for one in parts if look.holds(one)], [one for one in said if look.holds(one)]
    whole = gathered(parts, said, look.spans, look.span_of, lambda _one: None, today=look.today)
    groups = gathered(parts, said, look.spans, look.span_of, look.group, today=look.today)
    names = {team.id: team.name for team in tenants.teams()} if look.is_by_team else dict(tenants.member_names())
    spans, ways, counted = pages.choices(look)
    return render_template(
        "forecasts/index.html",
        views=tabs.views("forecast"),
        spans=spans,
        ways=ways,
        counted=counted,
        head=pages.head(),
        rows=pages.over_time(look, whole),
        people=pages.people(look, groups, names),
        is_by_team=look.is_by_team,
        at=span_word(look.key(look.at)),
        chart=pages.chart(look, whole),
        missing=pages.missing(look, queries.late(look.month, within), queries.undated(within)),
        narrowed=_narrowed(look.owner_id, look.team_id),
        whole_url=look.url(owner=None, team=None),
        call_url=pages.call_url(me().id, look.month) if may(P.FORECAST_ADJUST) else None,
        can_set=may(P.WORKSPACE_SET),
    )


@bp.get("/results")
@allow(P.FORECAST_VIEW)
def results() -> ResponseReturnValue:
    """What was said of each month as it began, held against what was won."""
    known = sorted({g.tenant.currency, *queries.noted_currencies()})
    asked = request.args.get("currency", "")
    currency = asked if asked in known else g.tenant.currency
    held = outcome.held(ui.words().today, currency)
    return render_template(
        "forecasts/results.html",
        views=tabs.views("forecast"),
        currencies=[
            {"label": one, "url": url_for(".results", currency=one), "active": one == currency} for one in known
        ],
        head=outcome.head(),
        rows=outcome.over_time(held, currency),
        people=outcome.people(held, dict(tenants.member_names())),
        least=outcome.LEAST,
        many=outcome.SPAN,
    )


def _narrowed(owner_id: UUID | None, team_id: UUID | None) -> str | None:
    """Whose deals alone are counted."""
    if owner_id is not None:
        return dict(tenants.member_names()).get(owner_id)
    if team_id is not None:
        return next((team.name for team in tenants.teams() if team.id == team_id), None)
    return None
