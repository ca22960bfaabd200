"""A form sent twice makes one record: its key is written in the transaction of its first answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from saas import clock
from saas.db import THE_TENANT, db, has_scope, new_id
from saas.http import is_fragment
from saas.statements import Statement, table_of, written_once
from saas.tenants.models import Once


def answered_before() -> ResponseReturnValue | None:
    """Where the same form led when it was sent first; None if this is the first time.

    A second request that comes while the first is at work waits for it here, on the unique key.
    """
    g.once = None
    key = _key()
    if key is None or not has_scope():
        return None
    if _first().value(a_id=new_id(), a_key=key, now=clock.now()) is not None:
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
        _led_to().run(a_key=key, where=where)


@written_once
def _first() -> Statement:
    once = table_of(Once)
    row: dict[str, Any] = {"id": bindparam("a_id"), "key": bindparam("a_key"), "created_at": bindparam("now")}
    first = insert(once).values(tenant_id=THE_TENANT, **row)
    return first.on_conflict_do_nothing(index_elements=["tenant_id", "key"]).returning(once.c.id)


@written_once
def _led_to() -> Statement:
    once = table_of(Once)
    mine = (once.c.tenant_id == THE_TENANT) & (once.c.key == bindparam("a_key"))
    return update(once).where(mine).values(location=bindparam("where"))


def _key() -> UUID | None:
    if request.method != "POST" or _gives_file():
        return None
    try:
        return UUID(request.form.get("_once", ""))
    except ValueError:
        return None


def _gives_file() -> bool:
    """A file changes nothing, and the page stays with its form: what is sent next is no second time."""
    return bool(getattr(current_app.view_functions.get(request.endpoint or ""), "_is_file", False))
