"""Who looks after an account: the one way in which owner, last contact and `reclaim_at` change.

Forms, imports, batches, the pool and hand-overs all come through here, so that the date on which an account returns to
the pool is always true. What later capabilities know of an account they say downwards: that somebody spoke to it
(`touch`), that a deal is open (`set_deals`), until when contracts run (`set_contract_ends`), that something keeps it
(`shield`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, cast, column, delete, select, update, values
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import lazyload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

from saas import clock, search
from saas.crm.customers.clocks import FOREVER, KEY, Clocks, Return, lasting, may_return, return_of
from saas.crm.customers.models import Account, AccountShield, Contact, ShieldKind, Standing
from saas.db import THE_TENANT, current_tenant, db, new_id
from saas.statements import Statement, table_of, written_once
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import Member

# What a merge may change of who looks after it.
KEPT = (
    "standing",
    "last_contact_at",
    "owned_since",
    "pooled_at",
    "previous_owner_id",
    "has_deal",
    "deal_ended_at",
    "intent_due_at",
)
KEPT_ON: dict[str, Any] = {"kept_until": FOREVER, "reclaim_at": None, "reclaim_reason": None}  # without an end
PLACE = ("owner_id", *KEPT)  # what deals change of a customer
CHUNK = 500  # accounts whose dates are set at a time


def clocks(pool_id: UUID | None) -> Clocks:
    """The limits of a pool; of the main one for None."""
    return Clocks.of(tenants.setting(key_of(pool_id), {}))


def key_of(pool_id: UUID | None) -> str:
    """The setting that holds the rules of a pool."""
    return KEY if pool_id is None else f"{KEY}:{pool_id}"


def give(account: Account, owner: Member | None, *, now: datetime | None = None) -> None:
    """Make `owner` look after `account`, or nobody; its people and its place in the search go along."""
    place(account, owner, at=now or clock.now())
    account.owner = owner
    _lift(AccountShield.account_id == account.id, AccountShield.kind == ShieldKind.LOCK)  # it was his who had it
    _settle(account)
    db.session.flush()
    _spread([account.id], {"owner_id": account.owner_id, "team_id": account.team_id})


def _spread(account_ids: Sequence[UUID], reach: Mapping[str, UUID | None]) -> None:
    """People and entries of the search are seen by whoever sees their account."""
    db.session.execute(update(Contact).where(Contact.account_id.in_(account_ids)).values(**reach))
    people = db.session.query(Contact.id).filter(Contact.account_id.in_(account_ids))
    entries = update(search.SearchEntry).values(**reach)
    of_account = (search.SearchEntry.kind == "account") & search.SearchEntry.subject_id.in_(account_ids)
    kinds = ("contact", search.private("contact"))
    of_people = search.SearchEntry.kind.in_(kinds) & search.SearchEntry.subject_id.in_(people.scalar_subquery())
    for mine in (of_account, of_people):
        db.session.execute(entries.where(mine).execution_options(synchronize_session=False))


def place(account: Account, owner: Member | None, *, at: datetime) -> None:
    """Set who looks after `account` on its row alone: for new ones, whose dates of return are then set for all."""
    if account.owner_id is not None and (owner is None or owner.id != account.owner_id):
        account.previous_owner_id = account.owner_id
    account.owner_id = owner.id if owner else None
    account.team_id = owner.team_id if owner else None
    account.owned_since = at if owner else None
    account.pooled_at = None if owner else at
    account.intent_due_at = None  # whoever promised something no longer has it, or has yet to promise
    if owner is None:
        account.standing = Standing.POOL
    elif account.standing in {None, Standing.POOL}:
        account.standing = Standing.TRACKED


def give_from_pool(accounts: Sequence[Account], owner: Member) -> None:
    """Make `owner` look after accounts that nobody looks after, in a few statements for all.

    Their version stays: it counts what people type, and here a form that is open loses nothing.
    """
    ids = [account.id for account in accounts]
    reach = {"owner_id": owner.id, "team_id": owner.team_id}
    placed = update(Account).where(Account.id.in_(ids))
    db.session.execute(placed.values(**reach, owned_since=clock.now(), pooled_at=None, standing=Standing.TRACKED))
    for account in accounts:
        db.session.expire(account, ["owner"])
    renew(accounts)
    _spread(ids, reach)


def take_from_all(accounts: Sequence[Account], *, at: datetime) -> None:
    """Take accounts from whoever looks after them, in a few statements for all; their version stays, as above."""
    ids = [account.id for account in accounts]
    locks = AccountShield.account_id.in_(ids), AccountShield.kind == ShieldKind.LOCK
    db.session.execute(delete(AccountShield).where(*locks).execution_options(synchronize_session=False))
    free = {"owner_id": None, "team_id": None, "owned_since": None, "intent_due_at": None, "kept_until": None}
    said = free | {"pooled_at": at, "standing": Standing.POOL, "reclaim_at": None, "reclaim_reason": None}
    taken = update(Account).where(Account.id.in_(ids)).values(previous_owner_id=Account.owner_id, **said)
    db.session.execute(taken.execution_options(synchronize_session=False))
    for account in accounts:
        for name, value in {"previous_owner_id": account.owner_id, **said}.items():
            set_committed_value(account, name, value)
    for account_id, until in _kept_until(ids).items():
        kept = update(Account).where(Account.id == account_id).values(kept_until=until)
        db.session.execute(kept.execution_options(synchronize_session=False))
    _spread(ids, {"owner_id": None, "team_id": None})


def take_in(account: Account, other: Account, owner: Member | None) -> None:
    """`other` is the same customer: what is true of its owner, its last contact and its purchases is true of `account`.

    Args:
        account: the one that stays.
        other: the one that goes into it.
        owner: who looks after it from now on.
    """
    account.last_contact_at = _latest(account.last_contact_at, other.last_contact_at)
    account.has_deal = account.has_deal or other.has_deal
    account.deal_ended_at = _latest(account.deal_ended_at, other.deal_ended_at)
    bought = Standing.CUSTOMER in {account.standing, other.standing}
    if account.owner_id != (owner.id if owner else None):
        give(account, owner)
    if bought:
        account.standing = Standing.CUSTOMER
    _settle(account)
    spread(account)


def _latest(*times: datetime | None) -> datetime | None:
    return max((at for at in times if at is not None), default=None)


def _settle(account: Account) -> None:
    account.kept_until = _kept_until([account.id]).get(account.id)
    set_reclaim(account)


def put_back(account: Account, owner: Member | None, values: Mapping[str, Any]) -> None:
    """Undo of `take_in`: the owner it had, and what of KEPT had been changed."""
    if account.owner_id != (owner.id if owner else None):
        give(account, owner)
    for name, value in values.items():
        setattr(account, name, value)
    _settle(account)
    db.session.flush()


def images(account_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Who looks after each of these accounts and how it stands, in the columns of PLACE, as the database has it."""
    place = [getattr(Account, name) for name in PLACE]
    rows = db.session.execute(select(Account.id, *place).where(Account.id.in_(account_ids)))
    return {row.id: {name: getattr(row, name) for name in PLACE} for row in rows}


def put_back_in_place(account: Account, image: Mapping[str, Any]) -> None:
    """Undo of what deals made of an account: PLACE as it was. The version stays, as when they made it.

    Deals give away only what nobody looked after, so whoever has another owner than before had none.
    """
    is_freed = account.owner_id != image["owner_id"]
    _stand([account], {**image, **({"team_id": None} if is_freed else {})})
    if is_freed:
        db.session.expire(account, ["owner"])
        _spread([account.id], {"owner_id": None, "team_id": None})


def settle(*accounts: Account) -> None:
    """What keeps them, and when they return, worked out anew, as once things have moved from one to another."""
    for account in accounts:
        _settle(account)
    spread(*accounts)


def spread(*accounts: Account) -> None:
    """Whoever looks after them sees their people, as after some have come or gone."""
    db.session.flush()
    for account in accounts:
        _spread([account.id], {"owner_id": account.owner_id, "team_id": account.team_id})


def set_bought(accounts: Sequence[Account]) -> None:
    """They have bought: they stay with whoever looks after them, whatever the rules of the pool say."""
    _stand(accounts, {"standing": Standing.CUSTOMER})


def set_not_bought(accounts: Sequence[Account]) -> None:
    """They have not: the rules of the pool hold for them again, from now on rather than from long ago."""
    _stand([a for a in accounts if a.owner_id is None], {"standing": Standing.POOL})
    ours = [a for a in accounts if a.owner_id is not None]
    now = clock.now()
    _stand(ours, {"standing": Standing.TRACKED, "owned_since": now})


_watching: list[Callable[[Account], object]] = []


def watch_promises(told: Callable[[Account], object]) -> None:
    """Have it told when the owner of a customer has done in time what he promised. Done at import."""
    _watching.append(told)


def touch(account: Account, at: datetime) -> None:
    """Someone spoke to the customer at `at`: the clock towards the pool starts again, and what was promised is kept.

    The version stays: it counts what people type, and a form that is open loses nothing by a call.
    """
    if account.last_contact_at is not None and at <= account.last_contact_at:
        return
    said: dict[str, Any] = {"last_contact_at": at}
    is_kept = False
    if account.owned_since is not None and at >= account.owned_since:
        is_kept = account.intent_due_at is not None and at < account.intent_due_at
        said |= {"intent_due_at": None}
    _note(account, said)
    if is_kept:
        _tell_kept(account)


def keep_promise(account: Account) -> None:
    """Its owner has done what he promised, as he says himself."""
    if account.intent_due_at is not None:
        _note(account, {"intent_due_at": None})
        _tell_kept(account)


def _tell_kept(account: Account) -> None:
    for told in _watching:
        told(account)


def set_deals(open_for: Mapping[UUID, bool]) -> None:
    """Say of accounts (by id) whether a deal of theirs is open; the clock of one whose last deal ended starts again."""
    now = clock.now()
    for account in _locked(open_for):
        is_open = open_for[account.id]
        if account.has_deal != is_open:
            _note(account, {"has_deal": is_open, "deal_ended_at": account.deal_ended_at if is_open else now})


def set_contract_ends(ends: Mapping[UUID, datetime | None]) -> None:
    """Say of accounts (by id) when the last of their contracts that have an end is over; None: they had none.

    While one runs it keeps its account too, by a shield; from its end on the days without a contract are counted.
    """
    for account in _locked(ends):
        if account.contract_until != ends[account.id]:
            _note(account, {"contract_until": ends[account.id]})


def promise(account: Account, due_at: datetime) -> None:
    """Its owner has said what he does next and until when: unless he speaks to them by then, it returns."""
    account.intent_due_at = due_at
    set_reclaim(account)


# ── what keeps an account ───────────────────────────────────────────────────────────────────────────────────────────


def shield(account_id: UUID, kind: ShieldKind, ref: UUID, *, until: datetime | None = None) -> None:
    """Keep an account with its owner while something runs: an order, a contract, a complaint.

    Args:
        account_id: the account.
        kind: what keeps it.
        ref: the id of that order or complaint; shielding for it again only moves the end.
        until: when it ends; until it is lifted when left out.
    """
    row = {"a_id": new_id(), "an_account": account_id, "a_kind": kind, "a_ref": ref, "an_end": until}
    _shielded().run(**row, now=clock.now())
    if until is None:
        _keep_on(account_id)
    else:
        _keep([account_id])


@written_once
def _shielded() -> Statement:
    row: dict[str, Any] = {
        "id": bindparam("a_id"),
        "account_id": bindparam("an_account"),
        "kind": bindparam("a_kind"),
        "ref": bindparam("a_ref"),
        "until": bindparam("an_end"),
        "created_at": bindparam("now"),
    }
    made = upsert(table_of(AccountShield)).values(tenant_id=THE_TENANT, **row)
    same = ["tenant_id", "account_id", "kind", "ref"]
    return made.on_conflict_do_update(index_elements=same, set_={"until": made.excluded.until})


def unshield(account_ids: Collection[UUID], kind: ShieldKind, refs: Collection[UUID]) -> None:
    """What kept accounts is over: the rules hold for them again."""
    if _lift(AccountShield.account_id.in_(account_ids), AccountShield.kind == kind, AccountShield.ref.in_(refs)):
        _keep(account_ids)


def _lift(*which: Any) -> bool:
    found = list(db.session.scalars(select(AccountShield).where(*which)))
    for one in found:
        db.session.delete(one)
    db.session.flush()
    return bool(found)


def _keep_on(account_id: UUID) -> None:
    """Without an end no clock matters, so that none is read."""
    _kept_on().run(an_account=account_id)
    at_hand = db.session().identity_map.get(identity_key(Account, (current_tenant(), account_id)))
    if at_hand is not None:
        db.session.expire(at_hand, list(KEPT_ON))


@written_once
def _kept_on() -> Statement:
    account = table_of(Account)
    mine = (account.c.tenant_id == THE_TENANT) & (account.c.id == bindparam("an_account"))
    kept = update(account).where(mine, account.c.kept_until.is_distinct_from(FOREVER))
    return kept.values(**KEPT_ON, updated_at=account.c.updated_at)


def _keep(account_ids: Collection[UUID]) -> None:
    kept = _kept_until(account_ids)
    for account in _locked(account_ids):
        _note(account, {"kept_until": kept.get(account.id)})


def _kept_until(account_ids: Collection[UUID]) -> dict[UUID, datetime | None]:
    ends: dict[UUID, list[datetime | None]] = {}
    rows = select(AccountShield.account_id, AccountShield.until).where(AccountShield.account_id.in_(account_ids))
    for account_id, until in db.session.execute(rows):
        ends.setdefault(account_id, []).append(until)
    return {account_id: lasting(found) for account_id, found in ends.items()}


# ── dates of return ─────────────────────────────────────────────────────────────────────────────────────────────────


def set_reclaim(account: Account) -> None:
    """Work out when the rules will return the account, and by which rule."""
    account.reclaim_at, account.reclaim_reason = _returns()(account)


def set_reclaims(accounts: Iterable[Account]) -> None:
    """`set_reclaim` for many new ones, with the rules read once."""
    returns = _returns()
    for account in accounts:
        account.reclaim_at, account.reclaim_reason = returns(account)


def renew(accounts: Sequence[Account]) -> int:
    """Set the dates of return that are no longer true, past the versions; returns how many."""
    returns = _returns()
    wrong: list[tuple[Account, Return]] = []
    for account in accounts:
        found = returns(account)
        if found != (account.reclaim_at, account.reclaim_reason):
            wrong.append((account, found))
    if not wrong:
        return 0
    told = values(
        column("id", Account.id.type), column("at", Account.reclaim_at.type), column("why", Account.reclaim_reason.type)
    )
    told = told.data([(account.id, at, why) for account, (at, why) in wrong])
    fresh = told.alias("fresh")
    changed = update(Account).where(Account.id == fresh.c.id)
    at = cast(fresh.c.at, Account.reclaim_at.type)  # a column of nothing but NULL is text to PostgreSQL
    changed = changed.values(reclaim_at=at, reclaim_reason=fresh.c.why)
    db.session.execute(changed.execution_options(synchronize_session=False))
    for account, (returns_at, why) in wrong:
        set_committed_value(account, "reclaim_at", returns_at)
        set_committed_value(account, "reclaim_reason", why)
    return len(wrong)


def renew_all() -> Iterator[int]:
    """`renew` for every account with an owner, chunk by chunk: as when the rules have changed. Yields how many."""
    after: UUID | None = None
    while True:
        some = select(Account).where(Account.owner_id.is_not(None)).order_by(Account.id).limit(CHUNK)
        if after is not None:
            some = some.where(Account.id > after)
        some = some.options(lazyload("*")).with_for_update().execution_options(populate_existing=True)
        found = list(db.session.scalars(some))
        yield renew(found)
        if len(found) < CHUNK:
            return
        after = found[-1].id


def _returns() -> Callable[[Account], Return]:
    """What works out the return of one account after another; the rules of each pool are read once."""
    rules: dict[UUID | None, Clocks] = {}
    zone = scope.workspace().timezone

    def of(account: Account) -> Return:
        if not may_return(account):
            return None, None
        if account.pool_id not in rules:
            rules[account.pool_id] = clocks(account.pool_id)
        return return_of(account, rules[account.pool_id], zone)

    return of


def move_to_pool(account_ids: Sequence[UUID], pool_id: UUID | None) -> None:
    """Lay accounts into another pool, or have them go back there; its rules hold for them from now on."""
    _stand(_locked(account_ids), {"pool_id": pool_id})


def _stand(accounts: Sequence[Account], said: Mapping[str, Any]) -> None:
    if accounts:
        changed = update(Account).where(Account.id.in_([account.id for account in accounts])).values(**said)
        db.session.execute(changed.execution_options(synchronize_session=False))
        for account in accounts:
            for name, value in said.items():
                set_committed_value(account, name, value)
        renew(accounts)


def _note(account: Account, said: Mapping[str, Any]) -> None:
    """Write what happened to an account and its date of return, in one statement and past its version."""
    for name, value in said.items():
        set_committed_value(account, name, value)
    at, why = _returns()(account)
    row = {**said, "reclaim_at": at, "reclaim_reason": why}
    noted = update(Account).where(Account.id == account.id).values(row)
    db.session.execute(noted.execution_options(synchronize_session=False))
    for name, value in row.items():
        set_committed_value(account, name, value)


def _locked(account_ids: Collection[UUID]) -> list[Account]:
    statement = select(Account).where(Account.id.in_(account_ids)).options(lazyload("*")).order_by(Account.id)
    return list(db.session.scalars(statement.with_for_update().execution_options(populate_existing=True)))
