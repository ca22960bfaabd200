"""What can be done with partners, and by them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select

from saas import clock, limits
from saas.archive import refuse_archived
from saas.crm.customers import actions as customers
from saas.crm.customers.likeness import Likeness, likeness
from saas.crm.customers.models import Account
from saas.crm.leads import actions as leads
from saas.crm.leads import queries as known_leads
from saas.crm.leads.models import Lead, LeadState
from saas.crm.partners import queries
from saas.crm.partners.models import Answer, LeadCheck, Partner, Registration, RegistrationState
from saas.db import current_tenant, db
from saas.errors import Conflict, NotFound, Refused
from saas.tenants import events
from saas.tenants import queries as tenants
from saas.tenants.models import Member, MemberStatus, PortalUser
from saas.tenants.portal_kinds import Subject
from saas.tenants.scope import Actor

OPENED, ENDED = "partner.opened", "partner.ended"
ASKED = "lead.checked"
REGISTERED, ACCEPTED, DECLINED = "registration.filed", "registration.accepted", "registration.declined"
PROTECTION = timedelta(days=60)  # from the registration on
PER_PERSON, PER_PARTNER = "20/hour", "100/day"  # questions and registrations together


class Taken(Conflict):
    """Somebody else has the lead, whoever that is."""

    status = 422
    field = "company"


class Decided(Conflict):
    """A colleague has answered the registration already."""


# ── our side ────────────────────────────────────────────────────────────────────────────────────────────────────────


def open_partner(account: Account, *, by: Actor) -> Partner:
    """Work with an account as a partner, for the first time or again.

    Raises:
        Archived: the account was put away.
    """
    refuse_archived(account, field="customer")
    partner = queries.partner_of(account.id)
    if partner is not None and partner.is_active:
        return partner
    if partner is None:
        partner = Partner(account_id=account.id, account=account, since=clock.now())
        db.session.add(partner)
    partner.ended_at = None
    db.session.flush()
    events.record(OPENED, partner, by=by, changed={"name": account.name}, account_id=account.id)
    return partner


def take_on(values: Mapping[str, Any], *, by: Member) -> Partner:
    """Work with a company as a partner that isn't in the books yet: `by` looks after it from now on.

    Args:
        values: columns of Account that a person may type.
        by: who takes it on.
    """
    return open_partner(customers.create_account(values, owner=by, by=by), by=by)


def end(partner: Partner, *, by: Actor) -> None:
    """Work with a partner no more: its people have no way in from their next click on; its leads stay in the books."""
    if partner.is_active:
        partner.ended_at = clock.now()
        db.session.flush()
        events.record(ENDED, partner, by=by, changed={"name": partner.account.name}, account_id=partner.account_id)


def give(lead: Lead, partner: Partner, *, by: Actor) -> None:
    """Let a partner see and pursue a lead.

    Raises:
        Refused: we no longer work with the partner.
    """
    if not partner.is_active:
        raise Refused(_("%(name)s is no partner any more.", name=partner.account.name), field="partner_id")
    leads.give(lead, partner.account, by=by)


def accept(registration: Registration, *, by: Member) -> None:
    """Say yes to a registration: the lead is the partner's, also if it was taken back meanwhile, protected as before.

    Raises:
        Decided: a colleague answered it.
        Refused: we no longer work with the partner.
    """
    _decide(registration, RegistrationState.ACCEPTED, by=by)
    lead = registration.lead
    if lead.partner_id != registration.partner.account_id:
        give(lead, registration.partner, by=by)
    if lead.protected_until is None:
        lead.protected_until = registration.created_at + PROTECTION
    events.record(ACCEPTED, registration, by=by, changed=_facts(registration))


def decline(registration: Registration, reason: str, *, by: Member) -> None:
    """Say no to a registration: the partner learns why, the lead is lost, and its name is free again.

    Raises:
        Decided: a colleague answered it.
        Refused: no reason is given.
    """
    reason = reason.strip()
    if not reason:
        raise Refused(_("Say why: the partner reads it."), field="reason")
    _decide(registration, RegistrationState.DECLINED, by=by)
    registration.reason = reason
    lead = registration.lead
    if not lead.is_lost:
        leads.move(lead, LeadState.LOST, by=by, reason=_("Registration declined: %(reason)s", reason=reason))
    if lead.partner_id == registration.partner.account_id:
        leads.withdraw(lead, by=by)
    events.record(DECLINED, registration, by=by, changed=_facts(registration) | {"reason": reason})


def _decide(registration: Registration, state: RegistrationState, *, by: Member) -> None:
    statement = select(Registration.state).where(Registration.id == registration.id).with_for_update(of=Registration)
    if db.session.scalar(statement) is not RegistrationState.PENDING:
        raise Decided(_("A colleague has answered this registration already."))
    registration.state, registration.decided_at, registration.decided_by_id = state, clock.now(), by.id
    db.session.flush()


def _facts(registration: Registration) -> dict[str, Any]:
    return {"company": registration.company, "lead_id": registration.lead_id}


# ── the partner's side ──────────────────────────────────────────────────────────────────────────────────────────────


def check(company: str | None, phone: str | None, mail: str | None, *, by: PortalUser, subject: Subject) -> LeadCheck:
    """Answer whether a prospect is free, and write a receipt. Nothing of what was typed is kept but keyed hashes.

    Args:
        company, phone, mail: what is known of the prospect; `mail` is an address or a domain.
        by: who asks.
        subject: the partner's person behind him, as he is in the books now.

    Raises:
        Refused: nothing was said by which anybody could be known.
        TooMany: too many questions.
    """
    keys = likeness(company, phone, mail)
    if not keys:
        raise Refused(_("Type a company, a whole phone number, or a mail or web domain."), field="company")
    _count(by, subject)
    return _receipt(keys, _answer(keys, company, subject), by=by, subject=subject)


def register(values: Mapping[str, Any], *, by: PortalUser, subject: Subject) -> Registration:
    """Register a lead: it is protected for the partner from now on, until we say no or the time is over. Where one of a
    similar name is known, nothing is promised before we say yes; until then nobody else gets it either.

    Args:
        values: company, name, phone, email, about.
        by: who registers.
        subject: the partner's person behind him, as he is in the books now.

    Raises:
        Taken: it isn't free; a receipt is not written, the page of questions does that.
        TooMany: too many tries.
    """
    keys = likeness(values["company"], values["phone"], values["email"])
    _count(by, subject)
    _take_turns()
    answer = _answer(keys, values["company"], subject)
    if answer is Answer.YOURS:
        raise Taken(_("You have this one already. Look among your leads."))
    if answer is Answer.TAKEN:
        raise Taken(_is_taken(_keeper(subject)))
    partner = _partner(subject)
    _receipt(keys, answer, by=by, subject=subject)
    lead = leads.create_lead(
        {
            "name": values["name"] or values["company"],
            "company": values["company"],
            "phone": values["phone"],
            "email": values["email"],
            "source": subject.company,
        },
        owner=_keeper(subject),
        by=by,
        partner=partner.account,
        protected_until=None if answer is Answer.ALIKE else clock.now() + PROTECTION,
    )
    made = Registration(
        lead_id=lead.id, lead=lead, partner_id=partner.id, partner=partner, portal_user_id=by.id, **values
    )
    made.state = RegistrationState.PENDING
    db.session.add(made)
    db.session.flush()
    events.record(REGISTERED, made, by=by, changed=_facts(made))
    return made


def _answer(keys: Likeness, company: str | None, subject: Subject) -> Answer:
    """Free, similar, taken or the partner's own: all that leaves the house. Who lies in the pool is free too."""
    found = known_leads.alike(keys)
    if any(lead.partner_id == subject.account_id for lead in found):
        return Answer.YOURS
    now = clock.now()
    if any(known_leads.holds(lead, now) for lead in found):
        return Answer.TAKEN
    if not queries.lie_free(known_leads.customers_alike(keys, company)):
        return Answer.TAKEN
    customers, others = known_leads.a_slip_away(company)
    is_held = any(known_leads.holds(lead, now) for lead in others) or not queries.lie_free(customers)
    return Answer.ALIKE if is_held else Answer.FREE


def _receipt(keys: Likeness, answer: Answer, *, by: PortalUser, subject: Subject) -> LeadCheck:
    made = LeadCheck(
        code=secrets.token_hex(5).upper(),
        partner_id=_partner(subject).id,
        portal_user_id=by.id,
        answer=answer,
        **queries.hashes(keys),
    )
    db.session.add(made)
    db.session.flush()
    events.record(ASKED, made, by=by, changed={"code": made.code, "answer": answer})
    return made


def _partner(subject: Subject) -> Partner:
    found = queries.partner_of(subject.account_id)
    if found is None or not found.is_active:
        raise NotFound
    return found


def _keeper(subject: Subject) -> Member | None:
    """Whoever looks after the partner looks after its leads too."""
    keeper = tenants.member(subject.owner_id) if subject.owner_id else None
    return keeper if keeper is not None and keeper.status is MemberStatus.ACTIVE else None


def _is_taken(keeper: Member | None) -> str:
    if keeper is None or not keeper.email:
        return str(_("This one is taken. If you asked first, tell us the number of your receipt."))
    words = {"name": keeper.name, "mail": keeper.email}
    return str(_("This one is taken. If you asked first, tell %(name)s the number of your receipt: %(mail)s.", **words))


def _count(by: PortalUser, subject: Subject) -> None:
    tenant_id = str(current_tenant())
    limits.take(PER_PERSON, "lead-check", tenant_id, str(by.id))
    limits.take(PER_PARTNER, "lead-check", tenant_id, str(subject.account_id))


def _take_turns() -> None:
    """Let registrations of a workspace follow each other, so that the same lead isn't promised twice."""
    key = int.from_bytes(UUID(str(current_tenant())).bytes[-7:])
    db.session.execute(select(func.pg_advisory_xact_lock(key)))
