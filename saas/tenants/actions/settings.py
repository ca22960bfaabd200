"""What the owner sets for the whole workspace."""

from __future__ import annotations

from typing import IO, Any

from sqlalchemy import select, update

from saas.db import current_tenant, db
from saas.tenants import events, scope
from saas.tenants.actions import attachments, workspaces
from saas.tenants.events import EventName
from saas.tenants.models import Member, Setting, Tenant

FIELDS = ("name", "locale", "timezone", "currency", "idle_minutes", "session_hours")


def change(by: Member, **values: Any) -> None:
    """Set some of `FIELDS`; what stays the same isn't written down.

    Raises:
        Refused: the language, time zone or currency doesn't exist.
    """
    if unknown := set(values) - set(FIELDS):
        raise ValueError(f"no settings: {unknown}")
    now = scope.workspace()
    changed = {name: [getattr(now, name), value] for name, value in values.items() if getattr(now, name) != value}
    if not changed:
        return
    new = {name: after for name, (_before, after) in changed.items()}
    workspaces.check_place(
        new.get("locale", now.locale), new.get("timezone", now.timezone), new.get("currency", now.currency)
    )
    _write(**new)
    events.record(EventName.WORKSPACE_CHANGED, by, by=by, changed=changed)


def set_logo(by: Member, source: IO[bytes] | None) -> None:
    """Give the workspace a logo, or take it away.

    Raises:
        Refused: it isn't a picture.
    """
    logo = attachments.add_picture(by, source) if source else None
    _write(logo_id=logo.id if logo else None)
    events.record(EventName.WORKSPACE_CHANGED, by, by=by, changed={"logo": bool(source)})


def choose(key: str, value: dict[str, Any], *, by: Member) -> None:
    """Keep a capability's choice for the workspace, named `capability.name`."""
    found = db.session.scalars(select(Setting).where(Setting.key == key).with_for_update()).one_or_none()
    before = found.value if found else {}
    changed = {name: [before.get(name), after] for name, after in value.items() if before.get(name) != after}
    if not changed:
        return
    if found is None:
        db.session.add(Setting(key=key, value=value))
    else:
        found.value = {**before, **value}
    events.record(EventName.WORKSPACE_CHANGED, by, by=by, changed={f"{key}.{name}": c for name, c in changed.items()})


def _write(**values: Any) -> None:
    own = {"bind": db.engines[None]}  # the app's role may change its own row, in the transaction of the event
    db.session.execute(update(Tenant).where(Tenant.id == current_tenant()).values(values), bind_arguments=own)
    db.session.expire_all()
