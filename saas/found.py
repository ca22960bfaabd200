"""What is asked for by its id is there, or it isn't found: to the reader that is the same as what he may not see."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import Select

from saas.db import db
from saas.errors import NotFound

Found = TypeVar("Found")


def known(found: Found | None) -> Found:
    """What was looked for.

    Raises:
        NotFound: there is none.
    """
    if found is None:
        raise NotFound
    return found


def the_one(statement: Select[Found]) -> Found:
    """The one row that a statement finds.

    Raises:
        NotFound: it finds none.
    """
    return known(db.session.scalars(statement).one_or_none())
