"""The settings page of discounts: how much each role may give by itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.validators import Optional

from saas.crm.products import discount_queries as queries
from saas.forms import ExactField, Form, between
from saas.tenants import queries as tenants
from saas.tenants.actions import settings
from saas.tenants.models import Role
from saas.tenants.permissions import ROLE_NAMES, Permission, allow
from saas.tenants.scope import me

bp = Blueprint("discounts", __name__, url_prefix="/settings/discounts")

P = Permission


@bp.route("", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def index() -> ResponseReturnValue:
    """How much off each role may give by itself."""
    roles = tenants.staff_roles()
    known = queries.limits()
    form = _form(roles)(**{_box(role): known.get(role.id) for role in roles})
    if not form.validate_on_submit():
        return render_template("products/discounts.html", form=form), form.status
    typed: dict[UUID, Decimal | None] = {role.id: form[_box(role)].data for role in roles}
    settings.choose(
        queries.LIMITS, {str(key): None if limit is None else str(limit) for key, limit in typed.items()}, by=me()
    )
    flash(_("Saved. It holds from the next discount that somebody gives."), "good")
    return redirect(url_for(".index"))


def _form(roles: list[Role]) -> type[Form]:
    """A form with a box for each role."""
    boxes: dict[str, Any] = {
        _box(role): ExactField(_name(role), [Optional(), between(0, 100)], most_places=3) for role in roles
    }
    made: type[Form] = type("LimitsForm", (Form,), boxes)
    return made


def _name(role: Role) -> str:
    return role.name or str(ROLE_NAMES.get(role.key, role.key))


def _box(role: Role) -> str:
    return f"role_{role.id.hex}"
