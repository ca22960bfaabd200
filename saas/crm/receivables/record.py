"""What the page of an invoice says beside its lines, what invoices say on other pages, and what is printed on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from saas import ui
from saas.crm.papers import line_actions, prints
from saas.crm.papers import record as papers
from saas.crm.papers.prints import Told
from saas.crm.receivables.models import Invoice
from saas.crm.receivables.queries import KIND, Owed
from saas.tenants.models import Member
from saas.tenants.scope import today


def about(invoice: Invoice) -> papers.Facts:
    """Whom it is for, its days, and what is owed on it."""

    def amount(of: Any) -> str | None:
        return ui.money(of, invoice.currency) if of and not invoice.is_draft else None

    return papers.known(
        [
            *papers.people(invoice),
            (_("Quote"), papers.link(invoice.quote, "quotes.show", "quote_id")),
            (pgettext("sale", "Order"), papers.link(invoice.order, "orders.show", "order_id")),
            (pgettext("sale", "Contract"), papers.link(invoice.contract, "contracts.show", "contract_id")),
            (_("Period"), period(invoice.period_from, invoice.period_until)),
            *papers.owner(invoice),
            (_("Days to pay"), str(invoice.days) if invoice.is_draft else None),
            (_("Issued"), ui.day(invoice.issued_on) if invoice.issued_on else None),
            (_("Due"), None if invoice.is_draft else ui.day(invoice.due_on)),
            (_("Delivered"), ui.day(invoice.delivered_on) if invoice.delivered_on else None),
            (_("Credited"), amount(invoice.credited)),
            (_("Paid"), amount(invoice.paid)),
            (_("Owed"), None if invoice.is_draft else ui.money(invoice.owed, invoice.currency)),
            (_("Disputed"), invoice.disputed_why),
            (_("Reminded"), _reminded(invoice)),
            (_("Sent"), ui.moment(invoice.sent_at) if invoice.sent_at else None),
            (_("Sent to"), invoice.sent_to),
            *papers.in_own(invoice),
        ]
    )


def _reminded(invoice: Invoice) -> str | None:
    if not invoice.reminded:
        return None
    times = ngettext("%(num)s time", "%(num)s times", invoice.reminded)
    until = ui.words().day(invoice.reminded_until) if invoice.reminded_until else ""
    return _("%(times)s, last until %(day)s", times=times, day=until) if until else times


def period(first: date | None, last: date | None) -> str | None:
    """The days that an invoice is for; None where no two are known."""
    if first is None or last is None:
        return None
    return _("%(first)s to %(last)s", first=ui.words().dated(first), last=ui.words().dated(last))


def steps(invoice: Invoice) -> set[str]:
    """What may be done with it now, by whoever has the right: edit, issue, discard, send."""
    if invoice.archived_at is not None:
        return set()
    return {"edit", "issue", "discard"} if invoice.is_draft else {"send"}


def owed(found: Sequence[Owed]) -> list[dict[str, Any]]:
    """What a customer owes, as his page says it: the sum, and how much of it is late since when."""
    return [
        {
            "whole": ui.money(one.whole, one.currency),
            "late": _(
                "%(amount)s of it late, the oldest since %(day)s",
                amount=ui.money(one.late, one.currency),
                day=ui.words().full_day(one.late_since),
            )
            if one.late_since
            else "",
        }
        for one in found
    ]


def letter(invoice: Invoice, by: Member) -> str:
    """The words of the mail unless somebody writes his own, in the language of the invoice."""
    return papers.letter(invoice, by, lambda: _("please find enclosed our invoice for “%(what)s”.", what=invoice.name))


def told(invoice: Invoice) -> Told:
    """What is printed on it, in the language of the moment."""
    full_day = ui.words().full_day
    issued = invoice.issued_on
    facts = [
        (_("Number"), invoice.number or _("Draft")),
        (_("Date"), full_day(issued or today())),
        (_("Delivered on"), full_day(invoice.delivered_on) if invoice.delivered_on else None),
        (_("Due on"), full_day(invoice.due_on) if issued else None),
        (pgettext("sale", "Order"), invoice.order.number if invoice.order else None),
        (_("Your number"), invoice.order.reference if invoice.order else None),
        (pgettext("sale", "Contract"), invoice.contract.label if invoice.contract else None),
        (_("Period"), period(invoice.period_from, invoice.period_until)),
        (_("Your number with us"), invoice.account.number),
        (_("Your tax number"), invoice.account.tax_number),
        (_("Your contact"), invoice.owner.name if invoice.owner else None),
    ]
    due = _(
        "Please pay by %(day)s and name the number %(number)s.", day=full_day(invoice.due_on), number=invoice.number
    )
    draft = _("This is a draft and asks for no payment.")
    title = _("Invoice %(number)s", number=invoice.number) if issued else _("Invoice (draft)")
    return Told(title, facts, [due if issued else draft])


prints.add_kind(KIND, told, rule=lambda invoice: invoice.rule or line_actions.rule())
