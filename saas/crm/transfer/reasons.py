"""Why a row was not brought in, or not undone, as a sentence for the reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from babel.lists import format_list
from flask_babel import get_locale, ngettext
from flask_babel import lazy_gettext as _l

from saas.crm.opportunities.needs import Need, told
from saas.i18n import marked

# Rows of a table, as people count them.
COUNTED: dict[str, Callable[[int], str]] = {
    "account": lambda n: ngettext("%(num)s customer", "%(num)s customers", n),
    "contact": lambda n: ngettext("%(num)s contact", "%(num)s contacts", n),
    "product": lambda n: ngettext("%(num)s product", "%(num)s products", n),
    "price": lambda n: ngettext("%(num)s price", "%(num)s prices", n),
    "opportunity": lambda n: ngettext("%(num)s deal", "%(num)s deals", n),
    "rival": lambda n: ngettext("%(num)s competitor", "%(num)s competitors", n),
    "activity": lambda n: ngettext("%(num)s activity", "%(num)s activities", n),
    "service_case": lambda n: ngettext("%(num)s case", "%(num)s cases", n),
    "lead": lambda n: ngettext("%(num)s lead", "%(num)s leads", n),
    "partner": lambda n: ngettext("%(num)s partner", "%(num)s partners", n),
    "registration": lambda n: ngettext("%(num)s registration", "%(num)s registrations", n),
    "portal_user": lambda n: ngettext("%(num)s person in the portals", "%(num)s people in the portals", n),
    "mail": lambda n: ngettext("%(num)s mail", "%(num)s mails", n),
    "mail_filing": lambda n: ngettext("%(num)s mail", "%(num)s mails", n),
    "member": lambda n: ngettext("%(num)s member", "%(num)s members", n),
    "purchase": lambda n: ngettext("%(num)s purchase", "%(num)s purchases", n),
    "stock_level": lambda n: ngettext("%(num)s product in stock", "%(num)s products in stock", n),
    "stock_movement": lambda n: ngettext("%(num)s movement of stock", "%(num)s movements of stock", n),
    "file": lambda n: ngettext("%(num)s file", "%(num)s files", n),
}

SENTENCES = {
    "long": _l("%(column)s: this is longer than %(most)s characters."),
    "number": _l("%(column)s: “%(value)s” is no number."),
    "whole": _l("%(column)s: “%(value)s” is no whole number."),
    "date": _l("%(column)s: “%(value)s” is no date. Write it as 2026-11-22, or choose another order of day and month."),
    "truth": _l("%(column)s: “%(value)s” is neither yes nor no."),
    "mail": _l("%(column)s: “%(value)s” is not a whole mail address."),
    "choice": _l("%(column)s: “%(value)s” is none of %(choices)s."),
    "percent": _l("%(column)s: “%(value)s” is no share between 0 and 100."),
    "rating": _l("%(column)s: “%(value)s” is none of 1 to 5."),
    "currency": _l("“%(value)s” is no currency. Write its three letters, such as EUR."),
    "stage": _l("“%(value)s” is no stage of “%(pipeline)s”."),
    "lacks": _l("“%(value)s” can't go on yet. It still needs %(needs)s."),
    "cost": _l("Your role doesn't see what products cost. Leave that column out."),
    "either": _l("Say a price or a percentage off, one of both."),
    "pairs": _l("%(column)s: “%(value)s” isn't written as Colour: red."),
    "family": _l("It says what tells it apart, but not of which product it is a variant."),
    "turned": _l("The last day lies before the first."),
    "backwards": _l("It was closed before it was opened."),
    "unknown": _l("%(column)s: there is no “%(value)s”."),
    "required": _l("“%(column)s” is empty."),
    "several": _l("More than one record fits, so none was changed."),
    "pool": _l("You may not use the pool “%(value)s”."),
    "reach": _l("This record is a colleague's, whose records you can't change."),
    "here": _l("It is here already."),
    "same": _l("It is here already, with the same values."),
    "archived": _l("It is here already, archived."),
    "alike": _l("It looks like %(value)s (%(row)s), which is here already."),
    "alike_hidden": _l("A colleague has a customer like this."),
    "below": _l("%(column)s is less than “%(value)s”."),
    "counted": _l("It is being counted."),
    "reserved": _l("%(value)s of it are reserved."),
    "twice": _l("Row %(row)s says the same."),
    "changed": _l("Somebody has changed it since, so it stays."),
    "lost": _l("What it named before the import is no more, so it stays as it is."),
}


def counted(by: Mapping[str, int]) -> str:
    """How many rows of which tables, e.g. "3 deals and 1 contact"; nothing where there are none."""
    known = [words(by[table]) for table, words in COUNTED.items() if by.get(table)]
    if others := sum(count for table, count in by.items() if table not in COUNTED):
        known.append(ngettext("%(num)s other record", "%(num)s other records", others))
    return format_list(known, locale=get_locale())


def sentence(reason: Mapping[str, Any] | None) -> str:
    """The reason that a row keeps, in the reader's language; nothing where there is none."""
    if not reason:
        return ""
    if reason["why"] == "used":
        return _standing(reason["by"])
    if "also" in reason:
        first = {name: fact for name, fact in reason.items() if name != "also"}
        return " ".join(sentence(one) for one in (first, *reason["also"]))
    if "needs" in reason:
        reason = {**reason, "needs": told([Need(one) for one in reason["needs"]])}
    facts = (
        {"column": "", "value": "", "row": "", "choices": "", "pipeline": "", "needs": ""}
        | dict(reason)
        | {"most": marked(reason.get("most"))}
    )
    return str(SENTENCES[reason["why"]]) % {name: str(value)[:100] for name, value in facts.items()}


def _standing(by: Mapping[str, int]) -> str:
    """What stands on a record that an undo left, e.g. "3 deals and 1 contact stand on it."."""
    return ngettext("%(things)s stands on it.", "%(things)s stand on it.", sum(by.values()), things=counted(by))
