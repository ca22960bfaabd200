"""Reads about contracts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from saas.crm.contracts.models import RUNNING, Contract, ContractLine, ContractState, Every, Milestone
from saas.crm.customers.models import Account
from saas.db import db
from saas.found import the_one
from saas.tenants import scope
from saas.tenants.permissions import Permission

VIEW = Permission.CONTRACT_VIEW
ACCOUNT_NAME = select(Account.name).where(Account.id == Contract.account_id).correlate(Contract).scalar_subquery()
NAMED = (Contract.account, Contract.contact, Contract.owner, Contract.opportunity, Contract.quote)
AT_ONCE = 500  # contracts of one chunk of a nightly job


def contract(contract_id: UUID, permission: Permission = VIEW) -> Contract:
    """A contract within the reader's reach, with what its page names.

    Raises:
        NotFound: there is none, or it is beyond his reach.
    """
    statement = select(Contract).where(Contract.id == contract_id, scope.visible(Contract, permission))
    return the_one(statement.options(*[joinedload(part) for part in NAMED]))


def contract_row(contract_id: UUID) -> Contract:
    """A contract, whoever asks: for work that nobody waits for.

    Raises:
        NotFound: there is none.
    """
    return the_one(select(Contract).where(Contract.id == contract_id).options(*[joinedload(part) for part in NAMED]))


def lock_contract(contract_id: UUID) -> Contract:
    """A contract that nobody else changes until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    held = select(Contract).where(Contract.id == contract_id).with_for_update()
    return the_one(held.execution_options(populate_existing=True))


def of_quote(quote_id: UUID) -> Contract | None:
    """The contract that was made from a quote."""
    return db.session.scalars(select(Contract).where(Contract.quote_id == quote_id)).one_or_none()


def renewal_of(contract_id: UUID) -> Contract | None:
    """The contract that goes on from another."""
    return db.session.scalars(select(Contract).where(Contract.renews_id == contract_id)).one_or_none()


def lines(contract_id: UUID) -> list[ContractLine]:
    """Its lines in their order, with their products."""
    statement = select(ContractLine).where(ContractLine.contract_id == contract_id).order_by(ContractLine.position)
    return list(db.session.scalars(statement.options(joinedload(ContractLine.product))))


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
        .where(Milestone.id == milestone_id, scope.visible(Contract, VIEW))
        .with_for_update(of=Milestone)
    )
    found.contract = contract(found.contract_id)
    return found


def of_account(account_id: UUID, many: int) -> list[Contract]:
    """The newest contracts with a customer that the reader may see."""
    return _newest(Contract.account_id == account_id, many)


def count_out_of_reach(account_id: UUID) -> int:
    """How many contracts with a customer there are that the reader may not see."""
    if scope.reaches_all(VIEW):
        return 0
    theirs = (Contract.account_id == account_id, Contract.archived_at.is_(None), ~scope.visible(Contract, VIEW))
    return db.session.scalar(select(func.count()).select_from(Contract).where(*theirs)) or 0


def of_opportunity(opportunity_id: UUID, many: int) -> list[Contract]:
    """The newest contracts of a deal that the reader may see."""
    return _newest(Contract.opportunity_id == opportunity_id, many)


def listed() -> tuple[ColumnElement[bool], ...]:
    """The conditions of the list: within reach, and kept."""
    return (scope.visible(Contract, VIEW), Contract.archived_at.is_(None))


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


def owned_by(member_id: UUID, *where: ColumnElement[bool]) -> list[Contract]:
    """The contracts of a member that are still to be looked after; those for which `where` holds."""
    mine = select(Contract).where(*_under_way(member_id), *where).order_by(Contract.id)
    return list(db.session.scalars(mine.options(joinedload(Contract.owner))))


def count_owned(member_id: UUID) -> int:
    """How many contracts of a member are still to be looked after."""
    return db.session.scalar(select(func.count()).select_from(Contract).where(*_under_way(member_id))) or 0


def _under_way(member_id: UUID) -> tuple[ColumnElement[bool], ...]:
    under_way = Contract.state.in_((ContractState.DRAFT, *RUNNING))
    return Contract.owner_id == member_id, Contract.archived_at.is_(None), under_way


def _held(condition: Any) -> list[Contract]:
    statement = select(Contract).where(condition, Contract.archived_at.is_(None)).order_by(Contract.id).limit(AT_ONCE)
    return list(db.session.scalars(statement.with_for_update(skip_locked=True)))


def _is_renewed() -> ColumnElement[bool]:
    later = aliased(Contract)
    return exists().where(later.renews_id == Contract.id)


def _newest(condition: Any, many: int) -> list[Contract]:
    statement = select(Contract).where(condition, *listed()).order_by(Contract.created_at.desc(), Contract.id.desc())
    return list(db.session.scalars(statement.limit(many).options(joinedload(Contract.owner))))
