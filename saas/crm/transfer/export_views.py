"""Pages of what goes out: a list as a file, a whole workspace as a ZIP."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, send_file, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import clock, files, ui
from saas.archive import asks_for_archived
from saas.crm.transfer import export_actions, queries, register
from saas.crm.transfer.export_actions import AT_ONCE, FORMATS, WORKSPACE
from saas.crm.transfer.kind import Kind
from saas.crm.transfer.models import EXPORT_FOR, Export, ExportState
from saas.db import current_tenant, has_scope
from saas.errors import NotFound, Refused
from saas.http import gives_file
from saas.tenants import scope
from saas.tenants.permissions import Permission, allow, asks_password, asks_password_by_way_of
from saas.tenants.scope import may, me, require

bp = Blueprint("exports", __name__, url_prefix="/exports")

P = Permission
BEGINS = "download"  # in the session: the file whose download starts with the next list
PAGE_ONLY = ("after", "columns", "sort")  # what an address says of the page, not of the rows


@bp.get("/")
@allow(P.TRANSFER_EXPORT)
def index() -> ResponseReturnValue:
    """The files that were asked for; one whose download was asked for before the password starts now."""
    exports = [e for e in queries.exports() if _is_mine(e)]
    begins = next((e for e in exports if str(e.id) == session.get(BEGINS)), None)
    session.pop(BEGINS, None)
    if begins is not None:
        flash(_("The download has begun. If your browser doesn't show it, press “Download” once more."), "good")
    return render_template(
        "transfer/exports.html",
        exports=[_line(e) for e in exports],
        can_all=may(P.WORKSPACE_EXPORT),
        begins_url=url_for(".take", export_id=begins.id) if begins else None,
    )


@bp.get("/list/<key>.<any(csv, xlsx):form>")
@allow(P.TRANSFER_EXPORT)
def table(key: str, form: str) -> ResponseReturnValue:
    kind = register.kind(key)
    require(kind.view)
    asked = {name: value for name, value in request.args.items() if name not in PAGE_ONLY}
    if export_actions.count(kind, asked) > AT_ONCE:
        export_actions.ask(key, form, asked, by=me())
        flash(_("The file is being made. The bell tells you when it is ready."), "good")
        return redirect(url_for(".index"))
    return _file(kind, form, asked)


@bp.post("/list/<key>/chosen.<any(csv, xlsx):form>")
@allow(P.TRANSFER_EXPORT)
@gives_file
def chosen(key: str, form: str) -> ResponseReturnValue:
    """The rows of a list that were chosen, as a file."""
    kind = register.kind(key)
    require(kind.view)
    if kind.listing() is None:
        raise NotFound
    ids = ui.ids_sent()
    if not ids:
        raise Refused(_("Choose at least one row."))
    if len(ids) > AT_ONCE:
        raise Refused(_("These are more than %(most)s rows. Narrow the list, and take all of it.", most=AT_ONCE))
    return _file(kind, form, {}, ids)


def _file(kind: Kind, form: str, asked: Mapping[str, str], ids: Collection[UUID] | None = None) -> ResponseReturnValue:
    file = io.BytesIO()
    export_actions.write_list(kind, form, asked, file, by=me(), chosen=ids)
    file.seek(0)
    name = f"{kind.label}-{clock.now():%Y-%m-%d}.{form}"
    return send_file(file, mimetype=FORMATS[form], as_attachment=True, download_name=name)


@bp.post("/workspace")
@allow(P.WORKSPACE_EXPORT)
@asks_password
def workspace() -> ResponseReturnValue:
    export_actions.ask(WORKSPACE, "zip", {}, by=me())
    flash(_("Your workspace is being packed. The bell tells you when it is ready."), "good")
    return redirect(url_for(".index"))


@bp.get("/<uuid:export_id>")
@allow(P.TRANSFER_EXPORT)
@asks_password_by_way_of("exports.begin")
def take(export_id: UUID) -> ResponseReturnValue:
    """The file itself."""
    file = _ready(export_id).file
    assert file is not None
    return files.answer(current_tenant(), file.sha256, file.name, file.media_type)


@bp.get("/<uuid:export_id>/begin")
@allow(P.TRANSFER_EXPORT)
@asks_password
def begin(export_id: UUID) -> ResponseReturnValue:
    """Back to the list, from which the download starts by itself, once."""
    session[BEGINS] = str(_ready(export_id).id)
    return redirect(url_for(".index"), 303)


@bp.get("/<uuid:export_id>/line")
@allow(P.TRANSFER_EXPORT)
def line(export_id: UUID) -> ResponseReturnValue:
    """How far a file is, again and again until it is made."""
    return render_template("transfer/_export.html", line=_line(_mine(export_id)))


@bp.post("/<uuid:export_id>/again")
@allow(P.TRANSFER_EXPORT)
def again(export_id: UUID) -> ResponseReturnValue:
    """Have one made whose making was given up."""
    export_actions.try_again(_mine(export_id), by=me())
    return redirect(url_for(".index"), 303)


def _mine(export_id: UUID) -> Export:
    export = queries.export(export_id)
    if not _is_mine(export):
        raise NotFound
    return export


def _ready(export_id: UUID) -> Export:
    export = _mine(export_id)
    if export.state is not ExportState.READY or export.file is None:
        raise NotFound
    return export


def export_links() -> tuple[tuple[str, str], ...]:
    """(label, address) of the files that the list at hand can be taken away as; nothing on other pages."""
    asked = {name: value for name, value in request.args.items() if name not in PAGE_ONLY}
    return tuple(
        (label, ui.asking(url_for("exports.table", key=key, form=form), asked))
        for key in _taken_away()
        for form, label in (("csv", _("Download as CSV")), ("xlsx", _("Download as Excel")))
    )


def chosen_links() -> tuple[tuple[str, str], ...]:
    """(label, address) of the files that chosen rows of the list at hand can be taken away as."""
    return tuple(
        (label, url_for("exports.chosen", key=key, form=form))
        for key in _taken_away()
        for form, label in (("csv", "CSV"), ("xlsx", "Excel"))
    )


def _taken_away() -> tuple[str, ...]:
    """What the list at hand holds, where the reader may take it away; nothing where it shows what is archived."""
    if not has_scope() or not request.endpoint or asks_for_archived(request.args) or not may(P.TRANSFER_EXPORT):
        return ()
    found = next((k for k in register.kinds().values() if (own := k.listing()) and own[2] == request.endpoint), None)
    return (found.key,) if found else ()


@bp.app_context_processor
def _shown() -> dict[str, Any]:
    return {"export_links": export_links, "chosen_links": chosen_links}


def _is_mine(export: Export) -> bool:
    """Lists are their asker's; the whole workspace is everybody's who may export it."""
    if export.kind == WORKSPACE:
        return may(P.WORKSPACE_EXPORT)
    return export.member_id == scope.me().id


def _line(export: Export) -> dict[str, Any]:
    label = _("The whole workspace") if export.kind == WORKSPACE else register.kind(export.kind).label
    is_stopped = export.state is ExportState.WAITING and export_actions.stopped(export) is not None
    state = "stopped" if is_stopped else export.state.value
    until = export.ready_at and export.ready_at + EXPORT_FOR
    return {"export": export, "label": label, "state": state, "until": until}
