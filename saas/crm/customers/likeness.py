"""By what the same company is known again, however it was typed: name, phone number, mail domain, tax number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saas import taxes
from saas.crm.customers.legal_forms import CHINESE_FORMS, FORMS
from saas.search import digits, fold

ENDINGS = (" {}", " {}.", ", {}", ", {}.")  # how a legal form follows a name
SHORTEST = 3  # letters of a part of a word that is searched for
MOST_WORDS = 5  # of a name that are taken for written otherwise
SLIP_FROM = 5  # letters of a name in which one other is a slip; in a shorter one it is another name
# Mail domains that tell nothing about whose they are: there the whole address counts.
SHARED = {
    *("126.com", "163.com", "aol.com", "foxmail.com", "gmail.com", "gmx.de", "gmx.net", "googlemail.com"),
    *("hotmail.com", "icloud.com", "live.com", "mail.ru", "me.com", "msn.com", "outlook.com", "protonmail.com"),
    *("qq.com", "sina.com", "sohu.com", "web.de", "yahoo.com", "yandex.ru", "yeah.net"),
}
LAST_DIGITS = 9  # of a phone number: what is left without country and area prefixes, "+49 40…" and "040…" alike


@dataclass(frozen=True)
class Likeness:
    """The keys of one prospect; None where nothing was said."""

    company: str | None = None
    phone: str | None = None
    mail: str | None = None

    def __bool__(self) -> bool:
        return any((self.company, self.phone, self.mail))


def likeness(company: str | None, phone: str | None, mail: str | None) -> Likeness:
    """The keys of what was typed; `mail` is a mail address, a domain or a web address."""
    return Likeness(company_key(company), phone_key(phone), mail_key(mail))


def company_key(name: str | None) -> str | None:
    """A company's name without its legal form, marks and spaces; None where nothing is left."""
    return _without_chinese_form("".join(_words(name))) or None


def company_words(name: str | None) -> list[str]:
    """The words of a company's name that are left without its legal form and marks."""
    words = [_without_chinese_form(word) for word in _words(name)]
    return words[:-1] if len(words) > 1 and words[-1] in CHINESE_FORMS else words


def spellings(name: str | None) -> list[str]:
    """A company's name, folded, as it is commonly written: as typed, in one word, and with each legal form."""
    words = company_words(name)
    if not words:
        return []
    bare, key = " ".join(words), "".join(words)
    latin = [f"{bare}{pattern.format(form)}" for form in sorted(FORMS) for pattern in ENDINGS]
    chinese = [f"{key}{form}" for form in CHINESE_FORMS]
    return list(dict.fromkeys([fold(name or ""), bare, key, *latin, *chinese]))


def loosely(words: list[str]) -> list[str]:
    """What to search for where one of the words may have spaces or marks in it that it lacks here: each time the others
    with a part of it, or without it where it is short.
    """
    found = []
    for place, word in enumerate(words[:MOST_WORDS]):
        others = [*words[:place], *words[place + 1 :]]
        many = min(len(word) // SHORTEST, 3)
        parts = [word[len(word) * n // many : len(word) * (n + 1) // many] for n in range(many)] if many > 1 else [""]
        found += [" ".join([*others, part]).strip() for part in parts]
    return [words for words in found if words]


def is_slip(one: str | None, other: str | None) -> bool:
    """True when two companies' names differ by a slip: the order of words, a plural, or one letter that is missing, too
    many, another, or swapped with its neighbour. A name is no slip of itself, and another figure tells another company.
    """
    if company_key(one) == company_key(other):
        return False
    mine, theirs = ("".join(sorted(_singular(word) for word in company_words(name))) for name in (one, other))
    if min(len(mine), len(theirs)) < SLIP_FROM:
        return False
    return mine == theirs or _one_apart(mine, theirs)


def _singular(word: str) -> str:
    return word.removesuffix("s") if len(word) >= SLIP_FROM else word


def _one_apart(one: str, other: str) -> bool:
    """True when one letter, no figure, lies between two words, or two neighbours have changed places."""
    same = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    mine, theirs = one[same:], other[same:]
    if not (mine[:1] + theirs[:1]).isalpha():
        return False
    swapped = mine[1:2] + mine[:1] + mine[2:]
    return theirs in {mine[1:], swapped} or mine == theirs[1:] or mine[1:] == theirs[1:]


def _words(name: str | None) -> list[str]:
    """The words of a name without marks and without the forms that stand as words at its end."""
    words = re.sub(r"[^\w]+", " ", re.sub(r"(?<=\w)[.'](?=\w?)", "", fold(name or ""))).replace("_", " ").split()
    while len(words) > 1 and words[-1] in FORMS:
        words.pop()
    return words


def _without_chinese_form(word: str) -> str:
    form = next((form for form in CHINESE_FORMS if word.endswith(form) and len(word) > len(form)), "")
    return word.removesuffix(form)


def phone_key(phone: str | None) -> str | None:
    """The last digits of a number; None where there are too few to tell anybody."""
    found = digits(phone or "").replace("+", "").lstrip("0")
    return found[-LAST_DIGITS:] if len(found) >= 5 else None


def tax_key(said: Mapping[str, Any], zone: str) -> str | None:
    """A tax number as it is compared; None where it tells nobody.

    Args:
        said: columns of Account; `country` says whose number it is.
        zone: time zone of the workspace (IANA), whose country counts where none is said.
    """
    return taxes.key(said.get("tax_number"), taxes.country(said.get("country"), zone))


def tax_written(said: Mapping[str, Any], zone: str) -> str | None:
    """A tax number as its country writes it; arguments as for `tax_key`."""
    number = said.get("tax_number")
    return taxes.written(number, taxes.country(said.get("country"), zone)) if number else None


def mail_key(mail: str | None) -> str | None:
    """The domain of an address, or the whole address where many share the domain; None where there is none."""
    address = fold(mail or "").removeprefix("mailto:")
    address = re.sub(r"^https?://", "", address).partition("/")[0].partition("?")[0].strip()
    name, at, domain = address.rpartition("@")
    domain = domain.removeprefix("www.").strip(".")
    if "." not in domain or " " in domain:
        return None
    if domain in SHARED:
        return f"{name}@{domain}" if at and name else None
    return domain
