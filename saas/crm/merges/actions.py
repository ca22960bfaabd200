"""Two records become one, two that look alike are told apart, and each is undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, select, update
from sqlalchemy.orm.util import identity_key

from saas import clock, search
from saas.archive import refuse_archived
from saas.crm.contracts import state_actions as contracts
from saas.crm.customers import actions as customers
from saas.crm.customers import ownership, twins
from saas.crm.customers.actions import CUSTOM
from saas.crm.customers.models import Account, Contact, TwinPair
from saas.crm.fields.custom_models import PREFIX
from saas.crm.fields.custom_values import differing as apart
from saas.crm.merges import queries
from saas.crm.merges.models import UNDO_FOR, Merge
from saas.crm.opportunities import purchase_actions as purchases
from saas.crm.transfer.kind import thawed
from saas.db import current_tenant, db, new_id
from saas.errors import Conflict, Refused
from saas.tenants import events
from saas.tenants import queries as tenants
from saas.tenants.models import Member, UndoRow
from saas.tenants.scope import Actor
from saas.versions import Overtaken

MERGED, WENT_INTO, PARTED = "account.merged", "account.went_into", "account.parted"
CONTACT_MERGED, CONTACT_WENT_INTO, CONTACT_PARTED = "contact.merged", "contact.went_into", "contact.parted"
DISMISSED, BROUGHT_BACK = "twin_pair.dismissed", "twin_pair.brought_back"
NAMES = {
    "account": (MERGED, WENT_INTO, PARTED),
    "contact": (CONTACT_MERGED, CONTACT_WENT_INTO, CONTACT_PARTED),
}
IS_MAIN = "is_main"
MOVED_SINCE, CHANGED_SINCE, GONE_SINCE = "moved", "changed", "gone"  # why an undo leaves something


class CannotMerge(Refused):
    """The two can't become one as they are."""


class CannotPart(Conflict):
    """A merge can no longer be undone, or not before another."""


def dismiss(pair: TwinPair, *, by: Member) -> None:
    """They aren't the same: remembered, however often they look alike again."""
    if pair.dismissed_at is None:
        pair.dismissed_at, pair.dismissed_by_id = clock.now(), by.id
        events.record(DISMISSED, pair, by=by, changed={"one": pair.one_id, "other": pair.other_id})


def bring_back(pair: TwinPair, *, by: Actor) -> None:
    """They may be the same after all."""
    if pair.dismissed_at is not None:
        pair.dismissed_at, pair.dismissed_by_id = None, None
        events.record(BROUGHT_BACK, pair, by=by, changed={"one": pair.one_id, "other": pair.other_id})


def merge(
    kind: str,
    kept_id: UUID,
    gone_id: UUID,
    values: Mapping[str, Any],
    *,
    owner: Member | None = None,
    versions: tuple[int, int] | None = None,
    by: Member,
) -> Merge:
    """Make two records one: all that hangs on the second moves to the first, which takes the values chosen.

    Args:
        kind: account or contact.
        kept_id: the one that stays.
        gone_id: the one that goes into it.
        values: columns of the record that stays.
        owner: who looks after the customer from now on; of a contact it follows from his customer.
        versions: of both, as they were shown; None: whatever they are.
        by: who says that they are the same.

    Raises:
        CannotMerge: it is one record, or both have something of which there can be only one.
        Overtaken: somebody has changed one of them since.
        Archived: one was put away.
    """
    if kept_id == gone_id:
        raise CannotMerge(_("Choose two different records."))
    kept, gone = queries.lock(kind, (kept_id, gone_id))
    refuse_archived(kept, gone)
    _refuse_two_portals(kind, kept, gone)
    for record, version in zip((kept, gone), versions or (kept.version, gone.version), strict=True):
        if record.version != version:
            raise Overtaken(record)
    batch_id = new_id()
    before = {name: getattr(kept, name) for name in _changeable(kind, values)}
    counts = _move(kind, kept, gone, batch_id)
    changed = customers.apply(kept, values)
    if kind == "account":
        ownership.take_in(kept, gone, owner)
        contracts.tell_ends([kept.id])
    kept.holds_merged = True
    after = {name: getattr(kept, name) for name in before}
    differing = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    if CUSTOM in differing:
        differing[CUSTOM] = apart(*differing[CUSTOM])
    db.session.add(_before(kept, kept.id, events.plain(differing), batch_id))
    gone.archived_at, gone.merged_into_id = clock.now(), kept.id
    search.drop(kind, [gone.id])
    twins.forget(kind, [gone.id])
    db.session.flush()
    _index(kind, kept)
    made = Merge(kind=kind, kept_id=kept.id, gone_id=gone.id, kept_name=kept.name, gone_name=gone.name)
    made.counts, made.batch_id, made.member_id = dict(counts), batch_id, by.id
    db.session.add(made)
    db.session.flush()
    merged, went_into, _parted = NAMES[kind]
    told = {"merged": gone.name, "number": getattr(gone, "number", None), "counts": dict(counts)}
    events.record(merged, kept, by=by, changed=told | changed, batch_id=batch_id)
    events.record(went_into, gone, by=by, changed={"name": gone.name, "into": kept.name}, batch_id=batch_id)
    return made


def gather(kind: str, gone_id: UUID) -> None:
    """Move along what was being written to a record while it went into another one: it waited for the merge and came to
    hang on what was gone by then. Done twice it moves nothing more."""
    merge = queries.lock_merge_of(kind, gone_id)
    if merge is None:
        return
    kept, gone = queries.lock(kind, (merge.kept_id, gone_id))
    if kept.merged_into_id is not None:
        return
    if counts := _move(kind, kept, gone, merge.batch_id):
        merge.counts = dict(Counter(merge.counts) + counts)
        if kind == "account":
            purchases.tell_open([kept.id])
            contracts.tell_ends([kept.id])
            ownership.settle(kept)
        _index(kind, kept)


def part(merge: Merge, *, by: Member) -> None:
    """Undo a merge: what moved goes back, unless somebody has moved or changed it since; that is listed.

    Raises:
        CannotPart: it is undone or too old, or what was kept has gone into another since.
    """
    merge = queries.lock_merge(merge.id)  # asked for twice at once, it is done once
    if not merge.can_be_undone(clock.now()):
        raise CannotPart(_("This merge can no longer be undone."))
    kept, gone = queries.lock(merge.kind, (merge.kept_id, merge.gone_id))
    if kept.merged_into_id is not None:
        raise CannotPart(_("%(name)s was merged into another one since. Undo that first.", name=kept.name))
    refuse_archived(kept)
    gone.archived_at, gone.merged_into_id = None, None
    db.session.flush()
    left: list[dict[str, Any]] = []
    rows = list(db.session.scalars(select(UndoRow).where(UndoRow.batch_id == merge.batch_id).order_by(UndoRow.id)))
    for row in rows:
        if (row.subject_kind, row.subject_id) == (merge.kind, kept.id):
            left += _values_back(merge.kind, kept, row)
        else:
            left += _move_back(row, kept.id)
        row.undone_at = clock.now()
    more = select(queries.MODELS[merge.kind].id).where(queries.MODELS[merge.kind].merged_into_id == kept.id)
    kept.holds_merged = db.session.scalars(more.limit(1)).first() is not None
    merge.undone_at, merge.left = clock.now(), left
    db.session.flush()
    if merge.kind == "account":
        purchases.tell_open([kept.id, gone.id])
        contracts.tell_ends([kept.id, gone.id])
        ownership.settle(kept, gone)
    for record in (kept, gone):
        _index(merge.kind, record)
    parted = NAMES[merge.kind][2]
    facts = [(kept, {"name": gone.name, "left": len(left)}), (gone, {"name": kept.name, "left": len(left)})]
    events.record_many(parted, facts, by=by, batch_id=merge.batch_id)


def forget_old() -> int:
    """Drop before-images of merges that can no longer be undone; returns of how many merges."""
    kept = select(UndoRow.id).where(UndoRow.batch_id == Merge.batch_id).exists()
    old = list(db.session.scalars(select(Merge.batch_id).where(Merge.created_at < clock.now() - UNDO_FOR, kept)))
    gone = delete(UndoRow).where(UndoRow.batch_id.in_(old))
    db.session.execute(gone.execution_options(synchronize_session=False))
    return len(old)


# ── there ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _refuse_two_portals(kind: str, kept: Any, gone: Any) -> None:
    if kind == "contact" and kept.account_id != gone.account_id and queries.signs_in(gone.id):
        raise CannotMerge(
            _("%(name)s signs in to the portal for another customer. Keep that contact instead.", name=gone.name)
        )


def _changeable(kind: str, values: Mapping[str, Any]) -> list[str]:
    extra = ["owner_id", "parent_id", *ownership.KEPT] if kind == "account" else []
    return [*values, *extra]


def _move(kind: str, kept: Any, gone: Any, batch_id: UUID) -> Counter[str]:
    """Point at the record that stays whatever points at the one that goes, and keep how it was."""
    counts: Counter[str] = Counter()
    found = [(model, column, queries.pointing(model, column, gone.id)) for model, column in queries.links(kind)]
    for model, column, ids in [*found, *queries.others(kind, gone.id)]:
        twice = queries.colliding(model, column, ids, kept.id)  # what both have stays where it is
        moving = [one for one in ids if one != kept.id and one not in twice]  # what stays can't belong to itself
        if not moving:
            continue
        if queries.is_only_one(model, column) and queries.pointing(model, column, kept.id):
            raise CannotMerge(_("Both are partners, each with terms of its own. End one partnership first."))
        db.session.add_all([_before(model, one, {column: str(gone.id)}, batch_id) for one in moving])
        _point(model, column, moving, kept.id)
        counts[model.__tablename__] += len(moving)
    if kind == "account":
        _one_main(kept, batch_id)
        if kept.parent_id == gone.id:
            kept.parent_id = gone.parent_id if gone.parent_id != kept.id else None
    db.session.flush()
    return counts


def _one_main(account: Account, batch_id: UUID) -> None:
    """Of two people to call first, the one who was here before stays it."""
    mains = db.session.scalars(
        select(Contact).where(Contact.account_id == account.id, Contact.is_main).order_by(Contact.id)
    )
    for extra in sorted(mains.unique(), key=lambda one: one.account_id != account.id)[1:]:
        db.session.add(_before(Contact, extra.id, {IS_MAIN: True}, batch_id))
        extra.is_main = False


def _point(model: Any, column: str, ids: Sequence[UUID], target: UUID) -> None:
    """Past the ORM: an open form of a moved record loses nothing."""
    statement = update(model).where(model.id.in_(ids)).values({column: target})
    db.session.execute(statement.execution_options(synchronize_session=False))
    for one in ids:
        if (record := db.session().identity_map.get(identity_key(model, (current_tenant(), one)))) is not None:
            db.session.expire(record)


def _before(model: Any, row_id: UUID, before: dict[str, Any], batch_id: UUID) -> UndoRow:
    table = model.__tablename__
    return UndoRow(batch_id=batch_id, subject_kind=table, subject_id=row_id, before=before, version=0)


def _index(kind: str, record: Any) -> None:
    """Both are found and known again by what they hold now; so are the people of a customer."""
    if kind == "account":
        customers.index_accounts([record])
        people = select(Contact).where(Contact.account_id == record.id, Contact.archived_at.is_(None))
        customers.index_contacts(list(db.session.scalars(people).unique()))
    else:
        customers.index_contacts([record])


# ── and back ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _values_back(kind: str, kept: Any, row: UndoRow) -> list[dict[str, Any]]:
    model, pairs = queries.MODELS[kind], dict(row.before or {})
    own_left = _own_back(kept, pairs.pop(CUSTOM, None) or [{}, {}])
    now = events.plain({name: getattr(kept, name) for name in pairs})
    free = {name: thawed(model, name, pair[0]) for name, pair in pairs.items() if now[name] == pair[1]}
    left = [name for name in pairs if name not in free and name not in ownership.KEPT] + own_left
    if kind == "account":
        owner_id = free.pop("owner_id", str(kept.owner_id) if kept.owner_id else None)
        values = {name: free.pop(name) for name in ownership.KEPT if name in free}
        customers.apply(kept, free)
        ownership.put_back(kept, tenants.member(UUID(str(owner_id))) if owner_id else None, values)
    else:
        customers.apply(kept, free)
    return [{"table": kind, "field": name, "name": kept.name, "why": CHANGED_SINCE} for name in left]


def _own_back(kept: Any, pair: Sequence[Mapping[str, Any]]) -> list[str]:
    """Put back the workspace's own fields that nobody has changed since; returns those that stay."""
    before, after = pair
    free = {key: value for key, value in before.items() if kept.custom.get(key) == after[key]}
    customers.apply(kept, {CUSTOM: free})
    return [f"{PREFIX}{UUID(key).hex}" for key in before if key not in free]


def _move_back(row: UndoRow, kept_id: UUID) -> list[dict[str, Any]]:
    ((column, before),) = (row.before or {}).items()
    if column == IS_MAIN:
        db.session.execute(update(Contact).where(Contact.id == row.subject_id).values(is_main=True))
        return []
    model = next(m for m in _models() if m.__tablename__ == row.subject_kind)
    at = db.session.execute(select(getattr(model, column)).where(model.id == row.subject_id)).first()
    if at is not None and at[0] == kept_id:
        _point(model, column, [row.subject_id], UUID(before))
        return []
    name = queries.name_of(row.subject_kind, row.subject_id) if at is not None else ""
    return [{"table": row.subject_kind, "name": name, "why": MOVED_SINCE if at is not None else GONE_SINCE}]


def _models() -> list[Any]:
    return [mapper.class_ for mapper in Account.registry.mappers]
