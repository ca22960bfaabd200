"""Dictionaries: the words that a workspace keeps for its customers, products and deals."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy.orm import Mapped, mapped_column

from saas.db import TenantModel, Versioned, unique

COLOUR_WORDS = {
    "grey": _l("Grey"),
    "blue": _l("Blue"),
    "sea": _l("Sea"),
    "green": _l("Green"),
    "amber": _l("Amber"),
    "red": _l("Red"),
    "violet": _l("Violet"),
}
LOOKS = {"grey": "neutral", "green": "good", "amber": "waiting", "red": "wrong"}  # colour → look of a chip


class Dictionary(StrEnum):
    """What the words of a dictionary say about a customer; of UNIT: what a product is counted in; of LOSS and CHANNEL:
    why deals are lost, and by which route they are sold; of EXPENSE: what money is spent on."""

    LEVEL = "level"
    VALUE = "value_class"
    ROLE = "party_role"
    TYPE = "company_type"
    NATURE = "nature"
    INDUSTRY = "industry"
    SOURCE = "source"
    CREDIT = "credit"
    UNIT = "unit"
    LOSS = "loss"
    CHANNEL = "channel"
    EXPENSE = "expense"


OF_OTHERS = {Dictionary.UNIT, Dictionary.LOSS, Dictionary.CHANNEL, Dictionary.EXPENSE}
OF_CUSTOMERS = tuple(one for one in Dictionary if one not in OF_OTHERS)
DICTIONARY_WORDS = {
    Dictionary.LEVEL: _l("Level"),
    Dictionary.VALUE: _l("Value class"),
    Dictionary.ROLE: _l("Role"),
    Dictionary.TYPE: _l("Company type"),
    Dictionary.NATURE: _l("Ownership"),
    Dictionary.INDUSTRY: _l("Industry"),
    Dictionary.SOURCE: _l("Source"),
    Dictionary.CREDIT: _l("Credit standing"),
    Dictionary.UNIT: _l("Unit"),
    Dictionary.LOSS: _l("Why deals are lost"),
    Dictionary.CHANNEL: _l("Channel"),
    Dictionary.EXPENSE: _l("What money is spent on"),
}
DICTIONARY_HELP = {
    Dictionary.LEVEL: _l("How much a customer matters to you."),
    Dictionary.VALUE: _l("What a customer is worth to you: now, one day, or no more."),
    Dictionary.ROLE: _l("What somebody is to you: who buys, who sells for you, who sells to you."),
    Dictionary.TYPE: _l("The legal form of a company."),
    Dictionary.NATURE: _l("Whom a company belongs to."),
    Dictionary.INDUSTRY: _l("What a customer does."),
    Dictionary.SOURCE: _l("How a customer came to you."),
    Dictionary.CREDIT: _l("How safely a customer pays."),
    Dictionary.UNIT: _l("What a product is sold and counted in, and into how small parts it may be divided."),
    Dictionary.LOSS: _l("Whoever loses a deal chooses one of these."),
    Dictionary.CHANNEL: _l("By which route a deal is sold; several run at once."),
    Dictionary.EXPENSE: _l("Whoever writes down an expense chooses one of these."),
}

STARTING_WORDS: dict[Dictionary, dict[str, tuple[Any, str]]] = {  # key → (name, colour)
    Dictionary.LEVEL: {"A": ("A", "green"), "B": ("B", "sea"), "C": ("C", "grey")},
    Dictionary.VALUE: {
        "high": (_l("High value"), "green"),
        "potential": (_l("Potential"), "blue"),
        "churned": (_l("Churned"), "red"),
    },
    Dictionary.ROLE: {
        "prospect": (lazy_pgettext("role", "Prospect"), "blue"),
        "customer": (lazy_pgettext("role", "Customer"), "green"),
        "partner": (lazy_pgettext("role", "Partner"), "sea"),
        "agent": (lazy_pgettext("role", "Sales agent"), "violet"),
        "supplier": (lazy_pgettext("role", "Supplier"), "amber"),
        "distributor": (lazy_pgettext("role", "Distributor"), "violet"),
        "internal": (lazy_pgettext("role", "Own department or branch"), "grey"),
    },
    Dictionary.TYPE: {
        "limited": (_l("Limited company"), "grey"),
        "shares": (_l("Company limited by shares"), "grey"),
        "partnership": (_l("Partnership"), "grey"),
        "sole": (_l("Sole trader"), "grey"),
        "public": (_l("Public body"), "grey"),
        "non_profit": (_l("Non-profit"), "grey"),
    },
    Dictionary.NATURE: {
        "private": (_l("Privately owned"), "grey"),
        "listed": (_l("Listed"), "grey"),
        "state": (_l("State-owned"), "grey"),
        "foreign": (_l("Foreign-owned"), "grey"),
        "joint": (_l("Joint venture"), "grey"),
    },
    Dictionary.INDUSTRY: {
        "manufacturing": (_l("Manufacturing"), "grey"),
        "software": (_l("Software"), "grey"),
        "trade": (_l("Trade"), "grey"),
        "construction": (_l("Construction"), "grey"),
        "food": (_l("Food"), "grey"),
        "logistics": (_l("Logistics"), "grey"),
        "health": (_l("Health"), "grey"),
        "education": (_l("Education"), "grey"),
        "finance": (_l("Finance"), "grey"),
        "energy": (_l("Energy"), "grey"),
        "services": (_l("Services"), "grey"),
    },
    Dictionary.SOURCE: {
        "website": (_l("Our website"), "grey"),
        "partner_site": (_l("A partner's website"), "grey"),
        "recommendation": (_l("Recommendation"), "grey"),
        "trade_fair": (_l("Trade fair"), "grey"),
        "magazine": (_l("Magazine"), "grey"),
        "reseller": (_l("Reseller"), "grey"),
        "agent": (lazy_pgettext("role", "Sales agent"), "grey"),
        "call": (_l("Our call"), "grey"),
    },
    Dictionary.CREDIT: {
        "sound": (lazy_pgettext("credit", "Sound"), "green"),
        "careful": (lazy_pgettext("credit", "With care"), "amber"),
        "prepaid": (lazy_pgettext("credit", "Prepaid only"), "red"),
    },
    Dictionary.UNIT: {
        "piece": (lazy_pgettext("unit", "piece"), "grey"),
        "set": (lazy_pgettext("unit", "set"), "grey"),
        "pair": (lazy_pgettext("unit", "pair"), "grey"),
        "box": (lazy_pgettext("unit", "box"), "grey"),
        "pallet": (lazy_pgettext("unit", "pallet"), "grey"),
        "licence": (lazy_pgettext("unit", "licence"), "grey"),
        "flat": (lazy_pgettext("unit", "flat rate"), "grey"),
        "hour": (lazy_pgettext("unit", "hour"), "grey"),
        "day": (lazy_pgettext("unit", "day"), "grey"),
        "month": (lazy_pgettext("unit", "month"), "grey"),
        "m": (lazy_pgettext("unit", "metre"), "grey"),
        "m2": (lazy_pgettext("unit", "square metre"), "grey"),
        "m3": (lazy_pgettext("unit", "cubic metre"), "grey"),
        "l": (lazy_pgettext("unit", "litre"), "grey"),
        "kg": (lazy_pgettext("unit", "kilogram"), "grey"),
        "t": (lazy_pgettext("unit", "tonne"), "grey"),
    },
    Dictionary.LOSS: {
        "price": (lazy_pgettext("loss", "Price"), "grey"),
        "rival": (lazy_pgettext("loss", "A competitor"), "grey"),
        "budget": (lazy_pgettext("loss", "No budget"), "grey"),
        "need": (lazy_pgettext("loss", "No need any more"), "grey"),
        "product": (lazy_pgettext("loss", "Our product doesn't fit"), "grey"),
        "time": (lazy_pgettext("loss", "Too late or too early"), "grey"),
        "silence": (lazy_pgettext("loss", "No answer any more"), "grey"),
        "other": (lazy_pgettext("loss", "Something else"), "grey"),
    },
    Dictionary.CHANNEL: {
        "direct": (lazy_pgettext("route", "Direct"), "sea"),
        "partner": (lazy_pgettext("route", "Partner"), "violet"),
        "web": (lazy_pgettext("route", "Web"), "blue"),
        "phone": (lazy_pgettext("route", "Phone"), "grey"),
        "fair": (lazy_pgettext("route", "Trade fair"), "grey"),
        "tender": (lazy_pgettext("route", "Tender"), "grey"),
    },
    Dictionary.EXPENSE: {
        "travel": (lazy_pgettext("spent", "Travel"), "grey"),
        "hotel": (lazy_pgettext("spent", "Hotel"), "grey"),
        "meals": (lazy_pgettext("spent", "Meals with customers"), "grey"),
        "car": (lazy_pgettext("spent", "Car, fuel, parking"), "grey"),
        "gifts": (lazy_pgettext("spent", "Gifts and samples"), "grey"),
        "fair": (lazy_pgettext("spent", "Trade fair"), "grey"),
        "other": (lazy_pgettext("spent", "Something else"), "grey"),
    },
}
STARTING_PLACES = {
    "hour": 2,
    "day": 2,
    "m": 3,
    "m2": 3,
    "m3": 3,
    "l": 3,
    "kg": 3,
    "t": 3,
}  # unit → digits after the point
MOST_PLACES = 3  # of a quantity anywhere


class Word(Versioned, TenantModel):
    """One word of a dictionary. Records hold its key, so that a new name or colour is theirs at once."""

    __tablename__ = "dictionary_word"
    __kept__ = True
    __table_args__ = (unique("dictionary", "key"),)

    dictionary: Mapped[Dictionary]
    key: Mapped[str]  # what records hold; never changed
    name: Mapped[str | None]  # None: the translated name of a starting word
    position: Mapped[int]  # from 0, top down
    colour: Mapped[str] = mapped_column(default="grey")  # one of COLOUR_WORDS
    retired_at: Mapped[datetime | None]  # kept where it stands, no longer offered
    places: Mapped[int | None]  # of a unit: digits that a quantity may have after the point

    @property
    def label(self) -> str:
        """Its name for the reader."""
        return named(self.dictionary, self.key, self.name)


def named(dictionary: Dictionary, key: str, name: str | None) -> str:
    """The name of a word for the reader: the workspace's own, else the translated one that it began with."""
    found = STARTING_WORDS[dictionary].get(key)
    return name or (str(found[0]) if found else key)
