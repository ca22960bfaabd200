"""Contacts as other address books write and read them (vCard). No session, no request."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Any

import vobject
from vobject.base import Component, VObjectError, readComponents

from saas.crm.customers.models import Contact

MOST = 200  # cards of a file
HERE = ("phone", "mobile", "email", "home_phone")
CALL, MAIL = ("work", "cell", "fax"), "mail"


class Unreadable(ValueError):
    """The file holds no cards."""


def written(contacts: Iterable[Contact], *, without: Collection[str] = ()) -> str:
    """The cards of these contacts, one after the other (vCard 3.0), without these columns of theirs."""
    return "".join(_card(contact, without) for contact in contacts)


def _card(contact: Contact, without: Collection[str]) -> str:
    home_phone, home_address, birthday = (
        None if name in without else getattr(contact, name) for name in ("home_phone", "home_address", "birthday")
    )
    card = vobject.vCard()
    card.add("fn").value = contact.name
    first, _space, last = contact.name.rpartition(" ")
    card.add("n").value = vobject.vcard.Name(family=last, given=first)
    card.add("org").value = [part for part in (contact.account.name, contact.department) if part]
    _say(card, "title", contact.title)
    phones = [("WORK", contact.phone), ("CELL", contact.mobile), ("HOME", home_phone)]
    phones += [(row["kind"].upper(), row["value"]) for row in contact.lines if row["kind"] in CALL]
    for kind, number in phones:
        _say(card, "tel", number, kind)
    for kind, mail in [("WORK", contact.email), *(("INTERNET", one) for one in contact.mails)]:
        _say(card, "email", mail, kind)
    for kind, street in (("WORK", contact.address), ("HOME", home_address)):
        _say(card, "adr", vobject.vcard.Address(street=street) if street else None, kind)
    _say(card, "bday", birthday.isoformat() if birthday else None)
    _say(card, "note", contact.remarks)
    text: str = card.serialize()
    return text


def _say(card: Component, name: str, value: Any, kind: str = "") -> None:
    if value:
        line = card.add(name)
        line.value = value
        if kind:
            line.type_param = kind


def read(text: str) -> list[dict[str, Any]]:
    """The people of a file: columns of Contact, and `company`, as their card names it; at most `MOST`.

    Raises:
        Unreadable: it holds no card, or is broken.
    """
    found = []
    try:
        for card in readComponents(text, allowQP=True, ignoreUnreadable=True):
            if card.name == "VCARD" and (values := _values(card)):
                found.append(values)
            if len(found) == MOST:
                break
    except (VObjectError, ValueError, UnicodeError, AttributeError, IndexError, KeyError, TypeError) as error:
        raise Unreadable from error
    if not found:
        raise Unreadable
    return found


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
        further = {"email": MAIL, "mobile": "cell", "fax": "fax"}.get(kind, "work")
        values["lines"].append({"kind": further, "value": value})


def _kinds(line: Any) -> set[str]:
    return {str(kind).upper() for kind in line.params.get("TYPE", ())} | {str(k).upper() for k in line.singletonparams}


def _text(card: Component, name: str) -> str | None:
    value = getattr(getattr(card, name, None), "value", None)
    return str(value).strip() or None if value is not None else None


def _address(value: Any) -> str:
    parts = (getattr(value, name, "") for name in ("street", "code", "city", "region", "country"))
    flat = (" ".join(part) if isinstance(part, list) else str(part) for part in parts)
    return ", ".join(part.strip() for part in flat if part.strip())[:300]


def _day(text: str | None) -> date | None:
    digits = (text or "")[:10].replace("-", "")
    try:
        return date.fromisoformat(f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}")
    except ValueError:
        return None
