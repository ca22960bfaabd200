"""What is odd about what is being typed, in plain words; it may be saved all the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _

from saas import phones, taxes
from saas.search import digits
from saas.tenants import scope

TYPED = 7  # digits from which a number is looked at while somebody is still at it


def hints(typed: Mapping[str, Any], at: str | None = None) -> dict[str, str]:
    """Field → sentence, of the fields that look odd.

    Args:
        typed: column of Account or Contact → what stands there.
        at: the field that somebody is still typing in; what stands there may be but its beginning.
    """
    found = {name: look(value, typed, name != at) for name, look in LOOKS.items() if (value := typed.get(name))}
    return {name: sentence for name, sentence in found.items() if sentence}


def _phone(number: str, typed: Mapping[str, Any], is_whole: bool) -> str | None:
    if not is_whole and len(digits(number)) < TYPED:
        return None
    if not phones.is_odd(number, scope.workspace().timezone):
        return None
    return _(
        "%(number)s: no phone number looks like this. Is a digit missing, or the country in front, such as +49?",
        number=number,
    )


def _mail(mail: str, typed: Mapping[str, Any], is_whole: bool) -> str | None:
    if not is_whole and ("@" not in mail or "." not in mail.rpartition("@")[2]):
        return None
    try:
        validate_email(mail, check_deliverability=False)
    except EmailNotValidError:
        return _("%(mail)s: no mail address looks like this.", mail=mail)
    return None


def _tax(number: str, typed: Mapping[str, Any], is_whole: bool) -> str | None:
    country = taxes.country(typed.get("country"), scope.workspace().timezone)
    if not taxes.is_odd(number, country, is_whole=is_whole):
        return None
    return _(
        "%(number)s: no tax number of this country looks like this. Is a digit wrong, or another country meant?",
        number=number,
    )


LOOKS: dict[str, Callable[[str, Mapping[str, Any], bool], str | None]] = {
    "phone": _phone,
    "mobile": _phone,
    "fax": _phone,
    "email": _mail,
    "person_mobile": _phone,
    "person_email": _mail,
    "tax_number": _tax,
}
