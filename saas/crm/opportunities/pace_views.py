"""The page that tells how long deals take and how often they are won, and the stuck ones on Today."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from saas import panels, ui
from saas.crm.fields import queries as fields
from saas.crm.fields.models import Dictionary
from saas.crm.opportunities import pace_queries as queries
from saas.crm.opportunities import pipeline, tabs, wins
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities.models import Pipeline, Result
from saas.crm.opportunities.pace_queries import Spread
from saas.crm.opportunities.queries import stuck_of
from saas.crm.opportunities.wins import Wins
from saas.tenants import queries as tenants
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me

bp = Blueprint("pace", __name__, url_prefix="/deals")

P = Permission
YEAR = timedelta(days=365)
LINES = 5  # stuck deals on Today


@bp.get("/pace")
@allow(P.OPPORTUNITY_VIEW)
def show() -> ResponseReturnValue:
    pipeline.stages()  # a workspace that comes here first gets its own
    known = pipelines.pipelines()
    way, is_lately = _asked(known), request.args.get("span") != "ever"
    since = ui.words().today - YEAR if is_lately else None
    every = queries.ended(since)
    ours = (*every, pipelines.in_pipeline(way.id))
    return render_template(
        "opportunities/pace.html",
        views=tabs.views("pace"),
        ways=tabs.ways(known, way),
        way=way,
        spans=[
            {"label": _("In twelve months"), "url": ui.here(span=None), "active": is_lately},
            {"label": _("Ever"), "url": ui.here(span="ever"), "active": not is_lately},
        ],
        stages=_stage_rows(way, *ours),
        cycles=_cycle_rows(*ours),
        rates=[
            (_("How often won, by pipeline"), _("Pipeline"), _by_pipeline(known, *every)),
            (
                _("How often won, by owner"),
                _("Owner"),
                _named(queries.wins_by_owner(*ours), dict(tenants.member_names()), _("Nobody")),
            ),
            (_("How often won, by source"), _("How the customer came"), _by_source(*ours)),
            (
                _("How often won, by month"),
                _("Month"),
                [(ui.month(first), won) for first, won in queries.wins_by_month(*ours)],
            ),
        ],
        told=wins.told,
    )


def _asked(known: list[Pipeline]) -> Pipeline:
    asked = request.args.get("pipeline")
    return next((one for one in known if str(one.id) == asked), known[0])


def _stage_rows(way: Pipeline, *where: Any) -> list[dict[str, Any]]:
    stages = pipelines.stages(way.id)
    times = queries.stage_times(stages, *where)
    return [{"name": stage.label, "limit": stage.limit.days, **_days(times.get(stage.id))} for stage in stages]


def _cycle_rows(*where: Any) -> list[dict[str, Any]]:
    times = queries.cycles(*where)
    words = {Result.WON: _("Won deals, first to last day"), Result.LOST: _("Lost deals, first to last day")}
    return [{"name": word, **_days(times.get(result))} for result, word in words.items()]


def _days(spread: Spread | None) -> dict[str, Any]:
    """The cells of a row: how many, and days as people say them."""
    if spread is None or not spread.says_something:
        return {"count": ui.number(spread.count if spread else 0), "days": None}
    return {"count": ui.number(spread.count), "days": [ui.number(round(one)) for one in spread.days]}


def _by_pipeline(known: Iterable[Pipeline], *where: Any) -> list[tuple[Any, Wins]]:
    sums: dict[UUID, Wins] = {one.id: Wins() for one in known}
    homes = {stage.id: stage.pipeline_id for stage in pipelines.every_stage()}
    for stage_id, part in queries.wins_by_stage(*where).items():
        whole = sums.setdefault(homes[stage_id], Wins())
        whole.won, whole.lost = whole.won + part.won, whole.lost + part.lost
    return [(pipelines.pipeline(key).label, part) for key, part in sums.items()]


def _by_source(*where: Any) -> list[tuple[Any, Wins]]:
    return [
        (fields.label(Dictionary.SOURCE, key) if key else _("Not said"), part)
        for key, part in queries.wins_by_source(*where)
    ]


def _named(found: list[tuple[Any, Wins]], names: dict[Any, str], nobody: str) -> list[tuple[Any, Wins]]:
    return [(names.get(key, nobody), part) for key, part in found]


def _stuck(_member_id: UUID) -> Markup:
    """The reader's deals that have stood for too long, whatever the address says; nothing where there are none."""
    found = stuck_of(me().id, many=LINES + 1)
    if not found:
        return Markup("")
    shown: dict[str, Any] = {"deals": found[:LINES], "has_more": len(found) > LINES}
    every_url = url_for("opportunities.index", stuck="yes", owner="me", sort="since")
    return ui.fragment("opportunities/_stuck.html", every_url=every_url, titles=pipelines.titles(), **shown)


panels.add("today", panels.Panel("stuck", _l("Stuck deals"), _stuck, P.OPPORTUNITY_VIEW, "main", 32, is_later=True))
