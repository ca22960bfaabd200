"""Numbers that people read: `C-2026-00042`, made per workspace by a rule that the workspace may change.

Gaps are allowed where `take` numbers what may be thrown away later; what the law numbers without one, such as invoices,
takes its number by `take_without_gap` at the moment from which it stays.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from saas import clock
from saas.db import THE_TENANT, current_tenant, db, new_id
from saas.errors import Refused
from saas.statements import Statement, table_of, written_once
from saas.tenants import queries
from saas.tenants.models import Counter

RULES = {
    "account": "C-{year}-{n:5}",
    "case": "S-{year}-{n:5}",
    "lead": "L-{year}-{n:5}",
    "opportunity": "D-{year}-{n:5}",
    "product": "P-{n:5}",
    "quote": "Q-{year}-{n:5}",
    "contract": "K-{year}-{n:5}",
    "expense": "E-{year}-{n:5}",
    "purchase": "PO-{year}-{n:5}",
    "order": "O-{year}-{n:5}",
    "delivery": "DN-{year}-{n:5}",
    "return": "RN-{year}-{n:5}",
    "invoice": "INV-{year}-{n:5}",
    "credit_note": "CN-{year}-{n:5}",
}
_PART = re.compile(r"\{(year|month|n(?::([1-9]))?)\}")


def rule(kind: str) -> str:
    """The workspace's rule for numbers of `kind`."""
    return str(queries.setting(f"numbers.{kind}", {"rule": RULES[kind]})["rule"])


def check_rule(text: str) -> str:
    """`text` if it is a rule.

    Raises:
        Refused: it has no counter, or braces that mean nothing.
    """

    if "{n" not in text or re.search(r"[{}]", _PART.sub("", text)) or len(text) > 40:
        raise Refused(_("A rule needs {n}, and may hold {year} and {month}: for example C-{year}-{n:5}."))
    return text


def preview(text: str, number: int = 42) -> str:
    """What the rule `text` makes of a number now."""
    return _write(text, number)


@written_once
def _counted() -> Statement:
    counter = table_of(Counter)
    row: dict[str, Any] = {"id": bindparam("a_id"), "kind": bindparam("a_kind"), "next": bindparam("first")}
    first = insert(counter).values(tenant_id=THE_TENANT, created_at=bindparam("now"), **row)
    further = {"next": counter.c.next + bindparam("many")}
    return first.on_conflict_do_update(index_elements=["tenant_id", "kind"], set_=further).returning(counter.c.next)


def take(kind: str, many: int = 1) -> list[str]:
    """The next numbers of `kind`, `many` at once; the counter is held until the transaction ends."""
    text = rule(kind)
    now = clock.now()
    after = _counted().value(a_id=new_id(), a_kind=_counter(kind, text), first=many + 1, many=many, now=now)
    return [_write(text, n) for n in range(after - many, after)]


def take_without_gap(kind: str, on: date) -> str:
    """The next number of `kind` in the year of a day, for what is never thrown away.

    The counter is a row of the same transaction: whoever comes next waits until it ends, and what is rolled back gives
    its number back.
    """
    text = rule(kind)
    after = _counted().value(a_id=new_id(), a_kind=_counter(kind, text, on), first=2, many=1, now=clock.now())
    return _write(text, after - 1, on)


def _write(text: str, number: int, on: date | None = None) -> str:
    now = on or clock.now()

    def fill(found: re.Match[str]) -> str:
        if found[1] == "year":
            return f"{now:%Y}"
        if found[1] == "month":
            return f"{now:%m}"
        return str(number).zfill(int(found[2] or 1))

    return _PART.sub(fill, text)


def composed(prefix: str, *, has_year: bool, width: int) -> str:
    """The rule of a prefix, perhaps the year, and a counter of so many digits: ("C", True, 5) → "C-{year}-{n:5}".

    Raises:
        Refused: the prefix holds braces or is too long.
    """
    parts = [prefix.strip(), "{year}" if has_year else "", f"{{n:{width}}}"]
    return check_rule("-".join(part for part in parts if part))


def parts(text: str) -> tuple[str, bool, int] | None:
    """Prefix, year and digits of a rule that `composed` could have made; None of any other."""
    found = re.fullmatch(r"(?:([^{}]+?)-)?(\{year\}-)?\{n(?::([1-9]))?\}", text)
    return (found[1] or "", bool(found[2]), int(found[3] or 1)) if found else None


def upcoming(kind: str, text: str) -> int:
    """The counter's next number under the rule `text`."""
    found = db.session.scalar(select(Counter.next).where(Counter.kind == _counter(kind, text)))
    return found or 1


def begin_at(kind: str, text: str, number: int) -> None:
    """Go on with `number` under the rule `text`; never back.

    Raises:
        Refused: it was given already.
    """
    least = upcoming(kind, text)
    if number < least:
        raise Refused(
            _("Numbers up to %(last)s are given. Go on with a higher one.", last=least - 1), field="following"
        )
    row = {"id": new_id(), "tenant_id": current_tenant(), "kind": _counter(kind, text), "next": number}
    counter = insert(Counter).values(row | {"created_at": clock.now()})
    changed = counter.on_conflict_do_update(index_elements=["tenant_id", "kind"], set_={"next": counter.excluded.next})
    db.session.execute(changed)


def _counter(kind: str, text: str, on: date | None = None) -> str:
    now = on or clock.now()
    period = f"{now:%Y}" if "{year}" in text else ""
    period += f"-{now:%m}" if "{month}" in text else ""
    return f"{kind}.{period}" if period else kind
