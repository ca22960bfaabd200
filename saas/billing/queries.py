"""Reads about renting. A workspace reads its own subscription as the app role; what is written is the platform's."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from saas.billing.entitlement import Entitlement, entitlement
from saas.billing.models import IntentKind, StripeEvent, StripeIntent, Subscription, SubscriptionInvoice
from saas.db import current_tenant, db
from saas.found import the_one
from saas.tenants import queries as tenants
from saas.tenants.models import Invitation, Tenant


@contextmanager
def platform() -> Iterator[Session]:
    """A transaction of the platform's role by itself, committed at the end of the block.

    The request's own session commits both roles one after the other, in no certain order; here the order matters.
    """
    with Session(db.engines["platform"], expire_on_commit=False) as session, session.begin():
        yield session


def subscription() -> Subscription | None:
    """What the workspace in scope rents; None before its first step towards buying."""
    own = {"bind": db.engines[None]}
    statement = select(Subscription).where(Subscription.tenant_id == current_tenant())
    return db.session.scalars(
        statement, bind_arguments=own, execution_options={"populate_existing": True}
    ).one_or_none()


def lock_subscription(session: Session) -> Subscription | None:
    """The same row in a transaction of the platform's, held until that ends."""
    statement = select(Subscription).where(Subscription.tenant_id == current_tenant()).with_for_update()
    return session.scalars(statement).one_or_none()


def lock_tenant(session: Session) -> Tenant:
    """The workspace's row in a transaction of the platform's, held until that ends."""
    return session.scalars(select(Tenant).where(Tenant.id == current_tenant()).with_for_update()).one()


def standing(rented: Subscription | None, tenant: Tenant, now: datetime) -> Entitlement:
    """What a workspace may do now."""
    status, since = (rented.status, rented.troubled_since) if rented else (None, None)
    return entitlement(status, since, tenant.trial_ends_at, now)


def renting() -> list[Tenant]:
    """Every workspace whose people may come in: those in trial, those that pay and those at rest; by name."""
    with platform() as session:
        return list(session.scalars(select(Tenant).where(Tenant.status.in_(tenants.ENTERED)).order_by(Tenant.slug)))


def by_customer(session: Session, customer_id: str) -> Subscription | None:
    """The row of the workspace that Stripe knows under this name. Nothing else of a message says whose it is."""
    return session.scalars(select(Subscription).where(Subscription.customer_id == customer_id)).one_or_none()


def is_answered(stripe_id: str) -> bool:
    """True when what Stripe answered after this message came is written already."""
    with platform() as session:
        statement = select(StripeEvent.processed_at).where(StripeEvent.stripe_id == stripe_id)
        return session.scalar(statement) is not None


def rents(tenant_ids: Collection[UUID]) -> dict[UUID, Subscription]:
    """Id → what each of these workspaces rents; for the service's own pages."""
    with platform() as session:
        found = session.scalars(select(Subscription).where(Subscription.tenant_id.in_(tenant_ids)))
        return {row.tenant_id: row for row in found}


def stuck_messages(*, since: datetime, limit: int) -> list[StripeEvent]:
    """Messages about workspaces of ours that came before `since` (UTC) and that nothing was made of; last first."""
    stuck = StripeEvent.processed_at.is_(None), StripeEvent.tenant_id.is_not(None), StripeEvent.created_at < since
    with platform() as session:
        return list(session.scalars(select(StripeEvent).where(*stuck).order_by(StripeEvent.id.desc()).limit(limit)))


def bills(limit: int = 24) -> list[SubscriptionInvoice]:
    """The workspace's bills, last first."""
    newest = SubscriptionInvoice.issued_at.desc(), SubscriptionInvoice.id
    return list(db.session.scalars(select(SubscriptionInvoice).order_by(*newest).limit(limit)))


def intent(intent_id: UUID) -> StripeIntent:
    """Something that the workspace asked of Stripe.

    Raises:
        NotFound: it asked no such thing.
    """
    return the_one(select(StripeIntent).where(StripeIntent.id == intent_id))


def lock_intent(intent_id: UUID) -> StripeIntent:
    """The same, held until the transaction ends, as it is now."""
    statement = select(StripeIntent).where(StripeIntent.id == intent_id).with_for_update(of=StripeIntent)
    return the_one(statement.execution_options(populate_existing=True))


def open_intents() -> list[StripeIntent]:
    """What is to be done and has no answer yet, oldest first."""
    is_open = (
        StripeIntent.confirmed_at.is_not(None),
        StripeIntent.done_at.is_(None),
        StripeIntent.failed_at.is_(None),
    )
    return list(db.session.scalars(select(StripeIntent).where(*is_open).order_by(StripeIntent.id)))


def open_intent(kind: IntentKind) -> StripeIntent | None:
    """The one of this kind that has no answer yet; there is one at most."""
    return next((found for found in open_intents() if found.kind is kind), None)


def last_intent(kind: IntentKind) -> StripeIntent | None:
    """The last one of this kind that the owner confirmed."""
    statement = select(StripeIntent).where(StripeIntent.kind == kind, StripeIntent.confirmed_at.is_not(None))
    return db.session.scalars(statement.order_by(StripeIntent.id.desc()).limit(1)).one_or_none()


def was_invited(email: str, *, since: datetime) -> bool:
    """True when an invitation to this address was written since then (UTC), whatever became of it."""
    statement = select(Invitation.id).where(Invitation.email == email, Invitation.created_at >= since).limit(1)
    return db.session.scalar(statement) is not None


def last_offer(member_id: UUID) -> StripeIntent | None:
    """The last price that a member was shown and has not taken."""
    statement = select(StripeIntent).where(StripeIntent.member_id == member_id, StripeIntent.confirmed_at.is_(None))
    return db.session.scalars(statement.order_by(StripeIntent.id.desc()).limit(1)).one_or_none()
