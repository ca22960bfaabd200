"""What is asked before the page of a customer, or of one of its people, opens. Data goes up, as with panels: a later
capability says once, at import, what it wants to know of whoever opens it, and may refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from saas.crm.customers import queries, veil
from saas.crm.customers.models import Account


@dataclass(frozen=True)
class Watch:
    """Who is asked.

    is_on: False where this workspace has nothing to ask; no page is any slower then.
    look: told the customer whose page opens; raises a BusinessError where it may not.
    """

    is_on: Callable[[], bool]
    look: Callable[[Account], None]


_watches: list[Watch] = []


def watch(one: Watch) -> None:
    """Ask before every page of a customer. Done at import."""
    _watches.append(one)


def opened(account: Account) -> Account:
    """The account, whose page may open.

    Raises:
        BusinessError: it may not; says why.
    """
    for one in _watches:
        one.look(account)
    return account


def part_opened(kind: str, record_id: UUID) -> None:
    """Ask as for the page itself before a part of it is drawn, which comes by itself.

    Args:
        kind: of the record, "account" or "contact"; of others nothing is asked.
        record_id: which.

    Raises:
        NotFound: there is none, or the reader may not see it.
        Veiled: as for `queries.account`.
        BusinessError: as for `opened`.
    """
    if kind not in {"account", "contact"} or not (veil.is_on() or any(one.is_on() for one in _watches)):
        return
    opened(queries.account(record_id) if kind == "account" else queries.contact(record_id).account)
