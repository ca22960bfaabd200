"""What the business does by itself: answers to events, to the clock, and long work that people asked for."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from saas.crm.activities import actions as activities
from saas.crm.activities import reminder_actions, series_actions
from saas.crm.batches import actions as batches
from saas.crm.contracts import notice_actions as contract_notices
from saas.crm.contracts import state_actions as contracts
from saas.crm.customers import actions as customers
from saas.crm.customers import name_actions, twins
from saas.crm.customers import notice_actions as customer_notices
from saas.crm.customers import territory_actions as territories
from saas.crm.expenses import actions as expenses
from saas.crm.expenses import notice_actions as expense_notices
from saas.crm.forecasts import actions as forecasts
from saas.crm.inventory import actions as stock_moves
from saas.crm.inventory import level_actions as stock
from saas.crm.inventory import notice_actions as stock_notices
from saas.crm.mails import actions as mails
from saas.crm.mails import mailbox_actions as mailboxes
from saas.crm.mails import notice_actions as mail_notices
from saas.crm.mails import search_actions as mail_search
from saas.crm.merges import actions as merges
from saas.crm.opportunities import pace_actions as pace
from saas.crm.opportunities import purchase_actions as purchases
from saas.crm.orders import actions as orders
from saas.crm.orders import notice_actions as order_notices
from saas.crm.orders import state_actions as order_states
from saas.crm.papers import print_actions
from saas.crm.partners import actions as partners
from saas.crm.partners import notice_actions as partner_notices
from saas.crm.pool import actions as pool
from saas.crm.pool import look_actions as pool_looks
from saas.crm.pool import notice_actions as pool_notices
from saas.crm.pool import pool_actions as pools
from saas.crm.pool import rule_actions as pool_rules
from saas.crm.pool import sweep_actions, sweep_undo_actions, trial_actions
from saas.crm.pool import territory_actions as pool_territories
from saas.crm.pool import undo_actions as pool_undo
from saas.crm.quotes import actions as quotes
from saas.crm.quotes import approval_actions as quote_approvals
from saas.crm.quotes import notice_actions as quote_notices
from saas.crm.receivables import actions as invoices
from saas.crm.receivables import credit_actions as credits
from saas.crm.receivables import notice_actions as invoice_notices
from saas.crm.receivables import reminder_actions as payment_reminders
from saas.crm.reports import actions as reports
from saas.crm.reports import notice_actions as report_notices
from saas.crm.samples import actions as samples
from saas.crm.service_desk import notice_actions as cases
from saas.crm.service_desk.models import CaseEvent
from saas.crm.transfer import actions as transfer
from saas.crm.transfer import export_actions as exports
from saas.crm.transfer.models import RunState
from saas.jobs import runner
from saas.jobs.triggers import due, every, on
from saas.tenants import queries as tenants
from saas.tenants.events import EventName
from saas.tenants.models import Event


@due
def proceed_import(run_id: UUID, phase: str) -> None:
    """Read, check, bring in or undo an import, chunk by chunk; behind the last one when tried again."""
    for _chunk in transfer.proceed(run_id, RunState(phase)):
        runner.heartbeat()


@due
def proceed_batch(batch_id: UUID) -> None:
    """Change many customers, or put them back, chunk by chunk; behind the last one when tried again."""
    for _chunk in batches.proceed(batch_id):
        runner.heartbeat()


@due
def make_export(export_id: UUID) -> None:
    """Make a file that somebody asked for; from the beginning when tried again."""
    for _part in exports.make(export_id):
        runner.heartbeat()


@due
def clear_samples(member_id: UUID) -> None:
    """Take the sample data out; what is left of it when tried again."""
    for _chunk in samples.clear(tenants.member(member_id)):
        runner.heartbeat()


@due
def read_names() -> None:
    """File names by their reading, some at a time; from the beginning when tried again."""
    for _chunk in name_actions.read_all():
        runner.heartbeat()


@due
def place_customers() -> None:
    """Place all customers in their territories, whose rules have changed; all of them again when tried again."""
    for _chunk in territories.place_all():
        runner.heartbeat()


@every(cron="10 4 * * *")
def note_twins() -> None:
    """Note by what customers and contacts are known again, of those of whom nothing is kept."""
    for _chunk in twins.note_all():
        runner.heartbeat()


@every(cron="30 3 * * *")
def forget_exports() -> None:
    """Take away files whose days are over."""
    exports.forget_old()


@every(cron="20 4 * * *")
def learn_pace() -> None:
    """Note at each stage how long deals stand there that are won."""
    pace.learn()


@every(cron="50 3 * * *")
def forget_merges() -> None:
    """Drop what is kept of merges that can no longer be undone."""
    merges.forget_old()


@on(merges.WENT_INTO, merges.CONTACT_WENT_INTO)
def gather_what_came_late(event: Event) -> None:
    """Move along what was being written to a record while it went into another one."""
    if event.subject_id is not None:
        merges.gather(event.subject_kind, event.subject_id)


@every(cron="55 3 * * *")
def forget_batches() -> None:
    """Drop batches that can no longer be undone."""
    batches.forget_old()


@every(cron="45 3 * * *")
def forget_pool_undo() -> None:
    """Drop what is kept of assignments and moves between pools that can no longer be undone."""
    pool_undo.forget_old()


@every(cron="25 3 * * *")
def forget_pool_looks() -> None:
    """Drop which pages of free customers were opened on days that nobody counts any more."""
    pool_looks.forget_old()


@every(cron="40 3 * * *")
def forget_imports() -> None:
    """Drop what is kept of imports that can no longer be undone."""
    transfer.forget_old()


@on(customers.ASSIGNED)
def tell_customer_assigned(event: Event) -> None:
    """Say who looks after a customer now."""
    customer_notices.tell_assigned(event)


@on(CaseEvent.FILED)
def tell_case_filed(event: Event) -> None:
    """Say that a customer asks something of us."""
    cases.tell_filed(event)


@on(CaseEvent.REPLIED)
def tell_case_replied(event: Event) -> None:
    """Say that a customer wrote again."""
    cases.tell_replied(event)


@on(CaseEvent.ASSIGNED)
def tell_case_assigned(event: Event) -> None:
    """Say whose a case is now."""
    cases.tell_assigned(event)


@on(CaseEvent.RATED)
def tell_case_rated(event: Event) -> None:
    """Say how satisfied a customer was."""
    cases.tell_rated(event)


@on(CaseEvent.ANSWERED)
def mail_case_answer(event: Event) -> None:
    """Mail the customer our answer."""
    cases.mail_answer(event)


@on(stock.LOW)
def tell_stock_low(event: Event) -> None:
    """Say that there is less of a product than there should be."""
    stock_notices.tell_low(event)


@on(partners.REGISTERED)
def tell_lead_registered(event: Event) -> None:
    """Say that a partner brought a lead and waits for our answer."""
    partner_notices.tell_registered(event)


@on(partners.ACCEPTED, partners.DECLINED)
def mail_registration_decided(event: Event) -> None:
    """Mail the partner our answer."""
    partner_notices.mail_decided(event)


@due
def remind_activity(activity_id: UUID, reminder_at: datetime) -> None:
    """Tell whoever planned an activity that its time comes."""
    reminder_actions.remind(activity_id, reminder_at)


@every(cron="20 4 * * *")
def prolong_series() -> None:
    """Make the activities that the next weeks bring, of what comes again."""
    for _page in series_actions.prolong_all():
        runner.heartbeat()


@on(activities.COMPLETED, activities.CANCELLED)
def make_next_of_series(event: Event) -> None:
    """Once one of a series is settled, see that the next one stands, however far ahead."""
    series_actions.follow(event.subject_id)


@every(cron="5 0 * * *")
def begin_pool_rules() -> None:
    """Let new rules of the pools hold from their day on, and see that every date of return is true."""
    pool_rules.begin_next()
    purchases.tell_all_open()
    runner.heartbeat()
    renew_return_dates()


@due
def renew_return_dates() -> None:
    """Set the date on which each customer returns, as when rules have changed; from the beginning when tried again."""
    for _chunk in pool_rules.renew_dates():
        runner.heartbeat()


@due
def try_pool_rules(draft_id: UUID, turn: int) -> None:
    """See what rules would have done with many customers; behind the last of them when tried again."""
    for _chunk in trial_actions.proceed(draft_id, turn):
        runner.heartbeat()


@due
def empty_pool(pool_id: UUID, into_id: str | None) -> None:
    """Move what a pool holds to another; what is left of it when tried again."""
    for _chunk in pools.empty(pool_id, UUID(into_id) if into_id else None):
        runner.heartbeat()


@every(minutes=30)
def find_idle_customers() -> None:
    """Return the customers whose time is over to their pools; one that can't go holds up no other."""
    for _chunk in sweep_actions.sweep("crm.reclaim_customer"):
        runner.heartbeat()


@due
def reclaim_customer(account_id: UUID, sweep_id: str | None = None) -> None:
    """Return one customer to the pool, if the rules still say so, as part of the run that left it."""
    pool.reclaim(account_id, sweep_id=UUID(sweep_id) if sweep_id else None)


@due
def undo_sweep(sweep_id: UUID) -> None:
    """Give back what the rules returned in one run; behind the last of it when tried again."""
    for _chunk in sweep_undo_actions.proceed(sweep_id):
        runner.heartbeat()


@every(minutes=15)
def hand_out_territories() -> None:
    """Give new customers of territories that hand them out to their members."""
    pool_territories.hand_out()


@every(cron="5 8 * * *")
def offer_territories(at: datetime) -> None:
    """Tell members of territories which new customers lie free there."""
    pool_territories.offer(at)


@every(cron="0 8 * * *")
def warn_owners() -> None:
    """Tell everyone which of his customers return soon: seven, three and one day before."""
    pool_notices.warn_owners()


@on(EventName.MEMBER_CHANGED, EventName.SESSION_STARTED)
def keep_activities_local(event: Event) -> None:
    """Follow a member whose time zone may have changed: he says so in his profile, or brings it from elsewhere."""
    reminder_actions.keep_local(event.subject_id)


@every(cron="0 6 1 * *")
def make_monthly_report(at: datetime) -> None:
    """Have the report of the month that is over made, for all who may see it."""
    reports.make_monthly(at)


@every(cron="15 4 1 * *")
def note_forecast_of_month(at: datetime) -> None:
    """Note what the deals show for the months to come, as the month begins."""
    forecasts.note(at.date())


@every(cron="25 4 * * 1")
def note_forecast_of_week(at: datetime) -> None:
    """Note it each week; a day on which it was done already has nothing to add."""
    forecasts.note(at.date())


@due
def make_report(report_id: UUID) -> None:
    """Make a PDF that somebody or the clock asked for; from the beginning when tried again."""
    for _part in reports.make(report_id):
        runner.heartbeat()


@due
def mail_report(report_id: UUID, member_id: UUID) -> None:
    """Mail the monthly report to one of those who may see it."""
    report_notices.mail_report(report_id, member_id)


@every(cron="50 3 * * *")
def forget_prints() -> None:
    """Drop printed cases that nobody fetches any more."""
    reports.forget_prints()


@every(minutes=60)
def keep_mailbox_read() -> None:
    """See that a mailbox is read again, whatever became of earlier readings; where there is none, nothing is asked."""
    mailboxes.plan("crm.read_mailbox")


@due
def read_mailbox() -> None:
    """Bring in what is new in the mailbox, message by message; behind the last one when tried again."""
    for _message in mailboxes.read("crm.read_mailbox"):
        runner.heartbeat()


@on(mails.RECEIVED)
def tell_mail_received(event: Event) -> None:
    """Say that a customer wrote."""
    mail_notices.tell_received(event)


@on(mailboxes.FAILED)
def tell_mailbox_failing(event: Event) -> None:
    """Say that the mailbox can't be read."""
    mail_notices.tell_failing(event)


@every(cron="15 4 * * *")
def find_mails() -> None:
    """Let mails be found that were filed before the search knew any."""
    for _chunk in mail_search.index_all():
        runner.heartbeat()


@every(cron="35 3 * * *")
def forget_thrown_mails() -> None:
    """Forget mails that were thrown away long ago."""
    while mails.forget_thrown():
        runner.heartbeat()


@due
def print_paper(print_id: UUID) -> None:
    """Make the PDF of a quote, order or invoice; from the beginning when tried again."""
    for _part in print_actions.make(print_id):
        runner.heartbeat()


@every(cron="55 3 * * *")
def forget_old_papers() -> None:
    """Drop PDFs of papers that never went out."""
    print_actions.forget_old()


@on(quotes.SENT)
def mail_quote(event: Event) -> None:
    """Mail the customer a quote that was sent."""
    for _part in quote_notices.mail_quote(event):
        runner.heartbeat()


@on(quotes.ACCEPTED, quotes.DECLINED, quotes.EXPIRED)
def tell_quote_answered(event: Event) -> None:
    """Tell whoever looks after a quote what became of it."""
    quote_notices.tell_answered(event)


@on(quote_approvals.ASKED)
def tell_quote_approver(event: Event) -> None:
    """Tell a colleague that he is asked to let a discount pass."""
    quote_notices.tell_approver(event)


@on(quote_approvals.GIVEN, quote_approvals.REFUSED)
def tell_quote_approved(event: Event) -> None:
    """Tell whoever asked for it whether a discount was let pass."""
    quote_notices.tell_decided(event)


@every(cron="5 0 * * *")
def expire_quotes() -> None:
    """Close the quotes whose last day has passed."""
    quotes.expire_quotes()


@on(contracts.ENDS_SOON, contracts.EXPIRED)
def tell_contract_owner(event: Event) -> None:
    """Tell whoever looks after a contract that it ends soon, or has come to its end."""
    contract_notices.tell_owner(event)


@on(contracts.ENDS_SOON)
def mail_contract_end(event: Event) -> None:
    """Remind the customer of the end of his contract, where that was chosen."""
    contract_notices.mail_customer(event)


@every(cron="10 0 * * *")
def turn_contracts() -> None:
    """Begin and close contracts by their days."""
    while contracts.turn_contracts():
        runner.heartbeat()


@every(cron="0 6 * * *")
def remind_of_contracts() -> None:
    """Tell of the contracts that end soon."""
    while contracts.remind():
        runner.heartbeat()


@on(expenses.HANDED_IN, expenses.APPROVED, expenses.SENT_BACK, expenses.PAID)
def tell_of_expense(event: Event) -> None:
    """Tell who approves an expense, or who spent it what became of it."""
    expense_notices.tell(event)


@on(order_states.CONFIRMED, orders.CHANGED)
def mail_order(event: Event) -> None:
    """Mail the customer what was confirmed, and again what holds after a change."""
    for _part in order_notices.mail_confirmation(event):
        runner.heartbeat()


@on(order_states.CANCELLED)
def mail_order_cancelled(event: Event) -> None:
    """Tell the customer that his order is called off."""
    order_notices.mail_cancelled(event)


@on(stock_moves.MOVED, stock.RELEASED)
def reserve_for_waiting_orders(event: Event) -> None:
    """Reserve what has come in, or was given back, for the orders that wait for it."""
    if event.name == stock.RELEASED or Decimal(str(event.changed["quantity"])) > 0:
        for _part in order_states.reserve_waiting(event.subject_id):
            runner.heartbeat()


@on(invoices.SENT)
def mail_invoice(event: Event) -> None:
    """Mail a customer an invoice with its PDF."""
    for _part in invoice_notices.mail_invoice(event):
        runner.heartbeat()


@on(credits.SENT)
def mail_credit_note(event: Event) -> None:
    """Mail a customer a credit note with its PDF."""
    for _part in invoice_notices.mail_credit_note(event):
        runner.heartbeat()


@on(payment_reminders.SENT)
def mail_payment_reminder(event: Event) -> None:
    """Mail a customer a reminder of what he is late with, with its PDF."""
    for _part in payment_reminders.mail_reminder(event):
        runner.heartbeat()


@every(cron="20 8 * * *")
def remind_of_payments() -> None:
    """Remind customers of what they are late with, where the workspace wants that done by itself."""
    payment_reminders.remind_by_itself()


@every(cron="10 6 * * *")
def tell_overdue_invoices() -> None:
    """Tell whoever looks after invoices which of them got overdue."""
    invoice_notices.tell_overdue()
