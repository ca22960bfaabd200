"""What the deals of a file come to, as they are here now, to be held against the file; and which need a look."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement
from werkzeug.datastructures import MultiDict

from saas import ui
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities import queries
from saas.crm.opportunities.lists import CUSTOMER, DEALS, NOBODY, WITHOUT_AMOUNT
from saas.crm.opportunities.models import RESULT_WORDS
from saas.crm.transfer.kind import Sums
from saas.crm.transfer.models import ImportRun
from saas.lists import Filter
from saas.tenants import brought
from saas.tenants.permissions import Permission
from saas.tenants.scope import may

LIST = "opportunities.index"


def of(run: ImportRun) -> Sums:
    """The deals of an import within the reader's reach, by result, with their sums to the cent by currency."""
    mine: dict[str, Any] = {brought.KEY: str(run.batch_id)}
    where = (*queries.listed(), *DEALS.conditions(MultiDict(mine)))
    sums = queries.sums_by_result(*where)
    rows = []
    for result, many in queries.counts_by_result(*where).items():
        amounts = [ui.money(amount, currency) for currency, amount in sorted(sums[result].items())]
        rows.append((RESULT_WORDS[result], ui.number(many), " + ".join(amounts), _list(mine, result=result.value)))
    notes = (_new_stages(run), _without_customer(where, mine), _without_amount(where, mine))
    return Sums(rows, [note for note in notes if note])


def _new_stages(run: ImportRun) -> tuple[str, str | None] | None:
    """The stages that the file brought, as long as they stand last, where nobody put them."""
    made = queries.stages_made_by(run.batch_id)
    last = [
        stage.label
        for way in pipelines.pipelines()
        for stage in takewhile(lambda stage: stage.id in made, reversed(pipelines.stages(way.id)))
    ]
    if not last:
        return None
    told = ngettext(
        "%(names)s is a new stage and stands last: put it where it belongs",
        "%(names)s are new stages and stand last: put them where they belong",
        len(last),
        names=_(", ").join(_("“%(name)s”", name=name) for name in reversed(last)),
    )
    return told, url_for("stages.index") if may(Permission.WORKSPACE_SET) else None


def _without_customer(where: tuple[ColumnElement[bool], ...], mine: dict[str, Any]) -> tuple[str, str] | None:
    many = _count(CUSTOMER, where)
    told = ngettext("%(num)s deal names no customer", "%(num)s deals name no customer", many)
    return (told, _list(mine, customer=NOBODY)) if many else None


def _without_amount(where: tuple[ColumnElement[bool], ...], mine: dict[str, Any]) -> tuple[str, str] | None:
    many = _count(WITHOUT_AMOUNT, where)
    told = ngettext("%(num)s deal names no amount", "%(num)s deals name no amount", many)
    return (told, _list(mine, amount=NOBODY)) if many else None


def _count(lacking: Filter, where: tuple[ColumnElement[bool], ...]) -> int:
    condition = lacking.where(NOBODY)
    return sum(queries.counts_by_result(*where, condition).values()) if condition is not None else 0


def _list(mine: dict[str, Any], **narrowed: Any) -> str:
    return url_for(LIST, **mine, **narrowed)
