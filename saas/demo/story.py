"""One demo workspace's last months: acts that run side by side, each going on at the instant it named.

The trail is read in the order it was written, so what happened first must be written first. An act is a generator that
yields the next instant of its story; `Story` always lets the earliest go on, with the clock set to it.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from saas import clock
from saas.crm.activities import actions as activities
from saas.crm.activities.models import ActivityKind
from saas.crm.customers import actions as customers
from saas.crm.customers import ownership
from saas.crm.customers.models import Account, Contact, Standing
from saas.crm.fields import actions as dictionaries
from saas.crm.fields import queries as words
from saas.crm.fields.models import Dictionary
from saas.crm.leads import actions as leads
from saas.crm.mails import actions as mails
from saas.crm.opportunities import actions as deals
from saas.crm.opportunities import pipeline
from saas.crm.opportunities import rival_actions as rivals
from saas.crm.opportunities.rival_models import Footing
from saas.crm.pool import actions as pool
from saas.crm.pool.models import ReleaseReason
from saas.crm.products import actions as products
from saas.crm.service_desk import actions as service
from saas.crm.service_desk.models import CaseKind, CaseState, Channel
from saas.db import db
from saas.demo.people import Cast
from saas.messages import Message, Person
from saas.search import fold
from saas.tenants import portal_kinds
from saas.tenants.actions import portal_users
from saas.tenants.models import Member, PortalKind, PortalUser
from saas.tenants.portal_kinds import Subject

FOOTINGS = (Footing.LEVEL, Footing.BEHIND, Footing.LEADING)
LOSSES = ("price", "need", "silence")  # as the reasons of a cast, in their order, are called where they are counted

Act = Iterator[datetime]


class Story:
    """The same at every first start."""

    def __init__(self, cast: Cast, team: list[Member], passwords: dict[str, str]) -> None:
        self.cast = cast
        self.passwords = passwords
        self.owner, self.manager, *self.agents = team[:4]
        self.chance = random.Random(cast.slug)  # noqa: S311 - a story, not a secret
        self.now = clock.now()
        self.accounts: dict[int, Account] = {}  # by their place in the cast
        self.people: dict[int, list[Contact]] = {}
        self._waiting: list[tuple[datetime, int, Act]] = []
        self._begun = 0

    def tell(self) -> None:
        """Write everything; commits nothing."""
        rows = [{"name": n, "series": s, "price": Decimal(p)} for n, s, p in self.cast.products]
        self.goods = products.create_products(rows, by=self.owner)
        self.industries = self._words(Dictionary.INDUSTRY, [industry for _n, industry, _c in self.cast.companies])
        self.sources = self._words(Dictionary.SOURCE, self.cast.sources)
        for number in range(len(self.cast.companies)):
            self._begin(self._customer(number))
        self._begin(self._portal_complaint())
        for number in range(1, len(self.cast.complaints)):
            self._begin(self._told_complaint(number))
        for number in range(len(self.cast.solved)):
            self._begin(self._solved_complaint(number))
        for number in range(len(self.cast.leads)):
            self._begin(self._lead(number))
        for number in range(len(self.cast.mails)):
            self._begin(self._mail(number))
        self._begin(self._stray_mail())
        self._play()
        self._plans()

    # --- the stage -------------------------------------------------------------------------------------------------

    def _begin(self, act: Act) -> None:
        self._begun += 1
        self._wait(act, self._begun)

    def _wait(self, act: Act, number: int) -> None:
        following = next(act, None)
        if following is not None:
            heapq.heappush(self._waiting, (following, number, act))

    def _play(self) -> None:
        while self._waiting and self._waiting[0][0] <= self.now:
            instant, number, act = heapq.heappop(self._waiting)
            with self._at(instant):
                self._wait(act, number)

    @contextmanager
    def _at(self, instant: datetime) -> Iterator[None]:
        usual = clock.offset()
        clock.shift((usual + instant - self.now).total_seconds())
        try:
            yield
        finally:
            clock.shift(usual.total_seconds())

    def _some(self, *, days: tuple[int, int] = (0, 0), hours: tuple[int, int] = (0, 0)) -> timedelta:
        return timedelta(days=self.chance.randint(*days), hours=self.chance.randint(*hours))

    def _words(self, dictionary: Dictionary, names: Sequence[str]) -> dict[str, str]:
        """Name → the key of the dictionary's word; words that it lacks are added."""
        known = words.spelled(dictionary)
        lacking = [name for name in dict.fromkeys(names) if fold(name) not in known]
        dictionaries.add_spelled(dictionary, lacking, by=self.owner)
        return {name: words.meant(dictionary, name).key for name in names}

    # --- customers -------------------------------------------------------------------------------------------------

    def _customer(self, number: int) -> Act:
        is_lost = number % 6 == 5
        seller = self.agents[(number // 6 if is_lost else number) % len(self.agents)]
        since = self.now - self._some(days=(20, 200), hours=(1, 8))
        yield since
        account = customers.create_account(self._company(number), owner=seller, by=seller)
        self.accounts[number] = account
        if is_lost:
            self._begin(self._lost(number, seller, since))
        else:
            self._age(account, number, since)
        for place in range(1 + number % 2):
            yield since + timedelta(minutes=5 + place)
            values = self._person(number, place)
            contact = customers.create_contact(account, values, by=seller)
            self.people.setdefault(number, []).append(contact)
        if not is_lost:
            self._begin(self._call(number, seller))
            for turn in range(1 + number % 3):
                self._begin(self._deal(number, turn, seller, since))

    def _company(self, number: int) -> dict[str, object]:
        name, industry, city = self.cast.companies[number]
        return {
            "name": name,
            "industry": self.industries[industry],
            "city": city,
            "country": self.cast.country,
            "level": self.chance.choice(["A", "B", "B", "C", "C"]),
            "source": self.sources[self.chance.choice(self.cast.sources)],
            "phone": self.cast.phone.format(n=100 + number),
            "email": f"office@firm{number + 1:02}.example",
            "website": f"firm{number + 1:02}.example",
            "employees": self.chance.choice([12, 40, 85, 220, 640, 1800]),
        }

    def _person(self, number: int, place: int) -> dict[str, object]:
        name, title = self.cast.contacts[(number + place) % len(self.cast.contacts)]
        mail = f"person{number + 1:02}{place}@firm{number + 1:02}.example"
        if (number, place) == (0, 0):
            mail = self.cast.email(self.cast.customer[1])  # the one who signs in to the customer portal
        mobile = self.cast.phone.format(n=500 + number * 2 + place)
        return {"name": name, "title": title, "email": mail, "mobile": mobile, "is_main": place == 0}

    def _lost(self, number: int, seller: Member, since: datetime) -> Act:
        """It lies in the pool: given back, or returned by the rules since nobody spoke to them for too long."""
        first = since + timedelta(days=16)
        yield max(min(first, self.now - timedelta(hours=2)), self.now - self._some(days=(2, 50), hours=(0, 9)))
        account = self.accounts[number]
        if number % 12 == 5 or not pool.reclaim(account.id):
            reason = ReleaseReason.NO_NEED if number % 8 == 5 else ReleaseReason.NO_ANSWER
            pool.release(account, by=seller, reason=reason)

    def _age(self, account: Account, number: int, since: datetime) -> None:
        """Let a customer have been ours for a while: some are due back in the pool soon, some have bought."""
        account.owned_since = since
        account.last_contact_at = self.now - timedelta(days=number % 13) - self._some(hours=(1, 8))
        if number % 4 == 0:
            account.standing = Standing.CUSTOMER
        else:
            account.owned_since = max(since, self.now - timedelta(days=20 + number % 50))
        ownership.set_reclaim(account)
        db.session.flush()

    # --- sales -----------------------------------------------------------------------------------------------------

    def _call(self, number: int, seller: Member) -> Act:
        """The last one, as the record of the customer knows it."""
        account, contact = self.accounts[number], self.people[number][0]
        said = self.cast.calls[number % len(self.cast.calls)]
        at = account.last_contact_at or self.now
        call = {
            "account_id": account.id,
            "contact_id": contact.id,
            "kind": ActivityKind.CALL,
            "subject": said.split("。")[0].split(".")[0],
            "text": said,
            "minutes": 15,
            "starts_at": at,
        }
        yield at + timedelta(minutes=20)
        activities.log(call, owner=seller, by=seller)

    def _deal(self, number: int, turn: int, seller: Member, since: datetime) -> Act:
        """From stage to stage: some stay where they are, some are lost, those at the end are won."""
        stages = pipeline.stages()
        at = self.now - timedelta(days=self.chance.randint(14, min(120, (self.now - since).days)))
        product = self.chance.choice(self.goods)
        amount = (product.price or Decimal(1000)) * self.chance.randint(1, 20)
        values = {
            "name": self.cast.deals[(number + turn) % len(self.cast.deals)],
            "amount": amount,
            "stage_id": stages[0].id,
            "opened_on": at.date(),
            "expected_on": (self.now + self._some(days=(-5, 80))).date(),
        }
        account, contact = self.accounts[number], self.people[number][0]
        yield at
        deal = deals.create_opportunity(
            values, owner=seller, by=seller, account=account, contact=contact, product=product
        )
        if number % 2:
            rival = self.cast.rivals[number // 2 % len(self.cast.rivals)]
            said = {"standing": FOOTINGS[number % len(FOOTINGS)], "price": amount * Decimal("0.95")}
            rivals.name(deal, rival, said, by=seller)
        for stage in stages[1:]:
            at += self._some(days=(2, 15), hours=(0, 6))
            if self.chance.random() < 0.1:
                return
            yield at
            if self.chance.random() < 0.12:
                loss, reason = self.chance.choice(list(zip(LOSSES, self.cast.reasons, strict=True)))
                deals.lose(deal, by=seller, loss=loss, reason=reason)
                return
            deals.move(deal, stage, version=None, by=seller)
        yield at + self._some(days=(3, 18))
        deals.win(deal, by=seller)

    def _lead(self, number: int) -> Act:
        """A name not yet looked into; the first is given to the partner."""
        name, company = self.cast.leads[number]
        values = {"name": name, "company": company, "phone": self.cast.phone.format(n=800 + number)}
        seller = self.agents[number % len(self.agents)]
        yield self.now - timedelta(days=6 - 2 * number, hours=3)
        partner = None
        if number == 0:
            self._let_in(PortalKind.PARTNER, 1, self.cast.partner)
            partner = self.accounts[1]
        leads.create_lead(
            values | {"source": self.sources[self.cast.sources[0]]}, owner=seller, by=seller, partner=partner
        )

    def _let_in(self, kind: PortalKind, number: int, person: tuple[str, str]) -> tuple[PortalUser, Subject]:
        name, mail = person
        email = self.cast.email(mail)
        portal = portal_kinds.of(kind)
        subject = portal.make(self.accounts[number].number, name, email)
        password = self.passwords[email]
        made = portal_users.admit(
            portal.kind, subject, email=email, role=portal.roles[0], password=password, by=self.owner
        )
        return made, subject

    # --- service ---------------------------------------------------------------------------------------------------

    def _portal_complaint(self) -> Act:
        """One filed in the portal this morning, and answered."""
        yield self.now - timedelta(days=3)
        person, subject = self._let_in(PortalKind.CUSTOMER, 0, self.cast.customer)
        title, text = self.cast.complaints[0]
        filed = self.now - timedelta(hours=5)
        yield filed
        values = {"kind": CaseKind.COMPLAINT, "subject": title, "text": text}
        case = service.file(values, by=person, subject=subject)
        yield filed + timedelta(minutes=12)
        service.take(case, by=self.agents[0])
        yield filed + timedelta(minutes=40)
        service.answer(case, self.cast.answer, state=CaseState.OPEN, by=self.agents[0])

    def _told_complaint(self, number: int) -> Act:
        """One told by phone; nobody has taken it yet."""
        title, text = self.cast.complaints[number]
        values = {"kind": CaseKind.COMPLAINT, "subject": title, "text": text, "channel": Channel.PHONE}
        yield self.now - timedelta(hours=4 - number)
        account, contact = self.accounts[number + 1], self.people[number + 1][0]
        service.create(values, account=account, contact=contact, owner=None, by=self.agents[(number + 1) % 2])

    def _solved_complaint(self, number: int) -> Act:
        """One of the weeks before: answered within hours, solved within days."""
        title, text, said = self.cast.solved[number]
        seller = self.agents[number % 2]
        values = {"kind": CaseKind.COMPLAINT, "subject": title, "text": text, "channel": Channel.PHONE}
        filed = self.now - timedelta(days=6 + 9 * number) - self._some(hours=(0, 5))
        yield filed
        at = self._known_then(filed, number)
        account, contact = self.accounts[at], self.people[at][0]
        case = service.create(values, account=account, contact=contact, owner=seller, by=self.manager)
        yield filed + timedelta(minutes=self.chance.randint(20, 400))
        service.answer(case, said, state=CaseState.OPEN, by=seller)
        yield filed + self._some(hours=(20, 70))
        service.set_state(case, CaseState.SOLVED, by=seller)

    def _known_then(self, instant: datetime, number: int) -> int:
        """The place in the cast of a customer who has people by now and was ours for a day."""
        known = [n for n, a in sorted(self.accounts.items()) if n in self.people and a.created_at < instant]
        return known[(7 + 2 * number) % len(known)]

    # --- mails -----------------------------------------------------------------------------------------------------

    def _mail(self, number: int) -> Act:
        """A customer's person asks, and whoever looks after them answers; the latest still waits for that."""
        subject, text, said = self.cast.mails[number]
        asked = self.now - timedelta(days=4 * number, hours=3 + number)
        yield asked
        place = next(n for n in range(number + 1, len(self.accounts)) if self.accounts[n].owner is not None)
        seller, person = self.accounts[place].owner, self.people[place][0]
        assert seller is not None
        us, them = Person(seller.name, seller.email or ""), Person(person.name, person.email or "")
        question = self._written(f"{number}.question", them, us, subject, text)
        mails.take_in(question)
        if said:
            yield asked + timedelta(hours=2)
            mails.take_in(self._written(f"{number}.answer", us, them, f"Re: {subject}", said, (question.key,)))

    def _stray_mail(self) -> Act:
        """One of somebody whom nobody knows yet: it lies in the tray."""
        name, address, subject, text = self.cast.stray
        yield self.now - timedelta(hours=2)
        us = Person(self.agents[0].name, self.agents[0].email or "")
        mails.take_in(self._written("stray", Person(name, address), us, subject, text))

    def _written(
        self, key: str, sender: Person, to: Person, subject: str, text: str, refs: tuple[str, ...] = ()
    ) -> Message:
        return Message(
            key=f"{key}@{self.cast.slug}.example",
            refs=refs,
            subject=subject,
            sender=sender,
            recipients=(("to", to),),
            delivered=(),
            sent_at=clock.now(),
            text=text,
            fresh=text,
            html=None,
            is_auto=False,
            is_doubtful=False,
            files=(),
            left_out=(),
            forwarded=None,
            inner=None,
        )

    # --- what is next ----------------------------------------------------------------------------------------------

    def _plans(self) -> None:
        """Tasks of the sellers, and the week of the owner and the manager."""
        today = clock.local(self.now, self.cast.timezone).date()
        for number, account in sorted(self.accounts.items()):
            if account.owner is not None and number % 3 == 0:
                self._plan(number, account.owner, number, due_on=today + timedelta(days=number % 5))
        morning = datetime.combine(today, time(10), ZoneInfo(self.cast.timezone))
        for number, member in enumerate((self.owner, self.manager)):
            self._plan(2 + number, member, number, due_on=today)
            self._plan(4 + 4 * number, member, 2, starts_at=morning + timedelta(days=1 + number))

    def _plan(self, number: int, who: Member, task: int, **when: object) -> None:
        """A task where only the day is known, a visit where the hour is."""
        shape = {"kind": ActivityKind.VISIT, "minutes": 60} if "starts_at" in when else {"kind": ActivityKind.TASK}
        about = {"account_id": self.accounts[number].id, "contact_id": self.people[number][0].id}
        subject = self.cast.tasks[task % len(self.cast.tasks)]
        activities.plan({**about, **shape, **when, "subject": subject}, owner=who, by=who)
