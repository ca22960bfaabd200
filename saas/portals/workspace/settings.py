"""What the owner sets for the whole workspace."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas.crm.samples import queries as samples
from saas.forms import done
from saas.portals.workspace import menu
from saas.tenants import scope
from saas.tenants.actions import settings
from saas.tenants.forms import PictureForm, WorkspaceForm
from saas.tenants.permissions import Permission, allow, signed_in

bp = Blueprint("settings", __name__, url_prefix="/settings")


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    """The first topic that the reader may open."""
    return redirect(menu.first_setting(scope.who()))


@bp.route("/general", methods=["GET", "POST"])
@allow(Permission.WORKSPACE_SET)
def workspace() -> ResponseReturnValue:
    """Name, language, time zone, currency, and how long people stay signed in."""
    form = WorkspaceForm(obj=scope.workspace())
    if form.validate_on_submit():
        settings.change(scope.me(), **{name: form[name].data for name in settings.FIELDS})
        flash(_("Saved."), "good")
        return redirect(url_for(".workspace"), 303)
    return _page(form, PictureForm(formdata=None), form.status)


@bp.post("/logo")
@allow(Permission.WORKSPACE_SET)
def logo() -> ResponseReturnValue:
    """Another logo, or none."""
    form = PictureForm()
    if not done(form, lambda: settings.set_logo(scope.me(), form.source())):
        flash(" ".join(map(str, form.file.errors)), "wrong")  # the form stands far down
        return _page(WorkspaceForm(obj=scope.workspace(), formdata=None), form, 422)
    flash(_("The logo is in use now.") if form.source() else _("The logo is removed."), "good")
    return redirect(url_for(".workspace"), 303)


def _page(form: WorkspaceForm, picture_form: PictureForm, status: int) -> ResponseReturnValue:
    return render_template(
        "workspace/settings.html", form=form, picture_form=picture_form, has_samples=bool(samples.counts())
    ), status
