"""What activities can be about besides customers: records of later capabilities, which say here how to find them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select


@dataclass(frozen=True)
class Subject:
    """One kind of record that activities can be about.

    kind: its table's name.
    names: ids → (id, name) of those that the reader may see.
    url: the address of one's page.
    within: the ids that the reader may see, as a statement; None: all of them.
    account_of: the customer it belongs to, if the reader may see the record; raises NotFound where he may not.
    """

    kind: str
    names: Callable[[Sequence[UUID]], Sequence[tuple[UUID, str]]]
    url: Callable[[UUID], str]
    within: Callable[[], Select[Any] | None]
    account_of: Callable[[UUID], UUID | None]


_subjects: dict[str, Subject] = {}


def register(subject: Subject) -> None:
    """Let activities be about records of this kind; said at import of the capability's views."""
    _subjects[subject.kind] = subject


def of(kind: str | None) -> Subject | None:
    """The kind of this name, if activities can be about it."""
    return _subjects.get(kind or "")


def every() -> list[Subject]:
    """All kinds."""
    return list(_subjects.values())
