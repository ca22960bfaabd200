"""A list counted in groups."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from saas import ui
from saas.crm.reports import sheets
from saas.crm.reports.groupings import GROUPINGS
from saas.crm.reports.sheets import Source
from saas.db import has_scope
from saas.errors import NotFound
from saas.groups import MOST, Counted, Group, counted
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may

bp = Blueprint("groups", __name__, url_prefix="/grouped")

P = Permission
OF_PAGE = ("after", "all", "by", "sort", "columns")  # what an address says of a page, not of the rows


@bp.get("/<key>")
@allow(P.ACCOUNT_VIEW)
def show(key: str) -> ResponseReturnValue:
    """How many and how much there is in each group."""
    source, asked = sheets.source(key), _asked()
    if key not in GROUPINGS or source.listing is None:
        raise NotFound
    grouping = GROUPINGS[key]
    by = grouping.by(request.args.get("by", ""))
    found, is_cut = counted(source.listing, by, grouping.sums, MultiDict(asked), *source.where())
    words, back = by.words(), url_for(source.endpoint)
    on = [one for one in source.listing.shown_filters(MultiDict(asked)) if one["active"]]
    return render_template(
        "reports/groups.html",
        title=_("%(name)s in groups", name=source.title),
        name=source.title,
        note=" · ".join(f"{one['label']}{_(': ')}{one['word']}" for one in on),
        back_url=ui.asking(back, asked),
        tabs=[
            {
                "label": one.label,
                "url": ui.asking(url_for(".show", key=key), asked | {"by": one.key}),
                "active": one is by,
            }
            for one in grouping.groups
        ],
        by=by.label,
        head=[one.label for one in grouping.sums],
        rows=[_row(one, by, words, back, asked) for one in found],
        total=ui.number(sum(one.count for one in found)),
        sums=[_figure(_added(found, place)) for place in range(len(grouping.sums))],
        is_cut=is_cut,
        most=MOST,
    )


def _row(one: Counted, by: Group, words: Any, back: str, asked: dict[str, str]) -> dict[str, Any]:
    is_said = one.value not in (None, "")
    url = ui.asking(back, asked | {by.filter: str(one.value)}) if by.filter and is_said else None
    return {
        "word": words.get(one.value, one.value) if is_said else None,
        "url": url,
        "count": ui.number(one.count),
        "sums": [_figure(figures) for figures in one.sums],
    }


def _added(found: list[Counted], place: int) -> dict[str, Any]:
    sums: dict[str, Any] = {}
    for one in found:
        for currency, figure in one.sums[place].items():
            sums[currency] = sums.get(currency, 0) + figure
    return sums


def _figure(figures: dict[str, Any]) -> str:
    return " + ".join(
        ui.money(figures[unit], unit, whole=True) if unit else ui.number(figures[unit]) for unit in sorted(figures)
    )


def _asked() -> dict[str, str]:
    return {name: value for name, value in request.args.items() if name not in OF_PAGE and value}


def group_url() -> str | None:
    """Where the list at hand is counted in groups; None on other pages."""
    source: Source | None = sheets.at(request.endpoint) if has_scope() else None
    if source is None or source.key not in GROUPINGS or not may(P.ACCOUNT_VIEW):
        return None
    return ui.asking(url_for("groups.show", key=source.key), _asked())


@bp.app_context_processor
def _shown() -> dict[str, Any]:
    return {"group_url": group_url}
