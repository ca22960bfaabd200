"""What the page of a contract says beside its lines, what contracts say on other pages, and what is printed on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from saas import ui
from saas.crm.contracts import queries
from saas.crm.contracts.models import (
    EVERY_WORDS,
    Contract,
    Every,
    Milestone,
)
from saas.crm.contracts.queries import KIND
from saas.crm.papers import prints
from saas.crm.papers import record as papers
from saas.crm.papers.prints import Told
from saas.tenants.scope import today

SOON = timedelta(days=7)  # a milestone is near


def about(contract: Contract, renewal: Contract | None) -> papers.Facts:
    """With whom and what it is about, how long it holds, and what goes before and after it."""
    before = queries.contract_row(contract.renews_id) if contract.renews_id else None
    return papers.known(
        [
            *papers.people(contract),
            *papers.sources(contract),
            (_("Goes on from"), papers.link(before, "contracts.show", "contract_id")),
            (_("Goes on with"), papers.link(renewal, "contracts.show", "contract_id")),
            *papers.owner(contract),
            (_("First day"), ui.day(contract.starts_on)),
            (_("Last day"), ui.day(contract.ends_on) if contract.ends_on else _("Until notice is given")),
            (_("Notice"), notice(contract)),
            (_("Total"), value(contract)),
            (_("Signed on"), ui.day(contract.signed_on) if contract.signed_on else None),
            (_("Signed by"), contract.signed_by),
            (_("Why it ends"), contract.end_reason),
            *papers.in_own(contract),
        ]
    )


def value(contract: Contract) -> str:
    """What it comes to, and for what: "€240.00 per month"."""
    return paid(contract.gross, contract.currency, contract.every)


def paid(amount: Decimal, currency: str, every: Every) -> str:
    """An amount and for what it is paid."""
    words = {
        Every.ONCE: _("%(amount)s once"),
        Every.MONTH: _("%(amount)s per month"),
        Every.YEAR: _("%(amount)s per year"),
    }
    return words[every] % {"amount": ui.money(amount, currency)}


def notice(contract: Contract) -> str | None:
    """How long before its end notice is given; None where nothing was agreed."""
    if contract.notice_days is None:
        return None
    return ngettext("%(num)s day", "%(num)s days", contract.notice_days)


def reminders(contract: Contract) -> str:
    """On which days before its end is reminded, and whom."""
    if contract.ends_on is None:
        return _("It has no last day that could be reminded of.")
    if not contract.remind_days:
        return _("Nobody is reminded of its end.")
    days = _(", ").join(str(one) for one in contract.remind_days)
    if contract.tells_customer:
        return _("%(days)s days before its end, the customer too.", days=days)
    return _("%(days)s days before its end.", days=days)


def steps(contract: Contract, renewal: Contract | None, can_edit: bool) -> set[str]:
    """What may be done with it now: edit, sign, discard, end, renew, remind."""
    if not can_edit or contract.archived_at is not None:
        return set()
    if contract.is_draft:
        return {"edit", "sign", "discard"}
    found = {"renew"} if contract.ends_on is not None and renewal is None else set()
    return found | ({"end", "remind"} if contract.is_running else set())


def milestones(found: Sequence[Milestone], currency: str, day: date) -> list[dict[str, Any]]:
    """Milestones as pages list them, those that are late or near marked."""
    shown = []
    for one in found:
        look = None
        if one.done_at is None and one.due_on < day:
            look = (_("Late"), "wrong")
        elif one.done_at is None and one.due_on <= day + SOON:
            look = (_("Soon"), "waiting")
        amount = ui.money(one.amount, currency) if one.amount is not None else ""
        shown.append({"one": one, "amount": amount, "look": look})
    return shown


def shown(contracts: Sequence[Contract]) -> list[dict[str, Any]]:
    """Contracts as other pages list them: with their last day, and for what they are paid."""
    rows = papers.shown(KIND, contracts)
    for row, one in zip(rows, contracts, strict=True):
        row["total"] = value(one)
        if one.ends_on:
            row["label"] = f"{one.label} · {_('until %(day)s', day=ui.words().day(one.ends_on))}"
    return rows


def due_today(found: Sequence[Milestone], day: date) -> list[dict[str, Any]]:
    """Milestones of several contracts, as Today lists them."""
    return [row for one in found for row in milestones([one], one.contract.currency, day)]


def ending(contracts: Sequence[Contract], day: date) -> list[dict[str, Any]]:
    """Contracts that end soon, each with the days that are left."""
    return [{"one": one, "left": left(one, day)} for one in contracts]


def left(contract: Contract, day: date) -> str:
    """How many days are left until its end."""
    days = (contract.ends_on - day).days if contract.ends_on else 0
    return ngettext("%(num)s day left", "%(num)s days left", max(days, 0))


def told(contract: Contract) -> Told:
    """What is printed on it, in the language of the moment."""
    words = ui.words()
    last = words.full_day(contract.ends_on) if contract.ends_on else _("Until notice is given")
    facts = [
        (_("Number"), contract.label),
        (_("Date"), words.full_day(contract.signed_on or today())),
        (_("First day"), words.full_day(contract.starts_on)),
        (_("Last day"), last),
        (_("Notice"), notice(contract)),
        (_("The total is paid"), EVERY_WORDS[contract.every]),
        (_("Your number with us"), contract.account.number),
        (_("Your contact"), contract.owner.name if contract.owner else None),
    ]
    due = [_due(one, contract.currency) for one in queries.milestones(contract.id)]
    return Told(_("Contract %(number)s", number=contract.label), facts, due, terms=contract.terms)


def _due(one: Milestone, currency: str) -> str:
    day = ui.words().full_day(one.due_on)
    if one.amount is None:
        return _("Due on %(day)s: %(what)s", day=day, what=one.name)
    return _("Due on %(day)s: %(what)s, %(amount)s", day=day, what=one.name, amount=ui.money(one.amount, currency))


prints.add_kind(KIND, told)
