"""Rows as tests need them: `make_agent(name="Bo")` fills in what the test doesn't care about."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from flask import current_app
from flask.testing import FlaskClient

from saas import clock
from saas.crm.activities import actions as activities
from saas.crm.activities import series_actions as series
from saas.crm.activities.models import Activity, ActivityKind, Frequency
from saas.crm.activities.repeats import Repeat
from saas.crm.contracts import actions as contracts
from saas.crm.contracts.models import Contract
from saas.crm.customers import actions as customers
from saas.crm.customers.models import Account, Contact
from saas.crm.expenses import actions as expenses
from saas.crm.expenses.models import Expense
from saas.crm.inventory import actions as stock
from saas.crm.inventory import warehouse_actions as warehouses
from saas.crm.inventory.models import Warehouse
from saas.crm.leads import actions as leads
from saas.crm.leads.models import Lead
from saas.crm.opportunities import actions as opportunities
from saas.crm.opportunities.models import Opportunity
from saas.crm.orders import actions as orders
from saas.crm.orders.models import Order
from saas.crm.papers import lines, offers
from saas.crm.papers.lines import Typed
from saas.crm.partners import actions as partners
from saas.crm.partners.models import Partner
from saas.crm.products import actions as products
from saas.crm.products.models import Product
from saas.crm.quotes import actions as quotes
from saas.crm.quotes.models import Quote
from saas.crm.receivables import actions as receivables
from saas.crm.receivables.models import Invoice
from saas.crm.relations import actions as relations
from saas.crm.relations.models import Cooperation, CooperationKind
from saas.crm.service_desk import actions as service_desk
from saas.crm.service_desk.models import Case, CaseKind, Channel
from saas.db import db, new_id
from saas.tenants import portal_kinds, queries, scope, totp
from saas.tenants.actions import operators, portal_users
from saas.tenants.actions.signing import Client
from saas.tenants.models import (
    Member,
    MemberStatus,
    Operator,
    PortalKind,
    PortalUser,
    Role,
    Session,
    SessionAudience,
    Tenant,
    TenantStatus,
    User,
)
from saas.tenants.permissions import PORTAL_ROLES, STAFF_ROLES, starting_rights
from saas.tenants.scope import SYSTEM, Actor
from saas.tenants.tokens import digest

_numbers = count(1)
PASSWORD = "four grey gulls in a row"


def make_tenant(**given: Any) -> Tenant:
    """A committed workspace in trial, with the starting roles."""
    number = next(_numbers)
    values = {"slug": f"w-{new_id().hex[-12:]}", "name": f"Workspace {number}"}
    made = Tenant(**{"status": TenantStatus.TRIAL, **values, **given})
    db.session.add(made)
    db.session.commit()
    with scope.enter(made.id):
        for key in (*STAFF_ROLES, *PORTAL_ROLES):
            db.session.add(Role(key=key, rights=starting_rights(key)))
        db.session.commit()
    return made


def make_member(role: str = "agent", **given: Any) -> Member:
    """A flushed, active member of the workspace in scope."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "name": f"Member {number}",
        "email": f"member{number}@example.com",
        "status": MemberStatus.ACTIVE,
        "role": queries.role(role),
        "user_id": new_id(),
    }
    made = Member(**values | given)
    db.session.add(made)
    db.session.flush()
    return made


def make_agent(**given: Any) -> Member:
    """A member who sells."""
    return make_member("agent", **given)


def make_account(owner: Member | None = None, by: Actor = SYSTEM, **given: Any) -> Account:
    """A flushed customer of the workspace in scope."""
    values: dict[str, Any] = {"name": f"Customer {next(_numbers)}"}
    return customers.create_account(values | given, owner=owner, by=by)


def make_contact(account: Account, by: Actor = SYSTEM, **given: Any) -> Contact:
    """A flushed person at a customer."""
    values: dict[str, Any] = {"name": f"Person {next(_numbers)}"}
    return customers.create_contact(account, values | given, by=by)


def make_activity(owner: Member | None = None, by: Actor = SYSTEM, **given: Any) -> Activity:
    """A flushed activity of the workspace in scope, planned for three hours from now."""
    values: dict[str, Any] = {
        "kind": ActivityKind.CALL,
        "subject": f"Activity {next(_numbers)}",
        "starts_at": clock.now() + timedelta(hours=3),
    }
    return activities.plan(values | given, owner=owner or make_agent(), by=by)


def make_series(owner: Member | None = None, by: Actor = SYSTEM, **given: Any) -> Activity:
    """The first of a flushed series, each week from tomorrow on."""
    values: dict[str, Any] = {"kind": ActivityKind.CALL, "subject": f"Activity {next(_numbers)}"}
    values |= {"starts_at": clock.now() + timedelta(days=1)} | given
    rule = Repeat(Frequency.WEEKLY, clock.now().date())
    return series.begin(values, rule, owner=owner or make_agent(), by=by)


def make_product(by: Actor = SYSTEM, **given: Any) -> Product:
    """A flushed product of the workspace in scope."""
    values: dict[str, Any] = {"name": f"Product {next(_numbers)}"}
    return products.create_product(values | given, by=by)


def make_warehouse(by: Actor = SYSTEM, **given: Any) -> Warehouse:
    """A flushed warehouse of the workspace in scope."""
    number = next(_numbers)
    values: dict[str, Any] = {"name": f"Warehouse {number}", "code": f"W{number}", "address": None}
    return warehouses.create(values | given, by=by)


def stocked(on_hand: int | str, warehouse: Warehouse | None = None, by: Actor = SYSTEM, **given: Any) -> Product:
    """A flushed product of which so many are on hand, in the first warehouse if none is named."""
    product = make_product(**given)
    stock.take_in(product.id, (warehouse or warehouses.first()).id, Decimal(on_hand), by=by)
    return product


def make_opportunity(
    account: Account | None = None, owner: Member | None = None, by: Actor = SYSTEM, **given: Any
) -> Opportunity:
    """A flushed deal of the workspace in scope, in its first stage."""
    values: dict[str, Any] = {"name": f"Deal {next(_numbers)}"}
    return opportunities.create_opportunity(values | given, owner=owner, by=by, account=account)


def make_quote(owner: Member, account: Account | None = None, *rows: dict[str, str], **given: Any) -> Quote:
    """A draft of 2 × 1,200.50 EUR to a customer of `owner`, unless rows of its grid are given."""
    account = account or make_account(owner)
    head = {"name": f"Offer {next(_numbers)}", "currency": "EUR", "language": "en"} | given
    found = make_lines(*(rows or ({"text": "Crane", "quantity": "2", "price": "1200.50"},)), account=account)
    return quotes.create_quote(head, found, account=account, owner=owner, by=owner)


def make_contract(owner: Member, account: Account | None = None, *rows: dict[str, str], **given: Any) -> Contract:
    """A draft of 1 × 100 EUR with a customer of `owner`, for a year from today unless days are given."""
    account = account or make_account(owner)
    head = {"name": f"Contract {next(_numbers)}", "currency": "EUR", "language": "en"} | given
    found = make_lines(*(rows or ({"text": "Care", "price": "100"},)), account=account)
    return contracts.create_contract(head, found, account=account, owner=owner, by=owner)


def make_expense(by: Member, **given: Any) -> Expense:
    """A draft of 12.50 EUR of today."""
    records = {name: given.pop(name) for name in ("account", "activity", "opportunity") if name in given}
    values = {"spent_on": scope.today(), "amount": Decimal("12.50"), "currency": "EUR"} | given
    return expenses.create_expense(values, by=by, **records)


def make_order(owner: Member, account: Account | None = None, *rows: dict[str, str], **given: Any) -> Order:
    """A draft of 10 × 5 EUR to a customer of `owner`, unless rows of its grid are given."""
    account = account or make_account(owner)
    head = {"name": f"Order {next(_numbers)}", "currency": "EUR", "language": "en"} | given
    found = make_lines(*(rows or ({"text": "Rope", "quantity": "10", "price": "5"},)), account=account)
    return orders.create_order(head, found, account=account, owner=owner, by=owner)


def make_invoice(owner: Member, account: Account | None = None, *rows: dict[str, str], **given: Any) -> Invoice:
    """A draft of 2 × 1,200.50 EUR to a customer of `owner`, unless rows of its grid are given."""
    account = account or make_account(owner)
    head = {"name": f"Invoice {next(_numbers)}", "currency": "EUR", "language": "en"} | given
    found = make_lines(*(rows or ({"text": "Crane", "quantity": "2", "price": "1200.50"},)), account=account)
    return receivables.create_invoice(head, found, account=account, owner=owner, by=owner)


def make_lines(*rows: dict[str, str], account: Account | None = None, currency: str = "EUR") -> list[Typed]:
    """Rows of a paper's grid as they are read."""
    sent = {f"r{number}-{name}": value for number, row in enumerate(rows) for name, value in row.items()}
    return lines.read(sent, offers.offer(currency, account))


def make_lead(owner: Member | None = None, by: Actor = SYSTEM, **given: Any) -> Lead:
    """A flushed lead of the workspace in scope."""
    values: dict[str, Any] = {"name": f"Lead {next(_numbers)}"}
    return leads.create_lead(values | given, owner=owner, by=by)


def make_cooperation(owner: Member | None = None, by: Actor = SYSTEM, **given: Any) -> Cooperation:
    """A flushed cooperation of the workspace in scope, with a customer of the same owner."""
    account = given.pop("account", None) or make_account(owner)
    values: dict[str, Any] = {"subject": f"Cooperation {next(_numbers)}", "kind": CooperationKind.PROJECT}
    return relations.begin(account, values | given, owner=owner, by=by)


def make_partner(account: Account | None = None, by: Actor = SYSTEM) -> Partner:
    """A flushed partner of the workspace in scope."""
    return partners.open_partner(account or make_account(name=f"Partner {next(_numbers)}"), by=by)


def make_partner_person(partner: Partner | None = None, **given: Any) -> PortalUser:
    """A flushed person of the partner portal, let in; his password is PASSWORD."""
    partner = partner or make_partner()
    contact = make_contact(partner.account)
    subject = portal_kinds.of(PortalKind.PARTNER).subject(contact.id)
    assert subject is not None
    email = f"partner{next(_numbers)}@example.com"
    made = portal_users.admit(PortalKind.PARTNER, subject, email=email, role="partner", password=PASSWORD, by=SYSTEM)
    for name, value in given.items():
        setattr(made, name, value)
    db.session.flush()
    return made


def make_case(
    account: Account | None = None,
    *,
    contact: Contact | None = None,
    owner: Member | None = None,
    by: Actor = SYSTEM,
    **given: Any,
) -> Case:
    """A flushed case that somebody told us by phone."""
    values: dict[str, Any] = {
        "kind": CaseKind.COMPLAINT,
        "channel": Channel.PHONE,
        "subject": f"Case {next(_numbers)}",
        "text": "It broke.",
    }
    account = account or (contact.account if contact else make_account())
    return service_desk.create(values | given, account=account, contact=contact, owner=owner, by=by)


def make_portal_user(contact: Contact | None = None, role: str = "customer", **given: Any) -> PortalUser:
    """A flushed person of the customer portal, let in; his password is PASSWORD."""
    contact = contact or make_contact(make_account())
    subject = portal_kinds.of(PortalKind.CUSTOMER).subject(contact.id)
    assert subject is not None
    email = f"portal{next(_numbers)}@example.com"
    made = portal_users.admit(PortalKind.CUSTOMER, subject, email=email, role=role, password=PASSWORD, by=SYSTEM)
    for name, value in given.items():
        setattr(made, name, value)
    db.session.flush()
    return made


def enter_portal(client: FlaskClient, tenant: Tenant, person: PortalUser) -> None:
    """Give the browser a session of a committed portal user. Call it without a scope."""
    secret = f"secret of {person.id}"
    now = clock.now()
    db.session.add(
        Session(
            secret_hash=digest(secret),
            audience=SessionAudience(person.kind.value),
            tenant_id=tenant.id,
            portal_user_id=person.id,
            epoch=person.epoch,
            last_seen_at=now,
            idle_until=now + timedelta(hours=1),
            expires_at=now + timedelta(hours=8),
        )
    )
    db.session.commit()
    client.set_cookie(f"__Host-{person.kind.value}-{tenant.slug}", secret, domain="seaport.test", secure=True)


def make_user(**given: Any) -> User:
    """A committed person who could sign in, had he a password."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "email": f"user-{new_id().hex[-12:]}@example.com",
        "name": f"User {number}",
        "confirmed_at": clock.now(),
    }
    made = User(**values | given)
    db.session.add(made)
    db.session.commit()
    return made


def sign_in(client: FlaskClient, tenant: Tenant, role: str = "owner", **given: Any) -> Member:
    """Give the browser a staff session of a new member of this role; commits. Call it without a scope."""
    user = make_user()
    with scope.enter(tenant.id):
        member = make_member(role, user_id=user.id, email=user.email, **given)
        db.session.commit()
    secret = f"secret of {user.id}"
    now = clock.now()
    db.session.add(
        Session(
            secret_hash=digest(secret),
            audience=SessionAudience.STAFF,
            tenant_id=tenant.id,
            user_id=user.id,
            epoch=user.epoch,
            last_seen_at=now,
            idle_until=now + timedelta(hours=1),
            expires_at=now + timedelta(hours=8),
            stepped_up_at=now,
        )
    )
    db.session.commit()
    client.set_cookie(f"__Host-staff-{tenant.slug}", secret, domain="seaport.test", secure=True)
    return member


def make_operator(**given: Any) -> Operator:
    """A committed operator whose phone is known; his password is PASSWORD."""
    made = operators.create(f"operator{next(_numbers)}-{new_id().hex[-8:]}@example.com", "Otto", PASSWORD)
    values = {"totp_secret": totp.sealed(current_app.config["SECRET_KEY"], totp.fresh_secret())}
    for name, value in {**values, **given}.items():
        setattr(made, name, value)
    db.session.commit()
    return made


def enter_platform(client: FlaskClient, operator: Operator) -> None:
    """Sign an operator in on this browser."""
    secret = operators.begin(operator, Client())
    db.session.commit()
    client.set_cookie("__Host-operator", secret, domain="seaport.test", secure=True)
