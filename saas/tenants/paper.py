"""What stands on every printed page of a workspace."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from saas import clock, files, ui
from saas.db import current_tenant, db
from saas.errors import NotFound
from saas.pdf import Asset
from saas.tenants.models import File, Tenant


def assets(workspace: Tenant) -> dict[str, Asset]:
    """The workspace's logo, if it has one."""
    if workspace.logo_id is None:
        return {}
    file = db.session.scalars(select(File).where(File.id == workspace.logo_id)).one_or_none()
    try:
        return (
            {"logo": Asset(file.media_type, files.path_of(current_tenant(), file.sha256).read_bytes())} if file else {}
        )
    except NotFound:
        return {}


def frame(workspace: Tenant, found: Mapping[str, Asset], *, at: datetime) -> dict[str, Any]:
    """What the head and the foot of a page say.

    Args:
        workspace: whose paper it is.
        found: the pictures that go along.
        at: when it was made.
    """
    local = clock.local(at, workspace.timezone)
    made = _("Made on %(day)s at %(time)s", day=ui.words().full_day(local.date()), time=f"{local:%H:%M}")
    return {"company": workspace.name, "has_logo": "logo" in found, "made": made}


def exact(at: datetime) -> str:
    """An instant as paper says it: with its year, since nobody knows when it is read."""
    local = at.astimezone(ui.words().zone)
    return f"{ui.words().full_day(local.date())} {local:%H:%M}"
