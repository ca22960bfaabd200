"""Reads about deals and stages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, bindparam, exists, func, literal, or_, select, true, tuple_
from sqlalchemy.orm import aliased, joinedload

from saas import archive, clock
from saas.crm.customers.models import Account
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities.models import IS_OPEN, Opportunity, Result, Stage, StageChange
from saas.crm.opportunities.share_models import DealShare
from saas.db import db
from saas.found import known, the_one
from saas.statements import Statement, among, rows, written_once
from saas.tenants import scope
from saas.tenants.models import Event, Member
from saas.tenants.permissions import Permission

CARDS = 20  # of a column, shown at first and with each "more"
VIEW = Permission.OPPORTUNITY_VIEW
IS_KEPT, IS_AWAY = Opportunity.archived_at.is_(None), Opportunity.archived_at.is_not(None)
ACCOUNT_NAME = select(Account.name).where(Account.id == Opportunity.account_id).correlate(Opportunity).scalar_subquery()
OWNER_NAME = select(Member.name).where(Member.id == Opportunity.owner_id).correlate(Opportunity).scalar_subquery()


@dataclass
class StageSum:
    """What lies in one stage: how many open deals, their amounts by currency, and how many name no amount."""

    stage: Stage
    count: int = 0
    amounts: dict[str, Decimal] = field(default_factory=dict)
    without_amount: int = 0

    def weighted(self) -> dict[str, Decimal]:
        """The amounts times the probability of the stage."""
        return {currency: amount * self.stage.probability / 100 for currency, amount in self.amounts.items()}


def opportunity(opportunity_id: UUID, permission: Permission = VIEW) -> Opportunity:
    """A deal within the reader's reach, with what its page names; to look at, one that is shared with him too.

    Raises:
        NotFound: there is none, or it is beyond his reach: both look the same.
    """
    within = reached() if permission is VIEW else scope.visible(Opportunity, permission)
    statement = select(Opportunity).where(Opportunity.id == opportunity_id, within)
    named = (
        Opportunity.account,
        Opportunity.partner,
        Opportunity.contact,
        Opportunity.product,
        Opportunity.owner,
    )
    return the_one(statement.options(*[joinedload(part) for part in named]))


def reached() -> ColumnElement[bool]:
    """What the reader may look at: the deals within his reach, and those in which somebody within it has a share.

    For a few deals; a list of all goes by `listed`, which its indexes serve.
    """
    return _or_shared(scope.visible(Opportunity, VIEW), scope.visible(DealShare, VIEW))


@lru_cache(maxsize=64)
def _or_shared(visible: ColumnElement[bool], shared: ColumnElement[bool]) -> ColumnElement[bool]:
    return or_(visible, exists().where(DealShare.opportunity_id == Opportunity.id, shared))


def opportunities(ids: list[UUID]) -> list[Opportunity]:
    """The deals with these ids, by name."""
    return list(db.session.scalars(select(Opportunity).where(Opportunity.id.in_(ids)).order_by(Opportunity.name_key)))


@written_once
def _hits(*where: ColumnElement[bool]) -> Statement:
    found = select(Opportunity.id, Opportunity.name, Opportunity.number, Account.name.label("account"))
    found = found.outerjoin(Account, Account.id == Opportunity.account_id)
    return found.where(among(Opportunity.id, "ids"), *where).order_by(Opportunity.name_key)


def hits(ids: list[UUID]) -> list[Any]:
    """(id, name, number, account) of these deals, by name; the account by its name: what a search shows."""
    return _hits(*scope.unhidden(Opportunity)).rows(ids=ids)


def having_won(account_ids: Collection[UUID]) -> set[UUID]:
    """Those of the customers who have given us a deal, whoever asks."""
    won = (Opportunity.account_id.in_(account_ids), Opportunity.result == Result.WON)
    return {key for key in db.session.scalars(select(Opportunity.account_id).where(*won).distinct()) if key}


def won_of(account_ids: Collection[UUID]) -> list[Opportunity]:
    """The deals that these customers have given us, whoever asks."""
    won = (Opportunity.account_id.in_(account_ids), Opportunity.result == Result.WON)
    return list(db.session.scalars(select(Opportunity).where(*won)).unique())


def deals_unlike_told(account_ids: Collection[UUID] | None = None) -> dict[UUID, bool]:
    """Customers whose row says wrongly whether a deal of theirs is open → what is true; of these, or of all."""
    theirs = (Opportunity.account_id == Account.id, IS_OPEN, IS_KEPT)
    is_open = select(Opportunity.id).where(*theirs).correlate(Account).exists()
    wrong = select(Account.id, is_open).where(Account.has_deal != is_open)
    if account_ids is not None:
        wrong = wrong.where(Account.id.in_(account_ids))
    return {row[0]: row[1] for row in db.session.execute(wrong)}


def owned_by(member_id: UUID, *where: ColumnElement[bool]) -> list[Opportunity]:
    """The deals that a member still has on his desk: open, and not put away; those for which `where` holds."""
    mine = (Opportunity.owner_id == member_id, IS_OPEN, Opportunity.archived_at.is_(None), *where)
    return list(db.session.scalars(select(Opportunity).where(*mine).order_by(Opportunity.id)))


def alike(account_id: UUID, product_id: UUID | None, many: int = 5) -> tuple[list[Opportunity], int]:
    """The open deals of a customer for the same product, or for any where none is named: those within the reader's
    reach, the newest step first, and how many colleagues have beyond it."""
    same = [Opportunity.account_id == account_id, IS_OPEN, IS_KEPT]
    if product_id is not None:
        same.append(Opportunity.product_id == product_id)
    seen = select(Opportunity).where(*same, *listed()).order_by(Opportunity.stage_since.desc(), Opportunity.id.desc())
    whole = db.session.scalar(select(func.count()).select_from(Opportunity).where(*same)) or 0
    mine = db.session.scalar(select(func.count()).select_from(Opportunity).where(*same, *listed())) or 0
    return list(db.session.scalars(seen.limit(many))), whole - mine


def stuck_of(member_id: UUID, many: int) -> list[Opportunity]:
    """The deals on a member's desk that have stood in their stage for longer than its limit, the longest first."""
    mine = (Opportunity.owner_id == member_id, IS_KEPT, pipelines.is_stuck(clock.now()))
    statement = select(Opportunity).where(*mine).order_by(Opportunity.stage_since, Opportunity.id).limit(many)
    return list(db.session.scalars(statement.options(joinedload(Opportunity.account))))


def count_owned(member_id: UUID) -> int:
    """How many deals a member still has on his desk."""
    mine = (Opportunity.owner_id == member_id, IS_OPEN, Opportunity.archived_at.is_(None))
    return db.session.scalar(select(func.count()).select_from(Opportunity).where(*mine)) or 0


def stages() -> list[Stage]:
    """The stages of all pipelines, each from left to right; empty until the workspace's first look at its deals."""
    return pipelines.stages()


def stage(stage_id: UUID) -> Stage:
    """A stage in which a deal may stand.

    Raises:
        NotFound: there is none of that id.
    """
    return known(next((one for one in stages() if one.id == stage_id), None))


def listed(asked: Mapping[str, str] = {}) -> tuple[ColumnElement[bool], ...]:
    """What every list of deals holds to: the reader's reach, and nothing archived unless `asked` for."""
    return (scope.visible(Opportunity, VIEW), IS_AWAY if archive.asks_for_archived(asked) else IS_KEPT)


def on_board() -> tuple[ColumnElement[bool], ...]:
    """What the board holds to: the reader's open deals."""
    return (*listed(), IS_OPEN)


# ── sums ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@written_once
def _sums_by_stage(*where: ColumnElement[bool]) -> Statement:
    amount = Opportunity.amount
    return (
        select(
            Opportunity.stage_id,
            Opportunity.currency,
            func.count().label("many"),
            func.sum(amount).label("total"),
            func.count(amount).label("with_amount"),
        )
        .where(IS_OPEN, IS_KEPT, *where)
        .group_by(Opportunity.stage_id, Opportunity.currency)
    )


def sums_by_stage(
    stages: list[Stage], *where: ColumnElement[bool], within: ColumnElement[bool] | None = None
) -> list[StageSum]:
    """The open deals of each stage, counted and summed by the database in one statement, from an index alone.

    Args:
        stages: those to report on, in their order.
        where: further conditions.
        within: whose deals; the reader's reach when left out. A job, which has no reader, says `true()`.
    """
    reach = scope.visible(Opportunity, VIEW) if within is None else within
    found = {stage.id: StageSum(stage) for stage in stages}
    for stage_id, currency, count, total, with_amount in rows(_sums_by_stage, (reach,), where):
        part = found.get(stage_id)
        if part is not None:
            part.count += count
            part.without_amount += count - with_amount
            if with_amount:
                part.amounts[currency] = total or Decimal()
    return list(found.values())


def sums_by_result(*where: ColumnElement[bool]) -> dict[Result, dict[str, Decimal]]:
    """The amounts of the deals that fit, by result and currency."""
    statement = (
        select(Opportunity.result, Opportunity.currency, func.sum(Opportunity.amount))
        .where(Opportunity.archived_at.is_(None), Opportunity.amount.is_not(None), *where)
        .group_by(Opportunity.result, Opportunity.currency)
    )
    found: dict[Result, dict[str, Decimal]] = {result: {} for result in Result}
    for result, currency, total in db.session.execute(statement):
        found[result][currency] = total or Decimal()
    return found


def counts_by_result(*where: ColumnElement[bool]) -> dict[Result, int]:
    """How many deals that fit are open, won and lost."""
    statement = select(Opportunity.result, func.count()).where(Opportunity.archived_at.is_(None), *where)
    found = dict.fromkeys(Result, 0)
    for result, count in db.session.execute(statement.group_by(Opportunity.result)):
        found[result] = count
    return found


# ── the board ───────────────────────────────────────────────────────────────────────────────────────────────────────

CARD = (
    "id", "name", "number", "amount", "currency", "stage_id", "stage_since", "expected_on", "next_step", "version",
)  # fmt: skip


@written_once
def _first_cards(*where: ColumnElement[bool]) -> Statement:
    each = aliased(Stage)
    cards = _cards(*where, Opportunity.stage_id == each.id).lateral("cards")
    return (
        select(*cards.c)
        .select_from(each)
        .join(cards, true())
        .where(among(each.id, "stages"))
        .order_by(cards.c.stage_id, cards.c.stage_since.desc(), cards.c.id.desc())
    )


def first_cards(
    stages: Sequence[Stage], *where: ColumnElement[bool], within: tuple[ColumnElement[bool], ...] | None = None
) -> dict[UUID, list[Row[Any]]]:
    """The newest cards of every column, one more than are shown, in one statement: stage id → rows.

    Args:
        stages: the columns.
        where: what narrows them further.
        within: whose deals; the reader's open ones when left out.
    """
    found: dict[UUID, list[Row[Any]]] = {}
    ids = [stage.id for stage in stages]
    for row in rows(_first_cards, on_board() if within is None else within, where, stages=ids):
        found.setdefault(row.stage_id, []).append(row)
    return found


def more_cards(stage_id: UUID, after: tuple[datetime, UUID], *where: ColumnElement[bool]) -> list[Row[Any]]:
    """The cards of a column that come after (stage_since, id), one more than are shown."""
    here = tuple_(Opportunity.stage_since, Opportunity.id)
    there = tuple_(literal(after[0], Opportunity.stage_since.type), literal(after[1], Opportunity.id.type))
    return list(db.session.execute(_cards(*where, Opportunity.stage_id == stage_id, here < there)))


def card(opportunity_id: UUID) -> Row[Any]:
    """One card as the board shows it."""
    return db.session.execute(_cards(Opportunity.id == opportunity_id)).one()


def _cards(*where: ColumnElement[bool]) -> Select[Any]:
    shown = [getattr(Opportunity, name) for name in CARD]
    statement = select(*shown, ACCOUNT_NAME.label("account"), OWNER_NAME.label("owner"))
    newest = (Opportunity.stage_since.desc(), Opportunity.id.desc())
    return statement.where(*where).order_by(*newest).limit(CARDS + 1)


# ── one deal, one customer ──────────────────────────────────────────────────────────────────────────────────────────


def changes(opportunity_id: UUID) -> list[StageChange]:
    """The steps that a deal took, first to last."""
    statement = select(StageChange).where(StageChange.opportunity_id == opportunity_id)
    return list(db.session.scalars(statement.order_by(StageChange.changed_at, StageChange.id)))


def last_move(opportunity_id: UUID, before_id: UUID, after_id: UUID) -> Event | None:
    """The event of a deal's last step from one stage to another; None: it took none."""
    mine = (Event.subject_kind == Opportunity.__tablename__, Event.subject_id == opportunity_id)
    ids = Event.changed["stage_id"]
    both = (ids[0].astext == str(before_id), ids[1].astext == str(after_id))
    moves = select(Event).where(*mine, Event.name == "opportunity.moved", *both).order_by(Event.id.desc())
    return db.session.scalars(moves.limit(1)).first()


def last_end(opportunity_id: UUID) -> Event | None:
    """The event by which a deal was won or lost last; None: it never was."""
    mine = (Event.subject_kind == Opportunity.__tablename__, Event.subject_id == opportunity_id)
    ends = select(Event).where(*mine, Event.name.in_(("opportunity.won", "opportunity.lost")))
    return db.session.scalars(ends.order_by(Event.id.desc()).limit(1)).first()


def stages_made_by(batch_id: UUID | None) -> set[UUID]:
    """The ids of the stages that an import made."""
    made = select(Event.subject_id).where(Event.batch_id == batch_id, Event.name == "stage.created")
    return {id_ for id_ in db.session.scalars(made) if id_ is not None}


STAGE, OWNER = aliased(Stage, name="stage"), aliased(Member, name="owner")


@written_once
def _of_account(*where: ColumnElement[bool]) -> Statement:
    return (
        select(Opportunity, STAGE, OWNER)
        .join(STAGE, STAGE.id == Opportunity.stage_id)
        .outerjoin(OWNER, OWNER.id == Opportunity.owner_id)
        .where(Opportunity.account_id == bindparam("account_id"), *where)
        .order_by(Opportunity.stage_since.desc(), Opportunity.id.desc())
        .limit(bindparam("many"))
    )


def of_account(account_id: UUID, *, only_open: bool = False, many: int = 50) -> list[Opportunity]:
    """The deals of an account within the reader's reach, the newest step first."""
    found = _of_account(*listed(), IS_OPEN) if only_open else _of_account(*listed())
    return found.objects(account_id=account_id, many=many)


def reasons(result: Result, many: int = 8) -> list[str]:
    """The reasons most often given lately, to choose from."""
    recent = (
        select(Opportunity.reason)
        .where(Opportunity.result == result, Opportunity.reason.is_not(None), Opportunity.archived_at.is_(None))
        .order_by(Opportunity.stage_since.desc(), Opportunity.id.desc())
        .limit(200)
        .subquery()
    )
    statement = select(recent.c.reason).group_by(recent.c.reason).order_by(func.count().desc(), recent.c.reason)
    return list(db.session.scalars(statement.limit(many)))
