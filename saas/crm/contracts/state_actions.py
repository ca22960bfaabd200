"""How a contract goes on: signed, ended before its day, renewed; and what the calendar makes of it each night."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from flask_babel import gettext as _

from saas import ui
from saas.archive import refuse_archived
from saas.crm.contracts import actions, queries, terms
from saas.crm.contracts.actions import NotNow, about
from saas.crm.contracts.models import Contract, ContractState
from saas.crm.contracts.queries import KIND
from saas.crm.customers import ownership
from saas.crm.customers import purchase_actions as purchases
from saas.crm.customers.clocks import end_of
from saas.crm.customers.models import ShieldKind
from saas.crm.opportunities import actions as deals
from saas.crm.papers import line_actions, print_actions
from saas.db import db
from saas.errors import Refused
from saas.tenants import events, scope
from saas.tenants.models import Member
from saas.tenants.scope import SYSTEM, today

SIGNED, ENDED, RENEWED = "contract.signed", "contract.ended", "contract.renewed"
BEGAN, EXPIRED, ENDS_SOON = "contract.began", "contract.expired", "contract.ends_soon"
REMINDERS_SET = "contract.reminders_set"


def sign_contract(contract: Contract, *, on: date, name: str | None, by: Member) -> Contract:
    """Both have signed: it holds from its first day until its last. Its PDF is kept as it was signed, its deal is won,
    and the customer has bought. Said twice, it is signed once.

    Args:
        contract: a draft with lines.
        on: the day of the signature.
        name: who signed for the customer.
        by: who says so.

    Raises:
        NotNow: it was thrown away.
        Refused: it has no lines.
        Archived: the customer was put away.
    """
    contract = queries.lock_contract(contract.id)
    if contract.signed_on is not None:
        return contract
    if contract.archived_at is not None:
        raise NotNow(_("%(number)s was thrown away.", number=contract.label))
    refuse_archived(contract.account)
    if not any(line.counts for line in queries.lines(contract.id)):
        raise Refused(_("A contract without a line says nothing. Add what was agreed first."))
    contract.signed_on, contract.signed_by = on, name
    line_actions.note_rate(contract, today())
    _settle(contract)
    printed = print_actions.ask(contract, by=by, keep=True)
    told = about(contract) | {"name": name, "on": on, "print_id": printed.id}
    events.record(SIGNED, contract, by=by, changed=told)
    deal = contract.opportunity
    if deal is not None and deal.archived_at is None and deal.is_open:
        deals.win(deal, by=by, is_fact=True)
    purchases.note_purchases({contract.account_id: (contract.owner, contract.name)}, by=by)
    return contract


def end_contract(contract: Contract, *, on: date, reason: str, by: Member) -> None:
    """Let a contract end on a day before its last, or give an open one its end.

    Raises:
        NotNow: it doesn't run, or ends earlier than that.
    """
    contract = queries.lock_contract(contract.id)
    if not contract.is_running:
        raise NotNow(_("%(number)s doesn't run.", number=contract.label), field="on")
    if contract.ends_on is not None and on > contract.ends_on:
        raise NotNow(_("It ends on %(day)s by itself.", day=ui.words().full_day(contract.ends_on)), field="on")
    before, contract.ends_on, contract.end_reason = contract.ends_on, on, reason
    _settle(contract)
    told = about(contract) | {"reason": reason, "on": on, "ends_on": [before, on]}
    events.record(ENDED, contract, by=by, changed=told)


def renew_contract(
    contract: Contract, *, starts_on: date, ends_on: date | None, percent: Decimal, signed_on: date | None, by: Member
) -> Contract:
    """Go on with a contract for another period, at prices changed by `percent`.

    Args:
        contract: signed, with a last day.
        starts_on, ends_on: the new period; None: until notice is given.
        percent: by how much each price changes; 0: by nothing.
        signed_on: the day on which the customer agreed; None: the renewal is a draft first.
        by: who renews it.

    Raises:
        NotNow: it is a draft, was renewed, has no last day, or the new period begins before that has passed.
        Archived: the customer was put away.
    """
    contract = queries.lock_contract(contract.id)
    refuse_renewed(contract)
    assert contract.ends_on is not None
    if starts_on <= contract.ends_on:
        last = ui.words().full_day(contract.ends_on)
        raise NotNow(_("The contract before runs until %(day)s: begin after that.", day=last), field="starts_on")
    refuse_archived(contract.account)
    goes_on = {"starts_on": starts_on, "ends_on": ends_on, "renews_id": contract.id}
    made = actions.begin_like(contract, goes_on, contract.owner)
    lines = line_actions.taken_over(KIND, made, queries.lines(contract.id))
    for line in lines:
        line.price = terms.raised(line.price, percent)
    line_actions.work_out(made, lines)
    contract.remind_on = None  # it goes on: nobody needs to be told that it ends
    db.session.flush()
    told = about(made) | {"before": contract.label, "percent": percent, "starts_on": starts_on, "ends_on": ends_on}
    events.record(RENEWED, made, by=by, changed=told)
    if signed_on is not None:
        sign_contract(made, on=signed_on, name=contract.signed_by, by=by)
    return made


def refuse_renewed(contract: Contract) -> None:
    """Refuse a contract that can't be renewed.

    Raises:
        NotNow: it is a draft, was renewed, or has no last day.
    """
    if contract.signed_on is None or contract.archived_at is not None:
        raise NotNow(_("%(number)s isn't signed yet.", number=contract.label))
    if contract.ends_on is None:
        raise NotNow(_("%(number)s goes on by itself until somebody ends it.", number=contract.label))
    later = queries.renewal_of(contract.id)
    if later is not None:
        raise NotNow(_("It goes on with %(number)s already.", number=later.label))


def set_reminders(contract: Contract, days: Sequence[int], *, tells_customer: bool, by: Member) -> None:
    """Choose how many days before its end is reminded, and whether the customer is too."""
    contract = queries.lock_contract(contract.id)
    days = sorted(set(days), reverse=True)
    before = (list(contract.remind_days), contract.tells_customer)
    if before == (days, tells_customer):
        return
    contract.remind_days, contract.tells_customer = days, tells_customer
    if contract.is_running and queries.renewal_of(contract.id) is None and contract.end_reason is None:
        contract.remind_on = terms.next_reminder(contract.ends_on, days, today())
    changed = {"days": [before[0], days], "tells_customer": [before[1], tells_customer]}
    events.record(REMINDERS_SET, contract, by=by, changed=about(contract) | changed)


def turn_contracts() -> int:
    """Begin the contracts whose first day has come, and close those whose last has passed; returns how many."""
    found = queries.to_turn(today())
    for contract in found:
        before = contract.state
        _settle(contract)
        if contract.state is ContractState.ACTIVE:
            events.record(BEGAN, contract, by=SYSTEM, changed=about(contract))
        elif contract.state is not before:
            told = about(contract) | {"on": contract.ends_on, "reason": contract.end_reason}
            events.record(EXPIRED, contract, by=SYSTEM, changed=told)
    db.session.flush()
    return len(found)


def remind() -> int:
    """Tell of the contracts that end soon; of each day that was missed meanwhile once. Returns of how many."""
    day, found = today(), queries.to_remind(today())
    for contract in found:
        if contract.is_running and contract.ends_on is not None:
            left = (contract.ends_on - day).days
            events.record(ENDS_SOON, contract, by=SYSTEM, changed=about(contract) | {"days": left})
        contract.remind_on = terms.next_reminder(contract.ends_on, contract.remind_days, day)
    db.session.flush()
    return len(found)


def tell_ends(account_ids: Collection[UUID]) -> None:
    """Say of customers when the last of their contracts is over, as when some have moved from one to another."""
    zone = scope.workspace().timezone
    ends = queries.last_ends(account_ids).items()
    ownership.set_contract_ends({account_id: end_of(day, zone) if day else None for account_id, day in ends})


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _settle(contract: Contract) -> None:
    """Write how it stands today, when its end is reminded of, and what that says of its customer."""
    day, is_ended = today(), contract.end_reason is not None
    contract.state = terms.state_on(
        day,
        signed=contract.signed_on is not None,
        starts_on=contract.starts_on,
        ends_on=contract.ends_on,
        is_ended=is_ended,
    )
    reminded = contract.is_running and not is_ended
    contract.remind_on = terms.next_reminder(contract.ends_on, contract.remind_days, day) if reminded else None
    db.session.flush()
    _keep(contract)


def _keep(contract: Contract) -> None:
    """A running contract keeps its customer with whoever looks after him; from its end on the pool's days count."""
    account_id, zone = contract.account_id, scope.workspace().timezone
    if contract.is_running:
        until = end_of(contract.ends_on, zone) if contract.ends_on else None
        ownership.shield(account_id, ShieldKind.CONTRACT, contract.id, until=until)
    else:
        ownership.unshield([account_id], ShieldKind.CONTRACT, [contract.id])
    tell_ends([account_id])


purchases.count_as_purchase(queries.having_signed)
