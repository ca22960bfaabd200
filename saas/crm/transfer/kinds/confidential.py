"""Confidential details in an export, for whoever may see such; a file brings none in, it would lie open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from saas.crm.sealed import queries
from saas.crm.sealed.models import DETAIL_WORDS, DETAILS, Detail
from saas.crm.transfer.kind import Field


def confidential(kind: str) -> tuple[Field, ...]:
    """The fields of the details that records of this table may have."""
    return tuple(_field(detail) for detail in DETAILS[kind])


def _field(detail: Detail) -> Field:
    return Field(detail.value, DETAIL_WORDS[detail], show=lambda record: record.details.get(detail))


def read_details(kind: str, records: Sequence[Any]) -> None:
    """Give records that an export shows their details, as far as its reader may see them."""
    found = queries.of_many(kind, records)
    for record in records:
        record.details = found.get(record.id, {})
