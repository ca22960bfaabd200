"""What the page of an invoice says beside its lines, what invoices say on other pages, and what is printed on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from saas import grids, ui
from saas.crm.customers import reach
from saas.crm.papers import line_actions, pages, prints
from saas.crm.papers.models import Paper
from saas.crm.papers.prints import Told
from saas.crm.receivables import queries
from saas.crm.receivables.models import STANDING_LOOKS, STANDING_WORDS, Invoice
from saas.crm.receivables.queries import Owed, today
from saas.tenants import scope
from saas.tenants.models import Member
from saas.tenants.permissions import Permission


def about(invoice: Invoice) -> list[tuple[Any, Any]]:
    """Whom it is for, its days, and what is owed on it."""

    def link(record: Any, endpoint: str, **ids: Any) -> Markup | None:
        return Markup('<a href="{}">{}</a>').format(url_for(endpoint, **ids), record.label) if record else None

    def amount(of: Any) -> str | None:
        return ui.money(of, invoice.currency) if of and not invoice.is_draft else None

    contact = invoice.contact
    rows = [
        (_("Customer"), _named(invoice.account.name, "customers.show", account_id=invoice.account_id)),
        (_("Addressed to"), _named(contact.name, "contacts.show", contact_id=contact.id) if contact else None),
        (_("Quote"), link(invoice.quote, "quotes.show", quote_id=invoice.quote_id)),
        (_("Looked after by"), invoice.owner.name if invoice.owner else _("Nobody")),
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
        (_("In %(currency)s", currency=scope.workspace().currency), pages.in_own(invoice)),
    ]
    return [(label, value) for label, value in rows if value not in (None, "")]


def _reminded(invoice: Invoice) -> str | None:
    if not invoice.reminded:
        return None
    times = ngettext("%(num)s time", "%(num)s times", invoice.reminded)
    until = ui.words().day(invoice.reminded_until) if invoice.reminded_until else ""
    return _("%(times)s, last until %(day)s", times=times, day=until) if until else times


def _named(name: str, endpoint: str, **ids: Any) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url_for(endpoint, **ids), name)


def steps(invoice: Invoice) -> set[str]:
    """What may be done with it now, by whoever has the right: edit, issue, discard, send."""
    if invoice.archived_at is not None:
        return set()
    return {"edit", "issue", "discard"} if invoice.is_draft else {"send"}


def shown(invoices: Sequence[Invoice]) -> list[dict[str, Any]]:
    """Invoices as the page of a customer lists them."""
    day = today()
    return [
        {
            "label": one.number,
            "name": one.name,
            "url": url_for("receivables.show", invoice_id=one.id),
            "total": ui.money(one.gross, one.currency),
            "state": STANDING_WORDS[one.standing(day)],
            "look": STANDING_LOOKS[one.standing(day)],
        }
        for one in invoices
    ]


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


def account_cell(name: str | None, row: Any) -> Markup:
    """The customer of an invoice, as a link."""
    return (
        grids.EMPTY
        if name is None
        else Markup('<a class="quiet" href="{}">{}</a>').format(
            url_for("customers.show", account_id=row.account_id), name
        )
    )


def address(paper: Paper) -> str:
    """To whom it is mailed unless somebody says otherwise."""
    return reach.written_to(paper.contact, paper.account)


def letter(invoice: Invoice, by: Member) -> str:
    """The words of the mail unless somebody writes his own, in the language of the invoice."""
    with prints.in_language(invoice.language):
        hello = _("Hello %(name)s,", name=invoice.contact.name if invoice.contact else invoice.account.name)
        words = _("please find enclosed our invoice for “%(what)s”.", what=invoice.name)
        return f"{hello}\n\n{words}\n\n{by.name}"


def told(invoice: Invoice) -> Told:
    """What is printed on it, in the language of the moment."""
    full_day = ui.words().full_day
    issued = invoice.issued_on
    facts = [
        (_("Number"), invoice.number or _("Draft")),
        (_("Date"), full_day(issued or today())),
        (_("Delivered on"), full_day(invoice.delivered_on) if invoice.delivered_on else None),
        (_("Due on"), full_day(invoice.due_on) if issued else None),
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


prints.add(
    prints.Kind(
        table=Invoice.__tablename__,
        find=queries.invoice,
        take=queries.invoice_row,
        lines=queries.lines,
        told=told,
        url=("receivables.show", "invoice_id"),
        view=Permission.INVOICE_VIEW,
        rule=lambda invoice: invoice.rule or line_actions.rule(),
    )
)
