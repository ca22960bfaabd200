"""What can be done with relations and cooperations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from saas.archive import refuse_archived
from saas.crm.customers.actions import apply
from saas.crm.customers.models import Account
from saas.crm.relations import queries
from saas.crm.relations.models import Cooperation, Relation, RelationKind
from saas.db import db
from saas.errors import Refused
from saas.tenants import events, handover
from saas.tenants.handover import ALL, Holding, Part
from saas.tenants.models import Member
from saas.tenants.scope import Actor
from saas.versions import Overtaken

RELATED, PARTED = "relation.added", "relation.removed"
BEGUN, CHANGED, ASSIGNED = "cooperation.begun", "cooperation.changed", "cooperation.assigned"


def relate(
    account: Account, kind: RelationKind, other: Account | None, values: Mapping[str, Any], *, by: Actor
) -> Relation:
    """Note what another company is to a customer.

    Args:
        account: the customer.
        kind: what the other is to him.
        other: where it is a customer of ours; else `values` holds its `other_name`.
        values: further columns of Relation.

    Raises:
        Archived: the customer was put away.
        Refused: nobody is named, it is the customer himself, or it is noted already.
    """
    refuse_archived(account)
    if other is None and not values.get("other_name"):
        raise Refused(_("Say which company it is."), field="other")
    if other is not None and other.id == account.id:
        raise Refused(_("This is the same company."), field="other")
    if other is not None and any(
        known.kind is kind and known.account_id == account.id and known.other_id == other.id
        for known in queries.relations_of(account.id)
    ):
        raise Refused(_("This is noted already."), field="other")
    made = Relation(account_id=account.id, kind=kind, other_id=other.id if other else None, **values)
    if other is not None:
        made.other_name = None
    db.session.add(made)
    db.session.flush()
    name = other.name if other else made.other_name
    events.record(RELATED, made, by=by, changed={"kind": kind, "name": name}, account_id=account.id)
    return made


def part(relation: Relation, *, by: Actor) -> None:
    """Take a note of what another company is away again."""
    facts = {"kind": relation.kind, "name": relation.name}
    events.record(PARTED, relation, by=by, changed=facts, account_id=relation.account_id)
    db.session.delete(relation)


def begin(account: Account, values: Mapping[str, Any], *, owner: Member | None, by: Actor) -> Cooperation:
    """Note something that is done together with a customer or a partner.

    Args:
        account: with whom.
        values: columns of Cooperation that a person may type.
        owner: which of us looks after it.

    Raises:
        Archived: the customer was put away.
        Refused: it ends before it begins.
    """
    refuse_archived(account)
    _refuse_backward(values)
    made = Cooperation(account_id=account.id, **values)
    made.owner_id, made.team_id = (owner.id, owner.team_id) if owner else (None, None)
    db.session.add(made)
    db.session.flush()
    events.record(BEGUN, made, by=by, changed={"subject": made.subject})
    return made


def change(cooperation: Cooperation, values: Mapping[str, Any], *, version: int | None, by: Actor) -> dict[str, Any]:
    """Write what a form holds; returns what changed, field → [before, after].

    Raises:
        Overtaken: the record is no longer at `version`.
        Refused: it ends before it begins.
    """
    if version is not None and version != cooperation.version:
        raise Overtaken(cooperation)
    _refuse_backward(values)
    changed = apply(cooperation, values)
    if changed:
        db.session.flush()
        events.record(CHANGED, cooperation, by=by, changed={"subject": cooperation.subject} | changed)
    return changed


def hand_over(leaver_id: UUID, heir: Member, by: Actor, batch_id: UUID, part: Part = ALL) -> list[UUID]:
    """Give the cooperations under way of a leaver to `heir`; returns their ids."""
    mine = (Cooperation.owner_id == leaver_id, Cooperation.state.in_(queries.UNDER_WAY), *part.of(Cooperation))
    found = list(db.session.scalars(select(Cooperation).where(*mine).with_for_update(of=Cooperation)))
    for cooperation in found:
        cooperation.owner_id, cooperation.team_id = heir.id, heir.team_id
    db.session.flush()
    rows = [(one, {"subject": one.subject, "owner": [None, heir.name], "owner_id": heir.id}) for one in found]
    events.record_many(ASSIGNED, rows, by=by, batch_id=batch_id)
    return [one.id for one in found]


def _refuse_backward(values: Mapping[str, Any]) -> None:
    begins, ends = values.get("starts_on"), values.get("ends_on")
    if begins and ends and ends < begins:
        raise Refused(_("It can't end before it begins."), field="ends_on")


handover.register(
    Holding(
        "cooperation.owner_id",
        lambda n: ngettext("%(num)s cooperation", "%(num)s cooperations", n),
        queries.count_owned,
        hand_over,
    )
)
