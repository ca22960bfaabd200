"""What people type about themselves and their workspace."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_global
from babel.numbers import get_territory_currencies
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Regexp

from saas import i18n
from saas.forms import Form, email_checks, lowered, needed, trimmed
from saas.tenants import passwords, slugs

MOST_USED = (
    "USD",
    "EUR",
    "CNY",
    "GBP",
    "JPY",
    "HKD",
    "SGD",
    "TWD",
    "KRW",
    "INR",
    "AUD",
    "CAD",
    "CHF",
    "SEK",
    "NOK",
    "DKK",
)


class SignInForm(Form):
    email = EmailField(_l("Mail address"), [needed(), Length(max=254)], filters=[lowered])
    password = PasswordField(_l("Password"), [needed(), Length(max=4096)])


class SignUpForm(Form):
    company = StringField(_l("Company"), [needed(), Length(max=80)], filters=[trimmed])
    slug = StringField(
        _l("Address of your workspace"),
        [
            needed(),
            Length(min=2, max=40, message=_l("Use 2 to 40 characters.")),
            Regexp(slugs.SHAPE, message=_l("Use small letters a-z, figures and hyphens between them.")),
        ],
        filters=[lowered],
        description=_l("Colleagues and customers type it to reach you. It can't be changed later."),
    )
    name = StringField(_l("Your name"), [needed(), Length(max=80)], filters=[trimmed])
    email = EmailField(_l("Your mail address"), email_checks(), filters=[lowered])
    locale = SelectField(_l("Language"), choices=[SelectChoice(key, name) for key, name in i18n.LOCALES.items()])
    timezone = SelectField(_l("Time zone"), validate_choice=True)
    currency = SelectField(_l("Currency"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.timezone.choices = timezone_choices()
        self.currency.choices = currency_choices()


class AddressForm(Form):
    email = EmailField(_l("Mail address"), email_checks(), filters=[lowered])


class PasswordForm(Form):
    """A known person proves himself."""

    password = PasswordField(_l("Password"), [needed(), Length(max=4096)])


class CodeForm(Form):
    code = StringField(
        _l("Code"),
        [needed(), Length(max=40)],
        filters=[trimmed],
        description=_l("The six figures your phone shows, or one of the codes you keep on paper."),
    )


class NewPasswordForm(Form):
    password = PasswordField(
        _l("New password"),
        [needed(), Length(max=4096)],
        description=_l("At least %(n)s characters; a few words in a row work well.", n=passwords.SHORTEST),
    )


def timezone_choices() -> list[SelectChoice]:
    """All time zones, as their places are called."""
    return [SelectChoice(zone, zone.replace("_", " ")) for zone in _zones()]


def currency_choices() -> list[SelectChoice]:
    """All currencies in the reader's language, the widely used first."""
    return [SelectChoice(code, shown) for code, shown in _currencies(str(get_locale() or "en"))]


@lru_cache(maxsize=1)
def _zones() -> tuple[str, ...]:
    areas = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    return ("UTC", *sorted(zone for zone in available_timezones() if zone.startswith(areas)))


@lru_cache(maxsize=1)
def _current() -> frozenset[str]:
    return frozenset(code for land in get_global("territory_currencies") for code in get_territory_currencies(land))


@lru_cache(maxsize=4)
def _currencies(locale: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(locale).currencies
    rest = sorted(code for code in _current() if code in names and code not in MOST_USED)
    return tuple((code, f"{code} · {names.get(code, code)}") for code in (*MOST_USED, *rest))
