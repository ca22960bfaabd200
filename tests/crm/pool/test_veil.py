"""What a pool hides, from whom, and that jobs hold to it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from saas import clock
from saas.crm.activities import actions as activities
from saas.crm.activities.models import ActivityKind
from saas.crm.batches import actions as batches
from saas.crm.batches import queries as batch_queries
from saas.crm.batches.models import Deed, Outcome
from saas.crm.customers import queries as customers
from saas.crm.customers import veil
from saas.crm.customers.veil import HIDDEN_WORDS, Hidden
from saas.crm.pool import actions as pool
from saas.crm.pool import pool_actions
from saas.crm.pool import queries as pool_queries
from saas.crm.pool import rule_actions as pool_rules
from saas.crm.pool.models import MAIN
from saas.crm.pool.rules import Rules
from saas.crm.reports import actions as reports
from saas.crm.reports import queries as report_queries
from saas.crm.service_desk import notice_actions as case_notices
from saas.crm.service_desk.models import CaseEvent
from saas.db import db
from saas.months import Month
from saas.tenants import queries, scope
from saas.tenants.models import Event, Notice
from saas.tenants.readers import reading_as
from tests.crm.pool.hiding import EVERYTHING, PHONE, WIDE, hide, see
from tests.crm.reports.months_of import this_month
from tests.factories import (
    make_account,
    make_agent,
    make_case,
    make_member,
    make_tenant,
    sign_in,
)
from tests.pages import filled


class TestVeil:
    def test_lifts_for_the_admins_of_a_pool_and_for_no_other_member(self, tenant):
        ann, bo = make_agent(name="Ann"), make_agent(name="Bo")
        south = pool_actions.open_pool("South", by=ann)
        pool_actions.change_pool(south, "South", members={ann.id: True, bo.id: False}, teams=[], by=ann)
        pool_rules.change_rules(Rules(hides=EVERYTHING), by=ann, pool_id=south.id)
        assert veil.over(queries.who_is(ann)).pools == {}
        assert veil.over(queries.who_is(bo)).pools == {south.id: frozenset(Hidden)}
        pool_actions.change_pool(south, "South", members={bo.id: True}, teams=[], by=ann)
        assert veil.over(queries.who_is(ann)).pools.keys() == {south.id}
        assert veil.over(queries.who_is(bo)).pools == {}

    def test_covers_free_customers_of_its_pool_alone(self, tenant):
        ann = make_agent()
        south = pool_actions.open_pool("South", by=ann)
        pool_rules.change_rules(Rules(hides=("lines",)), by=ann, pool_id=south.id)
        here, free, held = make_account(), make_account(), make_account(owner=ann)
        for account in (here, held):
            account.pool_id = south.id
        over = veil.over(queries.who_is(ann))
        assert [over.covers(one) for one in (here, free, held)] == [True, False, False]
        assert over.hides(here) == {Hidden.LINES, Hidden.SAID}

    def test_is_whole_where_every_pool_hides_something(self, tenant):
        ann = make_agent()
        hide("people", by=ann)
        assert veil.over(queries.who_is(ann)).is_whole
        south = pool_actions.open_pool("South", by=ann)
        assert not veil.over(queries.who_is(ann)).is_whole
        pool_rules.change_rules(Rules(hides=("place",)), by=ann, pool_id=south.id)
        assert veil.over(queries.who_is(ann)).is_whole
        left = make_account()
        left.pool_id = south.id
        db.session.flush()
        pool_actions.change_pool(south, "South", members={ann.id: True}, teams=[], by=ann)
        over = veil.over(queries.who_is(ann))
        assert not over.is_whole
        assert not over.covers(left)
        south.closed_at = clock.now()  # its customers are on their way to the main pool
        db.session.flush()
        over = veil.over(queries.who_is(make_agent()))
        assert over.is_whole
        assert over.covers(left)

    def test_holds_from_the_day_of_its_rules(self, tenant):
        ann = make_agent()
        tomorrow = clock.now().date().replace(year=clock.now().year + 1)
        pool_rules.change_rules(Rules(hides=EVERYTHING), by=ann, start=tomorrow)
        assert veil.over(queries.who_is(ann)).pools == {}

    def test_takes_what_was_said_along_with_anything_else(self):
        assert veil.whole(["lines"]) == ("said", "lines")
        assert veil.whole(["place", "unknown"]) == ("said", "place")
        assert veil.whole([]) == veil.whole(None) == ()
        assert set(HIDDEN_WORDS) == set(Hidden)


class TestWhileNobodyReads:
    """What jobs do for a member: they have no reader, and hold to the veil all the same."""

    @pytest.fixture
    def wide(self, tenant) -> SimpleNamespace:
        """An agent with every right but those over the pool, a manager, and a hidden customer."""
        queries.role("agent").rights = WIDE
        agent, boss = make_agent(), make_member("manager")
        hide(*EVERYTHING, by=boss)
        db.session.flush()
        return SimpleNamespace(agent=agent, boss=boss, account=make_account(name="Nordlicht", level="B"))

    def test_tells_of_a_new_case_only_whoever_may_see_it(self, wide):
        case = make_case(wide.account)
        event = db.session.scalars(
            db.select(Event).where(Event.subject_id == case.id, Event.name == CaseEvent.FILED)
        ).one()
        case_notices.tell_filed(event)
        db.session.flush()
        told = set(db.session.scalars(db.select(Notice.member_id).where(Notice.kind == "case.filed")))
        assert wide.boss.id in told
        assert wide.agent.id not in told

    def test_tells_nobody_of_a_note_that_he_may_not_read(self, wide):
        for name, who in (("Ann", wide.agent), ("Bo", wide.boss)):
            who.name = name
        note = {
            "kind": ActivityKind.NOTE,
            "account_id": wide.account.id,
            "subject": "Call",
            "text": "@Ann and @Bo: call them",
        }
        activities.log(note, owner=make_member("owner"), by=scope.SYSTEM)
        db.session.flush()
        assert set(db.session.scalars(db.select(Notice.member_id))) == {wide.boss.id}

    def test_changes_nothing_that_was_hidden_since_it_was_chosen(self, wide):
        batch = batches.choose([wide.account.id], by=wide.agent)
        batches.start(batch, Deed.EDIT, {"field": "level", "value": "A"}, by=wide.agent)
        list(batches.proceed(batch.id))
        assert wide.account.level == "B"
        assert batch_queries.counts(batch.id) == {Outcome.LEFT: 1}

    def test_sends_no_report_on_everything_to_whoever_does_not_see_everything(self, wide):
        assert reports.may_have_all(queries.who_is(wide.boss))
        assert not reports.may_have_all(queries.who_is(wide.agent))

    def test_prints_a_month_without_it(self, wide):
        month = Month(this_month(), "UTC")
        with reading_as(wide.boss):
            whole = report_queries.figures(month, report_queries.sight(scope.who())).customers
        with reading_as(wide.agent):
            his = report_queries.figures(month, report_queries.sight(scope.who())).customers
        assert [[row.name for row in part.rows] for part in (whole, his)] == [["Nordlicht"], []]


class TestRules:
    @pytest.mark.shows("PP6")
    def test_an_owner_chooses_what_is_hidden(self, context, client):
        tenant = make_tenant()
        sign_in(client, tenant)
        address = f"/{tenant.slug}/settings/pool/{MAIN}/rules"
        form = filled(see(client, address), address)
        client.post(address, data=form | {"hides": ["lines"], "start": f"{clock.now().date()}"})
        with scope.enter(tenant.id):
            assert pool_queries.rules().hides == ("said", "lines")
        page = see(client, address)
        assert page.count("checked") >= 2

    def test_a_hidden_customer_is_found_again_as_it_was(self, tenant):
        ann = make_agent()
        hide(*EVERYTHING, by=ann)
        account = make_account(phone=PHONE)
        pool.claim(account.id, by=ann)
        assert customers.lock_account(account.id).phone == PHONE
