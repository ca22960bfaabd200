"""Roles: a table of rights and how far each reaches."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas.errors import Refused
from saas.forms import Form, done
from saas.portals.stepup import stepped_up
from saas.tenants import queries, rights, scope
from saas.tenants.actions import roles
from saas.tenants.forms import NewRoleForm
from saas.tenants.models import Role
from saas.tenants.permissions import PORTAL_ROLES, ROLE_NAMES, STAFF_ROLES, Permission, Reach, allow

bp = Blueprint("roles", __name__, url_prefix="/settings/roles")


@bp.route("", methods=["GET", "POST"])
@allow(Permission.ROLE_EDIT)
@stepped_up
def index() -> ResponseReturnValue:
    """All roles, and a form for one of one's own."""
    form = NewRoleForm()
    if form.validate_on_submit() and done(form, lambda: _create(form)):
        return redirect(url_for(".index"), 303)
    return render_template(
        "workspace/roles.html",
        form=form,
        staff=queries.staff_roles(),
        portal=[role for role in queries.roles() if role.key in PORTAL_ROLES],
        counts=queries.members_by_role(),
    ), form.status


def _create(form: NewRoleForm) -> Role:
    return roles.create(form.name.data, queries.role(form.like.data), by=scope.me())


@bp.route("/<uuid:role_id>", methods=["GET", "POST"])
@allow(Permission.ROLE_EDIT)
@stepped_up
def edit(role_id: UUID) -> ResponseReturnValue:
    """What a role may, and how far."""
    role = queries.role_of(role_id)
    form = Form()
    if form.validate_on_submit():
        roles.change(
            role,
            by=scope.me(),
            name=_name(role),
            reaches=_reaches(role),
            hidden_fields=request.form.getlist("hidden"),
        )
        flash(_("Saved. It holds from everybody's next click."), "good")
        return redirect(url_for(".index"), 303)
    return render_template(
        "workspace/role.html",
        role=role,
        form=form,
        groups=rights.groups(of_portal=role.key in PORTAL_ROLES),
        reaches=rights.REACH_WORDS,
        sensitive={} if role.key in PORTAL_ROLES else rights.SENSITIVE,
        is_own=role.key not in (*STAFF_ROLES, *PORTAL_ROLES),
        is_fixed=role.key == roles.OWNER,
    )


@bp.post("/<uuid:role_id>/remove")
@allow(Permission.ROLE_EDIT)
@stepped_up
def remove(role_id: UUID) -> ResponseReturnValue:
    """Take away a role of one's own."""
    roles.remove(queries.role_of(role_id), by=scope.me())
    flash(_("The role is gone."), "good")
    return redirect(url_for(".index"), 303)


def _name(role: Role) -> str | None:
    typed = request.form.get("name", "").strip()[:60]
    if role.key in ROLE_NAMES and typed in {"", str(ROLE_NAMES[role.key])}:
        return None
    return typed or role.name


def _reaches(role: Role) -> dict[Permission, Reach]:
    is_portal = role.key in PORTAL_ROLES
    found = {}
    for right in rights.LABELS:
        typed = request.form.get(right.value, "")
        if not typed or (right in rights.PORTAL) != is_portal:
            continue
        if typed not in set(Reach):
            raise Refused(_("How far a right reaches is own, team or everyone's."))
        found[right] = Reach(typed)
    return found
