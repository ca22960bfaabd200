"""Mails in the search box: those that are filed, by subject and by whom they are with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from saas import search
from saas.crm.mails import queries
from saas.crm.mails.models import Direction, Mail

KIND = Mail.__tablename__
CHUNK = 200  # mails that are made findable at once


def index(mails: Sequence[Mail]) -> None:
    """Let filed mails be found, by whoever reaches them."""
    search.put(
        [
            search.entry(KIND, one.id, (one.subject, *_with_whom(one)), owner_id=one.owner_id, team_id=one.team_id)
            for one in mails
        ]
    )


def drop(mail: Mail) -> None:
    """A mail that lies in the tray again is found there alone."""
    search.drop(KIND, [mail.id])


def index_all() -> Iterator[None]:
    """Let those be found that were filed before mails were; the caller commits at each yield."""
    while found := queries.not_found_yet(CHUNK):
        index(found)
        yield


def _with_whom(mail: Mail) -> list[str]:
    """Names and addresses of those who aren't us."""
    if mail.direction is Direction.IN:
        return [mail.sender_name, mail.sender]
    others = [one for one in mail.recipients if not one.get("is_ours") and one["kind"] != "bcc"]
    return [part for one in others for part in (one["name"], one["address"])]
