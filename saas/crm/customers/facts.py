"""What the page of a customer says of who it is: the facts under its name, and how one reaches its people."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from saas import ui
from saas.crm.customers import territory_queries as territories
from saas.crm.customers.models import CHANNEL_WORDS, Account, Channel, Contact
from saas.crm.customers.veil import Hidden
from saas.crm.fields import queries as fields
from saas.crm.fields.models import Dictionary
from saas.tenants import brought

Facts = list[tuple[Any, Any]]


def about(account: Account) -> Facts:
    """(label, value) of all that is known of an account."""
    return _known([_owner(account), *_lines(account), *_place(account), *_kind(account)])


def on_card(account: Account, hidden: frozenset[Hidden]) -> Facts:
    """`about` without what is hidden; each part of it says so."""
    once = Markup('<span class="muted">{}</span>').format(_("Shown once claimed"))
    lines = [(_l("Phone and mail"), once)] if Hidden.LINES in hidden else _lines(account)
    place = [_region(account), (_l("Address and website"), once)] if Hidden.PLACE in hidden else _place(account)
    return _known([_owner(account), *lines, *place, *_kind(account)])


def lines(person: Contact) -> list[str]:
    """The number and the address by which a person may be reached."""
    phone = None if person.refuses(Channel.PHONE) else person.mobile or person.phone
    mail = None if person.refuses(Channel.MAIL) else person.email
    return [one for one in (phone, mail) if one]


def prefers(person: Contact) -> str:
    """How somebody likes to be spoken to: by which way, in which language."""
    wishes = [CHANNEL_WORDS[person.channel] if person.channel else None, person.language]
    return _(", ").join(str(wish) for wish in wishes if wish)


def words(account: Account) -> list[tuple[str, str]]:
    """What stands beside the name: role, level and value class, each with the look of its chip."""
    role, value = account.party_role, account.value_class
    level = fields.badge(Dictionary.LEVEL, account.level) if account.level else None
    return [
        *([fields.badge(Dictionary.ROLE, role)] if role else []),
        *([(_("Level %(level)s", level=level[0]), level[1])] if level else []),
        *([fields.badge(Dictionary.VALUE, value)] if value else []),
    ]


def _known(rows: Facts) -> Facts:
    return [(label, value) for label, value in rows if value not in (None, "")]


def _owner(account: Account) -> tuple[Any, Any]:
    return _l("Looked after by"), account.owner.name if account.owner else _("Nobody: it lies in the pool")


def _lines(account: Account) -> Facts:
    mail = (
        Markup('<a href="mailto:{}">{}</a>').format(account.email, ui.breakable(account.email))
        if account.email
        else None
    )
    phone = Markup('<a href="tel:{}">{}</a>').format(account.phone, account.phone) if account.phone else None
    return [(_l("Phone"), phone), (_l("Mail"), mail), (_l("Fax"), account.fax)]


def _place(account: Account) -> Facts:
    place = _(", ").join(p for p in (account.address, account.city, account.region, account.country) if p)
    return [
        (_l("Website"), _web(account.website)),
        (_l("Address"), place),
        (_l("Tax number"), account.tax_number),
    ]


def _region(account: Account) -> tuple[Any, Any]:
    return _l("Place"), _(", ").join(p for p in (account.city, account.region, account.country) if p)


def _kind(account: Account) -> Facts:
    return [
        (_l("Territory"), territories.name_of(account.territory_id)),
        (_l("Industry"), fields.label(Dictionary.INDUSTRY, account.industry)),
        (_l("Source"), fields.label(Dictionary.SOURCE, account.source)),
        (_l("Company type"), fields.label(Dictionary.TYPE, account.company_type)),
        (_l("Ownership"), fields.label(Dictionary.NATURE, account.nature)),
        (_l("Employees"), ui.number(account.employees) if account.employees is not None else None),
        (_l("Founded"), account.founded),
        (_l("Yearly revenue (millions)"), ui.number(account.revenue, 2) if account.revenue is not None else None),
        (_l("Credit standing"), fields.label(Dictionary.CREDIT, account.credit)),
        (_l("Belongs to"), account.parent.name if account.parent else None),
        brought.fact(account),
    ]


def _web(address: str | None) -> Markup | None:
    if not address:
        return None
    url = address if address.startswith(("http://", "https://")) else f"https://{address}"
    return Markup('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>').format(url, ui.breakable(address))
