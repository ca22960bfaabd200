"""Files handed out: what lies on records, to be saved; pictures that we drew, to be seen."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, g
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from saas import files
from saas.db import current_tenant, db
from saas.errors import NotFound
from saas.tenants.actions import attachments
from saas.tenants.models import File
from saas.tenants.permissions import anyone, signed_in

bp = Blueprint("files", __name__)


@bp.get("/files/<uuid:file_id>")
@signed_in
def download(file_id: UUID) -> ResponseReturnValue:
    """A file on a record that the reader may see."""
    file = attachments.visible(file_id)
    return files.answer(current_tenant(), file.sha256, file.name, file.media_type)


@bp.get("/pictures/<uuid:file_id>")
@signed_in
def picture(file_id: UUID) -> ResponseReturnValue:
    """A colleague's picture."""
    return _drawn(file_id, "member")


@bp.get("/logo/<uuid:file_id>")
@anyone
def logo(file_id: UUID) -> ResponseReturnValue:
    """The workspace's logo, also shown to those who sign in."""
    if file_id != g.tenant.logo_id:
        raise NotFound
    return _drawn(file_id, "member")


def _drawn(file_id: UUID, kind: str) -> ResponseReturnValue:
    file = db.session.scalars(
        select(File).where(File.id == file_id, File.subject_kind == kind, File.media_type == files.PICTURE)
    ).one_or_none()
    if file is None:
        raise NotFound
    return files.answer_picture(current_tenant(), file.sha256)
