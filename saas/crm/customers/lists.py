"""The lists of customers and contacts: columns, sorts, filters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select

from saas import archive
from saas.crm.customers import territory_queries as territories
from saas.crm.customers.models import (
    KIND_WORDS,
    LAST_CONTACT,
    STANDING_LOOKS,
    STANDING_WORDS,
    Account,
    AccountKind,
    Contact,
    Standing,
)
from saas.crm.fields import custom_lists as custom
from saas.crm.fields import label_queries as labels
from saas.crm.fields import queries as fields
from saas.crm.fields.label_models import LABEL_WORDS, LabelKind, Labelled
from saas.crm.fields.models import DICTIONARY_WORDS, OF_CUSTOMERS, Dictionary
from saas.lists import Column, Filter, Listing
from saas.tenants import brought, scope
from saas.tenants import queries as tenants
from saas.tenants.models import Member

OWNER_NAME = select(Member.name).where(Member.id == Account.owner_id).correlate(Account).scalar_subquery()
ACCOUNT_NAME = select(Account.name).where(Account.id == Contact.account_id).correlate(Contact).scalar_subquery()
CONTACT_OWNER = select(Member.name).where(Member.id == Contact.owner_id).correlate(Contact).scalar_subquery()


def owners() -> Sequence[tuple[str, Any]]:
    """ "Mine" first, then each colleague."""
    return [("me", _l("Mine")), *((str(key), name) for key, name in tenants.member_names())]


def owned_by(model: Any) -> Any:
    """The condition of the owner filter on `model`."""

    def where(value: str) -> ColumnElement[bool] | None:
        if value == "me":
            condition: ColumnElement[bool] = model.owner_id == scope.me().id
            return condition
        try:
            found: ColumnElement[bool] = model.owner_id == UUID(value)
        except ValueError:
            return None
        return found

    return where


def _of_words(words: dict[Any, Any]) -> Any:
    return lambda value: words.get(value, value)


def _badge(words: dict[Any, Any], looks: dict[Any, str]) -> Any:
    return lambda value: (words.get(value, value), looks.get(value, "neutral"))


def _enum(column: Any, kind: type) -> Any:
    return lambda value: column == kind(value) if value in set(kind) else None  # type: ignore[call-overload]


def word_column(dictionary: Dictionary, *, shown: bool = True) -> Column:
    """The column of a dictionary's words, as chips."""
    value = getattr(Account, dictionary)
    words = partial(fields.badge, dictionary)
    return Column(dictionary.value, DICTIONARY_WORDS[dictionary], value, "badge", words=words, shown=shown)


def word_filter(dictionary: Dictionary, *, pinned: bool = False) -> Filter:
    """The filter by a dictionary's words."""
    column, choices = getattr(Account, dictionary), partial(fields.choices, dictionary)
    return Filter(dictionary.value, DICTIONARY_WORDS[dictionary], choices, lambda v: column == v, pinned=pinned)


def label_columns(column: Any, owner: Any, *kinds: LabelKind) -> list[Column]:
    """The columns of tags and groups, as chips."""
    ids = labels.ids_of(column, owner)
    return [Column(k.value, LABEL_WORDS[k], ids, "tags", words=labels.chips(k), shown=False) for k in kinds]


def label_filters(column: Any, owner: Any, *kinds: LabelKind) -> list[Filter]:
    """The filters by tags and groups."""
    under = labels.lies_under(column, owner)
    return [Filter(k.value, LABEL_WORDS[k], labels.choices(k), under, pinned=False) for k in kinds]


TERRITORY = Filter(
    "territory",
    _l("Territory"),
    lambda: [*territories.choices(), (territories.NONE, _l("In none"))],
    territories.lies_in,
    pinned=False,
)


ACCOUNTS = Listing(
    Account,
    columns=(
        Column("name", _l("Customer"), Account.name, "name", sort=Account.name_key),
        Column("number", _l("Number"), Account.number, sort=Account.number),
        Column("standing", _l("Standing"), Account.standing, "badge", words=_badge(STANDING_WORDS, STANDING_LOOKS)),
        word_column(Dictionary.LEVEL),
        word_column(Dictionary.INDUSTRY),
        Column("city", _l("City"), Account.city),
        Column("phone", _l("Phone"), Account.phone, "phone"),
        Column("owner", _l("Looked after by"), OWNER_NAME),
        Column("last_contact", _l("Last contact"), Account.last_contact_at, "moment", sort=LAST_CONTACT),
        *label_columns(Labelled.account_id, Account.id, *LabelKind),
        Column("kind", _l("Kind"), Account.kind, words=_of_words(KIND_WORDS), shown=False),
        Column("email", _l("Mail"), Account.email, shown=False),
        Column("tax_number", _l("Tax number"), Account.tax_number, shown=False),
        Column("country", _l("Country"), Account.country, shown=False),
        Column("territory", _l("Territory"), Account.territory_id, words=territories.name_of, shown=False),
        word_column(Dictionary.SOURCE, shown=False),
        word_column(Dictionary.ROLE, shown=False),
        word_column(Dictionary.VALUE, shown=False),
        word_column(Dictionary.TYPE, shown=False),
        word_column(Dictionary.NATURE, shown=False),
        word_column(Dictionary.CREDIT, shown=False),
        Column("employees", _l("Employees"), Account.employees, "number", shown=False),
        Column("reclaim", _l("Stays until"), Account.reclaim_at, "day", shown=False),
        Column("created", _l("Added"), Account.created_at, "moment", sort=Account.created_at, shown=False),
    ),
    filters=(
        Filter("owner", _l("Looked after by"), owners, owned_by(Account)),
        Filter(
            "standing",
            _l("Standing"),
            lambda: [(s.value, STANDING_WORDS[s]) for s in Standing],
            _enum(Account.standing, Standing),
        ),
        word_filter(Dictionary.LEVEL, pinned=True),
        *label_filters(Labelled.account_id, Account.id, *LabelKind),
        *(word_filter(one) for one in OF_CUSTOMERS if one is not Dictionary.LEVEL),
        TERRITORY,
        Filter(
            "kind",
            _l("Kind"),
            lambda: [(k.value, KIND_WORDS[k]) for k in AccountKind],
            _enum(Account.kind, AccountKind),
            pinned=False,
        ),
        brought.filter_of(Account, "accounts"),
        archive.filter_of(Account),
    ),
    own_columns=partial(custom.columns, "account"),
    own_filters=partial(custom.filters, "account"),
)

CONTACTS = Listing(
    Contact,
    columns=(
        Column("name", _l("Name"), Contact.name, "name", sort=Contact.name_key),
        Column("account", _l("Customer"), ACCOUNT_NAME, "account"),
        Column("title", _l("Position"), Contact.title),
        Column("phone", _l("Phone"), Contact.phone, "phone"),
        Column("mobile", _l("Mobile"), Contact.mobile, "phone"),
        Column("email", _l("Mail"), Contact.email, "mail"),
        Column("owner", _l("Looked after by"), CONTACT_OWNER, shown=False),
        *label_columns(Labelled.contact_id, Contact.id, LabelKind.TAG),
        Column("created", _l("Added"), Contact.created_at, "moment", sort=Contact.created_at, shown=False),
    ),
    filters=(
        Filter("owner", _l("Looked after by"), owners, owned_by(Contact)),
        *label_filters(Labelled.contact_id, Contact.id, LabelKind.TAG),
        brought.filter_of(Contact, "contacts"),
        archive.filter_of(Contact),
    ),
    always=(Contact.account_id,),
    own_columns=partial(custom.columns, "contact"),
    own_filters=partial(custom.filters, "contact"),
)
