"""Writing the lines of a paper, and what they come to with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from saas.crm.papers import rate_queries as rates
from saas.crm.papers.changes import said
from saas.crm.papers.kinds import Kind, LineRow
from saas.crm.papers.lines import Typed
from saas.crm.papers.models import Line, LineKind, Paper
from saas.crm.papers.sums import Sums, TaxRule, net, sums
from saas.db import db, new_id
from saas.tenants import queries as tenants
from saas.tenants.actions import settings
from saas.tenants.models import Member

RULE = "papers.tax"


def rule() -> TaxRule:
    """Where the workspace rounds its tax."""
    return TaxRule(str(tenants.setting(RULE, {"rule": TaxRule.BY_RATE})["rule"]))


def choose_rule(rule: str, *, by: Member) -> None:
    """Round tax by this rule from now on."""
    settings.choose(RULE, {"rule": TaxRule(rule).value}, by=by)


def write(kind: Kind[Any, LineRow], paper: Any, before: Sequence[Any], typed: Sequence[Typed]) -> list[LineRow]:
    """Make the lines of a paper what was typed, and its sums what they come to.

    Args:
        paper: it is in the session, and its currency is known.
        before: its lines so far; one that was typed again keeps its id.
        typed: the lines to be, without errors, in their order.

    Returns:
        The lines now.
    """
    known = {line.id: line for line in before}
    lines = []
    for position, one in enumerate(typed):
        line = known.pop(one.line_id, None) if one.line_id else None
        if line is None:
            line = _line(kind, paper, {})
            db.session.add(line)
        for name, value in one.values().items():
            setattr(line, name, value)
        line.position = position
        line.net = net(line.priced, paper.currency)
        lines.append(line)
    for line in known.values():
        db.session.delete(line)
    add_up(paper, lines)
    db.session.flush()
    return lines


def copied(kind: Kind[Any, LineRow], paper: Any, lines: Sequence[Any], **more: Any) -> list[LineRow]:
    """Lines of another paper, written out for this one; `more` are further columns. Its sums are made with them."""
    made = [_line(kind, paper, {"position": position} | said(line) | more) for position, line in enumerate(lines)]
    db.session.add_all(made)
    add_up(paper, made)
    db.session.flush()
    return made


def taken_over(kind: Kind[Any, LineRow], paper: Any, lines: Sequence[Any]) -> list[LineRow]:
    """What counts of another paper, and the words between, for this one; an option that was chosen is an item here."""
    made: list[Any] = copied(kind, paper, [line for line in lines if line.counts or line.kind is LineKind.HEADING])
    for line in made:
        if line.kind is LineKind.OPTION:
            line.kind, line.is_chosen = LineKind.ITEM, False
    db.session.flush()
    return made


def work_out(paper: Paper, lines: Sequence[Line]) -> Sums:
    """Write what each line comes to, and all of them together, once quantities or prices have changed."""
    for line in lines:
        line.net = net(line.priced, paper.currency)
    return add_up(paper, lines)


def add_up(paper: Paper, lines: Sequence[Line]) -> Sums:
    """Write what the lines come to."""
    sum_ = found(paper, lines)
    paper.net, paper.tax, paper.gross = sum_.net, sum_.tax, sum_.gross
    return sum_


def found(paper: Paper, lines: Sequence[Line], by: TaxRule | None = None) -> Sums:
    """What the lines that count come to, by the workspace's rule for tax unless another is given."""
    return sums((line.priced for line in lines if line.counts), paper.currency, by or rule())


def note_rate(paper: Any, on: date) -> None:
    """Keep with the paper what its currency is worth on a day, and which day's rate that is."""
    found = rates.rate_of(paper.currency, on)
    paper.rate, paper.rate_on = (found.rate, found.on) if found else (None, None)


def _line(kind: Kind[Any, Any], paper: Any, values: Mapping[str, Any]) -> Any:
    assert kind.line is not None
    return kind.line(**{"id": new_id(), kind.key: paper.id, **values})
