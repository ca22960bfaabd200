"""What pages show of a paper: its grid, its lines, its sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import pgettext
from markupsafe import Markup

from saas import money, ui
from saas.crm.papers import lines, offers
from saas.crm.papers.lines import COLUMNS, Typed
from saas.crm.papers.models import LINE_WORDS, MOST_LINES, Line, LineKind, Paper
from saas.crm.papers.offers import Offer
from saas.crm.papers.sums import TAX_RULE_WORDS, Sums, TaxRule
from saas.crm.products import queries as products
from saas.tenants import scope

Told = list[tuple[str, str, str]]  # words, amount, look


def is_saving() -> bool:
    """True when a paper's form was sent to be saved, not for more lines."""
    return request.method == "POST" and request.form.get("what") != "rows"


@dataclass(frozen=True)
class Grid:
    """What `papers/_lines.html` draws.

    rows: those that were typed, and some that wait.
    pattern: a row to copy.
    kinds: the kinds of line that may be chosen, none where all are items.
    taxes: key → words.
    nets: number of a row → its sum in words.
    told: what they come to.
    """

    rows: Sequence[Typed]
    pattern: Typed
    kinds: Mapping[LineKind, Any]
    taxes: Mapping[str, str]
    usual_tax: str
    nets: Mapping[int, str]
    told: Told
    check_url: str
    suggest_url: str
    most: int = MOST_LINES

    @property
    def attributes(self) -> Markup:
        """Of the form around it."""
        full = _("A paper holds %(most)s lines at most.", most=self.most)
        return Markup('data-grid="{}" data-most="{}" data-full="{}"').format(self.check_url, self.most, full)


def grid(
    typed: Sequence[Typed],
    offer: Offer,
    rule: TaxRule,
    check_url: str,
    *,
    kinds: Sequence[LineKind] = (LineKind.ITEM, LineKind.OPTION, LineKind.HEADING),
    more: int = lines.BLANK,
    margin: bool = False,
) -> Grid:
    """The grid with these lines.

    Args:
        typed: the lines as they were typed or drawn.
        offer: what may be sold.
        rule: where tax is rounded.
        check_url: where rows are looked at while one types.
        kinds: of lines that may be chosen.
        more: empty lines below.
        margin: the reader may know what is earned.
    """
    taxes = dict(offer.taxes) or {"": _("No tax")}
    return Grid(
        rows=[*typed, *lines.blanks(typed, more)],
        pattern=Typed(0, dict.fromkeys(COLUMNS, "")),
        kinds={kind: LINE_WORDS[kind] for kind in kinds} if len(kinds) > 1 else {},
        taxes=taxes,
        usual_tax=offer.usual_tax,
        nets=_nets(typed, offer.currency),
        told=told(lines.totals(typed, offer.currency, rule), offer.currency, margin=margin),
        check_url=check_url,
        suggest_url=url_for("products.suggest"),
    )


def looked_at(typed: Sequence[Typed], offer: Offer, rule: TaxRule, *, margin: bool = False) -> ResponseReturnValue:
    """What is said of rows while one types: row → column → {kind, text}, the sums, and what products fill in."""
    nets = _nets(typed, offer.currency)
    rows = {
        f"r{one.number}": {name: {"kind": "wrong", "text": text} for name, text in one.errors.items()} for one in typed
    }
    filled = {f"r{one.number}": {name: one.cells[name] for name in one.filled} for one in typed if one.filled}
    found = told(lines.totals(typed, offer.currency, rule), offer.currency, margin=margin)
    return jsonify(
        {
            **rows,
            "filled": filled,
            "nets": {f"r{number}": text for number, text in nets.items()},
            "sums": str(ui.fragment("papers/_sums.html", told=found)),
        }
    )


def told(found: Sums, currency: str, *, margin: bool = False) -> Told:
    """The sums in words: net, each tax, gross; the margin for those who may know."""
    rows = [(pgettext("sum", "Without tax"), ui.money(found.net, currency), "")]
    for tax in found.taxes:
        if tax.percent or len(found.taxes) > 1:
            rows.append((offers.tax_words(tax.name, tax.percent), ui.money(tax.tax, currency), "muted"))
    rows.append((_("Total"), ui.money(found.gross, currency), "whole"))
    if margin and found.margin is not None:
        share = f" ({money.plain(found.margin_percent)} %)" if found.margin_percent is not None else ""
        rows.append((_("Margin"), ui.money(found.margin, currency) + share, "muted"))
    return rows


def labels(found: Sequence[Line]) -> dict[UUID, str]:
    """Product → as a cell names it, of these lines."""
    ids = [line.product_id for line in found if line.product_id]
    return {one.id: one.name for one in products.products_with(ids)} if ids else {}


def tax_note(rule: TaxRule) -> str:
    """How the tax was worked out, as a paper states it."""
    return str(TAX_RULE_WORDS[rule])


def in_own(paper: Paper) -> str | None:
    """What a paper comes to in the workspace's own currency, at the rate of its day; None where it is in that."""
    own = scope.workspace().currency
    if paper.currency == own:
        return None
    if paper.rate is None:
        return _("no rate is noted")
    amount = ui.money(money.converted(paper.gross, paper.rate, own), own)
    if paper.rate_on is None:
        return amount
    return _("%(amount)s at the rate of %(day)s", amount=amount, day=ui.day(paper.rate_on))


def _nets(typed: Sequence[Typed], currency: str) -> dict[int, str]:
    found = ((one.number, lines.line_net(one, currency)) for one in typed)
    return {number: ui.money(amount, currency) for number, amount in found if amount is not None}
