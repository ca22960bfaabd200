"""What a report says, in its reader's words: made once, shown on screen and printed on paper.

Money, counts and times become text here and nowhere else, so that both say the same to the cent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from babel import dates
from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from saas import clock, ui
from saas.crm.fields import queries as fields
from saas.crm.fields.models import Dictionary
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities.lists import without_amount
from saas.crm.opportunities.models import RESULT_WORDS, Result
from saas.crm.reports import specs
from saas.crm.reports.figures import (
    Complaints,
    Counted,
    Customers,
    Figures,
    Pipeline,
    Sales,
    Sums,
    Times,
    main_currency,
)
from saas.crm.service_desk.models import STATE_WORDS

Link = Callable[[str, UUID], str | None]  # (kind of record, id) → its address for this reader
SHORT = 14  # rows of a table that stands beside something on paper


@dataclass(frozen=True)
class Table:
    """Rows under a head; `urls` are where the first cells lead, `numbers` the columns set right."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Any]]
    numbers: frozenset[int] = frozenset()
    urls: Sequence[str | None] = ()
    more: str = ""  # that there are more rows than these

    @property
    def is_narrow(self) -> bool:
        """True when two such tables stand side by side on paper."""
        return len(self.head) <= 3 and len(self.rows) <= SHORT


@dataclass(frozen=True)
class Chart:
    """A chart and its table."""

    key: str
    spec: dict[str, Any]
    table: Table
    is_wide: bool = False  # on paper it stands over its table, not beside it

    @property
    def is_beside(self) -> bool:
        """True when chart and table stand side by side on paper."""
        return not self.is_wide and len(self.table.rows) <= SHORT


@dataclass(frozen=True)
class Part:
    """One part of a report: figures, charts with their tables, and tables."""

    key: str
    title: str
    note: str
    stats: Sequence[tuple[str, str, str]]  # label, figure, note
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = field(default=())


@dataclass(frozen=True)
class _Measure:
    """What bars of deals are as long as: their amounts in one currency, or their number where none has an amount."""

    currency: str | None

    @property
    def title(self) -> str:
        return self.currency or _("Deals")

    def bar(self, amounts: Sums, count: int) -> dict[str, Any]:
        if self.currency is None:
            return {"value": float(count), "label": ui.number(count)}
        amount = amounts.get(self.currency, Decimal())
        return {"value": float(amount), "label": ui.money(amount, self.currency, whole=True)}


def _measured(found: Sequence[tuple[Sums, int]], of: Figures) -> _Measure:
    has_amounts = any(amount for amounts, _count in found for amount in amounts.values())
    return _Measure(main_currency([amounts for amounts, _count in found], of.currency) if has_amounts else None)


def parts(found: Figures, link: Link = lambda _kind, _id: None) -> list[Part]:
    """The parts of a report that its reader may see.

    Args:
        found: the figures.
        link: where records are found; nowhere on paper.
    """
    drawn = [
        found.sales and _sales(found.sales, found, link),
        found.pipeline and _pipeline(found.pipeline, found),
        found.customers and _customers(found.customers, found, link),
        found.complaints and _complaints(found.complaints, found, link),
    ]
    return [part for part in drawn if part]


def charts(found: Sequence[Part]) -> list[Chart]:
    """All charts of a report."""
    return [chart for part in found for chart in part.charts]


def monies(amounts: Sums) -> str:
    """Sums of several currencies to the cent, beside each other."""
    return " + ".join(ui.money(amounts[currency], currency) for currency in sorted(amounts)) or ui.NONE


def _customers(found: Customers, of: Figures, link: Link) -> Part:
    months = [(_short(first), many) for first, many in found.by_month]
    shown = [{"name": name, "value": many, "label": ui.number(many)} for name, many in months]
    chart = Chart(
        "customers",
        specs.columns(shown, title=_("Customers")),
        _table(_("New customers by month"), [_("Month"), _("Customers")], [(n, ui.number(m)) for n, m in months], {1}),
    )
    newest = Table(
        _("Newest customers"),
        [_("Customer"), _("Number"), _("Source"), _("Owner"), _("Added")],
        [
            (
                r.name,
                r.number,
                fields.label(Dictionary.SOURCE, r.source) or ui.NONE,
                r.owner or _("In the pool"),
                _day(r.created_at, of),
            )
            for r in found.rows
        ],
        urls=[link("account", r.id) for r in found.rows],
        more=_more(found.added, len(found.rows)),
    )
    return Part(
        "customers",
        _("New customers"),
        "",
        [
            (
                pgettext("report", "Added"),
                ui.number(found.added),
                _("%(n)s the month before", n=ui.number(found.added_before)),
            ),
            (_("First sale"), ui.number(found.first_sales), _("bought from us for the first time")),
        ],
        [chart],
        [
            *_groups(_("Where they came from"), _("Source"), _by_source(found), _("Not said"), found.added),
            *_groups(_("Who looks after them"), _("Owner"), found.by_owner, _("In the pool"), found.added),
            *([newest] if found.rows else []),
        ],
    )


def _by_source(found: Customers) -> list[Counted]:
    return [(fields.label(Dictionary.SOURCE, source), many) for source, many in found.by_source]


def _losses(found: Sales) -> list[Counted]:
    return [(fields.label(Dictionary.LOSS, why), many) for why, many in found.reasons]


def _pipeline(found: Pipeline, of: Figures) -> Part:
    measured = _measured([(one.amounts, one.count) for one in found.stages], of)
    titles = pipelines.titles()
    rows = [{"name": titles[one.stage.id]} | measured.bar(one.amounts, one.count) for one in found.stages]
    table = _table(
        _("Open deals by stage"),
        [_("Stage"), _("Deals"), _("Sum"), _("Weighted"), _("Without amount")],
        [
            (
                titles[one.stage.id],
                ui.number(one.count),
                monies(one.amounts),
                monies(one.weighted()),
                ui.number(one.without_amount),
            )
            for one in found.stages
        ]
        + [
            (
                _("Together"),
                ui.number(found.count),
                monies(found.amounts),
                monies(found.weighted),
                ui.number(found.without_amount),
            )
        ],
        {1, 2, 3, 4},
    )
    return Part(
        "pipeline",
        _("Pipeline"),
        _(
            "As it stood on %(day)s at %(time)s.",
            day=ui.words().day(_local(of.at, of).date()),
            time=f"{_local(of.at, of):%H:%M}",
        ),
        [
            (_("Open deals"), ui.number(found.count), without_amount(found.without_amount)),
            (_("Sum"), monies(found.amounts), ""),
            (_("Weighted"), monies(found.weighted), _("times the probability of each stage")),
        ],
        [Chart("pipeline", specs.lying_bars(rows, title=measured.title, say=ui.words().compact), table, is_wide=True)],
    )


def _sales(found: Sales, of: Figures, link: Link) -> Part:
    ended = [(closed.amounts, closed.count) for _first, both in found.by_month for closed in both.values()]
    measured = _measured(ended, of)
    shown = [
        {"name": _short(first), "group": str(RESULT_WORDS[result])} | measured.bar(closed.amounts, closed.count)
        for first, both in found.by_month
        for result, closed in both.items()
    ]
    words = (str(RESULT_WORDS[Result.WON]), str(RESULT_WORDS[Result.LOST]))
    table = _table(
        _("Won and lost by month"),
        [_("Month"), words[0], _("Sum won"), words[1], _("Sum lost")],
        [
            (_short(first), *[cell for r in both for cell in (ui.number(both[r].count), monies(both[r].amounts))])
            for first, both in found.by_month
        ],
        {1, 2, 3, 4},
    )
    won = Table(
        _("Largest deals won"),
        [_("Deal"), _("Customer"), _("Owner"), _("Won on"), _("Amount")],
        [
            (r.name, r.account or ui.NONE, r.owner or ui.NONE, ui.day(r.closed_on), ui.money(r.amount, r.currency))
            for r in found.rows
        ],
        frozenset({4}),
        [link("opportunity", r.id) for r in found.rows],
        _more(found.won.count, len(found.rows)),
    )
    both = found.won.count + found.lost.count
    share = ui.percent(found.won.count / both) if both else ui.NONE
    return Part(
        "sales",
        _("Won and lost"),
        "",
        [
            (words[0], monies(found.won.amounts), _deals(found.won.count)),
            (words[1], monies(found.lost.amounts), _deals(found.lost.count)),
            (_("Share won"), share, _("of the deals that ended")),
        ],
        [Chart("sales", specs.pairs(shown, names=words, title=measured.title, say=ui.words().compact), table)],
        [
            *([won] if found.rows else []),
            *_groups(_("Why deals were lost"), _("Reason"), _losses(found), _("Not said"), found.lost.count),
        ],
    )


def _complaints(found: Complaints, of: Figures, link: Link) -> Part:
    table = Table(
        _("Complaints of the month"),
        [_("Number"), _("Subject"), _("Customer"), _("Filed"), _("First answer"), _("Solved")],
        [
            (
                r.number,
                r.subject,
                r.account,
                _day(r.created_at, of),
                ui.span(r.first_answer_at - r.created_at) if r.first_answer_at else _("not yet"),
                ui.span(r.solved_at - r.created_at) if r.solved_at else STATE_WORDS[r.state],
            )
            for r in found.rows
        ],
        urls=[link("service_case", r.id) for r in found.rows],
        more=_more(found.filed, len(found.rows)),
    )
    times = _table(
        _("How long it took"),
        [_("Time"), _("Cases"), _("Half of them within"), _("Slowest")],
        [_times(_("First answer"), found.answer), _times(pgettext("report", "Solution"), found.solution)],
        {1, 2, 3},
    )
    unanswered = _("%(n)s without an answer", n=ui.number(found.unanswered)) if found.unanswered else ""
    return Part(
        "complaints",
        _("Complaints"),
        "",
        [
            (pgettext("report", "Filed"), ui.number(found.filed), unanswered),
            (_("First answer"), ui.span(found.answer.median), _("half of them within")),
            (pgettext("report", "Solution"), ui.span(found.solution.median), _("half of them within")),
            (_("Open now"), ui.number(found.open_now), _("whenever they were filed")),
        ],
        tables=[times, table] if found.filed else [],
    )


def _times(label: str, times: Times) -> tuple[str, ...]:
    return (label, ui.number(times.count), ui.span(times.median), ui.span(times.slowest))


def _groups(title: str, label: str, groups: Sequence[Counted], nobody: str, whole: int) -> list[Table]:
    if not groups:
        return []
    rows = [(name or nobody, ui.number(many), ui.percent(many / whole) if whole else ui.NONE) for name, many in groups]
    rest = whole - sum(many for _name, many in groups)
    if rest > 0:
        rows.append((_("Others"), ui.number(rest), ui.percent(rest / whole)))
    return [_table(title, [label, _("How many"), _("Share")], rows, {1, 2})]


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[Any]], numbers: set[int]) -> Table:
    return Table(title, head, rows, frozenset(numbers))


def _more(whole: int, shown: int) -> str:
    left = whole - shown
    return ngettext("and %(num)s more", "and %(num)s more", left) if left > 0 else ""


def _deals(many: int) -> str:
    return ngettext("%(num)s deal", "%(num)s deals", many)


def _short(first: date) -> str:
    """A month as it stands under a column."""
    words = ui.words()
    return str(dates.format_date(first, {"zh": "M月"}.get(words.locale.language, "MMM"), locale=words.locale))


def _local(at: datetime, of: Figures) -> datetime:
    """An instant on the workspace's clock, by which the month is counted, wherever the reader is."""
    return clock.local(at, of.month.zone)


def _day(at: datetime, of: Figures) -> Any:
    return ui.day(_local(at, of).date())
