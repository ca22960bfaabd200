"""Fills the demo workspaces, once; a second time finds them filled and changes nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import g

from saas import clock
from saas.config import Config
from saas.crm.activities import actions as activities
from saas.crm.activities.models import ActivityKind
from saas.crm.customers import actions as customers
from saas.crm.customers import ownership
from saas.crm.customers.models import Account, Contact, Standing
from saas.crm.leads import actions as leads
from saas.crm.opportunities import actions as deals
from saas.crm.opportunities import pipeline
from saas.crm.opportunities.models import Opportunity
from saas.crm.products import actions as products
from saas.crm.products.models import Product
from saas.crm.samples import actions as samples
from saas.crm.service_desk import actions as service
from saas.crm.service_desk.models import CaseKind, CaseState, Channel
from saas.db import db
from saas.demo import signins
from saas.demo.people import CASTS, Cast
from saas.tenants import portal_kinds, queries, scope
from saas.tenants.actions import people, portal_users, settings, users, workspaces
from saas.tenants.models import Member, PortalKind, User

FILLED = "demo.filled"


def fill(config: Config) -> None:
    """Make both workspaces with their people and stories. Commits as it goes; what is there stays."""
    known = signins.passwords(config)
    for cast in CASTS:
        g.locale = cast.locale  # stages and events are named in it
        tenant_id = _workspace(cast, known)
        with scope.enter(tenant_id):
            team = _staff(cast, known)
            if not queries.setting(FILLED, {}).get("at"):
                with samples.marking():
                    Story(cast, team, known).tell()
                settings.choose(FILLED, {"at": clock.now().isoformat()}, by=team[0])
                db.session.commit()
    signins.mark_filled(config.data_dir)


def _workspace(cast: Cast, known: dict[str, str]) -> UUID:
    tenant = queries.tenant_by_slug(cast.slug)
    found = tenant.id if tenant else None
    db.session.rollback()
    if found is not None:
        return found
    owner = _user(cast, cast.members[0], known)
    made = workspaces.create(
        cast.slug, cast.name, owner, locale=cast.locale, timezone=cast.timezone, currency=cast.currency
    )
    found = made.id
    db.session.rollback()
    return found


def _user(cast: Cast, member: tuple[str, str, str], known: dict[str, str]) -> User:
    _role, name, mail = member
    email = cast.email(mail)
    found = queries.user_by_email(email)
    if found is None:
        found = users.register(email, name, known[email], locale=cast.locale, timezone=cast.timezone)
        db.session.commit()
    return found


def _staff(cast: Cast, known: dict[str, str]) -> list[Member]:
    there = {m.email: m for m in queries.members()}
    team = []
    for member in cast.members:
        email = cast.email(member[2])
        if email not in there:
            there[email] = people.admit(_user(cast, member, known), member[0])
            db.session.commit()
        team.append(there[email])
    return team


class Story:
    """One workspace's last months, the same at every first start."""

    def __init__(self, cast: Cast, team: list[Member], passwords: dict[str, str]) -> None:
        self.cast = cast
        self.passwords = passwords
        self.owner, self.manager, *self.agents = team[:4]
        self.chance = random.Random(cast.slug)  # noqa: S311 - a story, not a secret
        self.now = clock.now()

    @contextmanager
    def _at(self, instant: datetime) -> Iterator[None]:
        """Let the clock say `instant` meanwhile, so that the trail tells when things happened."""
        usual = clock.offset()
        clock.shift((usual + min(instant, self.now) - self.now).total_seconds())
        yield
        clock.shift(usual.total_seconds())

    def tell(self) -> None:
        """Write everything; commits nothing."""
        self.goods = self._products()
        self.accounts = self._accounts()
        self.people = self._contacts()
        self._deals()
        self._activities()
        self._cases()
        self._leads()

    def _products(self) -> list[Product]:
        rows = [{"name": n, "series": s, "price": Decimal(p)} for n, s, p in self.cast.products]
        return products.create_products(rows, by=self.owner)

    def _accounts(self) -> list[Account]:
        made = []
        for number, (name, industry, city) in enumerate(self.cast.companies):
            mail = f"office@firm{number + 1:02}.example"
            values = {
                "name": name,
                "industry": industry,
                "city": city,
                "country": self.cast.country,
                "level": self.chance.choice(["A", "B", "B", "C", "C"]),
                "source": self.chance.choice(self.cast.sources),
                "phone": self.cast.phone.format(n=100 + number),
                "email": mail,
                "website": f"firm{number + 1:02}.example",
                "employees": self.chance.choice([12, 40, 85, 220, 640, 1800]),
            }
            seller = None if number % 6 == 5 else self.agents[number % len(self.agents)]
            since = self.now - timedelta(days=self.chance.randint(20, 200), hours=self.chance.randint(1, 8))
            with self._at(since):
                account = customers.create_account(values, owner=seller, by=seller or self.manager)
            self._age(account, number, since)
            made.append(account)
        return made

    def _age(self, account: Account, number: int, since: datetime) -> None:
        """Let a customer have been ours for a while: some are due back in the pool soon, some have bought."""
        if account.owner_id is None:
            account.pooled_at = max(since, self.now - timedelta(days=self.chance.randint(1, 60)))
            return
        account.owned_since = since
        account.last_contact_at = self.now - timedelta(days=number % 13, hours=self.chance.randint(1, 8))
        if number % 4 == 0:
            account.standing = Standing.CUSTOMER
        ownership.set_reclaim(account)
        db.session.flush()

    def _contacts(self) -> dict[UUID, list[Contact]]:
        found: dict[UUID, list[Contact]] = {}
        for number, account in enumerate(self.accounts):
            some = [self.cast.contacts[(number + k) % len(self.cast.contacts)] for k in range(1 + number % 2)]
            for place, (name, title) in enumerate(some):
                values = {
                    "name": name,
                    "title": title,
                    "email": self._mail(number, place),
                    "mobile": self.cast.phone.format(n=500 + number * 2 + place),
                    "is_main": place == 0,
                }
                by = self.agents[number % len(self.agents)]
                with self._at((account.owned_since or account.pooled_at or self.now) + timedelta(minutes=5 + place)):
                    found.setdefault(account.id, []).append(customers.create_contact(account, values, by=by))
        return found

    def _mail(self, number: int, place: int) -> str:
        if (number, place) == (0, 0):
            return self.cast.email(self.cast.customer[1])  # the one who signs in to the customer portal
        return f"person{number + 1:02}{place}@firm{number + 1:02}.example"

    def _activities(self) -> None:
        """Calls that were, and what is next."""
        for number, account in enumerate(a for a in self.accounts if a.owner):
            seller, contact = account.owner, self.people[account.id][0]
            assert seller is not None
            about = {"account_id": account.id, "contact_id": contact.id}
            said = self.cast.calls[number % len(self.cast.calls)]
            at = account.last_contact_at or self.now - timedelta(days=1)
            call = {
                "kind": ActivityKind.CALL,
                "subject": said.split("。")[0].split(".")[0],
                "text": said,
                "minutes": 15,
            }
            with self._at(at + timedelta(minutes=20)):
                activities.log(about | call | {"starts_at": at}, owner=seller, by=seller)
            if number % 3 == 0:
                task = {"kind": ActivityKind.TASK, "subject": self.cast.tasks[number % len(self.cast.tasks)]}
                day = clock.local(self.now, self.cast.timezone).date() + timedelta(days=number % 5)
                activities.plan(about | task | {"due_on": day}, owner=seller, by=seller)
        self._week()

    def _week(self) -> None:
        """What the owner and the manager have before them."""
        morning = datetime.combine(
            clock.local(self.now, self.cast.timezone).date(), time(10), ZoneInfo(self.cast.timezone)
        )
        for number, member in enumerate((self.owner, self.manager, self.owner, self.manager)):
            account = self.accounts[2 + number]
            about = {"account_id": account.id, "contact_id": self.people[account.id][0].id}
            plan = {"kind": ActivityKind.TASK, "subject": self.cast.tasks[number], "due_on": morning.date()}
            if number >= 2:
                visit = {"kind": ActivityKind.VISIT, "starts_at": morning + timedelta(days=number - 1), "minutes": 60}
                plan = visit | {"subject": self.cast.tasks[2]}
            activities.plan(about | plan, owner=member, by=member)

    def _cases(self) -> None:
        """What customers complain about: one filed in the portal and answered, others told by phone."""
        known = self.passwords[self.cast.email(self.cast.customer[1])]
        first = self.accounts[0]
        portal = portal_kinds.of(PortalKind.CUSTOMER)
        email = self.cast.email(self.cast.customer[1])
        subject = portal.make(first.number, self.cast.customer[0], email)
        person = portal_users.admit(
            portal.kind, subject, email=email, role=portal.roles[0], password=known, by=self.owner
        )
        title, text = self.cast.complaints[0]
        filed = self.now - timedelta(hours=5)
        with self._at(filed):
            values = {"kind": CaseKind.COMPLAINT, "subject": title, "text": text}
            case = service.file(values, by=person, subject=subject)
        with self._at(filed + timedelta(minutes=12)):
            service.take(case, by=self.agents[0])
        with self._at(filed + timedelta(minutes=40)):
            service.answer(case, self.cast.answer, state=CaseState.OPEN, by=self.agents[0])
        for number, (title, text) in enumerate(self.cast.complaints[1:], start=2):
            account = self.accounts[number]
            values = {"kind": CaseKind.COMPLAINT, "subject": title, "text": text, "channel": Channel.PHONE}
            contact = self.people[account.id][0]
            with self._at(filed + timedelta(hours=number)):
                service.create(values, account=account, contact=contact, owner=None, by=self.agents[number % 2])
        for number, solved in enumerate(self.cast.solved):
            self._solve(number, *solved)

    def _solve(self, number: int, title: str, text: str, said: str) -> None:
        """One of the weeks before: answered within hours, solved within days."""
        account, seller = self.accounts[7 + 2 * number], self.agents[number % 2]
        filed = self.now - timedelta(days=6 + 9 * number, hours=self.chance.randint(0, 5))
        values = {"kind": CaseKind.COMPLAINT, "subject": title, "text": text, "channel": Channel.PHONE}
        with self._at(filed):
            case = service.create(
                values, account=account, contact=self.people[account.id][0], owner=seller, by=self.manager
            )
        with self._at(filed + timedelta(minutes=self.chance.randint(20, 400))):
            service.answer(case, said, state=CaseState.OPEN, by=seller)
        with self._at(filed + timedelta(hours=self.chance.randint(20, 70))):
            service.set_state(case, CaseState.SOLVED, by=seller)

    def _leads(self) -> None:
        """Names not yet looked into, one of them given to the partner."""
        email = self.cast.email(self.cast.partner[1])
        portal = portal_kinds.of(PortalKind.PARTNER)
        subject = portal.make(self.accounts[1].number, self.cast.partner[0], email)
        known = self.passwords[email]
        portal_users.admit(portal.kind, subject, email=email, role=portal.roles[0], password=known, by=self.owner)
        for number, (name, company) in enumerate(self.cast.leads):
            values = {"name": name, "company": company, "phone": self.cast.phone.format(n=800 + number)}
            seller = self.agents[number % len(self.agents)]
            partner = self.accounts[1] if number == 0 else None
            with self._at(self.now - timedelta(days=6 - 2 * number, hours=3)):
                leads.create_lead(values | {"source": self.cast.sources[0]}, owner=seller, by=seller, partner=partner)

    def _deals(self) -> None:
        stages = pipeline.stages()
        for number, account in enumerate(a for a in self.accounts if a.owner_id):
            seller = next(a for a in self.agents if a.id == account.owner_id)
            known = (self.now - (account.owned_since or self.now)).days
            days = sorted((self.chance.randint(14, min(120, known)) for _turn in range(1 + number % 3)), reverse=True)
            for turn, ago in enumerate(days):
                opened = self.now - timedelta(days=ago)
                product = self.chance.choice(self.goods)
                values = {
                    "name": self.cast.deals[(number + turn) % len(self.cast.deals)],
                    "amount": (product.price or Decimal(1000)) * self.chance.randint(1, 20),
                    "stage_id": stages[0].id,
                    "opened_on": opened.date(),
                    "expected_on": (self.now + timedelta(days=self.chance.randint(-5, 80))).date(),
                }
                contact = self.people[account.id][0]
                with self._at(opened):
                    deal = deals.create_opportunity(
                        values, owner=seller, by=seller, account=account, contact=contact, product=product
                    )
                self._follow(deal, seller, opened)

    def _follow(self, deal: Opportunity, seller: Member, opened: datetime) -> None:
        """Let a deal go from stage to stage: some stay where they are, some are lost, those at the end are won."""
        at = opened
        for stage in pipeline.stages()[1:]:
            at += timedelta(days=self.chance.randint(3, 20), hours=self.chance.randint(0, 6))
            if at > self.now or self.chance.random() < 0.1:
                return
            with self._at(at):
                if self.chance.random() < 0.12:
                    deals.lose(deal, by=seller, reason=self.chance.choice(self.cast.reasons))
                    return
                deals.move(deal, stage, version=None, by=seller)
        at += timedelta(days=self.chance.randint(5, 30))
        if at <= self.now:
            with self._at(at):
                deals.win(deal, by=seller)
