"""`saas load-test-data`: what it writes is what the verbs would have written."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from saas import search
from saas.crm.customers import actions as customers
from saas.crm.customers.models import Account, Contact
from saas.crm.opportunities.models import Opportunity, StageChange
from saas.crm.service_desk.models import Case
from saas.db import db
from saas.demo import names
from saas.demo.crowd import Crowd
from saas.errors import SetupError
from saas.run.commands.load_test_data import refuse_real
from saas.search import SearchEntry
from saas.tenants import scope
from saas.tenants.actions import chain
from saas.tenants.models import Event
from tests.factories import make_account, make_member, make_tenant


@pytest.fixture
def crowd(context):
    """A workspace with sixty customers and twelve cases, in scope."""
    with scope.enter(make_tenant().id):
        owner = make_member("owner")
        Crowd(owner, "a seed").fill(60, 12, lambda written: None)
        yield owner


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


class TestLoadTestData:
    def test_writes_every_kind(self, crowd):
        found = [count(m) for m in (Account, Contact, Opportunity, StageChange, Case)]
        assert found == [60, 60, 12, 12, 12]

    def test_makes_them_findable_as_the_verbs_do(self, crowd):
        entries = select(SearchEntry.subject_id, SearchEntry.body, SearchEntry.grams)
        before = {row.subject_id: (row.body, row.grams) for row in db.session.execute(entries)}
        assert len(before) == 60 + 60 + 12 + 12
        customers.index_accounts(list(db.session.scalars(select(Account))))
        customers.index_contacts(list(db.session.scalars(select(Contact))))
        assert {row.subject_id: (row.body, row.grams) for row in db.session.execute(entries)} == before
        one = db.session.scalars(select(Account).where(Account.country == "中国").limit(1)).one()
        found = search.find(one.name[2:4], me=one.id, reaches={"account": "all"})
        assert one.id in [hit.id for hit in found]

    def test_marks_its_events_so_that_the_trail_holds(self, crowd):
        assert count(Event) == 60 + 12 + 12
        found = chain.verify()
        assert found.is_whole
        assert found.unsealed == 84

    def test_leaves_the_counters_where_they_belong(self, crowd):
        numbers = set(db.session.scalars(select(Account.number)))
        assert make_account().number not in numbers

    def test_the_same_seed_makes_the_same_names(self):
        one, same, other = (names.company(random.Random(seed)) for seed in ("a seed", "a seed", "another"))
        assert one == same != other

    def test_is_refused_where_real_customers_may_be(self, config):
        real = replace(config, local=False, database_url="postgresql+psycopg://a:b@db.example/seaport")
        with pytest.raises(SetupError, match="'seaport' may hold real customers"):
            refuse_real(real)
        refuse_real(replace(real, database_url="postgresql+psycopg://a:b@db.example/seaport_bench"))
