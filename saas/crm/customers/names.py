"""The keys of a customer's or a contact's name: how it is compared, and where it is looked up."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import Mapped, validates

from saas.filing import place_of_person
from saas.search import fold

BY_READING = "coalesce(reading, name_key)"  # as the indexes say it


class Named:
    """A record with a name; whoever sets the name, in whatever way, sets its keys."""

    name: Mapped[str]
    name_key: Mapped[str]  # folded, for sorting and for finding the same name again
    reading: Mapped[str | None]  # where it is looked up; None: at `name_key`

    @validates("name")
    def _keep_keys(self, _attribute: str, name: str) -> str:
        for key, value in keys(name).items():
            setattr(self, key, value)
        return name


def keys(name: str) -> dict[str, str | None]:
    """The columns `name_key` and `reading` of a name."""
    name_key = fold(name or "")
    return {"name_key": name_key, "reading": reading(name_key)}


def reading(name_key: str) -> str | None:
    """Where a folded name is looked up: by its Latin letters, Chinese by the reading; None where that is as it stands.

    The names of companies are read as those of persons are: few are so short that one could be the other.
    """
    if name_key.isascii():
        return None
    read = place_of_person(name_key)[0]
    return read if read != name_key else None


def looked_up(model: Any) -> ColumnElement[str]:
    """The order of the phone book."""
    return func.coalesce(model.reading, model.name_key)
