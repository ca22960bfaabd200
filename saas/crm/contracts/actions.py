"""What can be done with contracts: write, take over from a quote, change, throw away. How they go on from there is in
`state_actions.py`, what is due under them in `milestone_actions.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _

from saas import clock
from saas.archive import refuse_archived
from saas.crm.contracts import queries, terms
from saas.crm.contracts.models import Contract, ContractLine, ContractState
from saas.crm.customers.actions import apply
from saas.crm.customers.models import Account, Contact
from saas.crm.opportunities.models import Opportunity
from saas.crm.papers import line_actions
from saas.crm.papers.lines import Typed
from saas.crm.papers.models import LineKind
from saas.crm.quotes import queries as quotes
from saas.crm.quotes.models import Quote, QuoteState
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import events, numbers, scope
from saas.tenants.models import Member
from saas.tenants.scope import Actor
from saas.versions import Overtaken

CREATED, CHANGED, DISCARDED = "contract.created", "contract.changed", "contract.discarded"
LINK = "contract_id"
SAME = ("name", "account_id", "contact_id", "opportunity_id", "language", "currency", "opening", "closing")
LIKE = (*SAME, "every", "notice_days", "terms", "tells_customer")


class NotNow(Refused):
    """The contract's state doesn't allow it."""


def today() -> date:
    """The day on the workspace's calendar."""
    return clock.local(clock.now(), scope.workspace().timezone).date()


def create_contract(
    values: Mapping[str, Any],
    typed: Sequence[Typed],
    *,
    account: Account,
    contact: Contact | None = None,
    opportunity: Opportunity | None = None,
    owner: Member | None,
    by: Actor,
) -> Contract:
    """Write a contract.

    Args:
        values: columns of Contract that a person may type, such as name, currency, starts_on, ends_on, every, terms.
        typed: its lines, without errors.
        account, contact, opportunity: with whom and what it is about.
        owner: who answers for it.
        by: who writes it.

    Raises:
        Archived: the customer was put away.
    """
    refuse_archived(account, field="customer")
    made = begun({"account_id": account.id, "contact_id": contact.id if contact else None, **values})
    made.account, made.opportunity_id = account, opportunity.id if opportunity else None
    _own(made, owner)
    _add(made)
    line_actions.write(made, [], typed, ContractLine, LINK)
    events.record(CREATED, made, by=by, changed=about(made))
    return made


def contract_from_quote(quote: Quote, *, by: Member) -> tuple[Contract, bool]:
    """Make a contract of what the customer accepted, for a year from today; a quote makes one.

    Returns:
        The contract, and whether it was made just now.

    Raises:
        NotNow: the quote wasn't accepted.
        Archived: the customer was put away.
    """
    quote = quotes.lock_quote(quote.id)
    found = queries.of_quote(quote.id)
    if found is not None:
        return found, False
    if quote.state is not QuoteState.ACCEPTED:
        raise NotNow(_("%(number)s makes a contract once the customer has accepted it.", number=quote.label))
    refuse_archived(quote.account)
    made = begun({name: getattr(quote, name) for name in SAME} | {"quote_id": quote.id})
    _own(made, quote.owner or by)
    _add(made)
    copy_lines(made, quotes.lines(quote.id))
    events.record(CREATED, made, by=by, changed=about(made) | {"quote": quote.label})
    return made, True


def copy_contract(contract: Contract, *, by: Member) -> Contract:
    """A new draft that says the same, for a year from today; it is whose who copies it."""
    refuse_archived(contract.account)
    same = {name: getattr(contract, name) for name in LIKE}
    made = begun(same | {"opportunity_id": None, "remind_days": list(contract.remind_days)})
    _own(made, by)
    _add(made)
    copy_lines(made, queries.lines(contract.id))
    events.record(CREATED, made, by=by, changed=about(made) | {"like": contract.label})
    return made


def change_contract(
    contract: Contract,
    values: Mapping[str, Any],
    typed: Sequence[Typed],
    *,
    contact: Contact | None,
    version: int | None,
    by: Actor,
) -> dict[str, Any]:
    """Write what its form holds, lines included; returns what changed, field → [before, after].

    Raises:
        Overtaken: the contract is no longer at `version`.
        NotNow: it was signed: what was signed isn't changed, it is ended or renewed.
    """
    contract = queries.lock_contract(contract.id)
    if version is not None and version != contract.version:
        raise Overtaken(contract)
    _refuse_signed(contract)
    gross, lines = contract.gross, queries.lines(contract.id)
    changed = apply(contract, {**values, "contact_id": contact.id if contact else None})
    if "currency" in changed:
        line_actions.note_rate(contract, today())
    was = [_said(line) for line in lines]
    now = line_actions.write(contract, lines, typed, ContractLine, LINK)
    if was != [_said(line) for line in now]:
        changed |= {"lines": [len(was), len(now)], "gross": [gross, contract.gross]}
        contract.updated_at = clock.now()  # a line is part of it: whoever edits the same contract is told
    if changed:
        db.session.flush()
        events.record(CHANGED, contract, by=by, changed=changed)
    return changed


def discard_contract(contract: Contract, *, by: Member) -> None:
    """Throw a draft away; the quote it came from may make another, and the contract before may be renewed again.

    Raises:
        NotNow: it was signed.
    """
    contract = queries.lock_contract(contract.id)
    if contract.archived_at is not None:
        return
    _refuse_signed(contract)
    before = queries.lock_contract(contract.renews_id) if contract.renews_id else None
    contract.archived_at = clock.now()
    contract.quote_id = contract.renews_id = None
    if before is not None and before.is_running:
        before.remind_on = terms.next_reminder(before.ends_on, before.remind_days, today())
    events.record(DISCARDED, contract, by=by, changed=about(contract))


# ── parts, also for `state_actions.py` ──────────────────────────────────────────────────────────────────────────────


def begun(values: Mapping[str, Any]) -> Contract:
    """A draft with the next number, not yet in the session; what isn't given is as usual: a year from today."""
    (number,) = numbers.take("contract")
    given = {"starts_on": today(), "remind_days": list(terms.USUAL), **values}
    given.setdefault("ends_on", terms.a_year_from(given["starts_on"]))
    made = Contract(id=new_id(), number=number, state=ContractState.DRAFT, **given)
    line_actions.note_rate(made, today())
    return made


def begin_like(contract: Contract, values: Mapping[str, Any]) -> Contract:
    """A draft that goes on from a contract, its owner's, without lines so far."""
    same = {name: getattr(contract, name) for name in LIKE}
    made = begun(same | {"remind_days": list(contract.remind_days), "renews_id": contract.id, **values})
    _own(made, contract.owner)
    _add(made)
    return made


def copy_lines(made: Contract, lines: Sequence[Any], **more: Any) -> list[ContractLine]:
    """What counts, and the words between; an option that was chosen is an item of the contract."""
    taken = [line for line in lines if line.counts or line.kind is LineKind.HEADING]
    copied = line_actions.copied(made, taken, ContractLine, LINK, **more)
    for line in copied:
        if line.kind is LineKind.OPTION:
            line.kind, line.is_chosen = LineKind.ITEM, False
    db.session.flush()
    return copied


def about(contract: Contract) -> dict[str, Any]:
    """What every event of a contract tells."""
    return {"number": contract.label, "gross": contract.gross, "currency": contract.currency, "every": contract.every}


def _add(made: Contract) -> None:
    db.session.add(made)
    db.session.flush()


def _own(contract: Contract, owner: Member | None) -> None:
    contract.owner_id, contract.team_id = (owner.id, owner.team_id) if owner else (None, None)
    contract.owner = owner


def _said(line: ContractLine) -> tuple[Any, ...]:
    return tuple(getattr(line, name) for name in ("position", *line_actions.COPIED))


def _refuse_signed(contract: Contract) -> None:
    if not contract.is_draft or contract.archived_at is not None:
        raise NotNow(_("%(number)s was signed. End it or renew it instead of changing it.", number=contract.label))
