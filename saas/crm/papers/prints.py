"""What a paper says when it is printed, and which papers there are. A capability adds its own here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import g
from flask_babel import refresh

from saas import money, ui
from saas.crm.papers import line_actions, pages
from saas.crm.papers.kinds import Kind
from saas.crm.papers.letterhead import Letterhead
from saas.crm.papers.models import Line, LineKind, Paper
from saas.crm.papers.sums import Sums, TaxRule
from saas.tenants import scope
from saas.tenants.permissions import Permission


@dataclass(frozen=True)
class Told:
    """What stands on the paper beside its lines and sums, in its language.

    title: "Quote Q-2026-00042".
    facts: (label, value) at the head.
    notes: sentences below the sums: how long it holds, when it is to be paid, how tax was worked out.
    has_prices: False of a delivery note.
    address: where it goes, line by line, if not to the customer's address.
    terms: what was agreed beside the lines; its line breaks stay.
    """

    title: str
    facts: Sequence[tuple[str, Any]]
    notes: Sequence[str] = ()
    has_prices: bool = True
    address: Sequence[str] = ()
    terms: str | None = None


@dataclass(frozen=True)
class Printed:
    """What can be printed.

    table: of its model.
    find: one within the reader's reach; raises NotFound.
    take: one, whoever asks: for work that nobody waits for.
    lines: of one, in their order.
    told: what stands on it, in the language of the moment.
    url: endpoint and name of the id of its page.
    view: the right to see it.
    rule: where its tax is rounded; an issued paper keeps the rule of its day.
    sums: what its lines come to by a rule.
    template: of its page.
    more: what that needs beside what all papers do.
    """

    table: str
    find: Callable[[UUID], Any]
    take: Callable[[UUID], Any]
    lines: Callable[[UUID], list[Any]]
    told: Callable[[Any], Told]
    url: tuple[str, str]
    view: Permission
    rule: Callable[[Any], TaxRule] = lambda paper: line_actions.rule()
    sums: Callable[[Any, Any, TaxRule], Sums] = line_actions.found
    template: str = "pdf/paper.html"
    more: Callable[[Any], dict[str, Any]] = lambda paper: {}


_kinds: dict[str, Printed] = {}


def add(printed: Printed) -> None:
    """Let this be printed."""
    _kinds[printed.table] = printed


def add_kind(kind: Kind[Any, Any], told: Callable[[Any], Told], **more: Any) -> None:
    """Let papers of this kind be printed; `more` are further columns of Printed."""
    url = (f"{kind.home}.show", kind.key)
    add(Printed(kind.table, kind.find, kind.row, kind.lines, told, url, kind.view, **more))


def kind(table: str) -> Printed | None:
    """What the papers of a table are printed by."""
    return _kinds.get(table)


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Words, numbers and days as the paper has them, on the workspace's calendar."""
    before = {name: g.get(name) for name in ("locale", "timezone")}
    g.locale, g.timezone = language, scope.workspace().timezone
    refresh()
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(g, name, value)
        refresh()


def context(of: Printed, paper: Paper, head: Letterhead) -> dict[str, Any]:
    """What `pdf/paper.html` needs, in the language of the moment."""
    lines, told, rule = of.lines(paper.id), of.told(paper), of.rule(paper)
    found = of.sums(paper, lines, rule) if told.has_prices else None
    return {
        "told": told,
        "title": told.title,
        "head": head,
        "paper": paper,
        "address": told.address or addressed(paper),
        "rows": rows(lines, paper.currency, has_prices=told.has_prices),
        "sums": pages.told(found, paper.currency) if found else [],
        "closing": paper.closing or head.closing,
        "tax_note": pages.tax_note(rule) if found and found.tax else "",
        "has_discount": any(line.discount for line in lines),
    }


def addressed(paper: Paper) -> list[str]:
    """The lines of the address that a paper goes to."""
    account = paper.account
    parts = [
        account.name,
        paper.contact.name if paper.contact else None,
        account.address,
        account.city,
        account.country,
    ]
    return [part for part in parts if part]


def rows(lines: Sequence[Any], currency: str, *, has_prices: bool = True) -> list[dict[str, Any]]:
    """The lines of any paper as paper and pages show them; items are counted, words between them aren't."""
    shown = []
    number = 0
    for line in lines:
        is_heading = line.kind is LineKind.HEADING
        number += 0 if is_heading else 1
        shown.append(
            {
                "number": "" if is_heading else str(number),
                "text": line.text,
                "article": line.product.number if line.product else "",
                "is_heading": is_heading,
                "is_left": line.kind is LineKind.OPTION and not line.is_chosen,
                "is_option": line.kind is LineKind.OPTION,
                "quantity": ""
                if is_heading
                else f"{ui.number(line.quantity.normalize() + 0)} {line.unit or ''}".strip(),
                "price": "" if is_heading or not has_prices else price(line, currency),
                "discount": f"{money.plain(line.discount)} %" if line.discount and not is_heading else "",
                "tax": "" if is_heading else f"{money.plain(line.tax_percent)} %",
                "net": "" if is_heading or not has_prices else ui.money(line.net, currency),
                "line": line,
            }
        )
    return shown


def price(line: Line, currency: str) -> str:
    """The price of one; with more digits than the currency has where it needs them."""
    rounded = money.rounded(line.price, currency)
    return ui.money(rounded, currency) if rounded == line.price else f"{money.plain(line.price)} {currency}"
