"""Parts of a record's page that come after it: each loads by itself, and fails by itself."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from saas import http, panels
from saas.crm.customers import opening
from saas.errors import NotFound
from saas.tenants.permissions import Permission, signed_in
from saas.tenants.scope import require

bp = Blueprint("parts", __name__, url_prefix="/parts")


@bp.get("/<kind>/<uuid:record_id>/<key>")
@signed_in
def show(kind: str, record_id: UUID, key: str) -> ResponseReturnValue:
    """A part of a record that the reader may see; where nothing asks for it by itself, a page of its own."""
    panel = panels.named(kind, key)
    if panel is None or not panel.is_later:
        raise NotFound
    require(Permission(panel.right))
    opening.part_opened(kind, record_id)
    html = panel.draw(record_id)
    return html if http.is_fragment() else render_template("workspace/part.html", panel=panel, html=html)
