"""A member's secret address, to which he sends copies of mails."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas.crm.mails import drop_actions, people_queries
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me

bp = Blueprint("drop_address", __name__, url_prefix="/profile/mail")

P = Permission


@bp.get("")
@allow(P.ACTIVITY_EDIT)
def index() -> ResponseReturnValue:
    """The address, and what it is for."""
    found = people_queries.drop_address(me().id)
    return render_template(
        "mails/drop.html",
        found=found,
        address=drop_actions.address_of(found) if found else None,
        can_receive=drop_actions.can_receive(),
        may_set=may(P.WORKSPACE_SET),
    )


@bp.post("")
@allow(P.ACTIVITY_EDIT)
def make() -> ResponseReturnValue:
    """Make it, or another in place of the old one."""
    is_new = people_queries.drop_address(me().id) is None
    drop_actions.make(me())
    flash(_("This is your address.") if is_new else _("This is your new address. The old one no longer works."), "good")
    return redirect(url_for(".index"), 303)
