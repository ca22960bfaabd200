"""Which kinds of records this service has: those whose capability is here."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from flask_babel import gettext as _

from saas.crm import CAPABILITIES
from saas.crm.transfer.kind import Kind
from saas.errors import NotFound, Refused

# capability → its kinds, in the order in which a whole company is best brought in
OF = {
    "customers": ("accounts", "contacts"),
    "": ("members",),
    "products": ("products", "prices"),
    "inventory": ("stock",),
    "opportunities": ("opportunities",),
    "activities": ("activities",),
    "service_desk": ("cases",),
}


@cache
def kinds() -> dict[str, Kind]:
    """All kinds by key."""
    found: dict[str, Kind] = {}
    for capability, keys in OF.items():
        if not capability or capability in CAPABILITIES:
            for key in keys:
                found[key] = import_module(f"saas.crm.transfer.kinds.{key}").KIND
    return found


def kind(key: str) -> Kind:
    """A kind by its key.

    Raises:
        NotFound: there is none.
    """
    if key not in kinds():
        raise NotFound
    return kinds()[key]


def kind_of(table: str) -> Kind | None:
    """The kind whose records lie in a table; None where they come in only as names of others."""
    return next((kind for kind in kinds().values() if kind.model.__tablename__ == table), None)


def kind_named(name: str) -> Kind:
    """A kind that a person names.

    Raises:
        Refused: there is none; the sentence says which there are.
    """
    if name not in kinds():
        raise Refused(_("%(name)s can't be brought in. Take one of: %(kinds)s.", name=name, kinds=", ".join(kinds())))
    return kinds()[name]
