"""The rights in words, in groups, as the page of a role shows them; and the fields that a role can be kept from."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from saas.tenants.permissions import PORTAL_ROLES, Permission, starting_rights

P = Permission
REACH_WORDS = {"own": _l("own"), "team": _l("team"), "all": _l("everyone's")}

# In the order of the page. A right that is missing here fails a test.
GROUPS: list[tuple[Any, dict[Permission, Any]]] = [
    (
        _l("Customers"),
        {
            P.ACCOUNT_VIEW: _l("See customers"),
            P.ACCOUNT_CREATE: _l("Add customers"),
            P.ACCOUNT_EDIT: _l("Change customers"),
            P.ACCOUNT_ARCHIVE: _l("Archive and restore customers"),
            P.ACCOUNT_ASSIGN: _l("Assign customers to others"),
            P.CONTACT_VIEW: _l("See contacts"),
            P.CONTACT_CREATE: _l("Add contacts"),
            P.CONTACT_EDIT: _l("Change contacts"),
            P.CONTACT_ARCHIVE: _l("Archive and restore contacts"),
            P.POINTS_EDIT: _l("Give and take customers' points"),
            P.SEALED_VIEW: _l("See confidential details, such as bank accounts"),
            P.ACTIVITY_VIEW: _l("See calls, visits and tasks"),
            P.ACTIVITY_EDIT: _l("Plan and log calls, visits and tasks"),
        },
    ),
    (
        _l("Public pool"),
        {
            P.POOL_VIEW: _l("See the public pool"),
            P.POOL_CLAIM: _l("Claim customers"),
            P.POOL_RELEASE: _l("Release customers"),
        },
    ),
    (
        _l("Sales"),
        {
            P.LEAD_VIEW: _l("See leads"),
            P.LEAD_EDIT: _l("Add and change leads"),
            P.OPPORTUNITY_VIEW: _l("See deals"),
            P.OPPORTUNITY_CREATE: _l("Add deals"),
            P.OPPORTUNITY_EDIT: _l("Change and move deals"),
            P.OPPORTUNITY_ASSIGN: _l("Assign deals to others"),
            P.OPPORTUNITY_ARCHIVE: _l("Archive and restore deals"),
            P.QUOTE_VIEW: _l("See quotes"),
            P.QUOTE_EDIT: _l("Write quotes and send them"),
            P.CONTRACT_VIEW: _l("See contracts"),
            P.CONTRACT_EDIT: _l("Write, sign, renew and end contracts"),
            P.ORDER_VIEW: _l("See orders"),
            P.ORDER_EDIT: _l("Write, confirm and deliver orders"),
            P.FORECAST_VIEW: _l("See the forecast"),
            P.FORECAST_ADJUST: _l("State numbers in the forecast, and adjust them"),
            P.INVOICE_VIEW: _l("See invoices and what customers owe"),
            P.INVOICE_EDIT: _l("Write invoices"),
            P.INVOICE_ISSUE: _l("Issue and send invoices and credit notes, set when they are due"),
            P.PAYMENT_EDIT: _l("Note payments and take them back"),
            P.EXPENSE_VIEW: _l("See expenses"),
            P.EXPENSE_EDIT: _l("Write down expenses and hand them in"),
            P.EXPENSE_APPROVE: _l("Approve expenses, and note that they are paid"),
            P.PRODUCT_VIEW: _l("See products and prices"),
            P.PRODUCT_EDIT: _l("Change products and prices"),
            P.PRODUCT_COST: _l("See what products cost the workspace, and margins"),
            P.STOCK_VIEW: _l("See stock"),
            P.STOCK_EDIT: _l("Move and count stock, keep warehouses"),
            P.PURCHASE_VIEW: _l("See purchases and what they cost"),
            P.PURCHASE_EDIT: _l("Buy, and take in what comes"),
            P.PARTNER_VIEW: _l("See partners"),
            P.PARTNER_EDIT: _l("Add and change partners"),
        },
    ),
    (
        _l("Service"),
        {
            P.CASE_VIEW: _l("See cases"),
            P.CASE_CREATE: _l("Open cases"),
            P.CASE_EDIT: _l("Answer and change cases"),
            P.CASE_ASSIGN: _l("Assign cases"),
            P.PORTAL_INVITE: _l("Invite customers and partners to the portals"),
        },
    ),
    (
        _l("Reports and lists"),
        {
            P.REPORT_VIEW: _l("See reports"),
            P.REPORT_MAKE: _l("Make and send reports"),
            P.TRANSFER_IMPORT: _l("Import lists"),
            P.TRANSFER_EXPORT: _l("Export lists"),
        },
    ),
    (
        _l("Workspace"),
        {
            P.MEMBER_VIEW: _l("See members"),
            P.MEMBER_INVITE: _l("Invite members"),
            P.MEMBER_EDIT: _l("Change and remove members, arrange teams"),
            P.ROLE_EDIT: _l("Change roles and rights"),
            P.WORKSPACE_SET: _l("Change the workspace's settings"),
            P.WORKSPACE_JOBS: _l("See work that got stuck, and start it again"),
            P.WORKSPACE_AUDIT: _l("Read the audit trail"),
            P.WORKSPACE_EXPORT: _l("Export the whole workspace"),
            P.BILLING_MANAGE: _l("Pay, and buy seats"),
        },
    ),
    (
        _l("Portal"),
        {
            P.PORTAL_CASE: _l("File and follow requests"),
            P.PORTAL_ORDER: _l("See orders and deliveries"),
            P.PORTAL_LEAD: _l("Register and follow leads"),
            P.PORTAL_PROFILE: _l("Change the own profile"),
        },
    ),
]
LABELS: dict[Permission, Any] = {right: label for _group, rights in GROUPS for right, label in rights.items()}

# Rights that only people of the portals can have: a member can't, and gives them all the same.
PORTAL = frozenset(Permission(right) for role in PORTAL_ROLES for right in starting_rights(role))


def groups(*, of_portal: bool) -> list[tuple[Any, dict[Permission, Any]]]:
    """The groups of the page: for the roles of members, or for those of the portals."""
    kept = [(label, {r: w for r, w in words.items() if (r in PORTAL) == of_portal}) for label, words in GROUPS]
    return [(label, words) for label, words in kept if words]


# Fields that a role can be kept from: key → label. A capability adds its own.
SENSITIVE: dict[str, Any] = {}


def sensitive(key: str, label: Any) -> None:
    """Let roles be kept from a field, named `table.column`; said once, at import."""
    SENSITIVE[key] = label
