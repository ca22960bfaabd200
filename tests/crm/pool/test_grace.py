"""Rules that end a clock sooner take nothing before whoever has it was warned."""

from __future__ import annotations

from datetime import timedelta

import pytest

from saas import clock
from saas.crm.customers.clocks import end_of
from saas.crm.customers.models import ReclaimReason
from saas.crm.pool import actions as pool
from saas.crm.pool import notice_actions, sweep_actions
from saas.crm.pool import rule_actions as pool_rules
from saas.crm.pool.models import ACTS
from saas.crm.pool.rules import Rules
from saas.db import db
from saas.tenants import notices
from saas.tenants.models import Notice
from tests.crm.batches.test_batches import fresh
from tests.crm.pool.test_clocks import is_true, set_rules
from tests.factories import make_account, make_agent, sign_in
from tests.pages import whole, words


def held(ann, days: int):
    """A customer that Ann has had, without a word, for so many days."""
    acme = make_account(ann)
    acme.owned_since = clock.now() - timedelta(days=days)
    db.session.flush()
    for _chunk in pool_rules.renew_dates():
        db.session.flush()
    return acme


def in_days(n: int):
    """The end of the day in so many days."""
    return end_of(clock.local(clock.now(), "UTC").date() + timedelta(days=n), "UTC")


def swept(now=None) -> int:
    return sum(sweep_actions.sweep("crm.reclaim_customer", now=now or clock.now()))


@pytest.mark.shows("PP7")
class TestGrace:
    def test_what_would_be_due_at_once_stays_for_a_week(self, tenant):
        ann = make_agent()
        acme = held(ann, 5)
        set_rules(ann, days=3)
        assert fresh(acme).reclaim_at == in_days(7)
        assert swept() == 0
        assert is_true(acme)

    def test_its_owner_is_warned_of_it_before(self, tenant):
        ann = make_agent()
        acme = held(ann, 1)
        set_rules(ann, days=1)
        assert fresh(acme).reclaim_at == in_days(7)
        warned = [day for day in range(9) if _warns(clock.now() + timedelta(days=day))]
        assert len(warned) == 3
        assert swept(in_days(7) - timedelta(seconds=1)) == 0
        assert swept(in_days(7)) == 1

    def test_nobody_is_spared_for_longer_than_the_old_rules_let_him(self, tenant):
        ann = make_agent()
        acme = held(ann, 13)
        set_rules(ann, days=3)
        assert fresh(acme).reclaim_at == acme.owned_since + timedelta(days=15)

    def test_two_changes_in_a_row_take_no_days_away(self, tenant):
        ann = make_agent()
        acme = held(ann, 1)
        set_rules(ann, days=1)
        first = fresh(acme).reclaim_at
        set_rules(ann, days=1, daily=3)
        assert fresh(acme).reclaim_at == first, "no clock has changed"
        set_rules(ann, days=1, deal_days=1)
        assert fresh(acme).reclaim_at == first
        assert is_true(acme)

    def test_as_many_days_as_the_rules_say(self, tenant):
        ann = make_agent()
        acme = held(ann, 1)
        set_rules(ann, days=1, grace=3)
        assert fresh(acme).reclaim_at == in_days(3)
        set_rules(ann, days=1, deal_days=1, grace=0)
        assert swept() == 1

    def test_what_is_claimed_under_the_new_rules_follows_them(self, tenant):
        ann = make_agent()
        set_rules(ann, days=3)
        acme = make_account()
        pool.claim(acme.id, by=ann)
        assert acme.reclaim_at == acme.owned_since + timedelta(days=3)

    def test_the_page_says_so(self, tenant, client):
        ann = sign_in(client, tenant, "agent")
        acme = held(ann, 1)
        set_rules(ann, days=1)
        db.session.commit()
        page = words(whole(client, f"/{tenant.slug}/customers/{acme.id}"))
        assert "The rules have changed: it stays until then, so that there is a warning first." in page
        assert str(ACTS[ReclaimReason.NO_CONTACT]) in page


class TestWarning:
    @pytest.mark.parametrize(
        ("rules", "act"),
        [
            (Rules(days=5), "A logged call, visit or mail"),
            (Rules(days=0, deal_days=5), "Opening a deal stops this clock"),
        ],
    )
    def test_names_what_keeps_it(self, tenant, rules, act):
        ann = make_agent()
        pool_rules.change_rules(rules, by=ann)
        acme = make_account(ann, name="Acme")
        assert acme.reclaim_at is not None
        notice_actions.warn_owners(now=acme.reclaim_at - timedelta(days=3))
        line = notices.line_of(db.session.query(Notice).one())
        assert line is not None
        assert line.text.startswith(f"Acme returns to the pool soon. {act}")


def _warns(now) -> int:
    return notice_actions.warn_owners(now=now)
