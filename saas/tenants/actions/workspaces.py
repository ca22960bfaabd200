"""A workspace begins: its row, its roles, its owner."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID
from zoneinfo import available_timezones

from babel.numbers import is_currency
from flask_babel import gettext as _
from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from saas import clock, i18n
from saas.db import current_tenant, db, new_id
from saas.errors import Refused
from saas.tenants import events, queries, scope, slugs
from saas.tenants.events import EventName
from saas.tenants.models import Member, MemberStatus, Role, Tenant, TenantStatus, User
from saas.tenants.permissions import PORTAL_ROLES, STAFF_ROLES, starting_rights

TRIAL = timedelta(days=30)
HELD = timedelta(days=7)  # an address asked for but never confirmed is free again after this


class AddressTaken(Refused):
    """Another workspace has this place in the address."""

    field = "slug"


def check_place(locale: str, timezone: str, currency: str) -> None:
    """Refuse a language, time zone or currency that doesn't exist.

    Raises:
        Refused: names it.
    """
    if locale not in i18n.LOCALES:
        raise Refused(_("%(value)s is not a language of Seaport.", value=locale))
    if timezone not in available_timezones():
        raise Refused(_("%(value)s is not a time zone. An example: Europe/Berlin.", value=timezone))
    if not is_currency(currency):
        raise Refused(_("%(value)s is not a currency. An example: EUR.", value=currency))


def check_free(slug: str) -> Tenant | None:
    """Look whether a place in the address can be had; returns who kept it and never came.

    Raises:
        AddressTaken: it can't.
    """
    if not slugs.is_free_to_choose(slug):
        raise AddressTaken(_("This address can't be used. Choose another."))
    old = queries.tenant_by_slug(slug)
    if old is not None and (old.status is not TenantStatus.UNCONFIRMED or clock.now() - old.created_at < HELD):
        raise AddressTaken(_("This address is taken. Choose another."))
    return old


def reserve(slug: str, name: str, *, locale: str, timezone: str, currency: str) -> Tenant:
    """Keep a place in the address for a workspace whose owner has yet to prove his mail address.

    Raises:
        AddressTaken: it isn't free.
    """
    old = check_free(slug)
    if old is not None:
        db.session.delete(old)
        db.session.flush()
    # No trouble when two ask at once: the second insert waits for the first and finds it taken.
    row = {
        "id": new_id(),
        "slug": slug,
        "name": name,
        "status": TenantStatus.UNCONFIRMED,
        "locale": locale,
        "timezone": timezone,
        "currency": currency,
    }
    made = db.session.scalars(
        upsert(Tenant).values(row).on_conflict_do_nothing(index_elements=["slug"]).returning(Tenant),
        bind_arguments={"bind": db.engines["platform"]},
    ).one_or_none()
    if made is None:
        raise AddressTaken(_("This address is taken. Choose another."))
    return made


def open_trial(tenant_id: UUID) -> None:
    """Let people in: the workspace is in trial from now on. Doing it again changes nothing."""
    db.session.execute(
        update(Tenant)
        .where(Tenant.id == tenant_id, Tenant.status == TenantStatus.UNCONFIRMED)
        .values(status=TenantStatus.TRIAL, trial_ends_at=clock.now() + TRIAL)
    )


def provision(owner: User) -> Member:
    """Furnish the workspace in scope: starting roles and `owner` as its owner. Doing it again changes nothing.

    Returns:
        The owner's place in the workspace.
    """
    turn = text("select pg_advisory_xact_lock(hashtextextended(:key, 0))").execution_options(reviewed=True)
    db.session.execute(turn, {"key": f"provision:{current_tenant()}"})
    existing = set(db.session.scalars(select(Role.key)))
    for key in (*STAFF_ROLES, *PORTAL_ROLES):
        if key not in existing:
            db.session.add(Role(key=key, rights=starting_rights(key)))
    db.session.flush()
    member = db.session.scalars(select(Member).where(Member.user_id == owner.id)).one_or_none()
    if member is not None:
        return member
    member = Member(
        tenant_id=current_tenant(),
        user_id=owner.id,
        name=owner.name,
        email=owner.email,
        status=MemberStatus.ACTIVE,
        role=queries.role("owner"),
        locale=owner.locale,
        timezone=owner.timezone,
        joined_at=clock.now(),
    )
    db.session.add(member)
    db.session.flush()
    events.record(EventName.WORKSPACE_CREATED, member, by=member, changed={"name": scope.workspace().name})
    return member


def create(
    slug: str, name: str, owner: User, *, locale: str = "en", timezone: str = "UTC", currency: str = "USD"
) -> Tenant:
    """A workspace in trial with its owner, as `saas tenant create` makes it. Commits, since it works for two roles.

    Raises:
        AddressTaken: the place in the address isn't free.
    """
    tenant = reserve(slug, name, locale=locale, timezone=timezone, currency=currency)
    open_trial(tenant.id)
    db.session.commit()
    with scope.enter(tenant.id):
        provision(owner)
        db.session.commit()
    return tenant
