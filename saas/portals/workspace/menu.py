"""The places of the side bar, of settings and of "New", in their order. Shown is what exists and the reader may open.

A capability that brings a page writes its line here: the endpoint of its page, and the right that opens it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import current_app, g, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from saas import i18n
from saas.tenants.permissions import Permission, Who

P = Permission


@dataclass(frozen=True, eq=False)
class Place:
    """One line of a menu."""

    endpoint: str
    label: Any
    permission: Permission | None = None  # None: everyone who is signed in
    icon: str = ""
    section: Any = ""
    key: str = ""  # pressed after `g`
    is_bottom: bool = False  # among the five places of a phone
    count_endpoint: str = ""  # answers with a number where something waits
    more: tuple[str, ...] = ()  # other pages that belong here, or blueprints all of whose pages do


SALES, SERVICE, GROWTH = _l("Sales"), _l("Service"), _l("Growth")
PLACES = (
    Place("today.index", _l("Today"), icon="home", key="t", is_bottom=True),
    Place(
        "customers.index",
        _l("Customers"),
        P.ACCOUNT_VIEW,
        icon="users",
        key="c",
        is_bottom=True,
        more=(
            "merges.index",
            "merges.compare",
            "merges.show",
            "batches.show",
            "batches.start",
            "batches.plan",
            "segments.index",
            "segments.create",
            "segments.edit",
        ),
    ),
    Place(
        "pool.index",
        _l("Public pool"),
        P.POOL_VIEW,
        icon="beach",
        key="p",
        is_bottom=True,
        more=("pool_routes.index", "pool_routes.create", "pool_routes.edit"),
    ),
    Place("contacts.index", _l("Contacts"), P.CONTACT_VIEW, icon="address-book", key="k", more=("phone_book.index",)),
    Place(
        "activities.calendar",
        _l("Calendar"),
        P.ACTIVITY_VIEW,
        icon="calendar",
        key="a",
        more=("memos.index", "memos.edit", "calendar_address.index", "team_work.index", "activity_history.index"),
    ),
    Place("mails.index", _l("Mail to file"), P.ACTIVITY_EDIT, icon="inbox", key="m", count_endpoint="mails.count"),
    Place("leads.index", _l("Leads"), P.LEAD_VIEW, icon="target", section=SALES, key="l"),
    Place(
        "opportunities.board",
        _l("Deals"),
        P.OPPORTUNITY_VIEW,
        icon="layout-kanban",
        section=SALES,
        key="d",
        more=("worth", "pace", "rivals", "deal_steps", "deal_window", "deal_shares"),
    ),
    Place(
        "quotes.index",
        _l("Quotes"),
        P.QUOTE_VIEW,
        icon="file-text",
        section=SALES,
        key="q",
        more=("quotes.send", "quote_approval.ask"),
    ),
    Place(
        "contracts.index",
        _l("Contracts"),
        P.CONTRACT_VIEW,
        icon="writing-sign",
        section=SALES,
        more=("contract_steps",),
    ),
    Place(
        "orders.index",
        _l("Orders"),
        P.ORDER_VIEW,
        icon="package",
        section=SALES,
        key="o",
        more=(
            "order_steps.confirm",
            "order_steps.cancel",
            "deliveries.index",
            "deliveries.show",
            "deliveries.deliver",
            "deliveries.take_back",
            "deliveries.undo",
            "sales.index",
            "sales.groups",
        ),
    ),
    Place(
        "receivables.index",
        _l("Receivables"),
        P.INVOICE_VIEW,
        icon="receipt",
        section=SALES,
        more=(
            "payments.index",
            "payments.show",
            "payments.create",
            "payments.use",
            "account_statements.of_account",
            "ageing.index",
            "bank.index",
            "bank.show",
            "bank.columns",
            "credit_notes.show",
            "credit_notes.create",
            "payment_terms.of_account",
            "payment_reminders.index",
            "payment_reminders.show",
            "payment_reminders.dispute",
        ),
    ),
    Place(
        "expenses.index",
        _l("Expenses"),
        P.EXPENSE_VIEW,
        icon="cash",
        section=SALES,
        more=("expense_decisions.pay",),
    ),
    Place(
        "products.index",
        _l("Products"),
        P.PRODUCT_VIEW,
        icon="box",
        section=SALES,
        more=(
            "price_lists.index",
            "price_lists.create",
            "price_lists.show",
            "price_lists.price",
            "price_lists.edit",
            "price_lists.copy",
            "list_prices.show",
            "variants.make",
            "variants.describe",
            "bundles.edit",
            "coupons.index",
            "coupons.create",
            "coupons.show",
            "coupons.edit",
        ),
    ),
    Place(
        "stock.index",
        _l("Stock"),
        P.STOCK_VIEW,
        icon="building-warehouse",
        section=SALES,
        more=(
            "stock_movements.index",
            "stock_movements.show",
            "stock_movements.correct",
            "stock_counts.index",
            "stock_counts.start",
            "stock_counts.show",
            "stock_counts.enter",
            "stock_counts.add",
            "stock_orders.index",
            "purchases.index",
            "purchases.create",
            "purchases.show",
            "purchases.edit",
            "purchase_receipts.receive",
        ),
    ),
    Place("partners.index", _l("Partners"), P.PARTNER_VIEW, icon="building-bridge", section=SALES),
    Place("relations.index", _l("Cooperation"), P.ACCOUNT_VIEW, icon="users-group", section=SALES),
    Place(
        "service_desk.index",
        _l("Cases"),
        P.CASE_VIEW,
        icon="headset",
        section=SERVICE,
        key="s",
        is_bottom=True,
        count_endpoint="service_desk.count",
    ),
    Place(
        "forecasts.index",
        _l("Forecast"),
        P.FORECAST_VIEW,
        icon="chart-histogram",
        section=GROWTH,
        key="f",
        more=("forecasts.results", "forecast_calls.show"),
    ),
    Place("reports.index", _l("Reports"), P.REPORT_VIEW, icon="clipboard-data", section=GROWTH, key="r"),
    Place("settings.index", _l("Settings"), icon="settings", section=" "),
)

MINE, WORK, PEOPLE = _l("You"), _l("Workspace"), lazy_pgettext("settings", "People")
CARE, DATA = _l("Customers"), lazy_pgettext("settings", "Data")
SETTINGS = (
    Place("profile.index", _l("Your profile"), section=MINE),
    Place(
        "profile.security",
        _l("Signing in"),
        section=MINE,
        more=("profile.second_step", "profile.new_codes", "profile.add_passkey"),
    ),
    Place("profile.notified", _l("What you are told"), section=MINE),
    Place("chats.index", _l("Chat and SMS"), section=MINE, more=("chats.add",)),
    Place("drop_address.index", _l("Your address for mail"), P.ACTIVITY_EDIT, section=MINE),
    Place("profile.look", _l("Look and keys"), section=MINE),
    Place("settings.workspace", _l("General"), P.WORKSPACE_SET, section=WORK, more=("samples.index",)),
    Place("portals.index", _l("Portals"), P.WORKSPACE_SET, section=WORK),
    Place("papers.edit_letterhead", _l("Letterhead"), P.WORKSPACE_SET, section=WORK),
    Place("billing.index", _l("Plan and seats"), P.BILLING_MANAGE, section=WORK),
    Place("members.index", _l("Members"), P.MEMBER_VIEW, section=PEOPLE),
    Place("teams.index", _l("Teams"), P.MEMBER_EDIT, section=PEOPLE),
    Place("roles.index", _l("Roles and rights"), P.ROLE_EDIT, section=PEOPLE),
    Place(
        "territories.index",
        _l("Territories"),
        P.WORKSPACE_SET,
        section=PEOPLE,
        more=("territories.create", "territories.edit"),
    ),
    Place(
        "pools.index",
        _l("Public pool"),
        P.WORKSPACE_SET,
        section=CARE,
        more=("pools.rules", "pools.edit", "pool_sweeps.index", "pool_sweeps.show"),
    ),
    Place("words.index", _l("Dictionaries"), P.WORKSPACE_SET, section=CARE),
    Place("custom_fields.index", _l("Custom fields"), P.WORKSPACE_SET, section=CARE),
    Place("labels.index", _l("Tags and groups"), P.WORKSPACE_SET, section=CARE, more=("labels.groups",)),
    Place("numbers.index", _l("Customer numbers"), P.WORKSPACE_SET, section=CARE),
    Place("activity_kinds.index", _l("Activities"), P.WORKSPACE_SET, section=CARE),
    Place("mailbox.index", _l("Mailbox"), P.WORKSPACE_SET, section=CARE),
    Place("stages.index", _l("Pipelines"), P.WORKSPACE_SET, section=SALES, more=("pipelines", "play")),
    Place("forecast_marks.edit", _l("Forecast"), P.WORKSPACE_SET, section=SALES),
    Place("discounts.index", _l("Discounts"), P.WORKSPACE_SET, section=SALES),
    Place("taxes.index", _l("Taxes"), P.WORKSPACE_SET, section=SALES),
    Place("payment_terms.index", _l("Payment terms"), P.WORKSPACE_SET, section=SALES),
    Place("payment_reminders.steps", _l("Payment reminders"), P.WORKSPACE_SET, section=SALES),
    Place("exchange_rates.index", _l("Exchange rates"), P.WORKSPACE_SET, section=SALES),
    Place("expense_decisions.limits", _l("Expenses"), P.WORKSPACE_SET, section=SALES),
    Place("warehouses.index", _l("Warehouses"), P.STOCK_EDIT, section=SALES),
    Place("transfer.index", _l("Imports"), P.TRANSFER_IMPORT, section=DATA),
    Place("exports.index", _l("Exports"), P.TRANSFER_EXPORT, section=DATA),
    Place("jobs.index", _l("Background work"), P.WORKSPACE_JOBS, section=DATA),
)

NEW = (
    Place("customers.create", _l("Customer"), P.ACCOUNT_CREATE, icon="building"),
    Place("contacts.create", _l("Contact"), P.CONTACT_CREATE, icon="user"),
    Place("opportunities.create", _l("Deal"), P.OPPORTUNITY_CREATE, icon="coins"),
    Place("deal_window.create", _l("Deal in one window"), P.OPPORTUNITY_CREATE, icon="layout-list"),
    Place("quotes.create", _l("Quote"), P.QUOTE_EDIT, icon="file-text"),
    Place("contracts.create", lazy_pgettext("sale", "Contract"), P.CONTRACT_EDIT, icon="writing-sign"),
    Place("orders.create", lazy_pgettext("sale", "Order"), P.ORDER_EDIT, icon="package"),
    Place("receivables.create", _l("Invoice"), P.INVOICE_EDIT, icon="receipt"),
    Place("expenses.create", _l("Expense"), P.EXPENSE_EDIT, icon="cash"),
    Place("activities.create", _l("Activity"), P.ACTIVITY_EDIT, icon="calendar-plus"),
    Place("service_desk.create", _l("Case"), P.CASE_CREATE, icon="headset"),
    Place("leads.create", _l("Lead"), P.LEAD_EDIT, icon="target"),
)


@dataclass(frozen=True, eq=False)
class Line:
    """A place as a menu shows it, in one language and workspace."""

    section: str
    label: str
    icon: str
    url: str
    active: bool
    key: str
    bottom: bool
    count_url: str | None


def shown(places: tuple[Place, ...], who: Who) -> tuple[Line, ...]:
    """The lines of a menu that this reader sees; the same ones each time, so that what is drawn of them can be kept."""
    return _written(
        _open_to(places, frozenset(who.rights)), _here(places, request.endpoint or ""), i18n.language(), g.slug
    )


@lru_cache(maxsize=256)
def _open_to(places: tuple[Place, ...], rights: frozenset[str]) -> tuple[Place, ...]:
    """The places that there are for somebody with these rights, however far they reach."""
    return tuple(p for p in places if exists(p.endpoint) and (p.permission is None or p.permission in rights))


@lru_cache(maxsize=2048)  # the same few menus stand on every page of a workspace
def _written(places: tuple[Place, ...], here: Place | None, _language: str, _workspace: str) -> tuple[Line, ...]:
    return tuple(
        Line(
            section=str(place.section).strip(),
            label=str(place.label),
            icon=place.icon,
            url=url_for(place.endpoint),
            active=place is here,
            key=place.key,
            bottom=place.is_bottom,
            count_url=url_for(place.count_endpoint) if exists(place.count_endpoint) else None,
        )
        for place in places
    )


def first_setting(who: Who) -> str:
    """The address of the first topic of settings that this reader may open; his profile if there is none."""
    topics = tuple(place for place in SETTINGS if place.section is not MINE)
    return [*shown(topics, who), *shown(SETTINGS, who)][0].url


def exists(endpoint: str) -> bool:
    """True when some blueprint has brought this page."""
    return endpoint in current_app.view_functions


@lru_cache(maxsize=2048)
def _here(places: tuple[Place, ...], endpoint: str) -> Place | None:
    """The place one is at: the page's own, else that of its blueprint; all topics of settings lie under Settings."""
    for place in places:
        if endpoint == place.endpoint or {endpoint, _area(endpoint)} & set(place.more):
            return place
    area = _area(endpoint)
    own = {place.endpoint for place in SETTINGS} if area in {_area(place.endpoint) for place in PLACES} else None
    if places is PLACES and (endpoint in own if own else any(_area(place.endpoint) == area for place in SETTINGS)):
        area = "settings"
    return next((place for place in places if _area(place.endpoint) == area), None)


def _area(endpoint: str) -> str:
    return endpoint.rpartition(".")[0]
