"""Choosing customers, doing one thing with all, and undoing it; a worker may be cut off between any two chunks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import delete, insert, select

from saas import clock
from saas.crm.batches import book_actions as books
from saas.crm.batches import plan_actions as plans
from saas.crm.batches import queries
from saas.crm.batches import tag_actions as tags
from saas.crm.batches.models import AT_WORK, UNDO_FOR, Batch, BatchRow, BatchState, Deed, Outcome, Reason
from saas.crm.customers import actions as customers
from saas.crm.customers import notice_actions as notes
from saas.crm.customers import queries as accounts
from saas.crm.customers import tenure, veil
from saas.crm.customers.models import Account
from saas.crm.fields import custom_queries as custom
from saas.crm.fields.custom_actions import by_field
from saas.crm.fields.custom_models import PREFIX
from saas.crm.fields.models import OF_CUSTOMERS
from saas.crm.pool.rooms import QuotaReached, Shut
from saas.db import current_tenant, db, new_id
from saas.errors import BusinessError, Conflict, Refused
from saas.tenants import events, notices, scope
from saas.tenants import queries as tenants
from saas.tenants.actions import trail
from saas.tenants.models import Delivery, Member, MemberStatus, UndoRow
from saas.tenants.permissions import Permission, Who

JOB = "crm.proceed_batch"
Image = dict[str, Any]  # what a row was before: its field → [before, after]
STARTED, UNDONE = "batch.started", "batch.undone"
CHUNK = 100  # customers in a transaction
MOST = 20_000  # customers of one batch
FIELDS = (*map(str, OF_CUSTOMERS), "country", "region", "city")
RIGHTS = {
    Deed.EDIT: Permission.ACCOUNT_EDIT,
    Deed.ASSIGN: Permission.ACCOUNT_ASSIGN,
    Deed.ARCHIVE: Permission.ACCOUNT_ARCHIVE,
    Deed.HAND_OVER: Permission.ACCOUNT_ASSIGN,
    Deed.PLAN: Permission.ACCOUNT_VIEW,  # as for a single one: whoever sees a customer plans a call
}
RULES: dict[type[BusinessError], Reason] = {QuotaReached: Reason.FULL, Shut: Reason.SHUT}  # of the pools
ELSEWHERE = {Deed.ASSIGN, Deed.HAND_OVER, Deed.PLAN}  # what these leave behind is a colleague's, or an activity


def choose(account_ids: Sequence[UUID], *, by: Member) -> Batch:
    """Keep which customers somebody chose; what happens to them is said later.

    Raises:
        Refused: none, or too many.
    """
    if not account_ids:
        raise Refused(_("Choose at least one customer."))
    if len(account_ids) > MOST:
        raise Refused(_("These are more than %(most)s customers. Narrow the list first.", most=MOST))
    batch = Batch(member_id=by.id, total=len(account_ids))
    db.session.add(batch)
    db.session.flush()
    at, tenant_id = clock.now(), current_tenant()
    rows = [
        {
            "tenant_id": tenant_id,
            "id": new_id(),
            "batch_id": batch.id,
            "number": number,
            "account_id": account_id,
            "outcome": Outcome.WAITING,
            "created_at": at,
        }
        for number, account_id in enumerate(account_ids, 1)
    ]
    db.session.execute(insert(BatchRow), rows)
    return batch


def start(batch: Batch, deed: Deed, options: Mapping[str, Any], *, by: Member) -> None:
    """Have a worker do it.

    Raises:
        Conflict: it is under way or done already.
    """
    batch = queries.lock(batch.id)
    if batch.state is not BatchState.OPEN:
        raise Conflict(_("This is under way already."))
    batch.deed, batch.options = deed, dict(options)
    facts = {"deed": deed, "total": batch.total} | dict(options)
    events.record(STARTED, batch, by=by, changed=facts, batch_id=batch.id)
    _ask(batch, BatchState.RUNNING)


def undo(batch: Batch, *, by: Member) -> None:
    """Have a worker put everything back that nobody has changed since.

    Raises:
        Conflict: it isn't done, or was too long ago.
    """
    batch = queries.lock(batch.id)
    if not batch.can_be_undone(clock.now()):
        raise Conflict(_("This can no longer be undone."))
    events.record(UNDONE, batch, by=by, changed={"deed": batch.deed, "total": batch.total}, batch_id=batch.id)
    _ask(batch, BatchState.UNDOING)


def stopped(batch: Batch) -> Delivery | None:
    """The work that a batch waits for, if it was given up."""
    return tenants.stopped_delivery(JOB, _key(batch)) if batch.state in AT_WORK else None


def try_again(batch: Batch, *, by: Member) -> None:
    """Have a batch go on whose work was given up."""
    if (delivery := stopped(batch)) is not None:
        trail.retry(delivery.id, by=by)


def proceed(batch_id: UUID) -> Iterator[None]:
    """Do what a batch waits for, a chunk between two yields; the caller commits at each. Done again, it goes on."""
    batch = queries.lock(batch_id)
    while batch.state in AT_WORK:
        waiting = Outcome.WAITING if batch.state is BatchState.RUNNING else Outcome.DONE
        if rows := queries.rows(batch.id, waiting, CHUNK):
            (_do if batch.state is BatchState.RUNNING else _put_back)(batch, rows)
            batch.done += len(rows)
        else:
            _finish(batch)
        yield
        db.session.expunge_all()
        batch = queries.lock(batch_id)


def forget_old() -> int:
    """Drop batches that can no longer be undone, with their rows and before-images; returns how many."""
    old = list(db.session.scalars(select(Batch.id).where(Batch.created_at < clock.now() - UNDO_FOR)))
    for model, column in ((UndoRow, UndoRow.batch_id), (Batch, Batch.id)):
        db.session.execute(delete(model).where(column.in_(old)).execution_options(synchronize_session=False))
    return len(old)


# ── the work ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _ask(batch: Batch, state: BatchState) -> None:
    batch.state, batch.done, batch.turn = state, 0, batch.turn + 1
    db.session.flush()
    events.deliver(JOB, key=_key(batch), due_at=clock.now(), payload={"batch_id": batch.id})


def _key(batch: Batch) -> str:
    return f"{batch.id}:{batch.turn}"


def _do(batch: Batch, rows: Sequence[BatchRow]) -> None:
    assert batch.deed is not None
    by = tenants.member(batch.member_id)
    who, right = tenants.who_is(by), RIGHTS[batch.deed]
    covered = veil.over(who)
    found = _locked(rows)
    for row in rows:
        account = found.get(row.account_id)
        if account is None:
            row.outcome, row.reason = Outcome.LEFT, Reason.GONE
        elif account.archived_at is not None and batch.deed is not Deed.HAND_OVER:
            row.outcome, row.reason = Outcome.LEFT, Reason.ARCHIVED
        elif by.status is not MemberStatus.ACTIVE or not who.may(right, account) or covered.covers(account):
            row.outcome, row.reason = Outcome.LEFT, Reason.REACH
        elif reason := _change(batch, row, account, by):
            row.outcome, row.reason = Outcome.LEFT, reason
        else:
            row.outcome = Outcome.DONE
    db.session.flush()


def _locked(rows: Collection[BatchRow]) -> dict[UUID, Account]:
    return {account.id: account for account in accounts.lock_accounts([row.account_id for row in rows])}


def _edit(batch: Batch, account: Account, by: Member) -> Image | Reason:
    name, value = batch.options["field"], batch.options["value"]
    if name in tags.FIELDS:
        return tags.lay(account, name, value, by=by)
    if name.startswith(PREFIX) and name not in {one.column for one in custom.fields_for(account)}:
        return Reason.UNSUITED
    before = _held(account, name)
    if before == value:
        return Reason.SAME
    _set(account, name, value, by, batch)
    return {name: [before, value]}


def _assign(batch: Batch, account: Account, by: Member) -> Image | Reason:
    owner, before = tenants.member(UUID(batch.options["owner_id"])), account.owner_id
    if before is None:
        return Reason.POOL
    if before == owner.id or owner.status is not MemberStatus.ACTIVE:
        return Reason.SAME
    had = tenure.of(account)
    customers.assign(account, owner, by=by, batch_id=batch.id, beyond=bool(batch.options.get("beyond")))
    return {"owner_id": [str(before), str(owner.id)], "tenure": had}


def _archive(batch: Batch, account: Account, by: Member) -> Image | Reason:
    customers.archive_account(account, by=by, batch_id=batch.id)
    return {"archived": [False, True]}


def _plan(batch: Batch, account: Account, by: Member) -> Image | Reason:
    made = plans.plan_one(batch, account, by)
    return made if isinstance(made, Reason) else plans.image_of(made)


DEEDS: dict[Deed, Callable[[Batch, Account, Member], Image | Reason]] = {
    Deed.EDIT: _edit,
    Deed.ASSIGN: _assign,
    Deed.ARCHIVE: _archive,
    Deed.PLAN: _plan,
}


def _change(batch: Batch, row: BatchRow, account: Account, by: Member) -> Reason | None:
    """Do it with one customer; returns why not."""
    try:
        if batch.deed is Deed.HAND_OVER:
            image = books.hand_over_one(batch, row, account, by)
        else:
            image = DEEDS[batch.deed or Deed.EDIT](batch, account, by)
    except tuple(RULES) as error:
        return RULES[type(error)]
    if isinstance(image, Reason):
        return image
    _keep(batch, account, image)
    return None


def _held(account: Account, name: str) -> Any:
    """What a customer holds in a field, which may be one of the workspace's own."""
    if name.startswith(PREFIX):
        ((key, _value),) = by_field({name: None}).items()
        return account.custom.get(key)
    return getattr(account, name)


def _set(account: Account, name: str, value: Any, by: Member, batch: Batch) -> None:
    values = {customers.CUSTOM: by_field({name: value})} if name.startswith(PREFIX) else {name: value}
    customers.change_account(account, values, version=None, by=by, batch_id=batch.id)


def _keep(batch: Batch, account: Account, before: dict[str, Any]) -> None:
    table = Account.__tablename__
    row = UndoRow(batch_id=batch.id, subject_kind=table, subject_id=account.id, before=before, version=account.version)
    db.session.add(row)


def _put_back(batch: Batch, rows: Sequence[BatchRow]) -> None:
    by = tenants.member(batch.member_id)
    who = tenants.who_is(by)
    found, befores = _locked(rows), queries.befores(batch.id, [row.account_id for row in rows])
    for row in rows:
        account, image = found.get(row.account_id), befores.get(row.account_id)
        if account is None or image is None:
            row.outcome, row.reason = Outcome.KEPT, Reason.GONE
        elif not _may_put_back(batch, account, by, who):
            row.outcome, row.reason = Outcome.KEPT, Reason.REACH
        elif reason := _stays(batch, account, image.before or {}, by):
            row.outcome, row.reason = Outcome.KEPT, reason
        else:
            row.outcome, image.undone_at = Outcome.UNDONE, clock.now()
    db.session.flush()


def _may_put_back(batch: Batch, account: Account, by: Member, who: Who) -> bool:
    """True while he may still do such a thing: a customer that somebody else has by now isn't his to change.

    One that he gave to a colleague goes back all the same, as long as it is as he left it; of what he planned the
    activity counts.
    """
    assert batch.deed is not None
    if by.status is not MemberStatus.ACTIVE:
        return False
    if batch.deed in ELSEWHERE:
        return who.may(RIGHTS[batch.deed])
    return who.may(RIGHTS[batch.deed], account) and not veil.over(who).covers(account)


def _stays(batch: Batch, account: Account, image: Mapping[str, Any], by: Member) -> Reason | None:
    """Put one customer back; returns why not."""
    try:
        return None if _back(batch, account, image, by) else Reason.CHANGED
    except tuple(RULES) as error:
        return RULES[type(error)]


def _back(batch: Batch, account: Account, image: Mapping[str, Any], by: Member) -> bool:
    """Put one customer back; False where somebody has changed since what the batch changed."""
    if "book" in image:
        return books.take_back(batch, account, image, by)
    if "owner_id" in image:
        return _owner_back(batch, account, image, by)
    ((name, (before, after)),) = image.items()
    if name == "activity_id":
        return plans.take_back(image, by)
    if name == "archived":
        if account.archived_at is None or account.merged_into_id is not None:
            return False
        customers.restore_account(account, by=by, batch_id=batch.id)
    elif account.archived_at is not None:
        return False
    elif name in tags.FIELDS:
        return tags.take_back(account, image, by=by)
    else:
        return _field_back(batch, account, name, (before, after), by)
    return True


def _owner_back(batch: Batch, account: Account, image: Mapping[str, Any], by: Member) -> bool:
    before, after = image["owner_id"]
    owner = tenants.member(UUID(before))
    if str(account.owner_id) != after or account.archived_at is not None or owner.status is MemberStatus.DISABLED:
        return False
    customers.assign(account, owner, by=by, batch_id=batch.id)
    if "tenure" in image:  # older ones don't say
        tenure.resume(account, image["tenure"])
    return True


def _field_back(batch: Batch, account: Account, name: str, pair: tuple[Any, Any], by: Member) -> bool:
    before, after = pair
    if _held(account, name) != after:
        return False
    _set(account, name, before, by, batch)
    return True


def _finish(batch: Batch) -> None:
    is_undone = batch.state is BatchState.UNDOING
    if batch.deed is Deed.HAND_OVER:
        (books.finish_undone if is_undone else books.finish)(batch, tenants.member(batch.member_id))
    elif batch.deed is Deed.ASSIGN:
        _tell_owner(batch, Outcome.KEPT if is_undone else Outcome.DONE)
    batch.state = BatchState.UNDONE if is_undone else BatchState.DONE
    batch.finished_at = batch.finished_at or clock.now()
    url = f"/{scope.workspace().slug}/batches/{batch.id}"
    said: dict[str, Any] = {"total": batch.total, "is_undone": is_undone}
    if batch.deed is Deed.ASSIGN and not is_undone:
        said |= {"owner": batch.options["owner"], "given": queries.counts(batch.id).get(Outcome.DONE, 0)}
    notices.tell(tenants.member(batch.member_id), "batch.done", f"batch.done:{_key(batch)}", url, **said)


def _tell_owner(batch: Batch, outcome: Outcome) -> None:
    """Tell whoever got the customers of a batch how many are his; after an undo, how many still are, if any."""
    key = notes.key_of_many(batch.id)
    notices.take_back(notes.HANDED_OVER, [key])
    owner = tenants.member(UUID(batch.options["owner_id"]))
    many = queries.held_by(batch.id, outcome).get(owner.id, 0)
    notes.tell_many(owner, tenants.member(batch.member_id), many, queries.first_name(batch.id, outcome), key)


@notices.sentence(
    "batch.done",
    "checks",
    _l("A change of yours to many customers is through"),
    notices.Topic.FILES,
    right=Permission.ACCOUNT_EDIT,
)
def _is_done(total: int, is_undone: bool = False, owner: str = "", given: int = 0) -> str:
    if is_undone:
        return ngettext(
            "Your change to %(num)s customer is undone. Look what became of it.",
            "Your change to %(num)s customers is undone. Look what became of each.",
            total,
        )
    if owner:
        facts = {"owner": owner, "total": total}
        return ngettext(
            "%(num)s of %(total)s customers is with %(owner)s now. Look what became of each.",
            "%(num)s of %(total)s customers are with %(owner)s now. Look what became of each.",
            given,
            **facts,
        )
    return ngettext(
        "Your change to %(num)s customer is through. Look what became of it.",
        "Your change to %(num)s customers is through. Look what became of each.",
        total,
    )
