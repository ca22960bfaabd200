"""Fields of a workspace's own in a sheet: read by what they hold, shown as a person says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, ClassVar

from saas.crm.fields import custom_actions as actions
from saas.crm.fields import custom_queries as queries
from saas.crm.fields.custom_models import CHOSEN, NAMED, PREFIX, Definition, FieldKind, named
from saas.crm.fields.custom_sets import NAMES
from saas.crm.fields.custom_values import LONGEST, differing, merged, typed
from saas.crm.transfer import values
from saas.crm.transfer.kind import EMPTY, Field, Match, Plan, Read, Work
from saas.crm.transfer.kinds.labels import several
from saas.crm.transfer.kinds.matches import AccountMatch, MemberMatch
from saas.crm.transfer.kinds.words import both
from saas.crm.transfer.values import Reading, Wrong
from saas.search import fold

CUSTOM = "custom"  # the column that holds them


class ColleagueMatch(MemberMatch):
    """A colleague who is here already."""

    can_make: ClassVar[bool] = False
    fallback: ClassVar[str] = EMPTY


class KnownAccountMatch(AccountMatch):
    """A customer who is here already."""

    can_make: ClassVar[bool] = False
    fallback: ClassVar[str] = EMPTY


MATCHES: dict[FieldKind, Match] = {FieldKind.PERSON: ColleagueMatch(), FieldKind.ACCOUNT: KnownAccountMatch()}


def custom_fields(subject: str) -> tuple[Field, ...]:
    """The fields of records of a kind, after ours."""
    return _fields(tuple(queries.fields_of(subject)))


@lru_cache(maxsize=256)
def _fields(own: tuple[Definition, ...]) -> tuple[Field, ...]:
    return tuple(
        Field(
            one.column,
            one.title,
            reader(one),
            match=MATCHES.get(one.kind),
            show=partial(_shown, one),
            words=partial(_offered, one) if one.kind in CHOSEN else None,
        )
        for one in own
    )


def reader(field: Definition) -> Read:
    """How a cell becomes what the field holds; of those that name a record their match says that."""
    reads: dict[FieldKind, Read] = {
        FieldKind.NUMBER: values.number,
        FieldKind.MONEY: values.money,
        FieldKind.DATE: values.day,
    }
    if field.kind in CHOSEN:
        return _choice(field)
    return reads.get(field.kind) or partial(values.text, most=LONGEST)


def _choice(field: Definition) -> Read:
    spelled = {spelling: one.key for one in field.choices for spelling in _spellings(one.key, one.name)}

    def one_of(cell: str) -> str:
        if fold(cell) not in spelled:
            offered = " · ".join(one.label for one in field.choices if not one.is_retired)
            raise Wrong("choice", value=cell, choices=offered)
        return spelled[fold(cell)]

    def read(cell: str, reading: Reading) -> Any:
        if field.kind is FieldKind.CHOICE:
            return one_of(cell)
        return [one_of(part) for part in several(cell, reading)]

    return read


def _spellings(key: str, name: str | None) -> set[str]:
    return {fold(name)} if name else both(NAMES[key]) if key in NAMES else {fold(named(key, name))}


def own_values(plan: Plan) -> dict[str, Any]:
    """What a row says of the workspace's own fields: field's id → value; a name that means nobody says nothing."""
    said = {key: getattr(v, "id", v) for key, v in plan.values.items() if key.startswith(PREFIX) and v is not None}
    return actions.by_field(said)


def drop_custom(found: dict[str, Any]) -> dict[str, Any]:
    """The columns of a record: its own fields lie in one, which is written apart."""
    return {name: value for name, value in found.items() if not name.startswith(PREFIX)}


def change_custom(plan: Plan, work: Work) -> None:
    """Write what a row says of a known record."""
    said, before = own_values(plan), plan.record.custom
    after = actions.settled(plan.record.__tablename__, before, said) if said else before
    if after != before:
        plan.changed[CUSTOM] = differing(before, after)
        if not work.is_rehearsal:
            plan.record.custom = after


def restored_custom(record: Any, before: Mapping[str, Any]) -> dict[str, Any]:
    """Put back what an import changed in own fields; returns what else it changed."""
    rest = dict(before)
    if (kept := rest.pop(CUSTOM, None)) is not None:
        record.custom = merged(record.custom, kept)
    return rest


def read_names(subject: str, records: Sequence[Any]) -> None:
    """Give records that an export shows the names of whom their fields name."""
    own = [one for one in queries.fields_of(subject) if one.kind in NAMED]
    names = queries.names((field, record.custom.get(field.key)) for field in own for record in records)
    for record in records:
        record.custom_names = names


def _shown(field: Definition, record: Any) -> Any:
    value = record.custom.get(field.key)
    if field.kind in NAMED:
        return getattr(record, "custom_names", {}).get(value)
    if field.kind in CHOSEN:
        return _offered(field, value)
    return typed(field, value)


def _offered(field: Definition, value: Any) -> str:
    """The words behind the keys of a value, as a cell says them."""
    keys = value if isinstance(value, list) else [value]
    return "; ".join(one.label for one in field.choices if one.key in keys)
