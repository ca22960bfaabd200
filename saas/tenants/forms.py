"""What people type about themselves and their workspace."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from babel.numbers import list_currencies
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, Length, Optional, Regexp

from saas import i18n
from saas.tenants import passwords, slugs

MOST_USED = ("USD", "EUR", "CNY", "GBP", "JPY", "HKD", "SGD", "TWD", "KRW", "INR", "AUD", "CAD", "CHF", "SEK", "NOK", "DKK")


def needed() -> DataRequired:
    """The field must be filled in."""
    return DataRequired(_l("Please fill this in."))


def email_checks() -> list[Any]:
    """The field is a mail address."""
    return [needed(), Email(_l("This doesn't look like a mail address.")), Length(max=254)]


def lowered(value: str | None) -> str:
    """A mail address or a place in the address as it is kept."""
    return (value or "").strip().lower()


class SignInForm(FlaskForm):
    email = EmailField(_l("Mail address"), [needed(), Length(max=254)], filters=[lowered])
    password = PasswordField(_l("Password"), [needed(), Length(max=4096)])


class SignUpForm(FlaskForm):
    company = StringField(_l("Company"), [needed(), Length(max=80)])
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
    name = StringField(_l("Your name"), [needed(), Length(max=80)])
    email = EmailField(_l("Your mail address"), email_checks(), filters=[lowered])
    locale = SelectField(_l("Language"), choices=[SelectChoice(key, name) for key, name in i18n.LOCALES.items()])
    timezone = SelectField(_l("Time zone"), validate_choice=True)
    currency = SelectField(_l("Currency"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.timezone.choices = timezone_choices()
        self.currency.choices = currency_choices()


class NewPasswordForm(FlaskForm):
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


@lru_cache(maxsize=4)
def _currencies(locale: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(locale).currencies
    rest = sorted(code for code in list_currencies() if code in names and code not in MOST_USED and _is_current(code))
    return tuple((code, f"{code} · {names.get(code, code)}") for code in (*MOST_USED, *rest))


def _is_current(code: str) -> bool:
    return code in _CURRENT


_CURRENT = frozenset(
    """
    AED AFN ALL AMD AOA ARS AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CDF CLP COP CRC CUP CVE CZK
    DJF DOP DZD EGP ERN ETB FJD FKP GEL GHS GIP GMD GNF GTQ GYD HNL HTG HUF IDR ILS IQD IRR ISK JMD JOD KES KGS KHR KMF
    KPW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NPR NZD
    OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
    TND TOP TRY TTD TZS UAH UGX UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW
    """.split()
)

__all__ = ["NewPasswordForm", "Optional", "SignInForm", "SignUpForm", "currency_choices", "timezone_choices"]
