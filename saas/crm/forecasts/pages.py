"""What the forecast says in its reader's words, and where each number leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import g, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, ngettext

from saas import months, ui
from saas.crm.forecasts.figures import PACE, Measures, Sums
from saas.crm.forecasts.looks import Look
from saas.crm.opportunities.categories import Category
from saas.crm.opportunities.category_queries import COUNTED, UP_TO
from saas.crm.opportunities.lists import monies
from saas.crm.opportunities.narrowings import span_word
from saas.crm.opportunities.share_queries import ANYBODY
from saas.crm.reports import specs
from saas.crm.reports.figures import main_currency

MEASURE_WORDS = {
    "won": _l("Won so far"),
    "commit": _l("Commit"),
    "best": _l("Best case"),
    "weighted": _l("Weighted"),
    "rate": _l("Run rate"),
}
CALL = lazy_pgettext("forecast", "Own number")
COLOURS = ("#2f9463", "#0f8aa6", "#7fb6c8", "#b08a3e", "#8b8fa3")  # seen on light and on dark ground
COUNTED_AS = {"commit": Category.COMMIT.value, "best": UP_TO, "weighted": COUNTED}


def head() -> list[str]:
    """The heads of the columns with figures."""
    return [*map(str, MEASURE_WORDS.values()), str(CALL)]


def over_time(look: Look, found: Mapping[Any, Measures]) -> list[dict[str, Any]]:
    """The rows of the spans, the running one first."""
    rows = []
    for span in look.spans:
        measures = found.get((span, None), Measures())
        rows.append(
            {
                "name": span_word(look.key(span)),
                "url": look.url(at=look.key(span)),
                "is_now": span == look.at,
                "cells": _cells(look, span, measures, look.owner_id, look.team_id),
                "stated": _stated(measures),
                "stated_url": None,
                "note": _unpriced(measures),
            }
        )
    return rows


def people(look: Look, found: Mapping[Any, Measures], names: Mapping[UUID, str]) -> list[dict[str, Any]]:
    """The rows of the people, or the teams, in the span that is looked at; who brings most comes first."""
    here = [(group, measures) for (span, group), measures in found.items() if span == look.at]
    nobody = _("No team") if look.is_by_team else _("Nobody")
    currency = main_currency([measures.weighted for _group, measures in here], g.tenant.currency)
    here.sort(key=lambda one: (-one[1].weighted.get(currency, Decimal()), names.get(one[0], "")))
    return [
        {
            "name": names.get(group, nobody),
            "url": look.url(**{"team" if look.is_by_team else "owner": str(group)}) if group else None,
            "cells": _cells(
                look,
                look.at,
                measures,
                look.owner_id if look.is_by_team else group,
                group if look.is_by_team else look.team_id,
                is_led=group is not None and not (look.is_by_team and look.is_by_share),
            ),
            "stated": _stated(measures),
            "stated_url": None if look.is_by_team or look.is_quarterly or group is None else call_url(group, look.at),
            "note": _unpriced(measures),
        }
        for group, measures in here
    ]


def call_url(member_id: UUID, month: date) -> str:
    """Where the numbers that were stated for somebody's month stand, and another can be."""
    return url_for("forecast_calls.show", member_id=member_id, month=f"{month:%Y-%m}")


def _cells(
    look: Look, span: date, measures: Measures, owner_id: UUID | None, team_id: UUID | None, *, is_led: bool = True
) -> list[dict[str, Any]]:
    whose = {"owner": str(owner_id) if owner_id else "", "team": str(team_id) if team_id else ""}
    whose = {name: value for name, value in whose.items() if value}
    cells = []
    for measure in MEASURE_WORDS:
        text = monies(getattr(measures, measure))
        cells.append(
            {"text": text or ui.NONE, "url": _deals_url(look, span, measure, whose) if text and is_led else None}
        )
    return cells


def _deals_url(look: Look, span: date, measure: str, whose: dict[str, str]) -> str:
    """The deals behind a number."""
    page = "opportunities.index"
    if look.is_by_share:
        page, whose = "deal_shares.index", {"sells": whose.get("owner", ANYBODY)}
    if measure == "won":
        asked = {"result": "won", "closed_in": look.key(span)}
    elif measure == "rate":
        first, last = months.before(look.month, PACE), months.before(look.month)
        asked = {"result": "won", "closed_in": f"{first:%Y-%m}...{last:%Y-%m}"}
    else:
        asked = {"result": "open", "expected_in": look.key(span), "forecast": COUNTED_AS[measure]}
    return ui.asking(url_for(page), asked | whose)


def _stated(measures: Measures) -> str:
    own, adjusted = monies(measures.call), monies(measures.adjusted)
    if adjusted:
        return _("%(own)s, adjusted to %(adjusted)s", own=own or ui.NONE, adjusted=adjusted)
    return own or ui.NONE


def _unpriced(measures: Measures) -> str:
    if not measures.unpriced:
        return ""
    return _("%(many)s of %(all)s without amount", many=ui.number(measures.unpriced), all=ui.number(measures.deals))


def chart(look: Look, found: Mapping[Any, Measures]) -> dict[str, Any] | None:
    """The measures of each span beside each other, in the currency that most is in; None where there is nothing."""
    spans = [found.get((span, None), Measures()) for span in look.spans]
    sums: list[Sums] = [getattr(measures, name) for measures in spans for name in MEASURE_WORDS]
    if not any(amount for one in sums for amount in one.values()):
        return None
    currency = main_currency(sums, g.tenant.currency)
    rows = [
        {
            "name": str(span_word(look.key(span))),
            "group": str(word),
            "value": float(amount := getattr(measures, name).get(currency, Decimal())),
            "label": ui.money(amount, currency, whole=True),
        }
        for span, measures in zip(look.spans, spans, strict=True)
        for name, word in MEASURE_WORDS.items()
    ]
    names = [str(word) for word in MEASURE_WORDS.values()]
    title = _("Forecast in %(currency)s", currency=currency)
    return {
        "title": title,
        "spec": specs.beside(rows, names=names, colours=COLOURS, title=currency, say=ui.words().compact),
    }


def missing(look: Look, late: int, undated: int) -> list[dict[str, Any]]:
    """What no month counts, with where it is found."""
    rows = []
    if late:
        first, last = months.before(look.month, 120), months.before(look.month)
        asked = {"result": "open", "expected_in": f"{first:%Y-%m}...{last:%Y-%m}"}
        words = ngettext(
            "%(num)s open deal was expected in a month that is over.",
            "%(num)s open deals were expected in months that are over.",
            late,
        )
        rows.append({"words": words, "url": ui.asking(url_for("opportunities.index"), asked)})
    if undated:
        words = ngettext(
            "%(num)s open deal names no day on which it is expected.",
            "%(num)s open deals name no day on which they are expected.",
            undated,
        )
        asked = {"result": "open", "expected_in": "none"}
        rows.append({"words": words, "url": ui.asking(url_for("opportunities.index"), asked)})
    return rows


def choices(look: Look) -> Sequence[Sequence[dict[str, Any]]]:
    """The ways of looking, as rows of tabs: the spans, the groups, and to whom deals count."""
    spans = [
        {"label": _("By month"), "url": look.url(span=None, at=None), "active": not look.is_quarterly},
        {"label": _("By quarter"), "url": look.url(span="quarter", at=None), "active": look.is_quarterly},
    ]
    groups = [
        {"label": _("Colleagues"), "url": look.url(by=None), "active": not look.is_by_team},
        {"label": _("Teams"), "url": look.url(by="team"), "active": look.is_by_team},
    ]
    counted = [
        {"label": _("By owner"), "url": look.url(share=None), "active": not look.is_by_share},
        {"label": _("By share"), "url": look.url(share="1"), "active": look.is_by_share},
    ]
    return spans, groups, counted
