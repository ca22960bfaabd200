"""The whole law: every right, and how far each starting role reaches with it.

A right is `capability.verb`. A role gives each right a reach: own, team (and the teams below), or all. A workspace
edits its roles as rows; the names of rights are code. A view that declares none stops the app from starting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import ColumnElement, false, or_, true

from saas.errors import Forbidden

View = TypeVar("View", bound=Callable[..., Any])


class Reach(StrEnum):
    """How far a right goes: one's own records, those of one's team and the teams below, or everyone's."""

    OWN = "own"
    TEAM = "team"
    ALL = "all"

    def covers(self, other: Reach) -> bool:
        """True when this reach is at least as wide as `other`."""
        order = list(Reach)
        return order.index(self) >= order.index(other)


class Permission(StrEnum):
    """Every right there is."""

    WORKSPACE_SET = "workspace.set"
    WORKSPACE_EXPORT = "workspace.export"
    WORKSPACE_AUDIT = "workspace.audit"
    WORKSPACE_JOBS = "workspace.jobs"
    MEMBER_VIEW = "member.view"
    MEMBER_INVITE = "member.invite"
    MEMBER_EDIT = "member.edit"
    ROLE_EDIT = "role.edit"
    BILLING_MANAGE = "billing.manage"
    ACCOUNT_VIEW = "account.view"
    ACCOUNT_CREATE = "account.create"
    ACCOUNT_EDIT = "account.edit"
    ACCOUNT_ARCHIVE = "account.archive"
    ACCOUNT_ASSIGN = "account.assign"
    SEALED_VIEW = "sealed.view"
    CONTACT_VIEW = "contact.view"
    CONTACT_CREATE = "contact.create"
    CONTACT_EDIT = "contact.edit"
    CONTACT_ARCHIVE = "contact.archive"
    POINTS_EDIT = "points.edit"
    ACTIVITY_VIEW = "activity.view"
    ACTIVITY_EDIT = "activity.edit"
    POOL_VIEW = "pool.view"
    POOL_CLAIM = "pool.claim"
    POOL_RELEASE = "pool.release"
    PRODUCT_VIEW = "product.view"
    PRODUCT_EDIT = "product.edit"
    PRODUCT_COST = "product.cost"
    STOCK_VIEW = "stock.view"
    STOCK_EDIT = "stock.edit"
    PURCHASE_VIEW = "purchase.view"
    PURCHASE_EDIT = "purchase.edit"
    OPPORTUNITY_VIEW = "opportunity.view"
    OPPORTUNITY_CREATE = "opportunity.create"
    OPPORTUNITY_EDIT = "opportunity.edit"
    OPPORTUNITY_ASSIGN = "opportunity.assign"
    OPPORTUNITY_ARCHIVE = "opportunity.archive"
    QUOTE_VIEW = "quote.view"
    QUOTE_EDIT = "quote.edit"
    CONTRACT_VIEW = "contract.view"
    CONTRACT_EDIT = "contract.edit"
    ORDER_VIEW = "order.view"
    ORDER_EDIT = "order.edit"
    FORECAST_VIEW = "forecast.view"
    FORECAST_ADJUST = "forecast.adjust"
    INVOICE_VIEW = "invoice.view"
    INVOICE_EDIT = "invoice.edit"
    INVOICE_ISSUE = "invoice.issue"
    PAYMENT_EDIT = "payment.edit"
    EXPENSE_VIEW = "expense.view"
    EXPENSE_EDIT = "expense.edit"
    EXPENSE_APPROVE = "expense.approve"
    LEAD_VIEW = "lead.view"
    LEAD_EDIT = "lead.edit"
    PARTNER_VIEW = "partner.view"
    PARTNER_EDIT = "partner.edit"
    CASE_VIEW = "case.view"
    CASE_CREATE = "case.create"
    CASE_EDIT = "case.edit"
    CASE_ASSIGN = "case.assign"
    TRANSFER_IMPORT = "transfer.import"
    TRANSFER_EXPORT = "transfer.export"
    REPORT_VIEW = "report.view"
    REPORT_MAKE = "report.make"
    PORTAL_INVITE = "portal.invite"
    PORTAL_CASE = "portal.case"
    PORTAL_ORDER = "portal.order"
    PORTAL_LEAD = "portal.lead"
    PORTAL_PROFILE = "portal.profile"


ROLE_NAMES = {
    "owner": lazy_pgettext("role", "Owner"),
    "manager": _l("Manager"),
    "agent": _l("Agent"),
    "readonly": _l("Read only"),
    "customer": _l("Customer"),
    "customer_manager": _l("Customer's manager"),
    "partner": _l("Partner"),
}
STAFF_ROLES = ("owner", "manager", "agent", "readonly")
PORTAL_ROLES = ("customer", "customer_manager", "partner")

_O, _T, _A = Reach.OWN, Reach.TEAM, Reach.ALL


def _staff(manager: Reach | None, agent: Reach | None = None, readonly: Reach | None = None) -> dict[str, Reach]:
    """The reaches of the staff roles; the owner reaches everything."""
    row = {"owner": _A, "manager": manager, "agent": agent, "readonly": readonly}
    return {role: reach for role, reach in row.items() if reach}


P = Permission
STARTING_ROLES: dict[Permission, dict[str, Reach]] = {
    P.WORKSPACE_SET: _staff(None),
    P.WORKSPACE_EXPORT: _staff(None),
    P.WORKSPACE_AUDIT: _staff(_A),
    P.WORKSPACE_JOBS: _staff(_A),
    P.MEMBER_VIEW: _staff(_A, _A, _A),
    P.MEMBER_INVITE: _staff(None),
    P.MEMBER_EDIT: _staff(None),
    P.ROLE_EDIT: _staff(None),
    P.BILLING_MANAGE: _staff(None),
    P.ACCOUNT_VIEW: _staff(_A, _A, _A),
    P.ACCOUNT_CREATE: _staff(_A, _A),
    P.ACCOUNT_EDIT: _staff(_A, _O),
    P.ACCOUNT_ARCHIVE: _staff(_A, _O),
    P.ACCOUNT_ASSIGN: _staff(_A),
    P.SEALED_VIEW: _staff(_A),
    P.CONTACT_VIEW: _staff(_A, _A, _A),
    P.CONTACT_CREATE: _staff(_A, _A),
    P.CONTACT_EDIT: _staff(_A, _O),
    P.CONTACT_ARCHIVE: _staff(_A, _O),
    P.POINTS_EDIT: _staff(_A, _O),
    P.ACTIVITY_VIEW: _staff(_A, _A, _A),
    P.ACTIVITY_EDIT: _staff(_A, _O),
    P.POOL_VIEW: _staff(_A, _A, _A),
    P.POOL_CLAIM: _staff(_A, _O),
    P.POOL_RELEASE: _staff(_A, _O),
    P.PRODUCT_VIEW: _staff(_A, _A, _A),
    P.PRODUCT_EDIT: _staff(_A),
    P.PRODUCT_COST: _staff(_A),
    P.STOCK_VIEW: _staff(_A, _A, _A),
    P.STOCK_EDIT: _staff(_A),
    P.PURCHASE_VIEW: _staff(_A),
    P.PURCHASE_EDIT: _staff(_A),
    P.OPPORTUNITY_VIEW: _staff(_A, _O, _A),
    P.OPPORTUNITY_CREATE: _staff(_A, _A),
    P.OPPORTUNITY_EDIT: _staff(_A, _O),
    P.OPPORTUNITY_ASSIGN: _staff(_A),
    P.OPPORTUNITY_ARCHIVE: _staff(_A, _O),
    P.QUOTE_VIEW: _staff(_A, _O, _A),
    P.QUOTE_EDIT: _staff(_A, _O),
    P.CONTRACT_VIEW: _staff(_A, _O, _A),
    P.CONTRACT_EDIT: _staff(_A, _O),
    P.ORDER_VIEW: _staff(_A, _O, _A),
    P.ORDER_EDIT: _staff(_A, _O),
    P.FORECAST_VIEW: _staff(_A, _O, _A),
    P.FORECAST_ADJUST: _staff(_A, _O),
    P.INVOICE_VIEW: _staff(_A, _O, _A),
    P.INVOICE_EDIT: _staff(_A, _O),
    P.INVOICE_ISSUE: _staff(_A),
    P.PAYMENT_EDIT: _staff(_A),
    P.EXPENSE_VIEW: _staff(_A, _O),
    P.EXPENSE_EDIT: _staff(_O, _O),
    P.EXPENSE_APPROVE: _staff(_A),
    P.LEAD_VIEW: _staff(_A, _O, _A),
    P.LEAD_EDIT: _staff(_A, _O),
    P.PARTNER_VIEW: _staff(_A, _A, _A),
    P.PARTNER_EDIT: _staff(_A),
    P.CASE_VIEW: _staff(_A, _A, _A),
    P.CASE_CREATE: _staff(_A, _A),
    P.CASE_EDIT: _staff(_A, _A),
    P.CASE_ASSIGN: _staff(_A, _O),
    P.TRANSFER_IMPORT: _staff(_A),
    P.TRANSFER_EXPORT: _staff(_A),
    P.REPORT_VIEW: _staff(_A, _O, _A),
    P.REPORT_MAKE: _staff(_A),
    P.PORTAL_INVITE: _staff(_A, _O),
    P.PORTAL_CASE: {"customer": _O, "customer_manager": _A},
    P.PORTAL_ORDER: {"customer": _O, "customer_manager": _A},
    P.PORTAL_LEAD: {"partner": _O},
    P.PORTAL_PROFILE: {"customer": _O, "customer_manager": _O, "partner": _O},
}


def starting_rights(role: str) -> dict[str, str]:
    """The rights a new workspace gives to the starting role `role`: right → reach."""
    return {right.value: reaches[role].value for right, reaches in STARTING_ROLES.items() if role in reaches}


# ── what a view declares ────────────────────────────────────────────────────────────────────────────────────────────

ANYONE = "anyone"
SIGNED_IN = "signed_in"


def allow(permission: Permission) -> Callable[[View], View]:
    """The view is for those whose role has this right, in any reach."""

    def mark(view: View) -> View:
        view._right = permission  # type: ignore[attr-defined]
        return view

    return mark


def anyone(view: View) -> View:
    """The view is open to those without a session as well: sign-in pages, the public site."""
    view._right = ANYONE  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """The view is for everyone who has a session of this audience: his own profile, his bell."""
    view._right = SIGNED_IN  # type: ignore[attr-defined]
    return view


def asks_password(view: View) -> View:
    """The view runs only within ten minutes after the password was typed: it moves money or data, or gives rights."""
    view._asks_password = True  # type: ignore[attr-defined]
    return view


def asks_password_by_way_of(endpoint: str) -> Callable[[View], View]:
    """`asks_password` for a view that answers with a file, behind which the page that asked would stay on the screen.

    Args:
        endpoint: where one goes on to once the password is right, with the view's own arguments.
    """

    def mark(view: View) -> View:
        view._by_way_of = endpoint  # type: ignore[attr-defined]
        return asks_password(view)

    return mark


# Fields that only those see whose role has a right of their own; a role can be kept from others one by one.
RIGHTS_OF_FIELDS = {"product.cost": Permission.PRODUCT_COST, "stock_level.cost": Permission.PRODUCT_COST}


# ── who acts ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Who:
    """What must be known of a reader to filter what he sees."""

    id: UUID
    rights: dict[str, str]
    team_ids: tuple[UUID, ...] = ()  # his team and those below
    hidden_fields: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        lacking = {field for field, right in RIGHTS_OF_FIELDS.items() if right.value not in self.rights}
        if lacking:
            object.__setattr__(self, "hidden_fields", self.hidden_fields | lacking)

    def reach(self, permission: Permission) -> Reach | None:
        """How far the right goes; None where he lacks it."""
        found = self.rights.get(permission.value)
        return Reach(found) if found else None

    def may(self, permission: Permission, record: Any = None) -> bool:
        """True when he has the right, and for this record (with an `owner_id`, perhaps a `team_id`) if one is given."""
        reach = self.reach(permission)
        if reach is None or record is None:
            return reach is not None
        if reach is Reach.ALL or record.owner_id == self.id:
            return True
        return reach is Reach.TEAM and getattr(record, "team_id", None) in self.team_ids

    def require(self, permission: Permission, record: Any = None) -> None:
        """Raises Forbidden where `may` is False."""
        if not self.may(permission, record):
            raise Forbidden

    def sees(self, field: str) -> bool:
        """True unless the role is kept from the field (`account.tax_number`)."""
        return field not in self.hidden_fields

    def filter(self, permission: Permission, model: Any) -> ColumnElement[bool]:
        """The condition under which rows of `model` lie within his reach; false where he lacks the right."""
        reach = self.reach(permission)
        if reach is None:
            return false()
        if reach is Reach.ALL:
            return true()
        own: ColumnElement[bool] = model.owner_id == self.id
        if reach is Reach.TEAM and self.team_ids:
            return or_(own, model.team_id.in_(self.team_ids))
        return own
