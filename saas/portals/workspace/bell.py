"""The bell: what concerns me."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from saas.found import the_one
from saas.portals import guard
from saas.tenants import notices, scope
from saas.tenants.models import Notice
from saas.tenants.permissions import signed_in

bp = Blueprint("bell", __name__, url_prefix="/bell")


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    """The lines, newest first."""
    before = request.args.get("after", type=UUID)
    lines = notices.told(scope.me().id, before=before)
    after = url_for(".index", after=lines[-1].id) if len(lines) == notices.SHOWN else None
    return render_template("workspace/bell.html", lines=lines, next_url=after)


@bp.post("/read")
@signed_in
def read_all() -> ResponseReturnValue:
    """Mark all as read."""
    notices.read(scope.me().id)
    return redirect(url_for(".index"), 303)


@bp.post("/<uuid:notice_id>")
@signed_in
def follow(notice_id: UUID) -> ResponseReturnValue:
    """Mark one as read, and go where it leads."""
    mine = Notice.member_id == scope.me().id
    notice = the_one(select(Notice).where(Notice.id == notice_id, mine))
    notices.read(scope.me().id, notice_id)
    return redirect(guard.safe_next(notice.url, url_for("today.index")), 303)
