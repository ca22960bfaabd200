"""For whom people of the portals speak: each capability that has such people says how they are found and made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import g

from saas.tenants.models import PortalKind, PortalUser


@dataclass(frozen=True)
class Subject:
    """The person behind a portal user, as he is in the books now: a contact, or a partner's person."""

    id: UUID
    name: str
    email: str | None
    account_id: UUID  # for whom he speaks now, wherever he was when he was invited
    company: str
    owner_id: UUID | None = None  # the colleague who looks after the account
    team_id: UUID | None = None


@dataclass(frozen=True)
class Kind:
    """One kind of portal.

    kind: whose portal it is.
    path: its word in the address, after the workspace's.
    label: what it is called.
    roles: the keys of the roles that its people may have, the usual one first.
    subject: a person by id; None when he is in the books no more, and then his way in is shut.
    make: for the command line: the name of a company, of a person, his mail address → the person, added where missing.
    url: the page on which colleagues see this person.
    """

    kind: PortalKind
    path: str
    label: Any
    roles: tuple[str, ...]
    subject: Callable[[UUID], Subject | None]
    make: Callable[[str, str, str], Subject]
    url: Callable[[UUID], str]


_kinds: dict[PortalKind, Kind] = {}


def register(kind: Kind) -> None:
    """Open this kind of portal to its people; said once, at import."""
    _kinds[kind.kind] = kind


def of(kind: PortalKind) -> Kind:
    """What was said about a kind.

    Raises:
        LookupError: nothing was.
    """
    return _kinds[kind]


def behind(person: PortalUser) -> Subject | None:
    """The person behind a portal user; None when he is in the books no more."""
    found = _kinds.get(person.kind)
    return found.subject(person.subject_id) if found else None


def here() -> Subject:
    """The person behind the portal user who is signed in on this page.

    Raises:
        LookupError: nobody is, which a route's declared audience rules out.
    """
    found = g.get("subject")
    if not isinstance(found, Subject):
        raise LookupError("no portal user is signed in")
    return found
