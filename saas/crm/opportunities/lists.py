"""The list of deals, and the columns of the board: what is shown, sorted, filtered."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import aliased

from saas import archive, clock, ui
from saas.crm.customers.lists import owned_by, owners
from saas.crm.customers.models import Account
from saas.crm.fields import queries as fields
from saas.crm.fields.models import Dictionary
from saas.crm.opportunities import narrowings
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities.models import (
    AMOUNT,
    CLOSED,
    EXPECTED,
    IS_OPEN,
    IS_SLIPPED,
    RESULT_LOOKS,
    RESULT_WORDS,
    Opportunity,
    Result,
    age_mark,
)
from saas.crm.opportunities.narrowings import is_id
from saas.crm.opportunities.queries import ACCOUNT_NAME, CARDS, OWNER_NAME, StageSum
from saas.crm.products import queries as products
from saas.crm.products.models import Product
from saas.lists import Column, Filter, Listing
from saas.tenants import brought

NOBODY, YES = "none", "yes"
SOLD_THROUGH = aliased(Account)
PARTNER_NAME = (
    select(SOLD_THROUGH.name).where(SOLD_THROUGH.id == Opportunity.partner_id).correlate(Opportunity).scalar_subquery()
)
PRODUCT_NAME = select(Product.name).where(Product.id == Opportunity.product_id).correlate(Opportunity).scalar_subquery()


def _customer(value: str) -> ColumnElement[bool] | None:
    if value == NOBODY:
        return Opportunity.account_id.is_(None)
    return is_id(Opportunity.account_id)(value)


def _amount(value: str) -> ColumnElement[bool] | None:
    return Opportunity.amount.is_(None) if value == NOBODY else None


def _stuck(value: str) -> ColumnElement[bool] | None:
    return pipelines.is_stuck(clock.now()) if value == YES else None


def _slipped(value: str) -> ColumnElement[bool] | None:
    return IS_SLIPPED if value == YES else None


def _loss(value: str) -> ColumnElement[bool] | None:
    return Opportunity.loss == value if value in fields.entries(Dictionary.LOSS) else None


def _result(value: str) -> ColumnElement[bool] | None:
    return Opportunity.result == Result(value) if value in set(Result) else None


def _stage(value: str) -> ColumnElement[bool] | None:
    """In a stage stand open deals alone: the row of one that is over keeps its last one, for its way."""
    found = is_id(Opportunity.stage_id)(value)
    return None if found is None else found & IS_OPEN


def _products() -> Sequence[tuple[str, Any]]:
    return [(str(key), name) for key, name in products.names()]


def _stages() -> Sequence[tuple[str, Any]]:
    titles = pipelines.titles()
    return [(str(s.id), titles[s.id]) for s in pipelines.stages()]


def _pipelines() -> Sequence[tuple[str, Any]]:
    return [(str(one.id), one.label) for one in pipelines.pipelines()]


def _goes(value: str) -> ColumnElement[bool] | None:
    known = {str(one.id): one.id for one in pipelines.every_pipeline()}
    return pipelines.in_pipeline(known[value]) if value in known else None


OWNER = Filter("owner", _l("Owner"), owners, owned_by(Opportunity))
PRODUCT = Filter("product", _l("Product"), _products, is_id(Opportunity.product_id))
CUSTOMER = Filter("customer", _l("Customer"), lambda: [(NOBODY, _l("Without customer"))], _customer)
WITHOUT_AMOUNT = Filter("amount", _l("Amount"), lambda: [(NOBODY, _l("Without amount"))], _amount, pinned=False)
PIPELINE = Filter("pipeline", _l("Pipeline"), _pipelines, _goes, pinned=False)
RESULT = Filter("result", _l("Result"), lambda: [(r.value, RESULT_WORDS[r]) for r in Result], _result)

DEALS = Listing(
    Opportunity,
    columns=(
        Column("name", _l("Deal"), Opportunity.name, "name", sort=Opportunity.name_key),
        Column("account", _l("Customer"), ACCOUNT_NAME),
        Column("amount", _l("Amount"), Opportunity.amount, "money", sort=AMOUNT),
        Column("stage", _l("Stage"), Opportunity.stage_id),
        Column("pipeline", _l("Pipeline"), Opportunity.stage_id, shown=False),
        Column(
            "result",
            _l("Result"),
            Opportunity.result,
            "badge",
            words=lambda value: (RESULT_WORDS[value], RESULT_LOOKS[value]),
        ),
        Column("expected", _l("Expected"), Opportunity.expected_on, "day", sort=EXPECTED),
        Column("slips", _l("Put off"), Opportunity.slips, "number", shown=False),
        Column("owner", _l("Owner"), OWNER_NAME),
        Column("number", _l("Number"), Opportunity.number, sort=Opportunity.number, shown=False),
        Column("product", _l("Product"), PRODUCT_NAME, shown=False),
        Column(
            "channel",
            _l("Channel"),
            Opportunity.channel,
            "badge",
            words=partial(fields.badge, Dictionary.CHANNEL),
            shown=False,
        ),
        Column("partner", _l("Partner"), PARTNER_NAME, shown=False),
        Column("probability", _l("Probability"), Opportunity.probability, "number", shown=False),
        Column("next_step", _l("Next step"), Opportunity.next_step, shown=False),
        Column("since", _l("Last step"), Opportunity.stage_since, "moment", sort=Opportunity.stage_since, shown=False),
        Column("opened", _l("Opened"), Opportunity.opened_on, "day", shown=False),
        Column("closed", _l("Closed"), Opportunity.closed_on, "day", sort=CLOSED, shown=False),
        Column(
            "loss",
            _l("Lost because of"),
            Opportunity.loss,
            "badge",
            words=partial(fields.badge, Dictionary.LOSS),
            shown=False,
        ),
        Column("reason", _l("Reason"), Opportunity.reason, shown=False),
        Column("reopened", _l("Opened again"), Opportunity.reopened, "number", shown=False),
        Column("created", _l("Added"), Opportunity.created_at, "moment", sort=Opportunity.created_at, shown=False),
    ),
    filters=(
        RESULT,
        OWNER,
        Filter("stage", _l("Stage"), _stages, _stage),
        PIPELINE,
        PRODUCT,
        CUSTOMER,
        WITHOUT_AMOUNT,
        Filter("stuck", _l("Stuck"), lambda: [(YES, _l("Longer in its stage than usual"))], _stuck, pinned=False),
        Filter("slipped", _l("Put off"), lambda: [(YES, _l("Put off twice or more"))], _slipped, pinned=False),
        Filter("loss", _l("Lost because of"), lambda: fields.choices(Dictionary.LOSS), _loss, pinned=False),
        *narrowings.FILTERS,
        brought.filter_of(Opportunity, "opportunities"),
        archive.filter_of(Opportunity),
    ),
    sort="-since",
    always=(Opportunity.currency, Opportunity.account_id, Opportunity.result, Opportunity.stage_since),
)
BOARD = Listing(Opportunity, columns=(), filters=(OWNER, PRODUCT, CUSTOMER, WITHOUT_AMOUNT))


# ── the board ───────────────────────────────────────────────────────────────────────────────────────────────────────


NAME = "\ufffc"  # stands for a deal's name in a sentence that is translated once for all cards


def monies(amounts: dict[str, Decimal]) -> str:
    """Sums of several currencies beside each other, without cents; empty where there are none."""
    return " + ".join(ui.money(amounts[currency], currency, whole=True) for currency in sorted(amounts))


def head(found: StageSum, *, is_narrowed: bool) -> dict[str, Any]:
    """The top of a column: its stage, count, sum, and how many deals name no amount.

    Narrowed by a filter it shows a part of the deals, which says nothing of the limit.
    """
    most = None if is_narrowed else found.stage.most
    over = found.count - most if most is not None else 0
    return {
        "id": column_id(found.stage.id),
        "name": found.stage.label,
        "colour": found.stage.colour,
        "count": ui.number(found.count),
        "most": None if most is None else ui.number(most),
        "over": ngettext("%(num)s over the limit", "%(num)s over the limit", over) if over > 0 else "",
        "sum": monies(found.amounts),
        "note": without_amount(found.without_amount),
    }


def without_amount(many: int) -> str:
    """ "3 without amount", or nothing."""
    return ngettext("%(num)s without amount", "%(num)s without amount", many) if many else ""


def total(sums: Sequence[StageSum]) -> str:
    """All open deals in a line: how many, what they come to, how many name no amount."""
    amounts: dict[str, Decimal] = {}
    for one in sums:
        for currency, amount in one.amounts.items():
            amounts[currency] = amounts.get(currency, Decimal()) + amount
    many = sum(one.count for one in sums)
    missing = without_amount(sum(one.without_amount for one in sums))
    parts = [ngettext("%(num)s open deal", "%(num)s open deals", many), monies(amounts), missing]
    return " · ".join(part for part in parts if part)


def cards(rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Cards as the template writes them, formatted in one pass."""
    now, reader, url = clock.now(), ui.words(), ui.record_url("opportunities.show", "opportunity_id")
    move, aged = _("Move %(name)s", name=NAME), dict[int, str]()
    limits = {stage.id: stage.limit for stage in pipelines.every_stage()}
    shown = []
    for row in rows[:CARDS]:
        age = age_mark(row.stage_since, limits[row.stage_id], row.expected_on, now)
        shown.append(
            {
                "id": row.id,
                "version": row.version,
                "column": column_id(row.stage_id),
                "name": row.name,
                "url": url(row),
                "move": move.replace(NAME, row.name),
                "amount": None if row.amount is None else reader.money(row.amount, row.currency, whole=True),
                "about": " · ".join(part for part in (row.account, row.owner) if part),
                "next_step": row.next_step,
                "age": age,
                "age_text": _age_text(row, now, aged) if age else "",
            }
        )
    return shown


def _age_text(row: Row[Any], now: datetime, known: dict[int, str]) -> str:
    if row.expected_on is not None and row.expected_on < now.date():
        return _("expected %(day)s", day=ui.words().day(row.expected_on))
    days = (now - row.stage_since).days
    if days not in known:
        known[days] = ngettext("%(num)s day in this stage", "%(num)s days in this stage", days)
    return known[days]


def more_after(rows: Sequence[Row[Any]]) -> str | None:
    """The place in a column from which its next cards are asked; None at its end."""
    if len(rows) <= CARDS:
        return None
    last = rows[CARDS - 1]
    return base64.urlsafe_b64encode(f"{last.stage_since.isoformat()} {last.id}".encode()).decode().rstrip("=")


def place_after(cursor: str) -> tuple[datetime, UUID] | None:
    """What `more_after` wrote; None if it was altered."""
    try:
        since, key = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(" ")
        at = datetime.fromisoformat(since)
        return (at, UUID(key)) if at.tzinfo is not None else None
    except ValueError:
        return None


def column_id(stage_id: UUID) -> str:
    """The id of a stage's column on the page."""
    return f"stage-{stage_id}"


def stage_cells() -> dict[str, Any]:
    """What the columns of stage and pipeline say. A deal that is over stands in no stage.

    Where it ended, its page knows: one that came over with a file has never been in a stage of ours.
    """
    titles, ways = pipelines.titles(), pipelines.pipeline_words()

    def stage(value: UUID, row: Any) -> str:
        return titles.get(value, "") if row.result is Result.OPEN else str(RESULT_WORDS[row.result])

    return {"stage": stage, "pipeline": lambda value, _row: ways.get(value, "")}
