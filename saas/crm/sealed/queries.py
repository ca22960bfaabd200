"""Reads of confidential details; what they hold is opened here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import current_app, g
from flask_babel import gettext as _
from sqlalchemy import func, or_, select

from saas.crm.customers.models import Account, Contact
from saas.crm.sealed.models import DETAILS, Detail, SealedValue, masked
from saas.db import current_tenant, db
from saas.found import known, the_one
from saas.sealing import MARK, Sealer
from saas.tenants import scope
from saas.tenants.permissions import Permission

MODELS: dict[str, Any] = {"account": Account, "contact": Contact}
COLUMNS: dict[str, Any] = {"account": SealedValue.account_id, "contact": SealedValue.contact_id}
VIEW = {"account": Permission.ACCOUNT_VIEW, "contact": Permission.CONTACT_VIEW}


def sealer() -> Sealer:
    """The keys of the workspace in scope."""
    return Sealer(current_app.extensions["config"].sealing_keys, current_tenant())


def same(text: str) -> bytes:
    """The fingerprint of a text, however it is spaced and cased."""
    return sealer().fingerprint(re.sub(r"[\s.\-/]", "", text).casefold())


def of_record(kind: str, record_id: UUID) -> dict[Detail, SealedValue]:
    """The details of a record, in their order."""
    found = {row.detail: row for row in db.session.scalars(select(SealedValue).where(COLUMNS[kind] == record_id))}
    return {detail: found[detail] for detail in DETAILS[kind] if detail in found}


def of_many(kind: str, records: Sequence[Any]) -> dict[UUID, dict[Detail, str]]:
    """Record → its details, opened, for those that an export holds, as far as its reader may see them.

    Where nobody reads (the command line), all of them.
    """
    who = g.get("who")
    ids = [one.id for one in records if who is None or who.may(Permission.SEALED_VIEW, one)]
    column = COLUMNS[kind]
    found: dict[UUID, dict[Detail, str]] = {}
    if ids:
        box = sealer()
        for row in db.session.scalars(select(SealedValue).where(column.in_(ids))):
            found.setdefault(getattr(row, column.key), {})[row.detail] = opened(row, box) or ""
    return found


def value(value_id: UUID) -> SealedValue:
    """A detail of a record within the reach of a reader who may see such.

    Raises:
        NotFound: there is none, or its record is beyond his reach.
    """
    seen = [
        COLUMNS[kind].in_(
            select(model.id).where(scope.visible(model, VIEW[kind]), scope.visible(model, Permission.SEALED_VIEW))
        )
        for kind, model in MODELS.items()
    ]
    return the_one(select(SealedValue).where(SealedValue.id == value_id, or_(*seen)))


def opened(row: SealedValue, box: Sealer | None = None) -> str | None:
    """What a row holds; None where its key is gone or somebody tampered with it."""
    try:
        return (box or sealer()).open(row.kept, row.id, row.detail)
    except ValueError:
        return None


def unreadable() -> str:
    """What is said of a detail that can't be opened."""
    return _("This can't be opened: the service lacks the key it was sealed with.")


def record_of(row: SealedValue) -> Account | Contact:
    """Whose detail it is."""
    return known(row.account) if row.account_id is not None else known(row.contact)


def cover(row: SealedValue, box: Sealer | None = None) -> str | None:
    """What everybody may see of a row; None as for `opened`."""
    text = opened(row, box)
    return None if text is None else masked(text)


def twins(kind: str, row: SealedValue) -> list[Any]:
    """Other records of this kind, within the reader's reach, that have the very same detail."""
    model, column = MODELS[kind], COLUMNS[kind]
    alike = select(column).where(SealedValue.detail == row.detail, SealedValue.fingerprint == row.fingerprint)
    others = select(model).where(model.id.in_(alike), model.id != getattr(row, column.key))
    seen = (scope.visible(model, VIEW[kind]), model.archived_at.is_(None))
    return list(db.session.scalars(others.where(*seen).order_by(model.name_key).limit(5)).unique())


def not_of_newest(after: UUID | None, limit: int) -> list[SealedValue]:
    """Rows that the newest key didn't seal, by id, held until the transaction ends."""
    found = select(SealedValue).where(func.substr(SealedValue.kept, 1, MARK) != sealer().newest)
    if after is not None:
        found = found.where(SealedValue.id > after)
    return list(db.session.scalars(found.order_by(SealedValue.id).limit(limit).with_for_update()))
