"""What can be done with leads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from saas import clock, search
from saas.crm.customers.actions import apply
from saas.crm.customers.likeness import likeness
from saas.crm.customers.models import Account
from saas.crm.leads import queries
from saas.crm.leads.models import Lead, LeadState
from saas.db import db
from saas.errors import Refused
from saas.tenants import events, handover, numbers
from saas.tenants.handover import ALL, Holding, Part
from saas.tenants.models import Member
from saas.tenants.scope import Actor
from saas.versions import Overtaken

CREATED, CHANGED, MOVED, ASSIGNED = "lead.created", "lead.changed", "lead.moved", "lead.assigned"
GIVEN, WITHDRAWN = "lead.given", "lead.withdrawn"


def create_lead(
    values: Mapping[str, Any],
    *,
    owner: Member | None,
    by: Actor,
    partner: Account | None = None,
    protected_until: datetime | None = None,
) -> Lead:
    """Add a lead.

    Args:
        values: columns of Lead that a person may type.
        owner: which of us looks after it.
        by: who adds it.
        partner: the partner company that sees it from now on.
        protected_until: until when no other partner may register the same.
    """
    now = clock.now()
    (number,) = numbers.take("lead")
    lead = Lead(number=number, state=LeadState.NEW, state_since=now, **values)
    lead.owner_id, lead.team_id = (owner.id, owner.team_id) if owner else (None, None)
    if partner is not None:
        lead.partner_id, lead.given_at, lead.protected_until = partner.id, now, protected_until
    db.session.add(lead)
    _keep_true(lead)
    events.record(CREATED, lead, by=by, changed={"name": lead.name})
    return lead


def change_lead(lead: Lead, values: Mapping[str, Any], *, version: int | None, by: Actor) -> dict[str, Any]:
    """Write what a form holds; returns what changed, field → [before, after].

    Raises:
        Overtaken: the record is no longer at `version`.
    """
    if version is not None and version != lead.version:
        raise Overtaken(lead)
    changed = apply(lead, values)
    if changed:
        _keep_true(lead)
        events.record(CHANGED, lead, by=by, changed=changed)
    return changed


def move(lead: Lead, state: LeadState, *, by: Actor, reason: str | None = None) -> None:
    """Take a lead to another state; one that is lost keeps the reason, and its name is free again.

    Raises:
        Refused: it is lost without a reason.
    """
    reason = (reason or "").strip() or None
    if state is LeadState.LOST and reason is None:
        raise Refused(_("Say why it was lost: that is what the next one learns from."), field="reason")
    if lead.state is state:
        return
    before, lead.state, lead.state_since = lead.state, state, clock.now()
    lead.lost_reason = reason if lead.is_lost else None
    events.record(MOVED, lead, by=by, changed={"state": [before, state], "reason": lead.lost_reason})


def assign(lead: Lead, owner: Member, *, by: Actor) -> None:
    """Give a lead to a colleague."""
    if lead.owner_id == owner.id:
        return
    before = lead.owner.name if lead.owner else None
    lead.owner, lead.owner_id, lead.team_id = owner, owner.id, owner.team_id
    _keep_true(lead)
    events.record(ASSIGNED, lead, by=by, changed={"owner": [before, owner.name], "owner_id": owner.id})


def give(lead: Lead, partner: Account, *, by: Actor) -> None:
    """Let a partner company see and pursue a lead, in place of any other."""
    if lead.partner_id == partner.id:
        return
    lead.partner, lead.partner_id, lead.given_at = partner, partner.id, clock.now()
    lead.protected_until = None
    db.session.flush()
    events.record(GIVEN, lead, by=by, changed={"partner": partner.name, "partner_id": partner.id})


def withdraw(lead: Lead, *, by: Actor) -> None:
    """Take a lead back from its partner, who doesn't see it from his next click on."""
    if lead.partner_id is None:
        return
    name = lead.partner.name if lead.partner else None
    lead.partner, lead.partner_id, lead.given_at, lead.protected_until = None, None, None, None
    db.session.flush()
    events.record(WITHDRAWN, lead, by=by, changed={"partner": name})


def hand_over(leaver_id: UUID, heir: Member, by: Actor, batch_id: UUID, part: Part = ALL) -> list[UUID]:
    """Give the leads of a leaver that aren't lost to `heir`; returns their ids."""
    mine = (Lead.owner_id == leaver_id, Lead.state != LeadState.LOST, *part.of(Lead))
    found = list(db.session.scalars(select(Lead).where(*mine).with_for_update(of=Lead)))
    for lead in found:
        lead.owner_id, lead.team_id = heir.id, heir.team_id
    db.session.flush()
    index_leads(found)
    rows = [(lead, {"owner": [None, heir.name], "owner_id": heir.id}) for lead in found]
    events.record_many(ASSIGNED, rows, by=by, batch_id=batch_id)
    return [lead.id for lead in found]


def index_leads(leads: list[Lead]) -> None:
    """Make leads findable by name, company, number, mail and phone."""
    search.put(
        [
            search.entry(
                "lead",
                one.id,
                (one.name, one.company, one.number, one.email),
                (one.phone,),
                owner_id=one.owner_id,
                team_id=one.team_id,
            )
            for one in leads
        ]
    )


def _keep_true(lead: Lead) -> None:
    """Bring what is worked out from a lead's fields in line with them."""
    keys = likeness(lead.company or lead.name, lead.phone, lead.email)
    lead.name_key = search.fold(lead.name)
    lead.company_key, lead.phone_key, lead.mail_key = keys.company, keys.phone, keys.mail
    db.session.flush()
    index_leads([lead])


handover.register(
    Holding(
        "lead.owner_id",
        lambda n: ngettext("%(num)s lead", "%(num)s leads", n),
        queries.count_owned,
        hand_over,
    )
)
