"""Reads the cards of other address books (vCard); inside the child. What comes out are plain texts by our names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

from vobject.base import Component, VObjectError, readComponents

from saas.child import Stopped

MOST = 200  # cards of a file
HERE = ("phone", "mobile", "email", "home_phone")
FURTHER = {"email": "mail", "mobile": "cell", "fax": "fax"}  # what a line is kept as beside those; others: at work


def read(material: BinaryIO) -> Iterator[list[dict[str, Any]]]:
    """The people of a file: what is said of them, and `company`, as their card names it; at most `MOST`.

    Args:
        material: the file, UTF-8.
    """
    found: list[dict[str, Any]] = []
    text = material.read().decode("utf-8", errors="replace")
    try:
        for card in readComponents(text, allowQP=True, ignoreUnreadable=True):
            if card.name == "VCARD" and (values := _values(card)):
                found.append(values)
            if len(found) == MOST:
                break
    except (VObjectError, ValueError, UnicodeError, AttributeError, IndexError, KeyError, TypeError) as error:
        raise Stopped("damaged") from error
    if not found:
        raise Stopped("empty")
    yield found


def _values(card: Component) -> dict[str, Any] | None:
    name = _text(card, "fn") or str(getattr(getattr(card, "n", None), "value", "")).strip()
    if not name:
        return None
    organisation = getattr(getattr(card, "org", None), "value", None) or []
    parts = [str(part).strip() for part in organisation] if isinstance(organisation, list) else [str(organisation)]
    values: dict[str, Any] = {
        "name": name[:200],
        "company": parts[0] if parts else "",
        "department": parts[1][:100] if len(parts) > 1 and parts[1] else None,
        "title": (_text(card, "title") or "")[:100] or None,
        "birthday": _day(_text(card, "bday")),
        "remarks": (_text(card, "note") or "")[:5000] or None,
        "lines": [],
    }
    for kind, value in _lines(card):
        _put(values, kind, value)
    for line in card.contents.get("adr", ()):
        place = "home_address" if "HOME" in _kinds(line) else "address"
        values[place] = values.get(place) or _address(line.value) or None
    return values


def _lines(card: Component) -> Iterator[tuple[str, str]]:
    for line in card.contents.get("tel", ()):
        kinds, value = _kinds(line), str(line.value).strip().removeprefix("tel:")[:40]
        kind = "fax" if "FAX" in kinds else "mobile" if "CELL" in kinds else "home" if "HOME" in kinds else "phone"
        yield kind, value
    for line in card.contents.get("email", ()):
        yield "email", str(line.value).strip()[:254]


def _put(values: dict[str, Any], kind: str, value: str) -> None:
    """A number goes to its own field while that is free, else among the further ones."""
    field = {"home": "home_phone"}.get(kind, kind)
    if not value:
        return
    if field in HERE and not values.get(field):
        values[field] = value
    else:
        values["lines"].append({"kind": FURTHER.get(kind, "work"), "value": value})


def _kinds(line: Any) -> set[str]:
    return {str(kind).upper() for kind in line.params.get("TYPE", ())} | {str(k).upper() for k in line.singletonparams}


def _text(card: Component, name: str) -> str | None:
    value = getattr(getattr(card, name, None), "value", None)
    return str(value).strip() or None if value is not None else None


def _address(value: Any) -> str:
    parts = (getattr(value, name, "") for name in ("street", "code", "city", "region", "country"))
    flat = (" ".join(part) if isinstance(part, list) else str(part) for part in parts)
    return ", ".join(part.strip() for part in flat if part.strip())[:300]


def _day(text: str | None) -> str | None:
    """A day as ISO writes it; none where the year isn't known."""
    digits = (text or "")[:10].replace("-", "")
    try:
        return date.fromisoformat(f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}").isoformat()
    except ValueError:
        return None
