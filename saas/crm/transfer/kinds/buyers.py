"""What the deals of a file make of their customers: some have bought, some leave the pool, clocks stop or run again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from saas.crm.customers import ownership
from saas.crm.customers import purchase_actions as customers
from saas.crm.customers.models import Account, Standing
from saas.crm.opportunities import purchase_actions as purchases
from saas.crm.opportunities import queries
from saas.crm.opportunities.models import Opportunity, Result
from saas.crm.transfer.along import Along, Images
from saas.crm.transfer.kind import UNMADE, Plan, Work, thawed
from saas.crm.transfer.models import ImportRow, ImportRun, RunState
from saas.db import db
from saas.search import fold
from saas.tenants import events
from saas.tenants.models import Event, UndoRow

BROUGHT = "import.brought"  # one event for each customer: {name, count, won, lost, open, first, last, bought, owner}
AT_ONCE = 500  # customers that are told of a file in one transaction


class Buyers(Along):
    """Customers with deals."""

    model = Account

    def concerned(self, plans: Sequence[Plan]) -> Collection[UUID]:
        named = [plan.values.get("account") for plan in plans]
        before = [plan.record.account_id for plan in plans if plan.record is not None]
        return {one for one in (*(account.id for account in named if account is not None), *before) if one is not None}

    def images(self, ids: Collection[UUID]) -> Images:
        return ownership.images(ids)

    def mark(self, plans: Sequence[Plan]) -> None:
        for plan in plans:
            step, account = plan.values.get("stage"), plan.values.get("account")
            if step is None or account is None or step.result is not Result.WON:
                continue
            if account is UNMADE or account.standing is not Standing.CUSTOMER:
                who = fold(plan.names["account"]) if account is UNMADE else str(account.id)
                plan.brings = {"bought": who, "is_given": account.owner_id is None and "owner" in plan.values}

    def counts(self, run: ImportRun) -> dict[str, int]:
        bought, given = _expected(run) if run.state is RunState.CHECKED else _became(run)
        return {word: many for word, many in (("bought", bought), ("given", given)) if many}

    def held(self, run: ImportRun, rows: Sequence[UndoRow]) -> dict[UUID, dict[str, Any]]:
        """Somebody has done something with the customer since, or it has given us another deal."""
        ids = [row.subject_id for row in rows]
        found: dict[UUID, dict[str, Any]] = {one: {"why": "changed"} for one in _worked_with(run, ids)}
        bought = {row.subject_id for row in rows if (row.before or {}).get("standing") != Standing.CUSTOMER}
        won = select(Opportunity.account_id, func.count()).where(
            Opportunity.account_id.in_(bought - found.keys()), Opportunity.result == Result.WON
        )
        for account_id, count in db.session.execute(won.group_by(Opportunity.account_id)).all():
            assert account_id is not None
            found[account_id] = {"why": "used", "by": {Opportunity.__tablename__: count}}
        return found

    def put_back(self, images: Sequence[tuple[Any, Mapping[str, Any]]], work: Work) -> None:
        thawn = [(one, {name: thawed(Account, name, was) for name, was in image.items()}) for one, image in images]
        customers.put_back(thawn, by=work.by, file=work.run.name, batch_id=work.run.batch_id)

    def settle(self, ids: Collection[UUID], work: Work) -> None:
        told: dict[str, Any] = {"by": work.by, "batch_id": work.run.batch_id, "file": work.run.name}
        purchases.note_won(queries.won_of(ids), **told)
        customers.withdraw_purchases(ids, **told)
        purchases.tell_open(ids)

    def tell(self, work: Work, after: UUID | None) -> UUID | None:
        run = work.run
        rows = _brought(run, after)
        bought = _bought(run, [row.account_id for row in rows])
        for row in rows:
            facts = {"name": run.name, "count": row.count, "won": row.won, "lost": row.lost}
            facts |= {"first": row.first, "last": row.last} | bought.get(row.account_id, {})
            events.record(BROUGHT, run, by=work.by, changed=facts, account_id=row.account_id, batch_id=run.batch_id)
        return rows[-1].account_id if len(rows) == AT_ONCE else None


def _expected(run: ImportRun) -> tuple[int, int]:
    """Of a rehearsed import: how many customers would have bought, and how many of them would get an owner by it."""
    who = ImportRow.reason["bought"].astext
    marked = select(func.count(who.distinct()), func.count(who.distinct()).filter(_IS_GIVEN))
    return tuple(db.session.execute(marked.where(ImportRow.run_id == run.id)).one())  # type: ignore[return-value]


_IS_GIVEN = ImportRow.reason["is_given"].astext == "true"


def _became(run: ImportRun) -> tuple[int, int]:
    """`_expected` of an import that is in: how many have, and got one."""
    said = select(Event.changed).where(Event.batch_id == run.batch_id, Event.name == customers.BOUGHT)
    facts = list(db.session.scalars(said))
    return len(facts), sum(_got(one) is not None for one in facts)


def _got(facts: Mapping[str, Any]) -> str | None:
    """Who looks after a customer since it has bought and left the pool by it."""
    return str(facts["owner"]) if facts["standing"][0] == Standing.POOL and facts["owner"] else None


def _worked_with(run: ImportRun, account_ids: Collection[UUID]) -> set[UUID]:
    """Those of the customers around whom a person has done something since the import, a call or an order, one by one.

    What a later file brought them is looked at for itself.
    """
    done = select(Event.account_id).where(
        Event.account_id.in_(account_ids),
        Event.created_at > run.started_at,
        Event.batch_id.is_(None),
        Event.actor_kind.in_(("member", "portal_user")),
    )
    return {one for one in db.session.scalars(done.distinct()) if one is not None}


def _brought(run: ImportRun, after: UUID | None) -> Sequence[Any]:
    """What a file brought the next customers: (account_id, count, won, lost, first, last), the days of its deals."""
    made = select(UndoRow.subject_id).where(
        UndoRow.batch_id == run.batch_id,
        UndoRow.subject_kind == Opportunity.__tablename__,
        UndoRow.before.is_(None),
    )
    deals = (
        select(
            Opportunity.account_id,
            func.count().label("count"),
            func.count().filter(Opportunity.result == Result.WON).label("won"),
            func.count().filter(Opportunity.result == Result.LOST).label("lost"),
            func.min(Opportunity.opened_on).label("first"),
            func.max(func.coalesce(Opportunity.closed_on, Opportunity.opened_on)).label("last"),
        )
        .where(Opportunity.id.in_(made), Opportunity.account_id.is_not(None))
        .group_by(Opportunity.account_id)
        .order_by(Opportunity.account_id)
        .limit(AT_ONCE)
    )
    return db.session.execute(deals.where(Opportunity.account_id > after) if after else deals).all()


def _bought(run: ImportRun, account_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Those of the customers who are customers since this import → {bought, owner: who got them out of the pool}."""
    said = select(Event.subject_id, Event.changed).where(
        Event.subject_kind == Account.__tablename__,
        Event.subject_id.in_(account_ids),
        Event.name == customers.BOUGHT,
        Event.batch_id == run.batch_id,
    )
    return {account_id: {"bought": True, "owner": _got(facts)} for account_id, facts in db.session.execute(said)}
