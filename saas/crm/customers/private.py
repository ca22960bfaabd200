"""What is private about a contact, and so can be kept from a role: nowhere shown, asked for, found by or taken away."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from saas import search
from saas.tenants import rights, scope

CONTACT = "contact"
HOME_PHONE = "home_phone"
PRIVATE = {
    HOME_PHONE: _l("Contacts: phone at home"),
    "home_address": _l("Contacts: address at home"),
    "birthday": _l("Contacts: birthday"),
    "days": _l("Contacts: anniversaries"),
    "hobbies": _l("Contacts: hobbies and interests"),
}

for _name, _label in PRIVATE.items():
    rights.sensitive(f"{CONTACT}.{_name}", _label)


def hidden() -> frozenset[str]:
    """The columns of Contact that the reader's role is kept from."""
    who = scope.who()
    return frozenset(name for name in PRIVATE if not who.sees(f"{CONTACT}.{name}"))


def searched(reaches: Mapping[str, str]) -> dict[str, str]:
    """What is searched, kind → reach: contacts by their phones at home too where the reader sees those."""
    if CONTACT not in reaches or HOME_PHONE in hidden():
        return dict(reaches)
    return {**reaches, search.private(CONTACT): reaches[CONTACT]}
