"""The ways of looking at deals, side by side, and a cell of their list."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from saas import grids
from saas.crm.opportunities.models import RESULT_WORDS, Result
from saas.tenants import brought
from saas.tenants.permissions import Permission
from saas.tenants.scope import may

# What is over is looked at by when it ended; its stage, and the day it was once expected, say nothing any more.
FINISHED = {"columns": "name,account,amount,closed,owner,reason", "sort": "-closed"}

KEPT = {"owner", "product", "customer", "amount", brought.KEY}  # what all of them are narrowed by alike


def views(active: str) -> list[dict[str, Any]]:
    """Board, and the list: open and finished sales apart."""
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if name in KEPT}
    words: list[tuple[str, Any, str]] = [("board", _("Board"), url_for("opportunities.board", **kept))]
    for result in Result:
        asked = kept | {"result": result.value} | ({} if result is Result.OPEN else FINISHED)
        words.append((result.value, RESULT_WORDS[result], url_for("opportunities.index", **asked)))
    words += [("all", _("All"), url_for("opportunities.index", **kept))]
    words += [("shared", _("Shared with me"), url_for("deal_shares.index"))]
    words += [("best", _("Best customers"), url_for("worth.best"))]
    if may(Permission.FORECAST_VIEW):
        words += [("forecast", _("Forecast"), url_for("forecasts.index"))]
    return [{"label": label, "url": url, "active": key == active} for key, label, url in words]


def account_cell(name: str | None, row: Any) -> Markup:
    """The customer of a deal, as a link."""
    if row.account_id is None:
        return grids.EMPTY
    url = url_for("customers.show", account_id=row.account_id)
    return Markup('<a class="quiet" href="{}">{}</a>').format(url, name)
