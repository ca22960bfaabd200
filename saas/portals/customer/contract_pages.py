"""A customer's contracts in his portal: what holds, until when, and the paper as it was signed."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from saas.crm.contracts import portal_queries
from saas.crm.papers.views import given
from saas.tenants.permissions import Permission, allow

bp = Blueprint("customer_contracts", __name__, url_prefix="/contracts")
P = Permission


@bp.get("/")
@allow(P.PORTAL_ORDER)
def index() -> ResponseReturnValue:
    """All contracts, those that run first."""
    return render_template("customer/contracts.html", contracts=portal_queries.contracts())


@bp.get("/<uuid:contract_id>/pdf")
@allow(P.PORTAL_ORDER)
def signed(contract_id: UUID) -> ResponseReturnValue:
    """The contract as it was signed."""
    return given(portal_queries.signed(contract_id))
