"""Lists on paper: which there are, and their rows as words, bounded in number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import ColumnElement
from werkzeug.datastructures import MultiDict

from saas import clock, grids, months, ui
from saas.crm.activities import kind_queries as kinds
from saas.crm.activities import queries as activities
from saas.crm.activities.models import STATE_WORDS
from saas.crm.customers import contact_queries, reach
from saas.crm.customers import queries as customers
from saas.crm.customers.lists import ACCOUNTS, CONTACTS
from saas.crm.leads import queries as leads
from saas.crm.leads.lists import LEADS
from saas.crm.opportunities import lists as deal_lists
from saas.crm.opportunities import queries as deals
from saas.crm.opportunities.lists import DEALS
from saas.crm.products.lists import PRODUCTS
from saas.crm.products.lists import cells as product_cells
from saas.crm.relations import queries as relations
from saas.crm.relations.lists import COOPERATIONS
from saas.errors import NotFound
from saas.lists import Listing
from saas.tenants import scope
from saas.tenants.permissions import Permission

MOST = 1000  # rows on paper
WIDE = 6  # columns from which a page lies on its side
P = Permission


@dataclass
class Sheet:
    """A list as paper shows it."""

    title: str
    note: str  # what it was narrowed to
    head: list[tuple[str, bool]]  # label, and whether the column is of numbers
    rows: list[list[str]] = field(default_factory=list)
    is_cut: bool = False  # there are more rows than paper takes

    @property
    def is_wide(self) -> bool:
        """True when it wants the long side of the paper."""
        return len(self.head) > WIDE


Asked = MultiDict[str, str]


@dataclass(frozen=True)
class Source:
    """A list that can be printed.

    key: in addresses and file names.
    endpoint: its page.
    right: without which nobody sees it.
    read: what its address asks for → its sheet.
    listing, where: of a list page, for what is counted in groups; None where it isn't one.
    """

    key: str
    title: Any
    endpoint: str
    right: Permission
    read: Callable[[Source, Asked], Sheet]
    listing: Listing | None = None
    where: Callable[[], tuple[ColumnElement[bool], ...]] = tuple
    cells: Callable[[], dict[str, Callable[[Any, Any], Any]]] = dict


def read(source: Source, asked: Mapping[str, str]) -> Sheet:
    """A list as its reader sees it, down to the last row that fits.

    Args:
        source: the list.
        asked: what its address asks for.
    """
    return source.read(source, MultiDict(asked))


def source(key: str) -> Source:
    """A list by its key.

    Raises:
        NotFound: there is none, or the reader may not see it.
    """
    found = next((one for one in SOURCES if one.key == key), None)
    if found is None or not scope.may(found.right):
        raise NotFound
    return found


def at(endpoint: str | None) -> Source | None:
    """The list whose page this is."""
    return next((one for one in SOURCES if one.endpoint == endpoint), None)


def _listed(source: Source, asked: Asked) -> Sheet:
    listing, where = source.listing, source.where()
    assert listing is not None
    cells, hidden, place = source.cells(), scope.who().hidden_fields, asked.copy()
    place.pop("after", None)
    sheet: Sheet | None = None
    while True:
        page = listing.page(place, *where, hidden=hidden)
        page.columns = [column for column in page.columns if not column.stays]
        if sheet is None:
            on = [f"{f['label']}{_(': ')}{f['word']}" for f in page.filters if f["active"]]
            head = [(str(column.label), column.number) for column in page.columns]
            sheet = Sheet(str(source.title), " · ".join(on), head)
        sheet.rows += grids.texts(page, **cells)
        if page.next is None or len(sheet.rows) >= MOST:
            sheet.is_cut = page.next is not None or len(sheet.rows) > MOST
            sheet.rows = sheet.rows[:MOST]
            return sheet
        place["after"] = page.next


def _book(source: Source, asked: Asked) -> Sheet:
    words, start = asked.get("q", "")[:200], asked.get("from", "")[:1]
    rows, following = contact_queries.book(words, start=start, many=MOST)
    head = [(str(label), False) for label in (_("Name"), _("Customer"), _("Reached by"))]
    sheet = Sheet(str(source.title), words or start, head, is_cut=following is not None)
    for row in rows:
        ways = reach.of_contact(row, row.id) if row.kind == "contact" else reach.of_account(row)
        told = [f"{label} {Markup(way).striptags()}" for label, way in ways]  # noqa: S704 - marks are taken out
        sheet.rows.append([row.name, row.account or "", " · ".join(told)])
    return sheet


def _activities(source: Source, asked: Asked) -> Sheet:
    """The month that holds the day `on`, of all whom the reader may see."""
    reader = ui.words()
    try:
        on = date.fromisoformat(asked.get("on", ""))
    except ValueError:
        on = reader.today
    month = months.Month(on.replace(day=1), str(reader.zone))
    found = activities.between(month.begins, month.ends, many=MOST + 1)
    labels = (_("When"), _("Activity"), _("Kind"), _("Customer"), _("Owner"), _("State"), _("What came of it"))
    sheet = Sheet(str(source.title), ui.month(month.first), [(str(one), False) for one in labels])
    now = clock.now()
    for one in found[:MOST]:
        local = one.starts_at.astimezone(reader.zone)
        when = reader.dated(one.due_on) if one.due_on else f"{reader.dated(local.date())} {local:%H:%M}"
        account = one.account.name if one.account else ""
        told = [
            when,
            one.title,
            kinds.word(one.kind),
            account,
            one.owner.name,
            STATE_WORDS[one.state(now)],
            one.outcome,
        ]
        sheet.rows.append([str(word or "") for word in told])
    sheet.is_cut = len(found) > MOST
    return sheet


def _deal_cells() -> dict[str, Callable[[Any, Any], Any]]:
    return {"amount": lambda value, row: ui.money(value, row.currency), **deal_lists.stage_cells()}


SOURCES: Sequence[Source] = (
    Source("customers", _l("Customers"), "customers.index", P.ACCOUNT_VIEW, _listed, ACCOUNTS, customers.listed),
    Source("contacts", _l("Contacts"), "contacts.index", P.CONTACT_VIEW, _listed, CONTACTS, customers.listed_contacts),
    Source("phone-book", _l("Phone book"), "phone_book.paper", P.CONTACT_VIEW, _book),
    Source("deals", _l("Deals"), "opportunities.index", P.OPPORTUNITY_VIEW, _listed, DEALS, deals.listed, _deal_cells),
    Source("leads", _l("Leads"), "leads.index", P.LEAD_VIEW, _listed, LEADS, leads.listed),
    Source(
        "products",
        _l("Products"),
        "products.index",
        P.PRODUCT_VIEW,
        _listed,
        PRODUCTS,
        cells=lambda: product_cells(scope.workspace().currency),
    ),
    Source(
        "cooperation",
        _l("Cooperation"),
        "relations.index",
        P.ACCOUNT_VIEW,
        _listed,
        COOPERATIONS,
        relations.listed,
    ),
    Source("activities", _l("Activities"), "activities.calendar", P.ACTIVITY_VIEW, _activities),
)
