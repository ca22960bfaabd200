"""A page makes a fixed number of statements, whatever the rows: each is counted with a little data and with much."""

from __future__ import annotations

import re
from collections.abc import Iterable
from uuid import uuid4

import pytest

from saas.crm.activities.models import ActivityKind
from saas.crm.service_desk import actions as cases
from saas.crm.service_desk.models import CaseState
from saas.db import db
from saas.statements import Written
from saas.tenants import notices, portal_kinds, scope
from saas.tenants.models import Member
from tests.factories import (
    enter_portal,
    make_account,
    make_activity,
    make_agent,
    make_case,
    make_contact,
    make_lead,
    make_opportunity,
    make_partner,
    make_portal_user,
    make_product,
    make_tenant,
    sign_in,
)

STAFF = {
    "customers": "customers/",
    "contacts": "contacts/",
    "phone book": "phone-book/",
    "a customer": "customers/{account}",
    "a customer's deals": "customers/{account}?tab=deals",
    "a customer's cases": "customers/{account}?tab=cases",
    "a contact": "contacts/{contact}",
    "search": "search/?q=gate",
    "board": "deals/",
    "deals": "deals/list",
    "a deal": "deals/{deal}",
    "pool": "pool/",
    "cases": "cases/",
    "a case": "cases/{case}?view=all",
    "leads": "leads/",
    "partners": "partners/",
    "products": "products/",
    "calendar": "activities/",
    "members": "settings/members",
    "bell": "bell",
    "today": "",
}
PORTAL = {"home": "", "requests": "requests/", "a request": "requests/{request}"}


TABLES = "|".join(
    table.name
    for table in db.Model.metadata.tables.values()
    if table.info["realm"] == "tenant" and "tenant_id" in table.c
)
TOUCHED = re.compile(rf"\b(?:from|join|into|update) (?:{TABLES})\b", re.IGNORECASE)
BOUND = re.compile(
    r"tenant_id = (?:%|\$|CAST)|insert into \w+ \(tenant_id\b|insert into \w+ \([^)]*\btenant_id\b", re.IGNORECASE
)


class Place:
    """A workspace in which there is ever more of everything that a page could show."""

    def __init__(self, app, statements) -> None:
        self.tenant, self.statements = make_tenant(), statements
        self.staff, self.customer = app.test_client(), app.test_client()
        self.reader = sign_in(self.staff, self.tenant).id
        with scope.enter(self.tenant.id):
            account = make_account(name="Gate Keepers")
            self.contact = make_contact(account, name="Gate Anna")
            self.person = make_portal_user(self.contact)
            self.account, self.deal = account, make_opportunity(account, name="Gate deal", amount=5)
            self.case = make_case(account, contact=self.contact, subject="Gate case")
            self.request = self._filed()
            db.session.commit()
            self.ids = {n: getattr(self, n).id for n in ("account", "contact", "deal", "case", "request")}
            person = self.person
        enter_portal(self.customer, self.tenant, person)

    def _filed(self):
        subject = portal_kinds.behind(self.person)
        values = {"kind": "complaint", "subject": "Gate sticks", "text": "It does."}
        return cases.file(values, by=self.person, subject=subject)

    def grow(self, many: int) -> None:
        """Add so many of everything, each with people of its own."""
        with scope.enter(self.tenant.id):
            reader = db.session.get(Member, (self.tenant.id, self.reader))
            for _ in range(many):
                self._add(reader)
            db.session.commit()

    def _add(self, reader) -> None:
        agent, account = make_agent(), make_account(owner=make_agent(), name="Gate House")
        make_account(name="In the pool, Gate")
        contact = make_contact(self.account, name="Gate Ben")
        make_contact(account, name="Gate Carl")
        make_product(name=f"Gate hinge {uuid4()}")
        make_lead(owner=agent, name="Gate lead")
        make_partner()
        make_opportunity(self.account, owner=agent, name="Gate sale", amount=7)
        make_opportunity(account, owner=reader, name="Gate offer", amount=7, product_id=make_product().id)
        for owner in (reader, agent):
            about = {"account_id": self.account.id, "contact_id": contact.id}
            make_activity(owner=owner, **about, about_kind="opportunity", about_id=self.deal.id)
            make_activity(owner=owner, account_id=account.id, kind=ActivityKind.TASK)
        made = make_case(account, owner=make_agent(), contact=None, subject="Gate again")
        make_case(self.account, contact=contact, subject="Gate once more")
        for case in (self.case, self.request, made):
            cases.note(case, "Only for us.", by=make_agent())
            cases.answer(case, "We look at it.", state=CaseState.OPEN, by=make_agent())
        cases.reply(self.request, "Thank you.", by=self.person)
        self._filed()
        notices.tell(reader, "case.assigned", str(uuid4()), "/", number="S-1", subject="Gate", by="Ann")

    def count(self, who: str, path: str) -> list[str]:
        """The statements of a page, asked for the second time."""
        browser = getattr(self, who)
        place = f"/{self.tenant.slug}/" + ("portal/" if who == "customer" else "")
        address = place + path.format(**self.ids)
        for _ in range(2):
            with self.statements() as seen:
                answer = browser.get(address)
            assert answer.status_code == 200, address
        return list(seen)

    def file(self) -> list[str]:
        """The statements of a complaint filed in the portal."""
        address = f"/{self.tenant.slug}/portal/complaint"
        page = self.customer.get(address).get_data(as_text=True)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
        data = {"subject": "Counted", "text": "x", "_once": str(uuid4()), "csrf_token": token}
        with self.statements() as seen:
            assert self.customer.post(address, data=data).status_code == 303
        return list(seen)


@pytest.fixture
def place(app, context, statements):
    found = Place(app, statements)
    found.grow(2)
    return found


def unbound(statements: Iterable[str]) -> list[str]:
    """Those that touch a workspace's tables without naming the workspace: on Citus they'd be asked of every machine."""
    return [sql for sql in statements if TOUCHED.search(sql) and not BOUND.search(sql)]


def test_one_that_names_no_workspace_is_seen():
    loose = "SELECT account.id FROM account JOIN member ON member.tenant_id = account.tenant_id"
    assert unbound([loose, f"{loose} WHERE account.tenant_id = %(tenant)s", 'SELECT 1 FROM "user"']) == [loose]


def test_a_page_makes_the_same_statements_whatever_the_rows(place):
    pages = [("staff", name, path) for name, path in STAFF.items()]
    pages += [("customer", name, path) for name, path in PORTAL.items()]
    for who, _name, path in pages:
        place.count(who, path)  # what processes keep of a workspace is read at the first visit
    before = {(who, name): place.count(who, path) for who, name, path in pages}
    filed = place.file()
    every = [*filed, *(sql for found in before.values() for sql in found)]
    assert sum(bool(TOUCHED.search(sql)) for sql in every) > 100
    assert not unbound(every)  # bar 11
    place.grow(6)
    more = {}
    for who, name, path in pages:
        after = place.count(who, path)
        if len(after) != len(before[who, name]):
            more[who, name] = [len(before[who, name]), len(after), *after]
    assert not more, "\n".join(f"{key}: {found[:2]}\n  " + "\n  ".join(found[2:]) for key, found in more.items())
    assert len(place.file()) == len(filed) <= 14, "two of them keep the customer out of the pool"


def test_a_page_that_comes_again_writes_no_statement_anew(place, monkeypatch):
    """What makes the shape of a statement is the same each time, or it would be compiled at each visit."""
    written = []

    class Counted(Written):
        def __init__(self, statement) -> None:
            written.append(statement)
            super().__init__(statement)

    monkeypatch.setattr("saas.statements.Written", Counted)
    anew = {}
    for who, name, path in [("staff", *page) for page in STAFF.items()] + [
        ("customer", *page) for page in PORTAL.items()
    ]:
        place.count(who, path)
        written.clear()
        place.count(who, path)
        if written:
            anew[name] = [str(one)[:200] for one in written]
    assert not anew
