"""The parts that reports bring to other pages: the figures on Today, and the way to paper on the page of a case."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import g, url_for
from flask_babel import gettext as _
from flask_babel import ngettext, pgettext
from markupsafe import Markup

from saas import ui
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities.lists import monies, without_amount
from saas.crm.opportunities.models import Opportunity
from saas.crm.opportunities.queries import StageSum
from saas.crm.pool import queries as pool
from saas.crm.reports import queries
from saas.crm.reports.figures import Pipeline, main_currency
from saas.crm.service_desk.models import Case, CaseKind
from saas.tenants import scope
from saas.tenants.permissions import Permission, Reach

P = Permission


def today(member_id: UUID) -> Markup:
    """The open deals by stage, the cases that are not settled, and the customers who return soon, as far as the
    reader reaches. Four statements at most, from indexes.
    """
    who = scope.who()
    return ui.fragment(
        "reports/_today.html",
        pipeline=_pipeline() if who.may(P.OPPORTUNITY_VIEW) else None,
        stats=[*(_cases() if who.may(P.CASE_VIEW) else []), *(_returning() if who.may(P.POOL_VIEW) else [])],
        is_mine=who.reach(P.OPPORTUNITY_VIEW) is Reach.OWN,
    )


def _pipeline() -> dict[str, Any]:
    found = Pipeline(queries.stage_sums(scope.visible(Opportunity, P.OPPORTUNITY_VIEW)))
    currency = main_currency([one.amounts for one in found.stages], g.tenant.currency)
    titles, gone = pipelines.titles(), {one.stage.pipeline_id for one in found.stages if one.count}
    return {
        "rows": [
            _row(one, titles[one.stage.id], share)
            for one, share in zip(found.stages, _shares(found.stages, currency), strict=True)
            if one.stage.pipeline_id in gone
        ],
        "count": found.count,
        "sum": monies(found.amounts),
        "note": without_amount(found.without_amount),
    }


def _shares(stages: Sequence[StageSum], currency: str) -> list[Decimal]:
    """How long the bar of each stage is, from 0 to 1: by the amounts there, or by how many deals where none has one."""
    lengths = [one.amounts.get(currency, Decimal()) for one in stages]
    lengths = lengths if any(lengths) else [Decimal(one.count) for one in stages]
    most = max(lengths, default=Decimal()) or Decimal(1)
    return [length / most for length in lengths]


def _row(one: StageSum, name: str, share: Decimal) -> dict[str, Any]:
    return {
        "name": name,
        "colour": one.stage.colour,
        "url": url_for("opportunities.index", result="open", stage=one.stage.id),
        "count": ui.number(one.count),
        "sum": monies(one.amounts) or ui.NONE,
        "note": without_amount(one.without_amount),
        "share": f"{share:.4f}",
    }


def _cases() -> list[dict[str, Any]]:
    found = queries.open_cases(scope.visible(Case, P.CASE_VIEW))
    complaints = sum(many for kind, _is_ours, many in found if kind is CaseKind.COMPLAINT)
    whole = sum(many for _kind, _is_ours, many in found)
    ours = sum(many for _kind, is_ours, many in found if is_ours)
    return [
        {
            "label": pgettext("dashboard", "Open cases"),
            "value": ui.number(whole),
            "note": ngettext("%(num)s complaint", "%(num)s complaints", complaints),
            "url": url_for("service_desk.index"),
        },
        {
            "label": _("Cases that wait for us"),
            "value": ui.number(ours),
            "note": ngettext("%(num)s waits for the customer", "%(num)s wait for the customer", whole - ours),
            "url": url_for("service_desk.index"),
        },
    ]


def _returning() -> list[dict[str, Any]]:
    many = queries.count_returning(pool.in_reach(), queries.soon())
    return [
        {
            "label": _("Customers returning soon"),
            "value": ui.tally(many, 999),
            "note": _("to the pool, in the next seven days"),
            "url": url_for("pool.returning", of="reach"),
        }
    ]


def print_case(case_id: UUID) -> Markup:
    """Print a case, with or without what only colleagues see."""
    return ui.fragment("reports/_print.html", case_id=case_id)
