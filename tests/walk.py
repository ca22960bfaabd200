"""Examples for the walk over every rule of the app (tests/test_permissions.py).

A rule whose address or form needs something is reached with what stands here: `PARAMETERS` by the name of the part of
the address, `FORMS` by endpoint. Whoever adds a page adds its example; the walk names the rules it could not reach.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyotp
from flask import Flask, current_app
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.routing import Rule

from saas import clock, sealing
from saas.crm.activities import address_actions, kind_actions, memo_actions, promise_actions
from saas.crm.batches import actions as batches
from saas.crm.batches import book_actions as books
from saas.crm.batches.models import Batch, BatchState, Deed, Split
from saas.crm.contracts import milestone_actions
from saas.crm.contracts import state_actions as contract_states
from saas.crm.contracts.models import Contract, Milestone
from saas.crm.customers import contact_actions, grid_actions
from saas.crm.customers import queries as customers
from saas.crm.customers import territory_actions as territories
from saas.crm.customers.models import Contact, TwinPair
from saas.crm.expenses import actions as expense_actions
from saas.crm.expenses.models import Expense
from saas.crm.fields import actions as dictionaries
from saas.crm.fields import custom_actions as custom
from saas.crm.fields import label_actions as labels
from saas.crm.fields import segment_actions as segments
from saas.crm.fields.custom_models import CustomField, FieldKind
from saas.crm.fields.label_models import LabelKind
from saas.crm.fields.models import Dictionary
from saas.crm.fields.segment_models import Audience
from saas.crm.inventory import actions as stock
from saas.crm.inventory import count_actions as stock_counts
from saas.crm.inventory import queries as stock_queries
from saas.crm.inventory import warehouse_actions as warehouses
from saas.crm.mails import actions as mails
from saas.crm.mails import people_queries as mail_people
from saas.crm.mails.models import Mail
from saas.crm.merges import actions as merges
from saas.crm.opportunities import actions as opportunities
from saas.crm.opportunities import pipeline, pipeline_actions, play_queries, rival_actions
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities import queries as deals
from saas.crm.opportunities.models import Opportunity, Pipeline
from saas.crm.orders import delivery_actions
from saas.crm.orders import queries as orders
from saas.crm.orders import state_actions as order_states
from saas.crm.orders.models import DeliveryNote, Order
from saas.crm.papers import print_actions, print_queries
from saas.crm.papers import rate_actions as rates
from saas.crm.papers.models import PrintState
from saas.crm.partners import actions as partners
from saas.crm.partners.models import Partner
from saas.crm.points import actions as points
from saas.crm.pool import actions as pool
from saas.crm.pool import pool_actions as pools
from saas.crm.pool import undo_actions as undo_rows
from saas.crm.pool.route_models import Route
from saas.crm.products import actions as product_actions
from saas.crm.products import coupon_actions, price_actions, tax_actions, variant_actions
from saas.crm.products import discount_queries as discounts
from saas.crm.products import queries as products
from saas.crm.products.coupon_models import Coupon
from saas.crm.products.models import Product, ProductAlias
from saas.crm.products.price_models import Audience as PriceAudience
from saas.crm.products.price_models import PriceList
from saas.crm.purchases import actions as purchases
from saas.crm.purchases import queries as purchase_queries
from saas.crm.purchases import receipt_actions as purchase_receipts
from saas.crm.purchases.models import Purchase
from saas.crm.quotes import actions as quote_actions
from saas.crm.quotes import queries as quotes
from saas.crm.quotes.models import Approval, Quote
from saas.crm.receivables import actions as invoice_actions
from saas.crm.receivables import (
    bank_actions,
    credit_actions,
    payment_actions,
    reminder_actions,
    settlement_queries,
    statement_actions,
    statement_queries,
)
from saas.crm.receivables import queries as invoices
from saas.crm.receivables.bank_models import BankFile
from saas.crm.receivables.csv_lines import Layout
from saas.crm.receivables.models import AccountStatement, CreditNote, Invoice, Payment
from saas.crm.receivables.reminder_models import PaymentReminder
from saas.crm.relations import actions as relations
from saas.crm.relations.models import RelationKind
from saas.crm.reports import actions as reports
from saas.crm.reports import sheets
from saas.crm.samples import actions as samples
from saas.crm.sealed import actions as sealed
from saas.crm.sealed import queries as sealed_queries
from saas.crm.sealed.models import Detail
from saas.crm.service_desk import actions as cases
from saas.crm.service_desk.models import Case, CaseState
from saas.db import current_tenant, db, new_id
from saas.tenants import events, notices, passwords, portal_kinds, queries, scope, totp
from saas.tenants.actions import (
    attachments,
    chats,
    invitations,
    letters,
    links,
    portal_links,
    portal_users,
    profile,
    roles,
    settings,
    signing,
    teams,
)
from saas.tenants.actions.signing import Client
from saas.tenants.models import (
    ChatAddress,
    Delivery,
    Invitation,
    Member,
    MemberStatus,
    Passkey,
    PortalKind,
    PortalUser,
    SessionAudience,
    Tenant,
    User,
)
from saas.tenants.permissions import PORTAL_ROLES
from saas.tenants.scope import SYSTEM
from tests.crm.mails import posting as mail_examples
from tests.crm.reports import months_of as report_examples
from tests.crm.transfer import bringing as transfer_examples
from tests.factories import (
    PASSWORD as OPERATOR_PASSWORD,
)
from tests.factories import (
    enter_platform,
    enter_portal,
    make_account,
    make_activity,
    make_case,
    make_contact,
    make_contract,
    make_cooperation,
    make_expense,
    make_invoice,
    make_lead,
    make_member,
    make_operator,
    make_opportunity,
    make_order,
    make_partner,
    make_partner_person,
    make_portal_user,
    make_product,
    make_quote,
    make_series,
    make_tenant,
    make_user,
    make_warehouse,
    stocked,
)

PASSWORD = "seven small green boats"
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Jana\r\nN:;Jana;;;\r\nEND:VCARD\r\n"


class World:
    """A workspace of its own with one of everything, made when it is asked for; and people with each role."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.made: dict[str, Any] = {}
        with app.app_context():
            self.tenant: Tenant = make_tenant()
        self.slug = self.tenant.slug

    @contextmanager
    def inside(self) -> Iterator[None]:
        """The app's context, in this workspace; what the block made is committed."""
        with self.app.app_context(), scope.enter(self.tenant.id):
            yield
            db.session.commit()

    def get(self, name: str) -> Any:
        """The example for one part of an address."""
        if name not in PARAMETERS and name not in self.made:
            self.made[name] = make_id()  # refused all the same; where it must be reached, the walk asks for an example
        if name not in self.made:
            with self.inside(), self.app.test_request_context(base_url="https://seaport.test"):
                self.made[name] = PARAMETERS[name](self)
                db.session.commit()
        return self.made[name]

    def address(self, rule: Rule, **given: Any) -> str:
        """The address of a rule, with the examples filled in."""
        wanted = {name: given.get(name) or self.example(rule, name) for name in rule.arguments if name != "workspace"}
        query = {key: self.get(name) for key, name in QUERIES.get(rule.endpoint, {}).items()}
        with self.app.test_request_context(base_url="https://seaport.test"):
            return self.app.url_for(rule.endpoint, **wanted, **query, workspace=given.get("workspace", self.slug))

    def example(self, rule: Rule, name: str) -> Any:
        """The example for a part of a rule's address: by endpoint and name, else by name."""
        if f"{rule.endpoint}:{name}" in PARAMETERS:
            return self.get(f"{rule.endpoint}:{name}")
        words = getattr(rule._converters[name], "items", None)  # of a part that is one of a few words
        return min(words) if words and name not in PARAMETERS else self.get(name)

    def form(self, rule: Rule) -> dict[str, Any]:
        """What is sent to the rule."""
        found = FORMS.get(rule.endpoint, {})
        if not callable(found):
            return dict(found)
        with self.inside(), self.app.test_request_context(base_url="https://seaport.test"):
            form: dict[str, Any] = found(self)
            db.session.commit()
            return form

    def person(self, role: str) -> tuple[FlaskClient, UUID]:
        """A browser signed in with this role, and the id that `PREPARE` gets: of the user, or of the portal's person.

        A member is signed in both before and behind the workspace's door.
        """
        if role in PORTAL_ROLES:
            return self._portal_person(role)
        if role == "operator":
            return self._operator()
        with self.app.app_context():
            user = make_user()
            with scope.enter(self.tenant.id):
                member = make_member(role, user_id=user.id, email=user.email, name=user.name)
                staff = signing.begin_staff(member, user, self.tenant, Client())
                person = signing.begin(SessionAudience.PERSON, user, Client())
                db.session.commit()
        browser = self.app.test_client()
        for name, secret in ((f"__Host-staff-{self.slug}", staff), ("__Host-person", person)):
            browser.set_cookie(name, secret, domain="seaport.test", secure=True)
        return browser, user.id

    def _portal_person(self, role: str) -> tuple[FlaskClient, UUID]:
        with self.inside():
            person = make_partner_person() if role == "partner" else make_portal_user(role=role)
        browser = self.app.test_client()
        with self.app.app_context():
            enter_portal(browser, self.tenant, person)
        return browser, person.id

    def _operator(self) -> tuple[FlaskClient, UUID]:
        browser = self.app.test_client()
        with self.app.app_context():
            person = make_operator()
            enter_platform(browser, person)
        return browser, person.id

    def prepare(self, rule: Rule, user_id: UUID) -> None:
        """What must be so before the rule can be reached by this user."""
        if rule.endpoint in PREPARE:
            with self.inside():
                PREPARE[rule.endpoint](self, user_id)


def _field() -> CustomField:
    """A field of the workspace's own that holds nothing."""
    return custom.add("account", FieldKind.TEXT, {"name": f"Field {new_id()}"}, by=scope.SYSTEM)


def _contact(world: World) -> Contact:
    return db.session.get_one(Contact, (world.tenant.id, world.get("contact_id")))


def owner() -> Member:
    """An owner of the workspace in scope."""
    role = queries.role("owner")
    found = db.session.scalars(
        select(Member).where(Member.status == MemberStatus.ACTIVE, Member.role_id == role.id).order_by(Member.id)
    ).first()
    return found or make_member("owner", user_id=make_id())


def make_id() -> UUID:
    """A random id."""
    return new_id()


def picture() -> io.BytesIO:
    """A small PNG."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(out, "PNG")
    out.seek(0)
    return out


def _invited() -> Member:
    return invitations.invite(f"{new_id().hex}@example.com", "Ines", "agent", by=owner())


def _invitation_secret(world: World) -> str:
    member = _invited()
    found = db.session.scalars(select(Invitation).where(Invitation.member_id == member.id)).one()
    return invitations.link_secret(found)


def _token_secret(purpose: str) -> Callable[[World], str]:
    def make(world: World) -> str:
        user = make_user()
        tenant = db.session.get(Tenant, world.tenant.id) if purpose == "confirm" else None
        email = f"{new_id().hex}@example.com" if purpose != "reset" else user.email
        owner = user if purpose == "change_email" else None
        token = letters.link_token(purpose, email, links.CONFIRM_LIFE, user=owner, tenant=tenant, name="Ines")
        return letters._secret(token)

    return make


def _taken_off(world: World) -> UUID:
    account = make_account(owner=owner())
    file = attachments.attach(account, io.BytesIO(b"a note"), "note.txt", by=owner())
    attachments.remove(file, account, by=owner())
    return file.id


def _removed() -> Member:
    return make_member("agent", status=MemberStatus.DISABLED, user_id=make_user().id)


def _route(world: World) -> Route:
    made = Route(pool_id=world.get("pool_id"), property="country", values=["Spain"], position=0)
    db.session.add(made)
    db.session.flush()
    return made


def _own_session(world: World, user_id: UUID) -> None:
    user = db.session.get_one(User, user_id)
    signing.begin(SessionAudience.PERSON, user, Client())
    db.session.flush()
    world.made["session_id"] = queries.browsers_of(user_id)[0].session_ids[0]


def _own_notice(world: World, user_id: UUID) -> None:
    member = queries.active_member_of(user_id)
    assert member is not None
    notices.tell(member, "job.stopped", "walk", f"/{world.slug}/")
    world.made["notice_id"] = notices.told(member.id)[0].id


def _own_chat(world: World, user_id: UUID) -> None:
    """A place that is refused before anybody is called."""
    member = queries.active_member_of(user_id)
    assert member is not None
    place = ChatAddress(id=new_id(), member_id=member.id, service="slack", name="Channel")
    place.given_sealed = sealing.sealed(current_app.config["SECRET_KEY"], chats._use(place), "{}")
    db.session.add(place)
    db.session.flush()
    world.made["address_id"] = place.id


def _own_print(world: World, user_id: UUID) -> None:
    member = queries.active_member_of(user_id)
    assert member is not None
    printed = reports.ask_print(make_case(make_account(owner=member)), with_notes=False, by=member)
    report_examples.ready(printed, member)
    for endpoint in ("show", "progress", "file", "again"):
        world.made[f"case_prints.{endpoint}:report_id"] = printed.id


def _own_list_print(world: World, user_id: UUID) -> None:
    member = queries.active_member_of(user_id)
    assert member is not None
    printed = reports.ask_list(sheets.SOURCES[0], {}, by=member)
    report_examples.ready(printed, member)
    for endpoint in ("show", "progress", "file", "again"):
        world.made[f"list_prints.{endpoint}:report_id"] = printed.id


def _second_step(world: World, user_id: UUID) -> None:
    user = db.session.get_one(User, user_id)
    user.totp_secret = totp.sealed(current_app.config["SECRET_KEY"], totp.fresh_secret())


def _own_passkey(world: World, user_id: UUID) -> None:
    key = Passkey(user_id=user_id, credential_id=make_id().bytes, public_key=b"", name="Laptop")
    db.session.add(key)
    db.session.get_one(User, user_id).passkeys += 1
    db.session.flush()
    world.made["passkey_id"] = key.id


def _password(world: World, user_id: UUID) -> None:
    profile.users.set_password(db.session.get_one(User, user_id), PASSWORD)
    db.session.get_one(User, user_id).epoch = 0


def _own_case(world: World, person_id: UUID) -> Case:
    person = db.session.scalars(select(PortalUser).where(PortalUser.id == person_id)).one()
    subject = portal_kinds.behind(person)
    assert subject is not None
    case = cases.file({"kind": "complaint", "subject": "It broke", "text": "Twice."}, by=person, subject=subject)
    db.session.flush()
    world.made["case_id"] = case.id
    return case


def _own_order(world: World, person_id: UUID) -> None:
    """Delivered in part, with a PDF of each paper."""
    person = db.session.scalars(select(PortalUser).where(PortalUser.id == person_id)).one()
    contact = db.session.scalars(select(Contact).where(Contact.id == person.subject_id)).one()
    order = make_order(owner(), contact.account)
    order.contact_id = contact.id
    order_states.confirm_order(order, to=None, by=owner())
    (line,) = orders.lines(order.id)
    note = delivery_actions.deliver(order, {line.id: Decimal(4)}, day=scope.today(), by=owner())
    for printed in (print_queries.kept(order)[0], print_queries.kept(note)[0]):
        file = attachments.keep(printed, b"%PDF-1.7", "O.pdf", by=None)
        printed.file_id, printed.state = file.id, PrintState.READY
    world.made |= {"order_id": order.id, "note_id": note.id}


def _own_contract(world: World, person_id: UUID) -> None:
    """Signed, with its PDF."""
    person = db.session.scalars(select(PortalUser).where(PortalUser.id == person_id)).one()
    contact = db.session.scalars(select(Contact).where(Contact.id == person.subject_id)).one()
    contract = make_contract(owner(), contact.account)
    contract.contact_id = contact.id
    contract_states.sign_contract(contract, on=contract_states.today(), name=None, by=owner())
    (printed,) = print_queries.kept(contract)
    file = attachments.keep(printed, b"%PDF-1.7", "K.pdf", by=None)
    printed.file_id, printed.state = file.id, PrintState.READY
    world.made["contract_id"] = contract.id


def _own_solved_case(world: World, person_id: UUID) -> None:
    cases.set_state(_own_case(world, person_id), CaseState.SOLVED, by=owner())


def _own_file(world: World, person_id: UUID) -> None:
    person = db.session.scalars(select(PortalUser).where(PortalUser.id == person_id)).one()
    case = _own_case(world, person_id)
    kept = cases.attach(case, io.BytesIO(b"a note"), "note.txt", by=person, is_public=True)
    world.made["file_id"] = kept.id


def _portal_password(world: World, person_id: UUID) -> None:
    person = db.session.scalars(select(PortalUser).where(PortalUser.id == person_id)).one()
    person.password_hash = passwords.hashed(PASSWORD)


def _own_lead(world: World, person_id: UUID) -> None:
    person = db.session.scalars(select(PortalUser).where(PortalUser.id == person_id)).one()
    partner = db.session.scalars(select(Partner).where(Partner.account_id == person.account_id)).one()
    lead = make_lead(owner())
    partners.give(lead, partner, by=owner())
    world.made["lead_id"] = lead.id


def _portal_secret(kind: PortalKind, purpose: str) -> Callable[[World], str]:
    def make(world: World) -> str:
        if purpose == "join":
            contact_id = _invited_contact(world) if kind is PortalKind.CUSTOMER else _invited_partner(world)
            at = PortalUser.subject_id == contact_id
            email = db.session.scalars(select(PortalUser.email).where(at, PortalUser.kind == kind)).one()
        else:
            email = (make_portal_user() if kind is PortalKind.CUSTOMER else make_partner_person()).email
            portal_links.ask_for_password(kind, email, Client())
        asked = select(Invitation).where(Invitation.email == email).order_by(Invitation.id.desc()).limit(1)
        return invitations.link_secret(db.session.scalars(asked).one())

    return make


def _stopped(world: World) -> UUID:
    events.deliver("tenants.mail_notice", key=new_id().hex, due_at=clock.now(), payload={"notice_id": str(new_id())})
    db.session.flush()
    row = db.session.scalars(select(Delivery).order_by(Delivery.id.desc())).first()
    assert row is not None
    row.gave_up_at = clock.now()
    return row.id


def _coupon() -> Coupon:
    values = {"code": f"C-{new_id().hex}", "percent_off": Decimal(5), "currency": "EUR", "categories": []}
    return coupon_actions.create_coupon(values, [], by=owner())


def _variant() -> Product:
    return variant_actions.make_variants(make_product(), [("Colour", ["red"])], by=owner())[0]


def _price_list() -> PriceList:
    values = {"name": f"List {new_id()}", "currency": "EUR", "audience": PriceAudience.ALL, "account_id": None}
    return price_actions.create_list(values, by=owner())


def _priced(world: World) -> UUID:
    step = (world.get("product_id"), Decimal())
    event = price_actions.set_prices(world.get("list_id"), {step: (Decimal(5), None)}, by=owner())
    assert event is not None
    return event.id


def _sent_quote() -> Quote:
    return quote_actions.send_quote(make_quote(owner()), to="eva@example.com", words="", by=owner())


def _may_ask(world: World) -> dict[str, str]:
    """The owner may give nothing off by himself; a manager may."""
    settings.choose(discounts.LIMITS, {str(owner().role_id): "0"}, by=owner())
    return {"approver": str(make_member("manager").id)}


def _asked_quote() -> Quote:
    """A quote whose discount waits for a word of anybody's."""
    quote = make_quote(owner(), None, {"text": "Crane", "price": "100", "discount": "50"})
    quote.approval, quote.approver_id = Approval.ASKED, owner().id
    return quote


def _issued_invoice() -> Invoice:
    return invoice_actions.issue_invoice(make_invoice(owner()), by=owner())


def _credit_note() -> CreditNote:
    invoice = _issued_invoice()
    (line,) = invoices.lines(invoice.id)
    return credit_actions.credit_invoice(invoice, {line.id: Decimal(1)}, reason="Broken", by=owner())


def _payment() -> Payment:
    """Of more than is owed."""
    invoice = _issued_invoice()
    said = {"amount": Decimal(3000), "currency": "EUR", "paid_on": scope.today(), "reference": None}
    return payment_actions.record_payment(invoice.account, **said, shares={}, by=owner())


def _table_of_bank() -> BankFile:
    """A statement whose columns nobody has named."""
    content = f"Day;Amount;Text {new_id()}\n2026-05-04;12;Rope\n".encode()
    return bank_actions.bring(content, "may.csv", by=owner())


def _statement() -> BankFile:
    file = _table_of_bank()
    bank_actions.read_table(file, Layout({"day": 0, "amount": 1, "text": 2}), by=owner())
    return file


def _account_statement() -> AccountStatement:
    account, day = make_account(owner=owner()), scope.today()
    made = statement_actions.print_statement(account, "EUR", day, day, by=owner())
    return statement_queries.statement_row(made.paper_id)


def _late_invoice() -> Invoice:
    """An issued invoice that is late by so much that its customer is to be reminded."""
    invoice = _issued_invoice()
    invoice.due_on = invoices.today() - timedelta(days=10)
    db.session.flush()
    return invoice


def _payment_reminder() -> PaymentReminder:
    invoice = _late_invoice()
    made = reminder_actions.remind(invoice.account, invoice.currency, by=owner())
    assert made
    return made


def _first_line(world: World, endpoint: str) -> dict[str, str]:
    """A figure beside the first line of the invoice that is taken back."""
    (line,) = invoices.lines(world.get(f"{endpoint}:invoice_id"))
    return {f"f-{line.id}": "1"}


def _owed_beside(world: World) -> Invoice:
    """Another invoice of the customer whose payment is used."""
    payment = settlement_queries.lock_payment(world.get("payment_id"))
    account = customers.lock_account(payment.account_id)
    return invoice_actions.issue_invoice(make_invoice(owner(), account), by=owner())


def _accepted_quote() -> Quote:
    return quote_actions.accept_quote(_sent_quote().id, name="Eva")


def _signed_contract() -> Contract:
    return contract_states.sign_contract(make_contract(owner()), on=contract_states.today(), name=None, by=owner())


def _milestone() -> Milestone:
    due = {"name": "Kick-off", "due_on": contract_states.today(), "amount": None}
    return milestone_actions.add(make_contract(owner()), **due, by=owner())


def _handed_in() -> Expense:
    """Of an agent."""
    expense = make_expense(make_member("agent"))
    expense_actions.hand_in(expense, by=expense.owner)
    return expense


def _approved() -> Expense:
    expense = _handed_in()
    expense_actions.decide(expense, is_approved=True, by=owner())
    return expense


def _sheet() -> UUID:
    return expense_actions.print_month(scope.today().replace(day=1), by=owner()).paper_id


def _printed(world: World) -> UUID:
    """Of a quote that was printed."""
    made = print_actions.ask(make_quote(owner()), by=owner())
    file = attachments.keep(made, b"%PDF-1.7", "Q.pdf", by=None)
    made.file_id, made.state = file.id, PrintState.READY
    return made.id


def _printed_secret(world: World) -> str:
    quote = _sent_quote()
    quote.print_id = _printed(world)
    return quote_actions.secret_of(quote)


def _confirmed_order() -> Order:
    return order_states.confirm_order(make_order(owner()), to=None, by=owner())


def _delivered_note() -> DeliveryNote:
    order = _confirmed_order()
    (line,) = orders.lines(order.id)
    return delivery_actions.deliver(order, {line.id: Decimal(4)}, day=scope.today(), by=owner())


def _closed_order() -> Order:
    order = _delivered_note().order
    order_states.close_order(order, by=owner())
    return order


def _line_of(world: World, endpoint: str) -> dict[str, str]:
    """One of the first line of the order that a note is written for."""
    (line,) = orders.lines(world.get(f"{endpoint}:order_id"))
    return {f"q-{line.id}": "1"}


def _spelling(world: World) -> UUID:
    product = products.product(world.get("product_id"))
    product_actions.remember_spelling("Spindel", product, by=owner())
    db.session.flush()
    return db.session.scalars(select(ProductAlias.id).where(ProductAlias.product_id == product.id)).one()


def _sent(world: World) -> UUID:
    """What is on its way to another warehouse."""
    product, main = stocked(5), warehouses.first()
    return stock.send(product.id, main.id, make_warehouse().id, Decimal(1), arrives=False, by=owner())


def _count(world: World) -> UUID:
    """A count of its own place: what another count holds can't be counted."""
    place = make_warehouse()
    stocked(5, place)
    return stock_counts.start(place.id, by=owner()).id


def _countable(world: World) -> dict[str, str]:
    place = make_warehouse()
    stocked(5, place)
    return {"warehouse_id": str(place.id), "category": ""}


def _purchase(world: World, *, is_ordered: bool = True) -> Purchase:
    product = make_product()
    line = purchases.Wanted(None, product.id, product.name, Decimal(3), None, Decimal(5), Decimal(0))
    values = {"warehouse_id": warehouses.first().id, "currency": scope.workspace().currency, "rate": Decimal(1)}
    made = purchases.create(values, [line], account=make_account(owner=owner()), by=owner())
    if is_ordered:
        purchases.order(made, by=owner())
    return made


def _receipt(world: World) -> UUID:
    made = _purchase(world)
    world.made["purchase_receipts.take_back:purchase_id"] = made.id
    came = {line.id: purchase_receipts.Arrival(Decimal(3)) for line in purchase_queries.lines(made.id)}
    given = {"warehouse_id": made.warehouse_id, "on": clock.now().date()}
    return purchase_receipts.receive(made, came, **given, by=owner()).id


def _own_receipt(world: World, _user_id: UUID) -> None:
    world.made["receipt_id"] = _receipt(world)


def _factor(world: World) -> dict[str, str]:
    secret = totp.fresh_secret()
    sealed = totp.sealed(current_app.config["SECRET_KEY"], secret).decode()
    return {"sealed": sealed, "code": pyotp.TOTP(secret).now()}


def _logo(world: World) -> UUID:
    settings.set_logo(owner(), picture())
    return scope.workspace().logo_id  # type: ignore[return-value]


def _run(phase: str) -> Callable[[World], Any]:
    return lambda world: transfer_examples.run_at(phase, owner()).id


def _number_of(account_id: UUID) -> str:
    (account,) = customers.accounts([account_id])
    return account.number


def _partner(world: World) -> Partner:
    return db.session.get_one(Partner, (world.tenant.id, world.get("partner_id")))


def _registration(world: World) -> UUID:
    person = make_partner_person(_partner(world))
    subject = portal_kinds.behind(person)
    assert subject is not None
    values = {"company": new_id().hex, "name": None, "phone": None, "email": None, "about": None}
    return partners.register(values, by=person, subject=subject).id


def _invited_partner(world: World) -> UUID:
    contact = make_contact(_partner(world).account)
    subject = portal_kinds.of(PortalKind.PARTNER).subject(contact.id)
    assert subject is not None
    portal_users.invite(PortalKind.PARTNER, subject, email=f"{new_id().hex}@example.com", role="partner", by=owner())
    return contact.id


def _shut_out_partner(world: World) -> UUID:
    person = make_partner_person(_partner(world))
    portal_users.disable(person, by=owner())
    return person.subject_id


def _invited_contact(world: World) -> UUID:
    contact = make_contact(make_account(owner=owner()))
    subject = portal_kinds.of(PortalKind.CUSTOMER).subject(contact.id)
    assert subject is not None
    portal_users.invite(PortalKind.CUSTOMER, subject, email=f"{new_id().hex}@example.com", role="customer", by=owner())
    return contact.id


def _shut_out_contact(world: World) -> UUID:
    person = make_portal_user()
    portal_users.disable(person, by=owner())
    return person.subject_id


def _sealed_value(world: World) -> UUID:
    account = make_account(owner=owner())
    sealed.keep(account, {Detail.IDENTITY_NUMBER: "DE136695976"}, by=owner())
    return sealed_queries.of_record("account", account.id)[Detail.IDENTITY_NUMBER].id


def _pair(world: World) -> UUID:
    one, other = (make_account(owner=owner(), name=f"Twin {world.slug}") for _ in range(2))
    found = db.session.scalars(select(TwinPair).where(TwinPair.one_id == min(one.id, other.id)))
    return found.one().id


def _merge(world: World) -> UUID:
    kept, gone = (make_account(owner=owner()) for _ in range(2))
    return merges.merge("account", kept.id, gone.id, {}, owner=owner(), by=owner()).id


def _moved_at_once(world: World) -> UUID:
    account, batch_id = make_account(), make_id()
    undo_rows.keep_place(account, account.pool_id, batch_id)
    return batch_id


def _swept(world: World) -> UUID:
    sweep_id, account = make_id(), make_account(owner=make_member("agent"))
    pool.reclaim(account.id, now=clock.now() + timedelta(days=16), sweep_id=sweep_id)
    return sweep_id


def _own_account(world: World) -> UUID:
    return make_account(owner=owner()).id


def _own_batch(world: World, user_id: UUID) -> Batch:
    member = queries.active_member_of(user_id)
    assert member is not None
    batch = batches.choose([make_account(owner=member).id], by=member)
    world.made["batch_id"] = batch.id
    return batch


def _own_grid(add: Callable[..., UUID], row: Callable[[Member], dict[str, Any]]) -> Callable[[World, UUID], None]:
    def make(world: World, user_id: UUID) -> None:
        member = queries.active_member_of(user_id)
        assert member is not None
        world.made["batch_id"] = add([row(member)], by=member)

    return make


def _own_book(world: World, user_id: UUID) -> None:
    batch, leaver = _own_batch(world, user_id), make_member("agent", user_id=make_user().id)
    books.lay_out(batch, leaver, Split.EVEN, field=None, heirs=[owner()], by=owner())
    world.made["books.share:batch_id"] = batch.id


def _member_of(world: World) -> Member:
    return db.session.get_one(Member, (world.tenant.id, world.get("member_id")))


def _own_done_batch(world: World, user_id: UUID) -> None:
    batch = _own_batch(world, user_id)
    batch.state, batch.deed, batch.finished_at = BatchState.DONE, Deed.ARCHIVE, clock.now()


def _mail(world: World) -> Mail:
    """A mail of somebody nobody knows, in everybody's tray."""
    found = mail_examples.bring(mail_examples.message(f"{new_id().hex}@nobody.example", mail_examples.BOX))
    assert found is not None
    return found


def _filed_mail(world: World) -> UUID:
    email = f"{new_id().hex}@example.com"
    make_contact(make_account(owner=owner()), email=email)
    found = mail_examples.bring(mail_examples.message(email, mail_examples.BOX))
    assert found is not None
    return found.id


def _own_mail(world: World, user_id: UUID) -> None:
    member = queries.active_member_of(user_id)
    assert member is not None
    for endpoint in ("take_off", "settle", "unsettle"):
        mail = db.session.get_one(Mail, (world.tenant.id, _filed_mail(world)))
        mail.owner_id = member.id
        world.made[f"mails.{endpoint}:mail_id"] = mail.id


def _thrown_mail(world: World) -> UUID:
    mail = _mail(world)
    mails.throw(mail, by=owner())
    return mail.id


def _pipeline() -> Pipeline:
    """A pipeline beside the first."""
    pipeline.stages()
    found = pipelines.pipelines()
    return found[1] if found[1:] else pipeline_actions.add("Another way", found[0], by=owner())


PARAMETERS: dict[str, Callable[[World], Any]] = {
    "mail_id": _filed_mail,
    "an_instant": lambda world: clock.now().isoformat(),
    **dict.fromkeys(
        [f"mails.{endpoint}:mail_id" for endpoint in ("people", "file", "add_person", "throw")],
        lambda world: _mail(world).id,
    ),
    "mails.put_back:mail_id": _thrown_mail,
    **dict.fromkeys([f"mails.{endpoint}:mail_id" for endpoint in ("take_off", "settle", "unsettle")], _filed_mail),
    "customer_door.join:secret": _portal_secret(PortalKind.CUSTOMER, "join"),
    "partner_door.join:secret": _portal_secret(PortalKind.PARTNER, "join"),
    "customer_door.choose_password:secret": _portal_secret(PortalKind.CUSTOMER, "reset"),
    "partner_door.choose_password:secret": _portal_secret(PortalKind.PARTNER, "reset"),
    "lead_id": lambda world: make_lead(owner()).id,
    "relation_id": lambda world: (
        relations.relate(make_account(owner=owner()), RelationKind.PARTNER, None, {"other_name": "Other"}, by=SYSTEM).id
    ),
    "cooperation_id": lambda world: make_cooperation(owner()).id,
    "partner_id": lambda world: make_partner(make_account(owner=owner())).id,
    "registration_id": _registration,
    "partners.invite:contact_id": lambda world: make_contact(_partner(world).account).id,
    "partners.resend:contact_id": _invited_partner,
    "partners.revoke:contact_id": _invited_partner,
    "partners.disable:contact_id": lambda world: make_partner_person(_partner(world)).subject_id,
    "partners.enable:contact_id": _shut_out_partner,
    "run_id": _run("open"),
    "transfer.bring_in:run_id": _run("checked"),
    "transfer.undo:run_id": _run("done"),
    "transfer.template:key": lambda world: "accounts",
    "exports.table:key": lambda world: "accounts",
    "exports.chosen:key": lambda world: "accounts",
    "report_id": lambda world: report_examples.ready(reports.ask(report_examples.this_month(), by=owner()), owner()).id,
    "month": lambda world: f"{report_examples.this_month():%Y-%m}",
    "reports.month:month": lambda world: f"{report_examples.this_month():%Y-%m}",
    **dict.fromkeys(
        [f"case_prints.{endpoint}:report_id" for endpoint in ("show", "progress", "file", "again")],
        lambda world: reports.ask_print(make_case(make_account(owner=owner())), with_notes=False, by=owner()).id,
    ),
    **dict.fromkeys(
        [f"list_prints.{endpoint}:report_id" for endpoint in ("show", "progress", "file", "again")],
        lambda world: reports.ask_list(sheets.SOURCES[0], {}, by=owner()).id,
    ),
    **dict.fromkeys(["list_prints.look:key", "list_prints.make:key", "groups.show:key"], lambda world: "customers"),
    "export_id": lambda world: transfer_examples.export(owner()).id,
    "account_id": lambda world: make_account(owner=owner()).id,
    "kept_id": lambda world: make_account(owner=owner()).id,
    "gone_id": lambda world: make_account(owner=owner()).id,
    "pair_id": _pair,
    "batch_id": lambda world: batches.choose([make_account(owner=owner()).id], by=owner()).id,
    "books.share:batch_id": lambda world: batches.choose([make_account(owner=owner()).id], by=owner()).id,
    "batches.start:deed": lambda world: "archive",
    "points.take_back:entry_id": lambda world: points.give(_own_account(world), 5, "Welcome", by=owner()).id,
    "product_cells.product:field": lambda world: "price",
    "cells.account:field": lambda world: "phone",
    "cells.contact:field": lambda world: "mobile",
    "merge_id": _merge,
    "contact_id": lambda world: make_contact(make_account(owner=owner())).id,
    "value_id": _sealed_value,
    "affiliation_id": lambda world: (
        contact_actions.join(_contact(world), make_account(owner=owner()), {}, by=owner()).id
    ),
    "memo_id": lambda world: memo_actions.write("Buy tea", clock.now().date(), by=owner()).id,
    "promise_id": lambda world: (
        promise_actions.make(make_account(owner=owner()), "A sample", clock.now().date(), owner=owner(), by=owner()).id
    ),
    "promises.reopen:promise_id": lambda world: world.get("promise_id"),
    "calendar_address.read:secret": lambda world: address_actions.make(owner()),
    "kind_id": lambda world: kind_actions.settle()[1].id,
    "activity_kinds.open:key": lambda world: "visit",
    "activity_kinds.place:key": lambda world: "visit",
    "activity_kinds.restore:kind_id": lambda world: kind_actions.settle()[2].id,
    **dict.fromkeys(
        [f"activity_series.{endpoint}:activity_id" for endpoint in ("edit", "end", "resume")],
        lambda world: make_series(owner()).id,
    ),
    "activity_id": lambda world: make_activity(owner=owner()).id,
    "product_id": lambda world: make_product().id,
    "pipeline_id": lambda world: _pipeline().id,
    "a_column": lambda world: f"stage-{pipeline.stages()[-1].id}",
    "rival_id": lambda world: rival_actions.add({"name": f"Rival {new_id().hex}"}, by=owner()).id,
    **dict.fromkeys(
        [f"play.{endpoint}:stage_id" for endpoint in ("index", "edit", "place", "remove")],
        lambda world: pipeline.stages()[0].id,
    ),
    "step_id": lambda world: play_queries.play(pipeline.stages()[0].id)[0].id,
    "play.remove:step_id": lambda world: play_queries.play(pipeline.stages()[0].id)[1].id,
    "entry_id": lambda world: (
        rival_actions.name(
            db.session.get(Opportunity, (current_tenant(), world.get("opportunity_id"))), "Nordwind", {}, by=owner()
        ).id
    ),
    "exchange_rates.drop:rate_id": lambda world: (
        rates.note("CHF" if world.tenant.currency != "CHF" else "SEK", clock.now().date(), Decimal(1), by=owner()).id
    ),
    "papers.make:kind": lambda world: "quote",
    "papers.make:paper_id": lambda world: world.get("quote_id"),
    "print_id": lambda world: print_actions.ask(quotes.quote_row(make_quote(owner()).id), by=owner()).id,
    "papers.file:print_id": _printed,
    "quote_id": lambda world: make_quote(owner()).id,
    "quotes.revise:quote_id": lambda world: _sent_quote().id,
    "quotes.withdraw:quote_id": lambda world: _sent_quote().id,
    "quote_approval.ask:quote_id": lambda world: (
        make_quote(owner(), None, {"text": "Crane", "price": "100", "discount": "50"}).id
    ),
    "quote_approval.approve:quote_id": lambda world: _asked_quote().id,
    "quote_approval.disapprove:quote_id": lambda world: _asked_quote().id,
    "quotes.discard:quote_id": lambda world: make_quote(owner()).id,
    "quote_answer.show:secret": lambda world: quote_actions.secret_of(_sent_quote()),
    "quote_answer.seen:secret": lambda world: quote_actions.secret_of(_sent_quote()),
    "quote_answer.accept:secret": lambda world: quote_actions.secret_of(_sent_quote()),
    "quote_answer.decline:secret": lambda world: quote_actions.secret_of(_sent_quote()),
    "quote_answer.file:secret": _printed_secret,
    "variants.describe:product_id": lambda world: _variant().id,
    "coupon_id": lambda world: _coupon().id,
    "contract_id": lambda world: make_contract(owner()).id,
    "contracts.discard:contract_id": lambda world: make_contract(owner()).id,
    "contracts.take_quote:quote_id": lambda world: _accepted_quote().id,
    "contract_steps.sign:contract_id": lambda world: make_contract(owner()).id,
    "contract_steps.end:contract_id": lambda world: _signed_contract().id,
    "contract_steps.renew:contract_id": lambda world: _signed_contract().id,
    "orders.take_contract:contract_id": lambda world: _signed_contract().id,
    "milestone_id": lambda world: _milestone().id,
    "contract_steps.drop_milestone:milestone_id": lambda world: _milestone().id,
    "expense_id": lambda world: make_expense(owner()).id,
    "expenses.discard:expense_id": lambda world: make_expense(owner()).id,
    "expenses.hand_in:expense_id": lambda world: make_expense(owner()).id,
    "expense_decisions.approve:expense_id": lambda world: _handed_in().id,
    "expense_decisions.send_back:expense_id": lambda world: _handed_in().id,
    "expense_decisions.pay:expense_id": lambda world: _approved().id,
    "sheet_id": lambda world: _sheet(),
    "order_id": lambda world: make_order(owner()).id,
    "orders.take_quote:quote_id": lambda world: _accepted_quote().id,
    "orders.discard:order_id": lambda world: make_order(owner()).id,
    "order_steps.confirm:order_id": lambda world: make_order(owner()).id,
    "order_steps.cancel:order_id": lambda world: _confirmed_order().id,
    "order_steps.reserve:order_id": lambda world: _confirmed_order().id,
    "order_steps.close:order_id": lambda world: _delivered_note().order_id,
    "order_steps.reopen:order_id": lambda world: _closed_order().id,
    "deliveries.deliver:order_id": lambda world: _confirmed_order().id,
    "deliveries.take_back:order_id": lambda world: _delivered_note().order_id,
    "note_id": lambda world: _delivered_note().id,
    "invoice_id": lambda world: make_invoice(owner()).id,
    "receivables.issue:invoice_id": lambda world: make_invoice(owner()).id,
    "receivables.discard:invoice_id": lambda world: make_invoice(owner()).id,
    "receivables.send:invoice_id": lambda world: _issued_invoice().id,
    "reminder_id": lambda world: _payment_reminder().id,
    "payment_reminders.dispute:invoice_id": lambda world: _late_invoice().id,
    "payment_reminders.settle:invoice_id": lambda world: _late_invoice().id,
    "account_statement_id": lambda world: _account_statement().id,
    "statement_id": lambda world: _statement().id,
    "bank.columns:statement_id": lambda world: _table_of_bank().id,
    "credit_notes.create:invoice_id": lambda world: _issued_invoice().id,
    "credit_notes.show:note_id": lambda world: _credit_note().id,
    "credit_notes.send:note_id": lambda world: _credit_note().id,
    "payment_id": lambda world: _payment().id,
    "payments.take_back:payment_id": lambda world: _payment().id,
    "receivables.take_quote:quote_id": lambda world: _accepted_quote().id,
    "invoice_sources.take_order:order_id": lambda world: _delivered_note().order_id,
    "invoice_sources.take_contract:contract_id": lambda world: _signed_contract().id,
    "rate_id": lambda world: tax_actions.add({"name": f"Rate {new_id()}", "percent": Decimal(5)}, by=owner()).id,
    "list_id": lambda world: _price_list().id,
    "event_id": _priced,
    "currency": lambda world: "CHF",
    "a_quantity": lambda world: "10",
    "a_day": lambda world: "2026-05-04",
    "warehouse_id": lambda world: make_warehouse().id,
    "movement_id": lambda world: stock_queries.latest_of(stocked(5).id)[0].id,
    "stock_movements.take_back:movement_id": lambda world: stock_queries.latest_of(stocked(5).id)[0].id,
    "transfer_id": _sent,
    "purchase_id": lambda world: _purchase(world).id,
    "purchases.order:purchase_id": lambda world: _purchase(world, is_ordered=False).id,
    "purchases.cancel:purchase_id": lambda world: _purchase(world).id,
    "purchase_receipts.receive:purchase_id": lambda world: _purchase(world).id,
    "purchase_receipts.take_back:purchase_id": lambda world: _purchase(world).id,  # of the receipt, in `PREPARE`
    "receipt_id": _receipt,
    "count_id": _count,
    "stock_counts.post:count_id": _count,
    "stock_counts.cancel:count_id": _count,
    "opportunity_id": lambda world: make_opportunity(make_account(owner=owner()), owner()).id,
    "case_id": lambda world: make_case(contact=make_contact(make_account(owner=owner()))).id,
    "customer_with_contact": lambda world: make_contact(make_account(owner=owner())).account_id,
    "service_desk.state:state": lambda world: "solved",
    "contact_portal.resend:contact_id": _invited_contact,
    "contact_portal.revoke:contact_id": _invited_contact,
    "contact_portal.sight:contact_id": lambda world: make_portal_user().subject_id,
    "contact_portal.disable:contact_id": lambda world: make_portal_user().subject_id,
    "contact_portal.enable:contact_id": _shut_out_contact,
    "dictionary": lambda world: "level",
    "word_id": lambda world: dictionaries.begun(Dictionary.LEVEL)[1].id,
    "subject": lambda world: "account",
    "field_id": lambda world: _field().id,
    "label_id": lambda world: labels.found_or_added(LabelKind.TAG, "Warm", by=scope.SYSTEM).id,
    "segment_id": lambda world: segments.save("Mine", {"owner": "me"}, audience=Audience.ALL, by=owner()).id,
    "territory_id": lambda world: territories.add({"name": f"North {make_id()}"}, (), by=owner()).id,
    "stage_id": lambda world: pipeline.stages()[1].id,
    "member_id": lambda world: make_member("agent", user_id=make_user().id).id,
    "members.resend:member_id": lambda world: _invited().id,
    "members.revoke:member_id": lambda world: _invited().id,
    "members.restore:member_id": lambda world: _removed().id,
    "alias_id": _spelling,
    "pool.claim:account_id": lambda world: make_account().id,
    "pool.lock:account_id": _own_account,
    "pool.undo:batch_id": _moved_at_once,
    "sweep_id": _swept,
    "route_id": lambda world: _route(world).id,
    "pool_routes.create:name": lambda world: "country",
    "pool_id": lambda world: pools.open_pool(f"Pool {make_id()}", by=owner()).id,
    "team_id": lambda world: teams.create("North", None, by=owner()).id,
    "role_id": lambda world: roles.create("Intern", queries.role("agent"), by=owner()).id,
    "passkey_id": lambda world: make_id(),
    "session_id": lambda world: make_id(),
    "notice_id": lambda world: make_id(),
    "address_id": lambda world: make_id(),
    "service": lambda world: "slack",
    "delivery_id": _stopped,
    "platform.retry:tenant_id": lambda world: world.tenant.id,
    "file_id": lambda world: (
        attachments.attach(make_account(owner=owner()), io.BytesIO(b"a note"), "note.txt", by=owner()).id
    ),
    "files.upload:kind": lambda world: "account",
    "files.upload:record_id": lambda world: make_account(owner=owner()).id,
    "parts.show:kind": lambda world: "account",
    "parts.show:record_id": lambda world: make_account(owner=owner()).id,
    "parts.show:key": lambda world: "files",
    "files.put_back:file_id": _taken_off,
    "files.preview:file_id": lambda world: (
        attachments.attach(make_account(owner=owner()), picture(), "plan.png", by=owner()).id
    ),
    "files.picture:file_id": lambda world: attachments.add_picture(owner(), picture()).id,
    "files.logo:file_id": _logo,
    "door.join:secret": _invitation_secret,
    "links.open_workspace:secret": _token_secret("confirm"),
    "links.choose_password:secret": _token_secret("reset"),
    "links.new_address:secret": _token_secret("change_email"),
    "signing.enter:slug": lambda world: world.slug,
    "letters.show:name": lambda world: "none",
    "assets.file:name": lambda world: current_app.jinja_env.globals["asset"]("seaport.css").rpartition("/")[2],
    "customers.tab:key": lambda world: "timeline",
}

# What stands behind the question mark: by endpoint, key → the example's name.
QUERIES: dict[str, dict[str, str]] = {
    "deal_steps.fill": {"to": "a_column"},
    "contacts.create": {"account_id": "account_id"},
    "mails.put_back_all": {"at": "an_instant"},
    "contacts.read_card": {"account_id": "account_id"},
    "list_prices.ask": {"currency": "currency", "quantity": "a_quantity", "on": "a_day"},
    "service_desk.create": {"account_id": "customer_with_contact"},
}


def _samples(world: World, _user_id: UUID) -> None:
    with samples.marking():
        make_account()


def _own_memo(world: World, user_id: UUID) -> None:
    member = db.session.scalars(select(Member).where(Member.user_id == user_id)).one()
    world.made["memo_id"] = memo_actions.write("Buy tea", clock.now().date(), by=member).id


def _with_deal(world: World) -> None:
    """By which a value class fits the customer."""
    (account,) = customers.accounts([world.get("account_id")])
    make_opportunity(account)


def _moved_deal(world: World, _user_id: UUID) -> None:
    (deal,) = deals.opportunities([world.get("opportunity_id")])
    opportunities.move(deal, pipeline.stages()[1], version=None, by=owner())


def _won_deal(world: World, user_id: UUID) -> None:
    (deal,) = deals.opportunities([world.get("opportunity_id")])
    member = db.session.scalars(select(Member).where(Member.user_id == user_id)).one()
    opportunities.win(deal, by=member)


def _with_mailbox() -> None:
    if mail_people.mailbox() is None:
        mail_examples.make_mailbox()


PREPARE: dict[str, Callable[[World, UUID], None]] = {
    "purchase_receipts.take_back": _own_receipt,
    "mails.file": lambda world, _user_id: world.made.update({"mails.file:mail_id": _mail(world).id}),
    "mails.add_person": lambda world, _user_id: world.made.update({"mails.add_person:mail_id": _mail(world).id}),
    "mails.throw": lambda world, _user_id: world.made.update({"mails.throw:mail_id": _mail(world).id}),
    "mails.put_back": lambda world, _user_id: world.made.update({"mails.put_back:mail_id": _thrown_mail(world)}),
    "mails.take_off": _own_mail,
    "mails.settle": _own_mail,
    "mails.unsettle": _own_mail,
    "mailbox.read": lambda _world, _user_id: _with_mailbox(),
    "mailbox.remove": lambda _world, _user_id: _with_mailbox(),
    "worth.follow": lambda world, _user_id: _with_deal(world),
    "deal_steps.move_back": _moved_deal,
    "deal_steps.open_back": _won_deal,
    "memos.edit": _own_memo,
    "memos.remove": _own_memo,
    "memos.put_back": _own_memo,
    "batches.choose_all": lambda _world, _user_id: make_account(owner=owner()),
    "batches.show": _own_batch,
    "batches.start": _own_batch,
    "batches.plan": _own_batch,
    "books.share": _own_book,
    "books.begin": lambda world, _user_id: make_account(owner=_member_of(world)),
    "batches.progress": _own_batch,
    "batches.again": _own_batch,
    "batches.undo": _own_done_batch,
    "grid.undo_customers": _own_grid(grid_actions.add_accounts, lambda _member: {"name": "Elbe"}),
    "grid.undo_contacts": _own_grid(
        grid_actions.add_contacts, lambda member: {"name": "Jana", "account": make_account(owner=member)}
    ),
    "customer.show": _own_case,
    "customer_contracts.signed": _own_contract,
    "customer_orders.show": _own_order,
    "customer_orders.confirmation": _own_order,
    "customer_orders.note": _own_order,
    "customer.reply": _own_case,
    "customer.rate": _own_solved_case,
    "customer.file": _own_file,
    "customer_door.change_password": _portal_password,
    "partner_door.change_password": _portal_password,
    "partner.lead": _own_lead,
    "case_prints.show": _own_print,
    "case_prints.progress": _own_print,
    "case_prints.file": _own_print,
    "case_prints.again": _own_print,
    "list_prints.show": _own_list_print,
    "list_prints.progress": _own_list_print,
    "list_prints.file": _own_list_print,
    "list_prints.again": _own_list_print,
    "profile.end_session": _own_session,
    "bell.follow": _own_notice,
    "chats.try_out": _own_chat,
    "chats.remove": _own_chat,
    "profile.remove_passkey": _own_passkey,
    "samples.clear": _samples,
    "profile.new_codes": _second_step,
    "profile.second_step_off": _second_step,
    "profile.change_password": _password,
    "stepup.prove": _password,
}

FORMS: dict[str, Any] = {
    "mails.file": lambda world: {"account_id": str(world.get("account_id"))},
    "mails.add_person": lambda world: {"name": "Jana", "customer": _number_of(world.get("account_id"))},
    "pool.hand_out": lambda world: {"id": make_account().id},
    "pool.lay": lambda world: {"id": make_account().id},
    "exports.chosen": lambda world: {"id": str(world.get("account_id"))},
    "pools.index": lambda world: {"name": f"Pool {make_id()}"},
    **dict.fromkeys(
        ("pool_routes.create", "pool_routes.edit"), lambda world: {"which": "Spain", "members": str(owner().id)}
    ),
    "pool_sweeps.show": {"why": "The rule was wrong."},
    "pools.transfer": {"into": "00000000-0000-0000-0000-000000000000"},
    "points.change": {"way": "give", "points": "5", "reason": "Welcome"},
    "grid.customers": {"r0-name": "Elbe"},
    "grid.contacts": lambda _world: {"r0-name": "Jana", "r0-customer": make_account().number},
    "batches.choose": lambda world: {"id": str(world.get("account_id"))},
    "books.begin": lambda world: {"heirs": [str(owner().id)], "split": "even", "field": "city"},
    "books.share": {"start": "1"},
    "batches.choose_for": lambda world: {"id": str(world.get("account_id"))},
    "batches.plan": {"kind": "call", "subject": "Offer", "whose": "mine", "first": "2031-05-05", "per_day": "5"},
    "platform_door.sign_in": lambda world: {"email": make_operator().email, "password": OPERATOR_PASSWORD},
    "customer.complain": {"subject": "It broke", "text": "Twice."},
    "customer.ask": {"kind": "question", "subject": "Please come", "text": "On Monday."},
    "customer.reply": {"text": "And once more."},
    "customer.rate": {"rating": "4"},
    "samples.clear": lambda world: {"typed_name": world.tenant.name},
    "partner.check": {"company": "Nobody Ltd"},
    "partner.register": {"company": "Nobody Ltd"},
    "customer_door.join": {"password": PASSWORD},
    "partner_door.join": {"password": PASSWORD},
    "customer_door.choose_password": {"password": PASSWORD},
    "partner_door.choose_password": {"password": PASSWORD},
    "customer_door.ask_for_password": {"email": "nobody@example.com"},
    "partner_door.ask_for_password": {"email": "nobody@example.com"},
    "customer_door.change_password": {"old": PASSWORD, "password": "eight small green boats"},
    "partner_door.change_password": {"old": PASSWORD, "password": "eight small green boats"},
    "reports.make": lambda world: {"month": f"{report_examples.this_month():%Y-%m}"},
    "transfer.start": lambda world: {"kind": "accounts", "file": transfer_examples.upload()},
    "door.join": {"name": "Ines", "password": PASSWORD},
    "links.open_workspace": {"password": PASSWORD},
    "links.choose_password": {"password": PASSWORD},
    "links.ask_for_password": {"email": "nobody@example.com"},
    "links.sign_up": lambda world: {
        "company": "Quay",
        "slug": f"q-{new_id().hex[-12:]}",
        "name": "Ines",
        "email": f"{new_id().hex}@example.com",
        "locale": "en",
        "timezone": "Europe/Lisbon",
        "currency": "EUR",
    },
    "profile.index": {"name": "Ines", "locale": "zh", "timezone": "Asia/Shanghai"},
    "profile.look": {"theme": "dark"},
    "profile.picture": lambda world: {"file": (picture(), "me.png")},
    "profile.change_password": {"old": PASSWORD, "password": "eight small green boats"},
    "profile.change_address": lambda world: {"email": f"{new_id().hex}@example.com"},
    "profile.second_step": _factor,
    "stepup.prove": {"_password": PASSWORD},
    "settings.workspace": {
        "name": "Quay",
        "locale": "en",
        "timezone": "UTC",
        "currency": "USD",
        "idle_minutes": "60",
        "session_hours": "24",
    },
    "settings.logo": lambda world: {"file": (picture(), "logo.png")},
    "members.invite": lambda world: {
        "email": f"{new_id().hex}@example.com",
        "name": "Ines",
        "role": "agent",
        "team": "",
    },
    "members.edit": {"role": "manager", "team": "", "manager": ""},
    "members.remove": {"successor": ""},
    "teams.index": {"name": "South", "parent": ""},
    "teams.edit": {"name": "West", "parent": ""},
    "roles.index": {"name": "Trainee", "like": "agent"},
    "roles.edit": {"name": "Intern", "account.view": "own"},
    "customers.create": {"name": "Nordlicht"},
    "products.create": {"name": "Spindle"},
    "relations.relate": {"kind": "partner", "other": "Nordlicht"},
    "relations.begin": {"subject": "Fair", "kind": "marketing", "state": "planned", "opportunity_id": ""},
    "leads.create": {"name": "Kim"},
    "leads.move": {"state": "working"},
    "leads.lose": {"reason": "No budget"},
    "leads.assign": lambda world: {"owner_id": str(owner().id)},
    "partners.create": lambda world: {"customer": _number_of(world.get("account_id"))},
    "partners.invite": lambda world: {"email": f"{new_id().hex}@example.com"},
    "partners.give": lambda world: {"partner_id": str(world.get("partner_id"))},
    "partners.registration": {"answer": "accept"},
    "contacts.create": {"name": "Jana"},
    "contacts.join": lambda world: {"customer": _number_of(world.get("account_id"))},
    "phone_book.bring": lambda world: {"file": (io.BytesIO(CARD.encode()), "jana.vcf")},
    "phone_book.keep": {"text": CARD, "chosen": "0"},
    "contact_portal.invite": lambda world: {"email": f"{new_id().hex}@example.com", "role": "customer"},
    "service_desk.create": {"subject": "It broke", "text": "Twice."},
    "service_desk.answer": {"text": "New ones are on their way.", "state": "waiting"},
    "service_desk.note": {"note-text": "He is right."},
    "service_desk.assign": lambda world: {"owner_id": str(owner().id)},
    "opportunities.create": {"name": "Retrofit"},
    "activities.create": {"kind": "call", "subject": "Ask", "day": "2031-05-04", "hour": "09:30"},
    "activities.edit": {"kind": "call", "subject": "Ask", "day": "2031-05-04", "hour": "09:30"},
    "memos.index": {"text": "Buy tea", "on": "2031-05-04"},
    "memos.edit": {"text": "Buy more tea", "on": "2031-05-04"},
    "promises.create": {"text": "A sample", "due_on": "2031-05-04"},
    "activity_kinds.create": {"name": "Fair", "icon": "star", "colour": "sea"},
    "activity_kinds.edit": {"name": "On site", "icon": "star", "colour": "sea"},
    "activity_kinds.place": {"to": "down"},
    "activity_kinds.results": {"words": "Reached"},
    "activities.complete": {"day": "2024-05-04", "hour": "09:30"},
    "activities.write": {"kind": "note", "text": "Likes tea"},
    "activities.move": lambda world: {"id": str(world.get("activity_id")), "start": "2031-05-04"},
    "portals.keep": {"customer-is_open": "y", "customer-kinds": "complaint"},
    "files.upload": lambda world: {"file": (io.BytesIO(b"a note"), "note.txt")},
    "deal_steps.switch": lambda world: {"stage_id": str(pipelines.stages(_pipeline().id)[0].id)},
    "deal_steps.move": lambda world: {"column": f"stage-{pipeline.stages()[1].id}"},
    "opportunities.move": lambda world: {"column": f"stage-{pipeline.stages()[1].id}"},
    "purchases.create": lambda world: {
        "supplier": _number_of(world.get("account_id")),
        "r0-text": "Freight",
        "r0-quantity": "1",
    },
    "purchases.edit": {"r0-quantity": "4"},
    "purchase_receipts.receive": {"r0-quantity": "1"},
    "stock.move": {"on_hand": "5", "reason": "Looked"},
    "stock.level": {"warn_below": "2"},
    "stock_movements.correct": {"reason": "Typed twice"},
    "stock_counts.start": _countable,
    "stock_counts.add": lambda world: {"product": make_product().name},
    "warehouses.create": lambda world: {"name": f"North {make_id()}", "code": make_id().hex[-12:]},
    "warehouses.edit": lambda world: {"name": f"North {make_id()}", "code": make_id().hex[-12:]},
    "products.add_spelling": {"spelling": "Spindel"},
    "coupons.create": {"code": "SPRING", "way": "percent", "percent_off": "10", "currency": "EUR"},
    "coupons.edit": {"way": "percent", "percent_off": "20", "currency": "EUR"},
    "variants.make": {"attributes": "Colour: red, blue"},
    "variants.describe": {"attributes": "Colour: green"},
    "taxes.create": {"name": "Books", "percent": "5"},
    "taxes.edit": {"name": "Inns", "percent": "7"},
    "quotes.create": lambda world: {
        **{"name": "Two cranes", "customer": make_account(owner=owner()).label, "currency": "EUR", "language": "en"},
        **{"valid_until": "2100-01-31", "what": "save", "r0-text": "Crane", "r0-price": "12"},
    },
    "quotes.edit": {
        **{"name": "Three cranes", "currency": "EUR", "language": "en", "valid_until": "2100-01-31", "what": "save"},
        **{"r0-text": "Crane", "r0-price": "12"},
    },
    "quotes.check": {"currency": "EUR", "r0-text": "Crane", "r0-price": "12"},
    "quote_approval.ask": _may_ask,
    "quote_approval.approve": {"words": "For once"},
    "quote_approval.disapprove": {"words": "Too much"},
    "quotes.send": {"to": "eva@example.com", "words": "Hello"},
    "quote_answer.accept": {"name": "Eva", "agrees": "y"},
    "quote_answer.decline": {"name": "Eva"},
    "contracts.create": lambda world: {
        **{"name": "Care", "customer": make_account(owner=owner()).label, "currency": "EUR", "language": "en"},
        **{"starts_on": "2100-01-01", "ends_on": "2100-12-31", "every": "month"},
        **{"what": "save", "r0-text": "Care", "r0-price": "12"},
    },
    "contracts.edit": {
        **{"name": "More care", "currency": "EUR", "language": "en", "starts_on": "2100-01-01", "every": "year"},
        **{"ends_on": "2100-12-31", "what": "save", "r0-text": "Care", "r0-price": "12"},
    },
    "contracts.check": {"currency": "EUR", "r0-text": "Care", "r0-price": "12"},
    "contract_steps.end": {"reason": "They moved"},
    "contract_steps.add_milestone": {"name": "Kick-off", "due_on": "2100-01-31", "amount": "50"},
    "expenses.create": {"amount": "12.50", "spent_on": "2026-11-02"},
    "expenses.edit": {"amount": "14.50", "spent_on": "2026-11-02"},
    "expense_decisions.send_back": {"words": "No receipt"},
    "orders.create": lambda world: {
        **{"name": "Ten ropes", "customer": make_account(owner=owner()).label, "currency": "EUR", "language": "en"},
        **{"due_on": "2100-01-31", "source": "phone", "what": "save", "r0-text": "Rope", "r0-price": "12"},
    },
    "orders.edit": {
        **{"name": "Nine ropes", "currency": "EUR", "language": "en", "due_on": "2100-01-31", "source": "phone"},
        **{"what": "save", "r0-text": "Rope", "r0-price": "12"},
    },
    "orders.check": {"currency": "EUR", "r0-text": "Rope", "r0-price": "12"},
    "order_steps.confirm": {"to": "eva@example.com"},
    "order_steps.cancel": {"reason": "Too late"},
    "deliveries.deliver": lambda world: _line_of(world, "deliveries.deliver") | {"day": "2026-05-04"},
    "deliveries.take_back": lambda world: (
        _line_of(world, "deliveries.take_back") | {"day": "2026-05-04", "reason": "Broken"}
    ),
    "deliveries.undo": {"reason": "Wrong parcel"},
    "receivables.create": lambda world: {
        **{"name": "Two cranes", "customer": make_account(owner=owner()).label, "currency": "EUR", "language": "en"},
        **{"days": "14", "what": "save", "r0-text": "Crane", "r0-price": "12"},
    },
    "receivables.edit": {
        **{"name": "Three cranes", "currency": "EUR", "language": "en", "days": "14", "what": "save"},
        **{"r0-text": "Crane", "r0-price": "12"},
    },
    "receivables.check": {"currency": "EUR", "r0-text": "Crane", "r0-price": "12"},
    "receivables.issue": {"to": "eva@example.com", "words": "Hello"},
    "payment_reminders.send": lambda world: {"customer": f"{(late := _late_invoice()).account_id}:{late.currency}"},
    "payment_reminders.steps": {"days": "7, 21", "within": "7"},
    "payment_reminders.dispute": {"why": "Never came"},
    "receivables.send": {"to": "eva@example.com", "words": "Hello"},
    "credit_notes.create": lambda world: _first_line(world, "credit_notes.create") | {"reason": "Broken", "to": ""},
    "credit_notes.send": {"to": "eva@example.com", "words": "Hello"},
    "bank.index": lambda world: {"file": (io.BytesIO(f"Day;Amount\n2026-05-04;{new_id().int}\n".encode()), "a.csv")},
    "bank.columns": {"day": "0", "amount": "1", "order": "ymd"},
    "bank.change": {"what": "book"},
    "payments.create": {"amount": "12.50", "currency": "EUR", "paid_on": "2026-05-04"},
    "payments.use": lambda world: {f"f-{_owed_beside(world).id}": "5"},
    "payments.take_back": {"reason": "Of another customer"},
    "payment_terms.index": {"days": "21"},
    "payment_terms.of_account": {"days": "14"},
    "exchange_rates.index": {"currency": "GBP", "valid_from": "2026-05-04", "rate": "1.25"},
    "papers.edit_letterhead": {"company": "Harbour Ltd", "colour": "#0b6e86", "rule": "rate"},
    "price_lists.create": {"name": "Spring", "currency": "EUR", "audience": "all"},
    "price_lists.edit": {"name": "Summer", "currency": "EUR", "audience": "all"},
    "price_lists.copy": {"name": "Autumn"},
    "list_prices.show": {"currency": "CHF", "price": "5"},
    "words.create": {"name": "Gold", "colour": "amber"},
    "words.edit": {"name": "Gold", "colour": "amber"},
    "words.place": {"to": "up"},
    "custom_fields.create": {"name": "Motto", "kind": "text", "applies": "all"},
    "custom_fields.edit": {"name": "Slogan", "applies": "all"},
    "custom_fields.place": {"to": "up"},
    "labels.create": {"name": "VIP", "colour": "amber"},
    "labels.create_group": {"name": "Trade", "colour": "amber"},
    "labels.edit": {"name": "Warmer", "colour": "amber"},
    "segments.create": {"name": "Ours", "audience": "all"},
    "segments.edit": {"name": "Ours too", "audience": "all"},
    "segments.place": {"to": "up"},
    "pipelines.create": lambda world: {
        "name": f"Way {new_id().hex}",
        "pattern_id": str(pipeline.stages()[0].pipeline_id),
    },
    "pipelines.edit": lambda world: {"name": f"Way {new_id().hex}"},
    "pipelines.place": {"to": "up"},
    "pipelines.archive": lambda world: {"heir_id": str(pipeline.stages()[0].id)},
    "rivals.create": lambda world: {"name": f"Rival {new_id().hex}"},
    "rivals.edit": lambda world: {"name": f"Rival {new_id().hex}"},
    "rivals.name": lambda world: {"rival": f"Rival {new_id().hex}", "standing": "level"},
    "rivals.tell": {"standing": "behind"},
    "deal_steps.reopen": {"reason": "They called again"},
    "play.index": {"text": "Ask again", "proof": "activity:call"},
    "play.edit": {"text": "Ask again", "proof": "activity:call"},
    "play.place": {"to": "down"},
    "forecast_calls.state": {"amount": "1300", "reason": "Two of them wait until spring."},
    "forecast_marks.count_as": {"category": "commit"},
    "forecast_marks.edit": {"commit_from": "90", "best_from": "60"},
    "deal_shares.edit": lambda world: {
        "shares-0-member_id": str(make_member("agent").id),
        "shares-0-percent": "30",
    },
    "territories.create": {"name": "South", "countries": "Italy", "fresh": "left"},
    "territories.edit": {"name": "South of here", "countries": "Italy", "fresh": "left"},
    "territories.place": {"to": "up"},
    "deal_window.create": lambda world: {"name": "Forty laptops", "customer": f"Firm {make_id()}"},
    "stages.create": {"name": "Trial run", "probability": "40", "colour": "blue"},
    "stages.edit": {"name": "Trial run", "probability": "40", "colour": "blue"},
    "stages.place": {"to": "up"},
    "stages.remove": lambda world: {"heir_id": str(pipeline.stages()[0].id)},
}

# Rules that this walk can't reach, and where they are reached instead.
ELSEWHERE: dict[str, str] = {
    "mailbox.index": "its form needs a mail server: tests/crm/mails/test_mailbox.py",
    "chats.add": "its form needs a service that answers: tests/tenants/test_chats.py",
    "letters.index": "opens on the machine of a local run only: tests/portals/test_health.py",
    "letters.show": "opens on the machine of a local run only: tests/portals/test_health.py",
    "signing.sign_in": "its form needs a password: tests/portals/test_sign_in.py",
    "door.sign_in": "its form needs a password: tests/portals/test_sign_in.py",
    "customer_door.sign_in": "its form needs a password: tests/portals/test_customer.py",
    "partner_door.sign_in": "its form needs a password: tests/portals/test_partner.py",
    "signing.code": "between two steps only: tests/portals/test_profile.py",
    "signing.ask_passkey": "its answer is JSON for a script: tests/portals/test_passkeys.py",
    "signing.passkey": "its form needs a signature: tests/portals/test_passkeys.py",
    "profile.add_passkey": "its form needs a signature: tests/portals/test_passkeys.py",
    "opportunities.more": "goes on where a full column ended: tests/crm/opportunities",
    "worth.follow": "fits only who has bought: tests/crm/opportunities/test_worth.py",
    "billing.offer": "needs Stripe: tests/billing",
    "billing.confirm": "needs Stripe: tests/billing",
    "billing.seats": "needs Stripe: tests/billing",
    "billing.subscribe": "needs Stripe: tests/billing",
    "stripe.receive": "needs Stripe's signature: tests/billing",
}
