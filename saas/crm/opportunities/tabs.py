"""The ways of looking at deals, side by side, and a cell of their list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import Response, current_app, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from saas import clock, grids, ui
from saas.assets import icon
from saas.crm.opportunities import lists
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities.models import RESULT_WORDS, Pipeline, Result
from saas.tenants import brought
from saas.tenants.permissions import Permission
from saas.tenants.scope import may

CHOICE, YEAR = "pipeline", 31_536_000  # the cookie with the board looked at last, and for how many seconds it is kept

# What is over is looked at by when it ended; its stage, and the day it was once expected, say nothing any more.
FINISHED = {"columns": "name,account,amount,result,closed,owner,loss,reason", "sort": "-closed"}

KEPT = {"pipeline", "owner", "product", "customer", "amount", brought.KEY}  # what all of them are narrowed by alike


def views(active: str) -> list[dict[str, Any]]:
    """Board, and the list: open and finished sales apart."""
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if name in KEPT}
    words: list[tuple[str, Any, str]] = [("board", _("Board"), url_for("opportunities.board", **kept))]
    for result in Result:
        asked = kept | {"result": result.value} | ({} if result is Result.OPEN else FINISHED)
        words.append((result.value, RESULT_WORDS[result], url_for("opportunities.index", **asked)))
    words += [("all", _("All"), url_for("opportunities.index", **kept))]
    words += [("pace", _("Pace"), url_for("pace.show"))]
    words += [("rivals", _("Competitors"), url_for("rivals.index"))]
    words += [("shared", _("Shared with me"), url_for("deal_shares.index"))]
    words += [("best", _("Best customers"), url_for("worth.best"))]
    if may(Permission.FORECAST_VIEW):
        words += [("forecast", _("Forecast"), url_for("forecasts.index"))]
    return [{"label": label, "url": url, "active": key == active} for key, label, url in words]


def chosen(known: Sequence[Pipeline]) -> Pipeline:
    """The pipeline whose board is shown: the one asked for, else the one looked at last, else the first."""
    asked = [request.args.get("pipeline"), request.cookies.get(CHOICE)]
    return next((one for key in asked for one in known if str(one.id) == key), known[0])


def ways(known: Sequence[Pipeline], shown: Pipeline) -> list[dict[str, Any]]:
    """The pipelines to switch between; none where there is only one."""
    return [
        {"label": one.label, "url": ui.here(pipeline=str(one.id)), "active": one is shown}
        for one in (known if len(known) > 1 else ())
    ]


def remembered(response: Response, shown: Pipeline) -> Response:
    """Let the board open with this pipeline the next time, where somebody has asked for it."""
    key = str(shown.id)
    if request.args.get("pipeline") == key != request.cookies.get(CHOICE):
        path, secure = url_for("opportunities.board"), current_app.config["SESSION_COOKIE_SECURE"]
        response.set_cookie(CHOICE, key, max_age=YEAR, path=path, secure=secure, httponly=True, samesite="Lax")
    return response


def mark(result: Result) -> Markup:
    """How a deal ended, as the eye looks for it: a grey box while it is open, a tick when it is won, an empty one when
    it is lost; and the word."""
    tick = icon("check") if result is Result.WON else ""
    shown = Markup('<span class="ending ending-{}"><span class="ending-box">{}</span>{}</span>')
    return shown.format(result.value, tick, RESULT_WORDS[result])


def stage_cell() -> Callable[[UUID, Any], Any]:
    """The stage of a deal, with a mark where it has stood there for too long."""
    word, now = lists.stage_cells()["stage"], clock.now()
    limits = {stage.id: stage.limit for stage in pipelines.every_stage()}
    shown = Markup('{} <span class="stuck" title="{}">{}<span class="visually-hidden">{}</span></span>')

    def cell(value: UUID, row: Any) -> Any:
        if row.result is not Result.OPEN or now - row.stage_since <= limits[value]:
            return word(value, row)
        return shown.format(word(value, row), _("Longer in its stage than usual"), icon("clock"), _("Stuck"))

    return cell


def account_cell(name: str | None, row: Any) -> Markup:
    """The customer of a deal, as a link."""
    if row.account_id is None:
        return grids.EMPTY
    url = url_for("customers.show", account_id=row.account_id)
    return Markup('<a class="quiet" href="{}">{}</a>').format(url, name)
