"""Many customers under a tag or in a group, or out of it; and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from saas.crm.batches.models import Reason
from saas.crm.customers import label_actions as labels
from saas.crm.customers.models import Account
from saas.crm.fields import label_queries as queries
from saas.crm.fields.label_models import LabelKind, Labelled
from saas.tenants.models import Member

FIELDS = {  # beside the fields of a customer: the kind, and whether it is put there
    "tag.add": (LabelKind.TAG, True),
    "tag.remove": (LabelKind.TAG, False),
    "group.add": (LabelKind.GROUP, True),
    "group.remove": (LabelKind.GROUP, False),
}


def lay(account: Account, name: str, label_id: str, *, by: Member) -> dict[str, Any] | Reason:
    """Do to one customer what the field `name` says; returns what it was before, or why it stays."""
    _kind, is_there = FIELDS[name]
    if UUID(label_id) not in queries.labels():
        return Reason.SAME if not is_there else Reason.GONE
    if _lies_under(account, label_id) is is_there:
        return Reason.SAME
    _put(account, label_id, is_there, by)
    return {name: [None, label_id]}


def take_back(account: Account, image: Mapping[str, Any], *, by: Member) -> bool:
    """Undo it; False where somebody has done so already, or the label is gone."""
    ((name, (_before, label_id)),) = image.items()
    _kind, is_there = FIELDS[name]
    if UUID(label_id) not in queries.labels() or _lies_under(account, label_id) is not is_there:
        return False
    _put(account, label_id, not is_there, by)
    return True


def _lies_under(account: Account, label_id: str) -> bool:
    return any(str(tag.id) == label_id for tag in queries.of_record(Labelled.account_id, account.id))


def _put(account: Account, label_id: str, is_there: bool, by: Member) -> None:
    (labels.label if is_there else labels.unlabel)(account, queries.label(UUID(label_id)), by=by)
