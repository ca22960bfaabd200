"""Tags and groups in a cell: several, with a mark between them; a group with its part as "Trade / Retail"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from saas.crm.customers import label_actions
from saas.crm.fields import label_actions as labels
from saas.crm.fields import label_queries as queries
from saas.crm.fields.label_models import LABEL_WORDS, LabelKind
from saas.crm.transfer.kind import Field, Plan, Work
from saas.crm.transfer.values import Reading, Wrong
from saas.search import fold

BETWEEN = re.compile(r"[;；,，、|\n]")


def several(cell: str, reading: Reading) -> list[str]:
    """The names in a cell, each once.

    Raises:
        Wrong: one is too long.
    """
    found = {fold(name): name.strip() for name in BETWEEN.split(cell) if name.strip()}
    if any(len(part.strip()) > labels.LONGEST for name in found.values() for part in name.split("/")):
        raise Wrong("long", most=labels.LONGEST)
    return list(found.values())


def labelled(kind: LabelKind, column: Any, *aliases: str) -> Field:
    """The field of a record's tags or groups; new ones are made."""

    def show(record: Any) -> str:
        mine = getattr(record, "lies_under", ())
        return "; ".join(sorted(tag.path for tag in mine if tag.kind is kind))

    return Field(kind.value, LABEL_WORDS[kind], several, aliases, show=show)


def read_labels(column: Any, records: Sequence[Any]) -> None:
    """Give records that an export shows what they lie under."""
    found = queries.of_many(column, [record.id for record in records])
    for record in records:
        record.lies_under = found.get(record.id, [])


def drop_labels(found: dict[str, Any]) -> dict[str, Any]:
    """The columns of a record: what it lies under is no column of its own."""
    for kind in LabelKind:
        found.pop(kind.value, None)
    return found


def put_under(model: type, made: Sequence[tuple[Any, Plan]], work: Work) -> None:
    """Put new records under what their rows name."""
    for kind in LabelKind:
        found = {record.id: plan.values[kind.value] for record, plan in made if plan.values.get(kind.value)}
        label_actions.label_many(model, found, kind, by=work.by)


def change_labels(model: type, plan: Plan, work: Work) -> None:
    """Put a known record under what its row names, beside what it lies under already."""
    column = label_actions.COLUMNS[model]
    for kind in LabelKind:
        said = plan.values.get(kind.value)
        if not said:
            continue
        before = [tag.path for tag in queries.of_record(column, plan.record.id) if tag.kind is kind]
        lacking = [path for path in said if fold(path) not in set(map(fold, before))]
        if lacking:
            plan.changed[kind.value] = [before, [*before, *lacking]]
            if not work.is_rehearsal:
                label_actions.label_many(model, {plan.record.id: lacking}, kind, by=work.by)


def restored_labels(model: type, record: Any, before: Mapping[str, Any]) -> dict[str, Any]:
    """Take off what an import put on; returns what else it changed."""
    rest, column = dict(before), label_actions.COLUMNS[model]
    for kind in LabelKind:
        kept = rest.pop(kind.value, None)
        if kept is not None:
            mine = queries.of_record(column, record.id)
            labels.take_from_under(column, record.id, [t.id for t in mine if t.kind is kind and t.path not in kept])
    return rest
