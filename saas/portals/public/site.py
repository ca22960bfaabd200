"""The public site: what Seaport is, and what it costs."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from saas.tenants.permissions import anyone

bp = Blueprint("site", __name__)


@bp.get("/")
@anyone
def home() -> ResponseReturnValue:
    """What it is, what it costs, the ways in."""
    return render_template("public/home.html")
