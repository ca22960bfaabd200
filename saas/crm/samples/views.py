"""The page on which an owner clears the sample data."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from saas.crm.samples import actions, queries
from saas.crm.samples.forms import ClearForm
from saas.crm.samples.queries import KINDS
from saas.crm.transfer.reasons import counted
from saas.forms import done
from saas.tenants.permissions import Permission, allow, asks_password
from saas.tenants.scope import me, workspace

bp = Blueprint("samples", __name__, url_prefix="/settings/samples")


@bp.get("")
@allow(Permission.WORKSPACE_SET)
def index() -> ResponseReturnValue:
    """What would go, or how far it is."""
    return _page(ClearForm(formdata=None))


@bp.get("/progress")
@allow(Permission.WORKSPACE_SET)
def progress() -> ResponseReturnValue:
    """How far the clearing is, again and again until it is done."""
    job = queries.clearing()
    if job is None:
        return "", 200, {"HX-Refresh": "true"}
    return render_template("samples/_progress.html", job=job, is_stopped=actions.stopped() is not None)


@bp.post("/again")
@allow(Permission.WORKSPACE_SET)
def again() -> ResponseReturnValue:
    """Have a clearing go on that was given up."""
    actions.try_again(by=me())
    return redirect(url_for(".index"), 303)


@bp.post("")
@allow(Permission.WORKSPACE_SET)
@asks_password
def clear() -> ResponseReturnValue:
    """Have it cleared."""
    form = ClearForm()
    if not form.validate_on_submit() or not done(form, lambda: actions.ask(form.typed_name.data or "", by=me())):
        return _page(form)
    return redirect(url_for(".index"), 303)


def _page(form: ClearForm) -> ResponseReturnValue:
    found = queries.counts()
    lines = [KINDS[table](count) for table, count in found.items()]
    page = {"form": form, "lines": lines, "job": queries.clearing(), "name": workspace().name}
    if not lines and page["job"] is None and (cleared := queries.last_cleared()) is not None:
        page |= {"gone": counted(cleared.changed["counts"]), "stayed": counted(cleared.changed["kept"])}
    return render_template("samples/index.html", **page, is_stopped=actions.stopped() is not None), form.status
