"""Why a row was not brought in, or not undone, as a sentence for the reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from saas.i18n import marked

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
    "backwards": _l("It was closed before it was opened."),
    "unknown": _l("%(column)s: there is no “%(value)s”."),
    "required": _l("“%(column)s” is empty."),
    "several": _l("More than one record fits, so none was changed."),
    "reach": _l("This record is a colleague's, whose records you can't change."),
    "here": _l("It is here already."),
    "same": _l("It is here already, with the same values."),
    "archived": _l("It is here already, archived."),
    "twice": _l("Row %(row)s says the same."),
    "changed": _l("Somebody has changed it since, so it stays."),
    "used": _l("Something else has been added to it since, so it stays."),
}


def sentence(reason: Mapping[str, Any] | None) -> str:
    """The reason that a row keeps, in the reader's language; nothing where there is none."""
    if not reason:
        return ""
    facts = {"column": "", "value": "", "row": "", "choices": ""} | dict(reason) | {"most": marked(reason.get("most"))}
    return str(SENTENCES[reason["why"]]) % {name: str(value)[:100] for name, value in facts.items()}
