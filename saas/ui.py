"""What pages say in the reader's own way: dates, times, money, numbers, initials.

One `Words` is made per request, locale and zone; it remembers what it has formatted, so a list of 50 rows asks Babel
about its few patterns once. Templates use the filters (`{{ at | moment }}`, `{{ sum | money("EUR") }}`); a view with a
long list formats whole columns before the loop: `ui.moments(rows)`, `ui.monies(pairs)`.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any
from urllib.parse import quote_plus, urlencode
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from babel import Locale
from flask import Flask, current_app, g, has_request_context, render_template, request, url_for
from flask_babel import get_locale, get_timezone, ngettext
from markupsafe import Markup, escape

from saas import clock
from saas.words import Words, time_tag

NONE = "—"
"""Shown where there is no value."""

_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
NOBODY = UUID(int=0)  # stands in an address for the id that each row puts there


def words() -> Words:
    """The formats of the present reader; one per request, locale and zone."""
    locale, zone = get_locale() or Locale("en"), get_timezone()
    if not has_request_context():
        return _words(locale, zone)
    kept: tuple[Any, Any, Words] | None = g.get("ui_words")
    if kept is None or kept[0] is not locale or kept[1] is not zone:
        g.ui_words = kept = (locale, zone, _words(locale, zone))
    return kept[2]


def _words(locale: Locale, zone: Any) -> Words:
    name = getattr(zone, "key", None) or getattr(zone, "zone", None) or "UTC"
    return Words(locale, ZoneInfo(name), clock.now())


def day(value: date | None) -> Markup | str:
    """`<time>` with a day as people write it; the full date on hover."""
    return NONE if value is None else words().day_tag(value)


def weekday(value: date | None) -> Markup | str:
    """`<time>` with a day in full: `Thursday 3 December 2026`."""
    if value is None:
        return NONE
    reader = words()
    return time_tag(value.isoformat(), reader.full_day(value), reader.full_day(value))


def month(value: date | None) -> str:
    """A month with its year in the reader's way."""
    return NONE if value is None else words().month(value)


def span(time: timedelta | None) -> str:
    """A length of time as people say it: `25 minutes`, `7 hours`, `3 days`."""
    if time is None:
        return NONE
    minutes = int(time.total_seconds() // 60)
    if minutes < 60:
        return ngettext("%(num)s minute", "%(num)s minutes", max(minutes, 1))
    if minutes < 48 * 60:
        return ngettext("%(num)s hour", "%(num)s hours", minutes // 60)
    return ngettext("%(num)s day", "%(num)s days", minutes // (24 * 60))


def moment(value: datetime | None) -> Markup | str:
    """`<time>` with an instant as people say it; the full one on hover."""
    return NONE if value is None else words().moment_tag(value)


def ago(value: datetime | None) -> Markup | str:
    """`<time>` with how long since (or until) an instant; the full one on hover."""
    if value is None:
        return NONE
    reader = words()
    return time_tag(value.isoformat(), reader.full_moment(value), reader.ago(value))


def money(amount: Decimal | int | float | None, currency: str, whole: bool = False) -> str:
    """An amount with its currency in the reader's way."""
    return NONE if amount is None else words().money(amount, currency, whole=whole)


def price(amount: Decimal | None, currency: str) -> str:
    """What one of something costs in the reader's way, to the last digit that says something."""
    return NONE if amount is None else words().price(amount, currency)


def share(percent: Decimal | None) -> str:
    """A percentage, of which 19 is 19 %, with the digits that say something (Chinese: `19%`)."""
    if percent is None:
        return NONE
    return f"{exact(percent)}%" if words().locale.language == "zh" else f"{exact(percent)}\u202f%"


def exact(value: Decimal | None) -> str:
    """A figure in the reader's way with the digits that say something: 10.500 → `10.5`."""
    if value is None:
        return NONE
    figure = value.normalize()
    return words().number(figure, max(-int(figure.as_tuple().exponent), 0))


def number(value: Decimal | int | float | None, places: int | None = None) -> str:
    """A number in the reader's way."""
    return NONE if value is None else words().number(value, places)


def percent(share: Decimal | float | None) -> str:
    """A share in [0, 1] as `58 %` (Chinese: `58%`)."""
    if share is None:
        return NONE
    figure = f"{float(share) * 100:.0f}"
    return f"{figure}%" if words().locale.language == "zh" else f"{figure}\u202f%"


def tally(count: int, cap: int = 10_000) -> str:
    """A count as shown above a list: exact up to `cap`, then `10,000+`."""
    return words().number(min(count, cap)) + ("+" if count > cap else "")


def size(octets: int | None) -> str:
    """A file's size: `840 B`, `12 kB`, `3.4 MB`."""
    if octets is None:
        return NONE
    if octets < 1000:
        return f"{octets} B"
    return f"{octets / 1000:.0f} kB" if octets < 1_000_000 else f"{octets / 1_000_000:.1f} MB"


def moments(values: Iterable[datetime | None]) -> list[Markup | str]:
    """`moment` for a whole column, in one pass before the loop."""
    return [moment(value) for value in values]


def days(values: Iterable[date | None]) -> list[Markup | str]:
    """`day` for a whole column, in one pass before the loop."""
    return [day(value) for value in values]


def monies(pairs: Iterable[tuple[Decimal | None, str]], whole: bool = False) -> list[str]:
    """`money` for a whole column of (amount, currency), in one pass before the loop."""
    reader = words()
    return [NONE if amount is None else reader.money(amount, currency, whole=whole) for amount, currency in pairs]


@lru_cache(maxsize=4096)
def initials(name: str | None, is_person: bool = True) -> str:
    """Two letters for a missing picture: `Mira Olsen` → MO, 王伟 → 王伟, 欧阳娜娜 → 娜娜; the deal 试验线 → 试验."""
    name = (name or "").strip()
    if not name:
        return "?"
    if _CJK.match(name):
        together = re.sub(r"\s", "", name)
        return together[-2:] if is_person and len(together) <= 4 else together[:2]
    parts = [part for part in re.split(r"[\s.\-_&,]+", name) if part[:1].isalnum()]
    if not parts:
        return name[:1].upper()
    return (parts[0][:1] + parts[1][:1] if len(parts) > 1 else parts[0][:2]).upper()


def call_name(name: str) -> str:
    """How a greeting calls somebody: by the first name where names have one in front."""
    return name.split()[0] if name.isascii() and name.split() else name


def breakable(value: object) -> object:
    """A mail or web address that may break where one would break it by hand: after its @, dots and slashes."""
    if not isinstance(value, str) or isinstance(value, Markup) or not re.search(r"\S@|://", value):
        return value
    return Markup(re.sub(r"([@/]+|\.)(?=\S)", r"\1<wbr>", str(escape(value))))  # noqa: S704 — escaped just before


def uid(prefix: str = "u") -> str:
    """An id for an element that another refers to; differs at every call, also between a page and its fragments."""
    return f"{prefix}-{secrets.token_hex(4)}"


def once() -> str:
    """A key for the hidden field `_once`: a form sent twice under one key makes one record."""
    return str(uuid4())


def here(**changes: str | int | None) -> str:
    """The present address with some query arguments changed; None takes one out, and so does every change `after`.

    The address holds the whole view (sort, filters, columns), so a link only says what differs.
    """
    path, asked = _address()
    kept = [pair for name, pair in asked if name not in changes]
    kept += [f"{name}={quote_plus(str(value))}" for name, value in changes.items() if value is not None]
    return f"{path}?{'&'.join(kept)}" if kept else path


def _address() -> tuple[str, list[tuple[str, str]]]:
    """The present path, and (name, `name=value`) of each query argument but `after`: a list asks some thirty times."""
    found: tuple[Any, str, list[tuple[str, str]]] | None = g.get("ui_address")
    asked = request._get_current_object()  # type: ignore[attr-defined]
    if found is None or found[0] is not asked:
        pairs = [(name, urlencode({name: value})) for name, value in asked.args.items(multi=True) if name != "after"]
        found = g.ui_address = (asked, asked.path, pairs)
    return found[1], found[2]


def record_url(endpoint: str, argument: str, id_of: str = "id") -> Callable[[Any], str]:
    """Row → the address of its record; the address is built once, and each row's id put in.

    Args:
        endpoint: the record's page.
        argument: the name under which it takes the id.
        id_of: the row's attribute that holds it.
    """
    values: dict[str, Any] = {argument: NOBODY}
    pattern = url_for(endpoint, **values)
    before, _id, after = pattern.rpartition(str(NOBODY))
    return lambda row: f"{before}{getattr(row, id_of)}{after}"


def has_page(endpoint: str) -> bool:
    """True when the service has this page: links to what another capability brings ask first."""
    return endpoint in current_app.view_functions


def fragment(template: str, **values: Any) -> Markup:
    """A part of a page drawn by a template, ready to stand in another."""
    return Markup(render_template(template, **values))  # noqa: S704 - templates escape what they show


def asked_id(name: str) -> UUID | None:
    """The id in the address's argument `name`; None where it is absent or no id."""
    try:
        return UUID(request.args.get(name, ""))
    except ValueError:
        return None


def ids_sent() -> list[UUID]:
    """The rows that were chosen in a list, as its form sends them; what is no id isn't among them."""
    found = []
    for text in request.form.getlist("id"):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def asking(path: str, asked: Mapping[str, str]) -> str:
    """An address with a query. What a reader typed goes in here: to `url_for` it could name one of its options."""
    return f"{path}?{urlencode(asked)}" if asked else path


def here_on(path: str) -> str:
    """Another address with the query of the present one, so that what belongs to a view is asked for that view."""
    query = request.query_string.decode()
    return f"{path}?{query}" if query else path


def lang() -> str:
    """The page's language as HTML names it."""
    locale = get_locale()
    return "zh-Hans" if locale and locale.language == "zh" else str(locale or "en").replace("_", "-")


def groupby_run(items: Iterable[Any], key: str) -> list[tuple[Any, list[Any]]]:
    """Neighbours with the same attribute `key` together, in their order (Jinja's `groupby` would sort the sections)."""
    return [(value, list(run)) for value, run in groupby(items, key=attrgetter(key))]


def init_app(app: Flask) -> None:
    """Give templates the filters and globals of this module."""
    dated, figures = (
        (day, weekday, month, span, moment, ago),
        (money, price, number, exact, percent, share, tally, size),
    )
    for filter_ in (*dated, *figures, initials, breakable):
        app.jinja_env.filters[filter_.__name__] = filter_
    app.jinja_env.filters["groupby_run"] = groupby_run
    app.jinja_env.globals.update(uid=uid, once=once, here=here, lang=lang)
