"""Reminding customers of what they are late with, and leaving out what they dispute."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import ColumnElement

from saas import clock, mail, ui
from saas.crm.customers.models import Account
from saas.crm.papers import print_actions, prints
from saas.crm.receivables import reminder_queries as reminders
from saas.crm.receivables.models import Invoice
from saas.crm.receivables.reminder_models import PaymentReminder, ReminderLine
from saas.crm.receivables.reminder_queries import Steps
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import events, scope
from saas.tenants.actions import settings
from saas.tenants.models import Event, Member
from saas.tenants.scope import Actor, today

WRITTEN, SENT = "payment_reminder.written", "payment_reminder.sent"
DISPUTED, SETTLED = "invoice.disputed", "invoice.dispute_settled"
BY_ITSELF = 1000  # customers that a worker reminds in one morning


class NothingOwed(Refused):
    """Nothing is owed on the invoice, so nothing can be disputed."""


def choose_steps(how: Steps, *, by: Member) -> None:
    """Remind so from now on; what was written stays."""
    settings.choose(reminders.STEPS, {"days": list(how.days), "within": how.within, "by_itself": how.by_itself}, by=by)


def remind(account: Account, currency: str, *where: ColumnElement[bool], by: Actor) -> PaymentReminder | None:
    """Write a customer one letter about all that he is late with, and mail it where there is an address.

    Asked for twice, it is written once: after the first no step is due any more.

    Args:
        account: whom.
        currency: ISO 4217.
        where: what narrows his invoices, such as the reader's reach.
        by: who reminds.

    Returns:
        The letter; None where no step is due.
    """
    how, day = reminders.steps(), today()
    late = reminders.lock_late(account.id, currency, *where)
    reached = {one.id: reminders.next_step(one, how, day) for one in late}
    if not any(reached.values()):
        return None
    made = _letter(account, late[-1], how, step=max(reached.values()), owed=sum((one.owed for one in late), Decimal(0)))
    for place, one in enumerate(late, start=1):
        step = reached[one.id]
        db.session.add(ReminderLine(reminder_id=made.id, position=place, invoice_id=one.id, step=step, owed=one.owed))
        if step:
            one.reminded, one.reminded_until = step, made.pay_by
    db.session.flush()
    changed = {"step": made.step, "owed": made.owed, "currency": currency, "pay_by": made.pay_by, "to": made.sent_to}
    made.print_id = print_actions.ask(made, by=by if isinstance(by, Member) else None, keep=True).id
    events.record(WRITTEN, made, by=by, changed=changed)
    if made.sent_to:
        events.record(SENT, made, by=by, changed={"to": made.sent_to, "step": made.step})
    return made


def remind_by_itself() -> int:
    """Remind whoever is due, where the workspace wants that each morning; returns how many letters were written."""
    how = reminders.steps()
    if not how.by_itself:
        return 0
    found = reminders.due(how, many=BY_ITSELF)
    return sum(remind(one.account, one.currency, by=scope.SYSTEM) is not None for one in found)


def dispute(invoice: Invoice, why: str, *, by: Member) -> None:
    """Note that the customer says it isn't right: he is not reminded of it until that is settled.

    Raises:
        NothingOwed: it is a draft, or nothing is owed on it.
    """
    if invoice.is_draft or invoice.owed <= 0:
        raise NothingOwed(_("Nothing is owed on this invoice."))
    if invoice.disputed_at is None:
        invoice.disputed_at = clock.now()
    invoice.disputed_why = why
    db.session.flush()
    events.record(DISPUTED, invoice, by=by, changed={"number": invoice.label, "why": why})


def settle_dispute(invoice: Invoice, *, by: Member) -> None:
    """Remind of it again."""
    if invoice.disputed_at is None:
        return
    invoice.disputed_at = invoice.disputed_why = None
    db.session.flush()
    events.record(SETTLED, invoice, by=by, changed={"number": invoice.label})


def mail_reminder(event: Event) -> Iterator[None]:
    """Mail a letter with its PDF; the caller commits at each yield.

    Raises:
        NotReady: this machine can't make PDFs yet.
        MailError: the server didn't take it.
    """
    letter = reminders.reminder_row(event.subject_id)
    print_id, to = letter.print_id, letter.sent_to
    if print_id is None or to is None:
        return
    yield from print_actions.make(print_id)
    yield
    letter = reminders.reminder_row(event.subject_id)
    words, enclosed = _words(letter), print_actions.enclosed(print_id)
    company, message_id = scope.workspace().name, f"payment_reminder-{event.id}"
    db.session.commit()
    mail.send(to, words, message_id=message_id, sender=company, enclosed=enclosed)


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _letter(account: Account, newest: Invoice, how: Steps, *, step: int, owed: Decimal) -> PaymentReminder:
    """A letter to whoever got the newest invoice, in its language."""
    day = today()
    made = PaymentReminder(
        id=new_id(),
        account_id=account.id,
        contact_id=newest.contact_id,
        owner_id=account.owner_id,
        team_id=account.team_id,
        language=newest.language,
        currency=newest.currency,
        step=step,
        issued_on=day,
        pay_by=day + timedelta(days=how.within),
        owed=owed,
        sent_to=reminders.address(newest) or None,
    )
    made.sent_at = clock.now() if made.sent_to else None
    made.account = account
    db.session.add(made)
    db.session.flush()
    return made


def _words(letter: PaymentReminder) -> mail.Words:
    with prints.in_language(letter.language):
        total, day = ui.money(letter.owed, letter.currency), ui.words().full_day(letter.pay_by)
    company = scope.workspace().name
    about = {"total": total, "day": day, "company": company, "from_name": company, "step": letter.step}
    return mail.written("payment_reminder", letter.language, **about)
