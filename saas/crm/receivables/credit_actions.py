"""Taking back what was billed: whole invoices, lines, or some of a line."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from saas import clock, ui
from saas.crm.papers import changes, print_actions
from saas.crm.papers.paper_actions import SAME, about
from saas.crm.receivables import credits, queries, settlement_actions
from saas.crm.receivables import settlement_queries as ledger
from saas.crm.receivables.actions import NotIssued
from saas.crm.receivables.models import CreditLine, CreditNote, Invoice, InvoiceLine
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import events, numbers
from saas.tenants.models import Member
from saas.tenants.scope import today

ISSUED, SENT = "credit_note.issued", "credit_note.sent"
COPIED = tuple(name for name in changes.COPIED if name not in ("quantity", "net"))


class TooMuch(Refused):
    """More would be taken back than was billed."""


def left(invoice: Invoice) -> list[tuple[InvoiceLine, Decimal]]:
    """The lines of an invoice of which something may still be taken back, and how much of each."""
    before = ledger.credited(invoice.id)
    found = [(line, line.quantity - before.get(line.id, Decimal(0))) for line in queries.lines(invoice.id)]
    return [(line, many) for line, many in found if line.counts and many]


def credit_invoice(invoice: Invoice, quantities: Mapping[UUID, Decimal], *, reason: str, by: Member) -> CreditNote:
    """Take back some or all of an issued invoice; the note gets its number at once.

    Args:
        invoice: it has its number.
        quantities: line of the invoice → how much of it.
        reason: why, as the note says it.
        by: who does.

    Raises:
        NotIssued: the invoice is a draft.
        TooMuch: more of a line, or of the whole, than was billed and not yet taken back.
        Refused: nothing was chosen.
    """
    ledger.lock_ledger(invoice.account_id)
    invoice = queries.lock_invoice(invoice.id)
    if invoice.is_draft or invoice.rule is None:
        raise NotIssued(_("A draft asks for nothing: change it, or throw it away."))
    billed, before = queries.lines(invoice.id), ledger.credited(invoice.id)
    now = {line.id: quantities[line.id] for line in billed if line.counts and quantities.get(line.id)}
    if not now:
        raise Refused(_("Say of which line how much is taken back."))
    _refuse_too_much(billed, before, now)
    found = credits.note_sums(ledger.taken(billed, before, now), invoice.currency, invoice.rule)
    if found.gross <= 0:
        raise Refused(_("A credit note has to come to more than nothing."))
    if found.gross > invoice.gross - invoice.credited:
        rest = ui.money(invoice.gross - invoice.credited, invoice.currency)
        raise TooMuch(_("At most %(rest)s of this invoice can still be taken back.", rest=rest))
    made = _write(invoice, found, reason)
    _write_lines(made, billed, before, now)
    settlement_actions.settle(invoice)
    made.print_id = print_actions.ask(made, by=by, keep=True).id
    db.session.flush()
    events.record(ISSUED, made, by=by, changed=about(made) | {"invoice": invoice.number, "reason": reason})
    return made


def send_note(note: CreditNote, *, to: str, words: str, by: Member) -> None:
    """Mail a credit note with its PDF; as often as somebody asks for it."""
    note.sent_at, note.sent_to = clock.now(), to
    db.session.flush()
    events.record(SENT, note, by=by, changed=about(note) | {"to": to, "words": words})


def _refuse_too_much(billed: list[InvoiceLine], before: Mapping[UUID, Decimal], now: Mapping[UUID, Decimal]) -> None:
    for line in billed:
        rest = line.quantity - before.get(line.id, Decimal(0))
        asked = now.get(line.id, Decimal(0))
        if asked and (asked * rest <= 0 or abs(asked) > abs(rest)):
            text = _("“%(what)s”: at most %(rest)s can still be taken back.", what=line.text, rest=ui.exact(rest))
            raise TooMuch(text, field=str(line.id))


def _write(invoice: Invoice, found: Any, reason: str) -> CreditNote:
    same = {name: getattr(invoice, name) for name in (*SAME, "owner_id", "team_id", "rate", "rate_on", "rule")}
    day = today()
    made = CreditNote(id=new_id(), **same | {"opening": None, "closing": None})
    made.invoice_id, made.turn, made.issued_on = invoice.id, len(ledger.notes_of(invoice.id)) + 1, day
    made.reason, made.net, made.tax, made.gross = reason, found.net, found.tax, found.gross
    made.number = numbers.take_without_gap("credit_note", day)
    db.session.add(made)
    db.session.flush()
    return made


def _write_lines(
    note: CreditNote, billed: list[InvoiceLine], before: Mapping[UUID, Decimal], now: Mapping[UUID, Decimal]
) -> None:
    chosen = [line for line in billed if line.id in now]
    for position, line in enumerate(chosen):
        said = {name: getattr(line, name) for name in COPIED}
        taken = credits.Taken(line.priced, before.get(line.id, Decimal(0)), now[line.id])
        made = CreditLine(id=new_id(), credit_note_id=note.id, invoice_line_id=line.id, position=position, **said)
        made.quantity, made.net = now[line.id], credits.line_net(taken, note.currency)
        db.session.add(made)
    db.session.flush()
