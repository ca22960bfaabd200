"""Reads about contracts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from saas.crm.contracts.models import (
    RUNNING,
    STATE_ICONS,
    STATE_LOOKS,
    STATE_WORDS,
    Contract,
    ContractLine,
    ContractState,
    Every,
    Milestone,
)
from saas.crm.papers.kinds import Kind
from saas.db import db
from saas.found import the_one
from saas.tenants import scope
from saas.tenants.permissions import Permission

P = Permission
KIND = Kind(
    Contract,
    ContractLine,
    home="contracts",
    key="contract_id",
    view=P.CONTRACT_VIEW,
    edit=P.CONTRACT_EDIT,
    named=(Contract.account, Contract.contact, Contract.owner, Contract.opportunity, Contract.quote),
    words=STATE_WORDS,
    looks=STATE_LOOKS,
    icons=STATE_ICONS,
    label=_l("Contracts"),
    new=_l("New contract"),
    none=_l("No contracts so far."),
    counted="contract",
)
contract, contract_row, lock_contract, lines = KIND.find, KIND.row, KIND.lock, KIND.lines
AT_ONCE = 500  # contracts of one chunk of a nightly job


def of_quote(quote_id: UUID) -> Contract | None:
    """The contract that was made from a quote."""
    return db.session.scalars(select(Contract).where(Contract.quote_id == quote_id)).one_or_none()


def renewal_of(contract_id: UUID) -> Contract | None:
    """The contract that goes on from another."""
    return db.session.scalars(select(Contract).where(Contract.renews_id == contract_id)).one_or_none()


def milestones(contract_id: UUID) -> list[Milestone]:
    """Its milestones by their day."""
    mine = select(Milestone).where(Milestone.contract_id == contract_id)
    return list(db.session.scalars(mine.order_by(Milestone.due_on, Milestone.id)))


def milestone(milestone_id: UUID) -> Milestone:
    """A milestone of a contract within the reader's reach, held until the transaction ends.

    Raises:
        NotFound: there is none, or its contract is beyond his reach.
    """
    found = the_one(
        select(Milestone)
        .join(Milestone.contract)
        .where(Milestone.id == milestone_id, scope.visible(Contract, KIND.view))
        .with_for_update(of=Milestone)
    )
    found.contract = contract(found.contract_id)
    return found


def count_out_of_reach(account_id: UUID) -> int:
    """How many contracts with a customer there are that the reader may not see."""
    if scope.reaches_all(KIND.view):
        return 0
    theirs = (Contract.account_id == account_id, Contract.archived_at.is_(None), ~scope.visible(Contract, KIND.view))
    return db.session.scalar(select(func.count()).select_from(Contract).where(*theirs)) or 0


def sums(*where: Any) -> dict[tuple[str, Every], Any]:
    """(currency, for what) → what the contracts of a list come to."""
    key = (Contract.currency, Contract.every)
    rows = db.session.execute(select(*key, func.sum(Contract.gross)).where(*where).group_by(*key))
    return {(currency, every): amount for currency, every, amount in rows if amount}


def ends_by(last: date, *, owner_id: UUID, many: int) -> list[Contract]:
    """A member's running contracts that end by a day and weren't ended or renewed, the first to end first."""
    mine = (Contract.owner_id == owner_id, Contract.state.in_(RUNNING), Contract.ends_on <= last)
    statement = select(Contract).where(*mine, Contract.end_reason.is_(None), Contract.archived_at.is_(None))
    ordered = statement.where(~_is_renewed()).order_by(Contract.ends_on, Contract.id).limit(many)
    return list(db.session.scalars(ordered.options(joinedload(Contract.account))))


def due_by(last: date, *, owner_id: UUID, many: int) -> list[Milestone]:
    """What is due by a day under a member's running contracts."""
    mine = (Contract.owner_id == owner_id, Contract.state.in_(RUNNING), Contract.archived_at.is_(None))
    statement = select(Milestone).join(Milestone.contract).where(*mine)
    waiting = statement.where(Milestone.done_at.is_(None), Milestone.due_on <= last)
    ordered = waiting.order_by(Milestone.due_on, Milestone.id).limit(many)
    return list(db.session.scalars(ordered.options(joinedload(Milestone.contract).joinedload(Contract.account))))


def to_turn(today: date) -> list[Contract]:
    """Contracts that begin, or have come to their end, held until the transaction ends."""
    begins = and_(Contract.state == ContractState.SIGNED, Contract.starts_on <= today)
    over = and_(
        Contract.state.in_(RUNNING),
        or_(Contract.ends_on < today, and_(Contract.ends_on <= today, Contract.end_reason.is_not(None))),
    )
    return _held(or_(begins, over))


def to_remind(today: date) -> list[Contract]:
    """Contracts of whose end is to be reminded, held until the transaction ends."""
    return _held(Contract.remind_on <= today)


def last_ends(account_ids: Collection[UUID]) -> dict[UUID, date | None]:
    """Customer → the last day of those of his contracts that have an end; None: he had none.

    One that was called off before it began leaves nothing behind.
    """
    found: dict[UUID, date | None] = dict.fromkeys(account_ids)
    held = (Contract.signed_on.is_not(None), Contract.ends_on >= Contract.starts_on, Contract.archived_at.is_(None))
    rows = select(Contract.account_id, func.max(Contract.ends_on)).where(Contract.account_id.in_(account_ids), *held)
    for account_id, day in db.session.execute(rows.group_by(Contract.account_id)):
        found[account_id] = day
    return found


def having_signed(account_ids: Collection[UUID]) -> set[UUID]:
    """Those of the customers with whom a contract was signed, whoever asks."""
    signed = (Contract.account_id.in_(account_ids), Contract.signed_on.is_not(None))
    return set(db.session.scalars(select(Contract.account_id).where(*signed).distinct()))


def _held(condition: Any) -> list[Contract]:
    statement = select(Contract).where(condition, Contract.archived_at.is_(None)).order_by(Contract.id).limit(AT_ONCE)
    return list(db.session.scalars(statement.with_for_update(skip_locked=True)))


def _is_renewed() -> ColumnElement[bool]:
    later = aliased(Contract)
    return exists().where(later.renews_id == Contract.id)
