"""A form sent twice makes one record: its key is written in the transaction of its first answer."""

from __future__ import annotations

from uuid import UUID

from flask import Response, g, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from saas import clock
from saas.db import current_tenant, db, has_scope, new_id
from saas.http import is_fragment
from saas.tenants.models import Once


def answered_before() -> ResponseReturnValue | None:
    """Where the same form led when it was sent first; None if this is the first time.

    A second request that comes while the first is at work waits for it here, on the unique key.
    """
    g.once = None
    key = _key()
    if key is None or not has_scope():
        return None
    row = {"tenant_id": current_tenant(), "id": new_id(), "key": key, "created_at": clock.now()}
    statement = insert(Once).values(row).on_conflict_do_nothing(index_elements=["tenant_id", "key"])
    if db.session.execute(statement.returning(Once.id)).scalar() is not None:
        g.once = key
        return None
    where = db.session.scalars(select(Once.location).where(Once.key == key)).one_or_none() or request.referrer or "/"
    if is_fragment():
        return Response(status=204, headers={"HX-Redirect": where})
    return redirect(where, 303)


def remember(response: Response) -> None:
    """Keep where this form led, beside what it changed."""
    key = g.get("once")
    if key is None:
        return
    where = response.headers.get("Location") or response.headers.get("HX-Redirect")
    if where:
        db.session.execute(update(Once).where(Once.key == key).values(location=where))


def _key() -> UUID | None:
    if request.method != "POST":
        return None
    try:
        return UUID(request.form.get("_once", ""))
    except ValueError:
        return None
