"""Contacts as other address books write and read them (vCard). No session, no request."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from saas import child
from saas.crm.customers.models import Contact
from saas.errors import Refused

CALL = ("work", "cell", "fax")
NONE, BUSY = _l("No cards were found in this file."), _l("Many files are being read right now. Try again in a minute.")


class Unreadable(Refused):
    """The file holds no cards, or too many files are being read."""

    field = "file"


def written(contacts: Iterable[Contact], *, without: Collection[str] = ()) -> str:
    """The cards of these contacts, one after the other (vCard 3.0), without these columns of theirs."""
    return "".join(_card(contact, without) for contact in contacts)


def _card(contact: Contact, without: Collection[str]) -> str:
    import vobject  # here: large, and no page needs it but the two that give cards

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


def _say(card: Any, name: str, value: Any, kind: str = "") -> None:
    if value:
        line = card.add(name)
        line.value = value
        if kind:
            line.type_param = kind


def read(text: str) -> list[dict[str, Any]]:
    """The people of a file: columns of Contact, and `company`, as their card names it; those of the first 200 cards.
    Read in the limited child, since strangers wrote it.

    Raises:
        Unreadable: it holds no card, or is broken.
    """
    try:
        people: list[dict[str, Any]] = child.run("cards.read", text.encode())
    except child.Stopped as stop:
        raise Unreadable(str(BUSY if stop.why == "busy" else NONE)) from stop
    return [one | {"birthday": _day(one["birthday"])} for one in people]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
