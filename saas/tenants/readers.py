"""What is made for a member while he isn't there: with his eyes, in his words, at his times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import g

from saas.tenants import queries
from saas.tenants.models import Member


@contextmanager
def reading_as(member: Member) -> Iterator[None]:
    """Filters, words and times as the member's own pages have them."""
    before = {name: g.get(name) for name in ("member", "who", "locale", "timezone")}
    g.member, g.who, g.locale, g.timezone = member, queries.who_is(member), member.locale, member.timezone
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(g, name, value)
