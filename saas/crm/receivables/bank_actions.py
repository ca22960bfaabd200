"""Bringing account statements in, booking their lines as payments, and taking that back."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from saas import bank, clock, sheets
from saas.bank import Entry
from saas.crm.receivables import bank_queries as queries
from saas.crm.receivables import csv_lines, payment_actions
from saas.crm.receivables import settlement_queries as ledger
from saas.crm.receivables.bank_models import BankFile, BankLine, LineState
from saas.crm.receivables.csv_lines import Layout
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import events, scope
from saas.tenants import queries as tenants
from saas.tenants.actions import settings
from saas.tenants.models import Member

BROUGHT, READ = "bank_file.brought", "bank_file.read"
BOOKED, UNDONE, LEFT = "bank_file.booked", "bank_file.undone", "bank_file.left_out"
LAYOUTS = "receivables.bank"


def bring(content: bytes, name: str, *, by: Member) -> BankFile:
    """Bring a statement in: CAMT.053 is read at once, and a CSV too where its columns were named before.

    Raises:
        Refused: this very file came in already.
        Unreadable: it is neither.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    if queries.with_sha(sha256) is not None:
        raise Refused(_("This file came in already. Its lines are in the list below."), field="file")
    made = BankFile(id=new_id(), name=name[:200], sha256=sha256, member_id=by.id)
    entries = bank.read(content) if bank.is_statement(content) else None
    if entries is None:
        made.table = _table(content)
    db.session.add(made)
    db.session.flush()
    events.record(BROUGHT, made, by=by, changed={"name": made.name})
    if entries is not None:
        _keep(made, entries, by=by)
    elif (layout := remembered(made)) is not None:
        read_table(made, layout, by=by)
    return made


def remembered(file: BankFile) -> Layout | None:
    """How tables with these columns were read before."""
    kept: Any = tenants.setting(LAYOUTS, {}).get(_signature(file))
    return Layout(kept["places"], kept["order"]) if kept else None


def read_table(file: BankFile, layout: Layout, *, by: Member) -> int:
    """Make the lines of a CSV, now that its columns are named, and remember them; returns how many rows couldn't be
    read.

    Raises:
        Refused: the columns of day and amount aren't named, or no row can be read so.
    """
    file = queries.lock_file(file.id)
    if file.table is None:
        return 0
    if any(layout.places.get(name) is None for name in csv_lines.NEEDED):
        raise Refused(_("Say at least which columns hold the day and the amount."), field="day")
    found = csv_lines.read(file.table["rows"], layout, scope.workspace().currency)
    if not found.entries:
        raise Refused(_("No row can be read so. Look at the day's and the amount's columns again."), field="day")
    settings.choose(LAYOUTS, {_signature(file): {"places": dict(layout.places), "order": layout.order}}, by=by)
    file.table = None
    _keep(file, found.entries, by=by)
    return len(found.wrong)


def book(file: BankFile, line_ids: Collection[UUID], *, by: Member) -> int:
    """Book lines as payments of what they match now; returns how many were. One that is booked already, or matches
    nothing any more, stays as it is.
    """
    queries.lock_file(file.id)
    lines = queries.lock_lines(file.id, line_ids, LineState.OPEN)
    matches = queries.matches(lines)
    found = {key: [due.id for due in one.invoices] for key, one in matches.items()}
    customers = queries.accounts({one.invoices[0].account_id for one in matches.values()})
    _lock_ledgers(customers)
    count = 0
    for line in lines:
        invoices = ledger.named(found.get(line.id, []))
        account = customers.get(invoices[0].account_id) if invoices else None
        if account is None:
            continue
        shares = payment_actions.spread(line.amount, invoices)
        payment = payment_actions.record_payment(
            account,
            amount=line.amount,
            currency=line.currency,
            paid_on=line.day,
            reference=line.text or None,
            shares=shares,
            by=by,
        )
        line.payment_id = payment.id
        line.state = LineState.BOOKED
        db.session.flush()
        count += 1
    if count:
        events.record(BOOKED, file, by=by, changed={"name": file.name, "lines": count})
    return count


def undo(file: BankFile, line_ids: Collection[UUID], *, by: Member) -> int:
    """Take the payments of lines back by counter-entries, or bring lines back that were left out; returns how many."""
    queries.lock_file(file.id)
    lines = queries.lock_lines(file.id, line_ids, LineState.BOOKED)
    _lock_ledgers(queries.payers(lines))
    for line in lines:
        payment = ledger.lock_payment(line.payment_id) if line.payment_id else None
        if payment is not None and payment.taken_back_at is None:
            payment_actions.take_back(payment, reason=_("The line of the bank was undone."), by=by)
        line.payment_id = None
    lines += queries.lock_lines(file.id, line_ids, LineState.LEFT)
    for line in lines:
        line.state = LineState.OPEN
    db.session.flush()
    if lines:
        events.record(UNDONE, file, by=by, changed={"name": file.name, "lines": len(lines)})
    return len(lines)


def leave_out(file: BankFile, line_ids: Collection[UUID], *, by: Member) -> int:
    """Say that lines are no payments of customers; returns how many."""
    lines = queries.lock_lines(file.id, line_ids, LineState.OPEN)
    for line in lines:
        line.state = LineState.LEFT
    db.session.flush()
    if lines:
        events.record(LEFT, file, by=by, changed={"name": file.name, "lines": len(lines)})
    return len(lines)


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _lock_ledgers(account_ids: Collection[UUID]) -> None:
    """In one order, so that two statements that are booked at once don't wait for each other crosswise."""
    for account_id in sorted(account_ids):
        ledger.lock_ledger(account_id)


def _table(content: bytes) -> dict[str, Any]:
    with sheets.read(content, most=bank.MOST + 1) as sheet:
        rows = [row.cells for batch in sheet.batches for row in batch]
        if len(rows) > bank.MOST:
            raise bank.Unreadable("rows")
        return {"header": sheet.head.header, "rows": rows}


def _signature(file: BankFile) -> str:
    header = file.table["header"] if file.table else []
    return hashlib.sha256("\x1f".join(header).encode()).hexdigest()[:32]


def _keep(file: BankFile, entries: Sequence[Entry], *, by: Member) -> None:
    came = [one for one in entries if one.amount > 0]
    seen: Counter[str] = Counter()
    prints = []
    for one in came:
        told = "\x1f".join(str(part) for part in (one.own, one.day, f"{one.amount:f}", one.currency, one.text))
        told += "\x1f".join(("", one.payer, one.iban, one.reference))
        seen[told] += 1
        prints.append(hashlib.sha256(f"{told}\x1f{seen[told]}".encode()).hexdigest())
    known = queries.known(prints)
    for number, (one, fingerprint) in enumerate(zip(came, prints, strict=True), 1):
        if fingerprint not in known:
            told_line = {"text": one.text, "payer": one.payer, "iban": one.iban, "currency": one.currency}
            made = BankLine(file_id=file.id, number=number, fingerprint=fingerprint, state=LineState.OPEN, **told_line)
            made.day, made.amount = one.day, one.amount
            db.session.add(made)
    file.known, file.out, file.read_at = len(known), len(entries) - len(came), clock.now()
    db.session.flush()
    events.record(READ, file, by=by, changed={"name": file.name, "lines": len(came) - len(known)})
