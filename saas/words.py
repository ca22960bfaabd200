"""How one reader writes dates, times, money and numbers. It remembers what it has formatted, so a list of 50 rows asks
Babel about its few patterns once.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

_SHORT = {"zh": ("M月d日", "y年M月d日"), "en": ("d MMM", "d MMM y")}
_MONTH = {"zh": "y年M月", "en": "MMMM y"}
_FULL = {"zh": "y年M月d日EEEE", "en": "EEEE d MMMM y"}


class Words:
    """Formats for one reader.

    Args:
        locale: how dates and numbers are written.
        zone: the reader's time zone.
        now: the instant that "today" is measured from, UTC.
    """

    def __init__(self, locale: Locale, zone: ZoneInfo, now: datetime) -> None:
        self.locale, self.zone, self.now = locale, zone, now.astimezone(zone)
        self.today = self.now.date()
        self._language, self._year, self._day = str(locale), self.today.year, self.today.toordinal()
        self._named: dict[int, str] = {}

    @property
    def key(self) -> tuple[str, str, int]:
        """What two readers share who read the same: language, zone, and the day it is for them."""
        return self._language, self.zone.key, self._day

    def day(self, value: date) -> str:
        """A day as people write it: `18 Nov`, with the year when it is not this one."""
        return _written(self._local_day(value), self._year, self._language)[1]

    def dated(self, value: date) -> str:
        """A day with its year, whichever it is: `18 Nov 2026`."""
        return _written(self._local_day(value), None, self._language)[1]

    def full_day(self, value: date) -> str:
        """A day in full, with weekday and year."""
        return _written(self._local_day(value), None, self._language)[0]

    def month(self, value: date) -> str:
        """A month with its year: `November 2026`."""
        return dates.format_date(value, _MONTH.get(self.locale.language, _MONTH["en"]), locale=self.locale)

    def moment(self, value: datetime) -> str:
        """An instant as people say it: `today 09:12`, `Wed 15:40`, `18 Nov`."""
        local = value.astimezone(self.zone)
        away = (local.date() - self.today).days
        if abs(away) > 6:
            return self.day(local.date())
        return f"{self._near(local.date(), away)} {local.hour:02}:{local.minute:02}"

    def dated_moment(self, value: datetime) -> str:
        """An instant with its year and time, whichever they are, as a sentence says it: `18 Nov 2026 09:12`."""
        local = value.astimezone(self.zone)
        return f"{self.dated(local.date())} {local.hour:02}:{local.minute:02}"

    def full_moment(self, value: datetime) -> str:
        """An instant in full: weekday, day, year, time and zone."""
        local = value.astimezone(self.zone)
        return f"{self.full_day(local.date())} {local.hour:02}:{local.minute:02} {local.tzname()}"

    def day_tag(self, value: date) -> Markup:
        """`<time>` with a day as people write it; the full date on hover."""
        return time_tag(value.isoformat(), self.full_day(value), self.day(value))

    def moment_tag(self, value: datetime) -> Markup:
        """`<time>` with an instant as people say it; the full one on hover."""
        return Markup(self.moment_html(value))  # noqa: S704 - as of `time_tag`

    def moment_html(self, value: datetime) -> str:
        """`moment_tag` as text, for whoever writes a cell after the other."""
        local = value.astimezone(self.zone)
        on, hour = local.date(), f"{local.hour:02}:{local.minute:02}"
        full, said = _written(on, self._year, self._language)
        away = on.toordinal() - self._day
        if -7 < away < 7:
            said = f"{self._near(on, away)} {hour}"
        return f'<time datetime="{value.isoformat()}" title="{full} {hour} {local.tzname()}">{said}</time>'

    def ago(self, value: datetime) -> str:
        """How long since an instant, or until it: `3 days ago`, `in 2 hours`."""
        seconds = (self.now - value.astimezone(self.zone)).total_seconds()
        if abs(seconds) < 60:
            return _("just now")
        return _passed(abs(seconds)) if seconds > 0 else _coming(abs(seconds))

    def money(self, amount: Decimal | int | float, currency: str, *, whole: bool = False) -> str:
        """An amount with its currency: `€4,120.00`; `whole` leaves out the cents, for sums in passing."""
        value = amount if isinstance(amount, Decimal) else Decimal(str(amount))
        before, after, places = _affix(currency, self.locale)
        sign = "-" if value < 0 else ""
        return f"{sign}{before}{self.number(abs(value), 0 if whole else places)}{after}"

    def price(self, amount: Decimal, currency: str) -> str:
        """What one of something costs: an amount with the digits that say something, though the currency has fewer."""
        before, after, places = _affix(currency, self.locale)
        digits = -int(amount.normalize().as_tuple().exponent)
        return f"{'-' if amount < 0 else ''}{before}{self.number(abs(amount), max(places, digits))}{after}"

    def number(self, value: Decimal | int | float, places: int | None = None) -> str:
        """A number with the reader's marks; `places` fixes the digits after the mark."""
        if self.locale.language in ("en", "zh"):  # both write 1,234.50: no need to ask Babel for each cell
            return f"{value:,}" if places is None else f"{value:,.{places}f}"
        pattern = "#,##0.###" if places is None else "#,##0" + ("." + "0" * places if places else "")
        return str(numbers.format_decimal(value, pattern, locale=self.locale))

    def compact(self, value: float) -> str:
        """A number in a few letters: `2.5M`, `250万`."""
        return str(numbers.format_compact_decimal(value, locale=self.locale, fraction_digits=1))

    def _near(self, day: date, away: int) -> str:
        if not self._named:
            self._named = {0: _("today"), -1: _("yesterday"), 1: _("tomorrow")}
        return self._named.get(away) or dates.format_date(day, "EEE", locale=self.locale)

    def _local_day(self, value: date) -> date:
        return value.astimezone(self.zone).date() if isinstance(value, datetime) else value


@lru_cache(maxsize=512)
def _affix(currency: str, locale: Locale) -> tuple[str, str, int]:
    """What stands before and after the figure of a currency, and its decimal places."""
    places = numbers.get_currency_precision(currency)
    shown = numbers.format_currency(1, currency, locale=locale)
    before, after = re.split(r"\d(?:.*\d)?", shown, maxsplit=1)
    if before[-1:].isalpha():
        before += "\xa0"  # CHF 9.99: letters keep off the figure
    return before, after, places


@lru_cache(maxsize=8192)
def _written(day: date, year: int | None, language: str) -> tuple[str, str]:
    """A day in full, and as people write it who live in `year`: by Babel, which takes its time, though the same few
    thousand days are asked for on every page. By the name of the language: Babel's own takes long to compare."""
    locale = Locale.parse(language)
    near, far = _SHORT.get(locale.language, _SHORT["en"])
    full = dates.format_date(day, _FULL.get(locale.language, _FULL["en"]), locale=locale)
    return full, dates.format_date(day, near if day.year == year else far, locale=locale)


def time_tag(machine: str, full: str, shown: str) -> Markup:
    """`<time>` that shows one thing and tells another on hover."""
    # Digits, and words of Babel's or of our catalogue: nothing that would need to be escaped.
    return Markup(f'<time datetime="{machine}" title="{full}">{shown}</time>')  # noqa: S704


def _passed(seconds: float) -> str:
    minutes, hours, whole_days = _steps(seconds)
    if minutes < 60:
        return ngettext("%(num)s minute ago", "%(num)s minutes ago", minutes)
    if hours < 24:
        return ngettext("%(num)s hour ago", "%(num)s hours ago", hours)
    return ngettext("%(num)s day ago", "%(num)s days ago", whole_days)


def _coming(seconds: float) -> str:
    minutes, hours, whole_days = _steps(seconds)
    if minutes < 60:
        return ngettext("in %(num)s minute", "in %(num)s minutes", minutes)
    if hours < 24:
        return ngettext("in %(num)s hour", "in %(num)s hours", hours)
    return ngettext("in %(num)s day", "in %(num)s days", whole_days)


def _steps(seconds: float) -> tuple[int, int, int]:
    span = timedelta(seconds=seconds)
    return int(span / timedelta(minutes=1)), int(span / timedelta(hours=1)), span.days
