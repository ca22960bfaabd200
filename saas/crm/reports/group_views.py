"""A list counted in groups."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from saas import ui
from saas.crm.reports import sheets, specs
from saas.crm.reports.figures import main_currency
from saas.crm.reports.groupings import GROUPINGS
from saas.crm.reports.sheets import Source
from saas.db import has_scope
from saas.errors import NotFound
from saas.groups import MOST, Counted, Group, Sum, counted
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may

bp = Blueprint("groups", __name__, url_prefix="/grouped")

P = Permission
BARS = 24  # of a chart; its table has them all
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
    rows = [_row(one, by, words, back, asked) for one in found]
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
        rows=rows,
        chart=_chart(found, rows, grouping.sums),
        total=ui.number(sum(one.count for one in found)),
        sums=[_figure(_added(found, place)) for place in range(len(grouping.sums))],
        is_divided=by.part is not None,
        is_cut=is_cut,
        most=MOST,
    )


def _row(one: Counted, by: Group, words: Any, back: str, asked: dict[str, str]) -> dict[str, Any]:
    is_said = one.value not in (None, "")
    url = ui.asking(back, asked | {by.filter: by.asks(one.value)}) if by.filter and is_said else None
    return {
        "word": (words[one.value] if one.value in words else by.says(one.value)) if is_said else None,
        "url": url,
        "count": ui.number(one.count),
        "sums": [_figure(figures) for figures in one.sums],
    }


def _chart(found: list[Counted], rows: list[dict[str, Any]], sums: Sequence[Sum]) -> dict[str, Any] | None:
    """The groups as bars, of the first sum that is money, in the currency that most of it is in; else of how many."""
    if len(found) < 2:
        return None
    place = next((place for place, one in enumerate(sums) if one.currency is not None), None)
    amounts = [one.sums[place] if place is not None else {} for one in found]
    currency = main_currency(amounts, g.tenant.currency) if any(amounts) else None
    bars = []
    for one, row, sum_of in zip(found[:BARS], rows, amounts, strict=False):
        value = sum_of.get(currency, Decimal()) if currency else Decimal(one.count)
        bar = {"name": str(row["word"] or _("Not said")), "value": float(value), "label": _measured(value, currency)}
        bars.append(bar | ({"href": row["url"]} if row["url"] else {}))
    label = str(sums[place].label) if place is not None and currency else _("How many")
    title = f"{label} ({currency})" if currency else label
    return {"title": title, "spec": specs.lying_bars(bars, title=title, say=ui.words().compact)}


def _measured(value: Decimal, currency: str | None) -> str:
    return ui.money(value, currency, whole=True) if currency else ui.number(value)


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
