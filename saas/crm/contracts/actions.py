"""What can be done with contracts: write, take over from a quote, change, throw away. How they go on from there is in
`state_actions.py`, what is due under them in `milestone_actions.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from saas import clock
from saas.archive import refuse_archived
from saas.crm.contracts import queries, terms
from saas.crm.contracts.models import Contract, ContractState
from saas.crm.contracts.queries import KIND
from saas.crm.customers.models import Account, Contact
from saas.crm.opportunities.models import Opportunity
from saas.crm.papers import line_actions
from saas.crm.papers import paper_actions as papers
from saas.crm.papers.lines import Typed
from saas.crm.quotes import queries as quotes
from saas.crm.quotes.models import Quote, QuoteState
from saas.errors import Refused
from saas.tenants import events
from saas.tenants.models import Member
from saas.tenants.scope import Actor, today
from saas.versions import refuse_overtaken

CREATED, CHANGED, DISCARDED = "contract.created", "contract.changed", "contract.discarded"
LIKE = ("opportunity_id", "every", "notice_days", "terms", "tells_customer")


class NotNow(Refused):
    """The contract's state doesn't allow it."""


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
    said = papers.addressed(account, contact) | {"opportunity_id": opportunity.id if opportunity else None, **values}
    made = begun(said, owner)
    line_actions.write(KIND, made, [], typed)
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
    made = begun(papers.like(quote, "opportunity_id") | {"quote_id": quote.id}, quote.owner or by)
    line_actions.taken_over(KIND, made, quotes.lines(quote.id))
    events.record(CREATED, made, by=by, changed=about(made) | {"quote": quote.label})
    return made, True


def copy_contract(contract: Contract, *, by: Member) -> Contract:
    """A new draft that says the same, for a year from today; it is whose who copies it."""
    refuse_archived(contract.account)
    made = begin_like(contract, {"opportunity_id": None}, by)
    line_actions.taken_over(KIND, made, queries.lines(contract.id))
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
    refuse_overtaken(contract, version)
    _refuse_signed(contract)
    changed = papers.rewrite(KIND, contract, values, typed, contact=contact)
    if changed:
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


def begun(values: Mapping[str, Any], owner: Member | None) -> Contract:
    """A draft without lines so far; what isn't given is as usual: a year from today."""
    given = {"starts_on": today(), "remind_days": list(terms.USUAL), "state": ContractState.DRAFT, **values}
    given.setdefault("ends_on", terms.a_year_from(given["starts_on"]))
    return papers.begin(KIND, given, owner=owner)


def begin_like(contract: Contract, values: Mapping[str, Any], owner: Member | None) -> Contract:
    """A draft that says the same but for `values`, without lines so far."""
    same = papers.like(contract, *LIKE) | {"remind_days": list(contract.remind_days)}
    return begun(same | dict(values), owner)


def about(contract: Contract) -> dict[str, Any]:
    """What every event of a contract tells."""
    return papers.about(contract) | {"every": contract.every}


def _refuse_signed(contract: Contract) -> None:
    if not contract.is_draft or contract.archived_at is not None:
        raise NotNow(_("%(number)s was signed. End it or renew it instead of changing it.", number=contract.label))
