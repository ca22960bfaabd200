"""What can be done with deals. The verbs of the pipeline itself are in `pipeline.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from saas import clock, search
from saas.archive import refuse_archived
from saas.crm.customers import purchase_actions as customers
from saas.crm.customers.actions import apply
from saas.crm.customers.models import Account, Contact
from saas.crm.opportunities import need_actions, pipeline
from saas.crm.opportunities import purchase_actions as purchases
from saas.crm.opportunities.models import Opportunity, Result, Stage, StageChange, has_slipped
from saas.crm.products.models import Product
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import brought, events, numbers, scope
from saas.tenants.models import Member
from saas.tenants.scope import Actor
from saas.versions import Overtaken

CREATED, CHANGED, MOVED = "opportunity.created", "opportunity.changed", "opportunity.moved"
WON, LOST, REOPENED = "opportunity.won", "opportunity.lost", "opportunity.reopened"
ARCHIVED, RESTORED = "opportunity.archived", "opportunity.restored"


class Closed(Refused):
    """The deal is won or lost already: it is reopened first."""


def create_opportunity(
    values: Mapping[str, Any],
    *,
    owner: Member | None,
    by: Actor,
    account: Account | None = None,
    contact: Contact | None = None,
    product: Product | None = None,
    batch_id: UUID | None = None,
) -> Opportunity:
    """Open a deal.

    Args:
        values: columns of Opportunity that a person may type, among them `stage_id`; what is left out is the first
            stage, that stage's probability, today, and the workspace's currency.
        owner: whose deal it is.
        by: who opens it.
        account, contact, product: whom and what it is about.
        batch_id: shared by the events of what is made together.

    Raises:
        Archived: the customer or contact was put away.
        Refused: the product is no longer sold, or the contact works elsewhere.
    """
    refuse_archived(account, field="customer")
    refuse_archived(contact)
    _check(account, contact, product)
    row = {
        **values,
        "owner": owner,
        "account": account,
        "contact_id": contact.id if contact else None,
        "product_id": product.id if product else None,
    }
    (made,) = create_opportunities([row], by=by, batch_id=batch_id)
    return made


def create_opportunities(
    rows: Sequence[Mapping[str, Any]], *, by: Actor, batch_id: UUID | None = None, file: str | None = None
) -> list[Opportunity]:
    """Write many deals whose values were checked: rows, first steps, search entries and events, each in one insert.

    Args:
        rows: columns of Opportunity, and the objects `owner` (Member), `account` (Account) and `stage` (Stage) in place
            of their ids. A row may say `result`, `closed_on`, `stage_since`; one that names only days has stood in its
            stage since the last of them.
        by: who opens them.
        batch_id: shared by their events.
        file: the name of the one that brings them, if one does.
    """
    if not rows:
        return []
    stages = {stage.id: stage for stage in pipeline.stages()}
    first = next(iter(stages.values()))
    workspace = scope.workspace()
    now = clock.now()
    today = clock.local(now, workspace.timezone).date()
    made, accounts = [], []
    for number, given in zip(numbers.take("opportunity", len(rows)), rows, strict=True):
        values = dict(given)
        owner, account, stage = (values.pop(name, None) for name in ("owner", "account", "stage"))
        stage = stage or stages.get(values.pop("stage_id", None) or first.id) or first
        values = {name: value for name, value in values.items() if value is not None}
        one = Opportunity(**{"id": new_id(), "result": Result.OPEN, "currency": workspace.currency} | values)
        one.number, one.name_key = number, search.fold(one.name)
        one.stage_id = stage.id
        one.account_id = account.id if account else values.get("account_id")
        one.owner = owner
        if owner is not None:
            one.owner_id, one.team_id = owner.id, owner.team_id
        one.opened_on = values.get("opened_on") or min(values.get("closed_on") or today, today)
        one.stage_since = values.get("stage_since") or _since(values, today, now)
        one.probability = _probability(one, stage, values.get("probability"))
        if not one.is_open:
            one.closed_on = one.closed_on or today
        made.append(one)
        accounts.append(account)
    db.session.add_all(made)
    db.session.flush()
    db.session.add_all([_step(one, by=by, at=one.stage_since) for one in made])
    index_opportunities(made, {a.id: a.name for a in accounts if a is not None})
    told = {"file": file} if file else {}
    facts = [(one, told | {"name": one.name, "opened_on": one.opened_on}) for one in made]
    events.record_many(CREATED, facts, by=by, batch_id=batch_id)
    purchases.note_won(made, by=by, batch_id=batch_id, file=file)
    purchases.tell_open(one.account_id for one in made)
    return made


def change_opportunity(
    opportunity: Opportunity,
    values: Mapping[str, Any],
    *,
    version: int | None,
    by: Actor,
    account: Account | None = None,
    contact: Contact | None = None,
    product: Product | None = None,
) -> dict[str, Any]:
    """Write what a form holds, customer, contact and product included; returns what changed, field → [before, after].

    An expected day that is put off to a later month is counted.

    Raises:
        Overtaken: the record is no longer at `version`.
        Archived: the deal was put away, or the customer or contact that it is now about.
        Refused: the product is no longer sold, or the contact works elsewhere.
    """
    check_changeable(opportunity, version)
    fresh_product = product if product and product.id != opportunity.product_id else None
    _check(account, contact, fresh_product)
    if contact is not None and contact.id != opportunity.contact_id:
        refuse_archived(contact)
    if account is not None and account.id != opportunity.account_id:
        refuse_archived(account, field="customer")
    links = {"account_id": account, "contact_id": contact, "product_id": product}
    ids = {name: found.id if found else None for name, found in links.items()}
    changed = apply(opportunity, {**values, **ids})
    if not changed:
        return {}
    if has_slipped(*changed.get("expected_on", (None, None))):
        opportunity.slips += 1
    opportunity.name_key = search.fold(opportunity.name)
    db.session.flush()
    index_opportunities([opportunity], {account.id: account.name} if account else {})
    events.record(CHANGED, opportunity, by=by, changed=changed)
    purchases.tell_open(changed.get("account_id", ()))
    return changed


def move(opportunity: Opportunity, stage: Stage, *, version: int | None, by: Actor) -> None:
    """Take a deal to another stage; it gets that stage's probability.

    Raises:
        Overtaken: the record is no longer at `version`.
        Archived: it was put away.
        Closed: it is won or lost.
        Lacking: a stage that it leaves asks for something that it lacks.
    """
    check_changeable(opportunity, version)
    if not opportunity.is_open:
        raise Closed(_("%(name)s is closed. Reopen it first.", name=opportunity.name))
    if opportunity.stage_id == stage.id:
        return
    need_actions.refuse_lacking(opportunity, stage)
    changed = pipeline.step_facts(opportunity, stage)
    _enter(opportunity, stage, Result.OPEN, by=by)
    events.record(MOVED, opportunity, by=by, changed=changed)


def win(
    opportunity: Opportunity,
    *,
    by: Actor,
    version: int | None = None,
    reason: str | None = None,
    on: date | None = None,
    batch_id: UUID | None = None,
    is_fact: bool = False,
) -> None:
    """End a deal as won.

    Args:
        opportunity: an open deal.
        by: who says so.
        version: the one that the reader saw.
        reason: why, in his words.
        on: the day; today when left out.
        batch_id: shared by the events of what is done together.
        is_fact: the customer has bought, as by an order or a sale of the past: no stage holds it back.

    Raises:
        Overtaken: the record is no longer at `version`.
        Archived: it was put away.
        Closed: it is won or lost already.
        Lacking: a stage that it leaves asks for something that it lacks.
    """
    said: dict[str, Any] = {"version": version, "reason": reason, "on": on, "batch_id": batch_id}
    _close(opportunity, Result.WON, by=by, is_held=not is_fact, **said)


def lose(
    opportunity: Opportunity,
    *,
    by: Actor,
    version: int | None = None,
    loss: str | None = None,
    reason: str | None = None,
    on: date | None = None,
) -> None:
    """End a deal as lost; arguments and errors as for `win`, but that nothing holds it back.

    `loss` is a word of the dictionary of reasons, `reason` says it in somebody's own words.

    Raises:
        Refused: no reason is given.
    """
    if not (loss or (reason or "").strip()):
        raise Refused(_("Say why it was lost: that is what the next deal learns from."), field="loss")
    _close(opportunity, Result.LOST, by=by, version=version, loss=loss, reason=reason, on=on)


def reopen(opportunity: Opportunity, *, reason: str, by: Actor) -> None:
    """Take a won or lost deal up again, in the stage where it ended, or the first if that is gone.

    A customer who had bought nothing else is none any more. How often that happens is counted.

    Raises:
        Archived: it was put away.
        Refused: no reason is given.
    """
    refuse_archived(opportunity)
    if opportunity.is_open:
        return
    if not reason.strip():
        raise Refused(_("Say why it is open again."), field="reason")
    before = opportunity.result
    stage = pipeline.again(opportunity.stage)
    opportunity.loss, opportunity.reason, opportunity.closed_on = None, None, None
    opportunity.reopened += 1
    _enter(opportunity, stage, Result.OPEN, by=by)
    told = {"name": opportunity.name, "result": [before, Result.OPEN], "reason": reason.strip()}
    events.record(REOPENED, opportunity, by=by, changed=told)
    if before is Result.WON and opportunity.account_id:
        customers.withdraw_purchases([opportunity.account_id], by=by)
    purchases.tell_open([opportunity.account_id])


def archive_opportunity(opportunity: Opportunity, *, by: Actor) -> None:
    """Put a deal away: out of board, lists, sums and search, with all its history."""
    if opportunity.archived_at is None:
        opportunity.archived_at = clock.now()
        search.drop("opportunity", [opportunity.id])
        events.record(ARCHIVED, opportunity, by=by, changed={"name": opportunity.name})
        db.session.flush()
        purchases.tell_open([opportunity.account_id])


def restore_opportunity(opportunity: Opportunity, *, by: Actor) -> None:
    """Bring a deal back."""
    if opportunity.archived_at is not None:
        opportunity.archived_at = None
        account = opportunity.account
        index_opportunities([opportunity], {account.id: account.name} if account else {})
        events.record(RESTORED, opportunity, by=by, changed={"name": opportunity.name})
        db.session.flush()
        purchases.tell_open([opportunity.account_id])


def index_opportunities(found: Sequence[Opportunity], account_names: Mapping[UUID, str]) -> None:
    """Make deals findable by name, number, customer and the id that a file gave them."""
    rows = []
    for one in found:
        customer = account_names.get(one.account_id) if one.account_id else None
        texts = (one.name, one.number, customer, brought.reference(one))
        rows.append(search.entry("opportunity", one.id, texts, owner_id=one.owner_id, team_id=one.team_id))
    search.put(rows)


# ── steps that the verbs share ──────────────────────────────────────────────────────────────────────────────────────


def _close(
    opportunity: Opportunity,
    result: Result,
    *,
    by: Actor,
    version: int | None,
    reason: str | None,
    on: date | None,
    loss: str | None = None,
    batch_id: UUID | None = None,
    is_held: bool = False,
) -> None:
    check_changeable(opportunity, version)
    if not opportunity.is_open:
        raise Closed(_("%(name)s is closed already.", name=opportunity.name))
    if is_held:
        need_actions.refuse_lacking(opportunity, None)
    likely = opportunity.probability
    opportunity.loss, opportunity.reason = loss, (reason or "").strip() or None
    opportunity.closed_on = on or clock.local(clock.now(), scope.workspace().timezone).date()
    _enter(opportunity, opportunity.stage, result, by=by)
    changed = {
        "name": opportunity.name,
        "result": [Result.OPEN, result],
        "loss": opportunity.loss,
        "reason": opportunity.reason,
        "amount": opportunity.amount,
        "currency": opportunity.currency,
        "probability": [likely, opportunity.probability],
    }
    name = WON if result is Result.WON else LOST
    events.record(name, opportunity, by=by, changed=changed, batch_id=batch_id)
    purchases.note_won([opportunity], by=by, batch_id=batch_id)
    purchases.tell_open([opportunity.account_id])


def _enter(opportunity: Opportunity, stage: Stage, result: Result, *, by: Actor) -> None:
    opportunity.stage, opportunity.stage_id, opportunity.result = stage, stage.id, result
    opportunity.stage_since = clock.now()
    opportunity.probability = _probability(opportunity, stage, None)
    db.session.flush()  # a faster colleague shows here, before anything is written down
    db.session.add(_step(opportunity, by=by, at=opportunity.stage_since))


def _step(opportunity: Opportunity, *, by: Actor, at: datetime) -> StageChange:
    return StageChange(
        opportunity_id=opportunity.id,
        stage_id=opportunity.stage_id,
        result=opportunity.result,
        changed_at=at,
        changed_by_id=by.id if isinstance(by, Member) else None,
    )


def _probability(opportunity: Opportunity, stage: Stage, said: int | None) -> int:
    if opportunity.is_open:
        return stage.probability if said is None else said
    return 100 if opportunity.result is Result.WON else 0


def _since(values: Mapping[str, Any], today: date, now: datetime) -> datetime:
    last: date | None = values.get("closed_on") or values.get("opened_on")
    return now if last is None or last >= today else datetime.combine(last, time(12), UTC)


def check_changeable(opportunity: Opportunity, version: int | None) -> None:
    """Raises Archived or Overtaken where a deal can't be changed by who saw `version`; None: whatever it is now."""
    refuse_archived(opportunity)
    if version is not None and version != opportunity.version:
        raise Overtaken(opportunity)


def _check(account: Account | None, contact: Contact | None, product: Product | None) -> None:
    if product is not None and product.archived_at is not None:
        raise Refused(_("%(name)s is no longer sold.", name=product.name), field="product_id")
    if contact is not None and contact.account_id != (account.id if account else None):
        raise Refused(_("%(name)s does not work at this customer.", name=contact.name), field="contact_id")
