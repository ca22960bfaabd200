"""Values of a workspace's own fields: as a form holds them, as JSON keeps them, as an index compares them. Pure."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from saas.crm.fields.custom_models import FIGURES, NAMED, Definition, FieldKind
from saas.search import fold

LONGEST = 500  # characters of a text
LONGEST_TERM = 80  # of a text that are compared
LARGEST = Decimal(10) ** 15  # no figure reaches it
PLACES = {FieldKind.NUMBER: 4, FieldKind.MONEY: 2}  # digits after the mark
_BETWEEN = re.compile(r"\s*(?:[–—~至到]|…)\s*")  # marks that stand for ".."
_PART_OF_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?")  # a year, or a month of it
_SHIFT = 10**19  # makes every figure positive, so that figures of one width sort as text


class Unfit(ValueError):
    """A value that the field can't hold."""


def kept(field: Definition, value: Any) -> Any:
    """A value as JSON keeps it: figures as exact text, days as ISO, records by id; None where there is nothing.

    Args:
        value: text, Decimal, date, key of a choice, list of keys, UUID; or what JSON keeps already.

    Raises:
        Unfit: the field can't hold it.
    """
    if value is None or value == "" or value == []:
        return None
    try:
        return _kept(field, value)
    except (TypeError, AttributeError, ValueError, InvalidOperation) as error:
        raise Unfit(field.label) from error


def _kept(field: Definition, value: Any) -> Any:
    if field.kind in FIGURES:
        return _figure(field, value)
    if field.kind is FieldKind.DATE:
        return (value if isinstance(value, date) else date.fromisoformat(value)).isoformat()
    if field.kind in NAMED:
        return str(UUID(str(value)))
    if field.kind is FieldKind.CHOICES:
        chosen = set(value) if isinstance(value, list | tuple | set) else {value}
        if chosen - {one.key for one in field.choices}:
            raise Unfit(field.label)
        return [one.key for one in field.choices if one.key in chosen]
    if field.kind is FieldKind.CHOICE and field.choice(value) is None:
        raise Unfit(field.label)
    text = value.strip()
    if len(text) > LONGEST:
        raise Unfit(field.label)
    return text or None


def _figure(field: Definition, value: Any) -> str:
    found = Decimal(str(value))
    if not found.is_finite() or abs(found) >= LARGEST:
        raise Unfit(field.label)
    found = found.quantize(Decimal(1).scaleb(-PLACES[field.kind]))
    text = f"{found:f}"
    return text if field.kind is FieldKind.MONEY or "." not in text else text.rstrip("0").rstrip(".")


def typed(field: Definition, value: Any) -> Any:
    """What JSON keeps, as a form holds it: Decimal, date, UUID, text, list of keys; None where it can't be read."""
    if value in (None, "", []):
        return None
    try:
        if field.kind in FIGURES:
            return Decimal(value)
        if field.kind is FieldKind.DATE:
            return date.fromisoformat(value)
        return UUID(value) if field.kind in NAMED else value
    except (TypeError, ValueError, InvalidOperation):
        return None


def terms(field: Definition, value: Any) -> list[str]:
    """By what a record with this value (as JSON keeps it) is found; they sort as values do."""
    if value in (None, "", []):
        return []
    if field.kind is FieldKind.CHOICES:
        return list(value)
    if field.kind in FIGURES:
        return [figure_term(Decimal(value))]
    return [fold(value)[:LONGEST_TERM]] if field.kind is FieldKind.TEXT else [value]


def figure_term(value: Decimal) -> str:
    """A figure as text that sorts as figures do."""
    return f"{int(value.scaleb(4)) + _SHIFT:020d}"


def between(field: Definition, text: str) -> tuple[str | None, str | None] | None:
    """The first and last term that somebody means by "10", "10..20", "10..", "..20", "2026-03-01..2026-05" or "2026".

    Returns:
        Terms, each None where that side is open; None where it can't be read.
    """
    first, mark, last = (part.strip() for part in _BETWEEN.sub("..", text, count=1).partition(".."))
    try:
        low, high = _first(field, first), _last(field, last if mark else first)
    except (ValueError, InvalidOperation):
        return None
    return None if low is None and high is None else (low, high)


def _first(field: Definition, text: str) -> str | None:
    if not text:
        return None
    return _amount(text) if field.kind in FIGURES else _days(text)[0].isoformat()


def _last(field: Definition, text: str) -> str | None:
    if not text:
        return None
    return _amount(text) if field.kind in FIGURES else _days(text)[1].isoformat()


def _amount(text: str) -> str:
    found = Decimal(re.sub(r"[,，\s]", "", text))
    if not found.is_finite() or abs(found) >= LARGEST:
        raise ValueError(text)
    return figure_term(found)


def _days(text: str) -> tuple[date, date]:
    """The first and the last day of what is written as a day, a month or a year."""
    part = _PART_OF_DATE.fullmatch(text)
    if part is None:
        day = date.fromisoformat(text)
        return day, day
    year, first, last = int(part[1]), int(part[2] or 1), int(part[2] or 12)
    return date(year, first, 1), date(year, last, monthrange(year, last)[1])


def merged(before: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """All values of a record after some were set; what is set to None is gone."""
    return {key: value for key, value in (before | values).items() if value is not None}


def differing(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """Both narrowed to the fields that differ, for the trail."""
    keys = sorted({key for key in before | after if before.get(key) != after.get(key)})
    return [{key: side.get(key) for key in keys} for side in (before, after)]
