"""Today: what waits, and in an empty workspace the first steps."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from saas.portals.workspace import steps
from saas.tenants import pages, scope
from saas.tenants.permissions import signed_in

bp = Blueprint("today", __name__)


@bp.get("/")
@signed_in
def index() -> ResponseReturnValue:
    """The page one starts the day on."""
    parts = pages.drawn("today", "main", scope.me().id)
    return render_template("workspace/today.html", steps=steps.open_to(scope.who()), parts=parts)
