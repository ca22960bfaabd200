"""What puts customers and contacts under tags and groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from saas.archive import refuse_archived
from saas.crm.customers.models import Account, Contact
from saas.crm.fields import label_actions as labels
from saas.crm.fields import label_queries as queries
from saas.crm.fields.label_models import Label, LabelKind, Labelled
from saas.tenants import events
from saas.tenants.scope import Actor

LABELLED, UNLABELLED = "account.labelled", "account.unlabelled"
CONTACT_LABELLED, CONTACT_UNLABELLED = "contact.labelled", "contact.unlabelled"
COLUMNS: dict[type, Any] = {Account: Labelled.account_id, Contact: Labelled.contact_id}


def label(record: Account | Contact, one: Label, *, by: Actor) -> None:
    """Put a record under a tag or group; nothing happens where it lies there.

    Raises:
        Archived: the record was put away.
    """
    refuse_archived(record)
    column = COLUMNS[type(record)]
    if any(tag.id == one.id for tag in queries.of_record(column, record.id)):
        return
    labels.lay_under(column, [(one.id, record.id)])
    events.record(
        LABELLED if isinstance(record, Account) else CONTACT_LABELLED, record, by=by, changed=_said(one, record)
    )


def unlabel(record: Account | Contact, one: Label, *, by: Actor) -> None:
    """Take a record from under a tag or group.

    Raises:
        Archived: the record was put away.
    """
    refuse_archived(record)
    column = COLUMNS[type(record)]
    if all(tag.id != one.id for tag in queries.of_record(column, record.id)):
        return
    labels.take_from_under(column, record.id, [one.id])
    name = UNLABELLED if isinstance(record, Account) else CONTACT_UNLABELLED
    events.record(name, record, by=by, changed=_said(one, record))


def label_many(model: type, found: Mapping[UUID, Sequence[str]], kind: LabelKind, *, by: Actor) -> None:
    """Put new records under the labels that a file names: record → paths. Their own events have told of them."""
    paths = {path for said in found.values() for path in said}
    known = {path: labels.found_or_added(kind, path, by=by).id for path in sorted(paths)}
    labels.lay_under(COLUMNS[model], {(known[path], record) for record, said in found.items() for path in said})


def _said(one: Label, record: Account | Contact) -> dict[str, Any]:
    return {"name": record.name, "label": one.path, "kind": one.kind.value}
