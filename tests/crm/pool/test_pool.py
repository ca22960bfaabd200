"""The pool: claim, give back, and what the rules take."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest

from saas import clock
from saas.crm.customers import ownership
from saas.crm.customers.models import Account, Standing
from saas.crm.pool import actions as pool
from saas.crm.pool import notice_actions, queries
from saas.crm.pool import rule_actions as pool_rules
from saas.crm.pool.models import MAIN, Move, ReleaseReason
from saas.crm.pool.rules import Rules, days_left
from saas.db import db
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import Event, Notice
from tests.factories import make_account, make_agent, make_tenant, sign_in


def set_rules(by, **given) -> None:
    pool_rules.change_rules(Rules(**given), by=by)
    for _chunk in pool_rules.renew_dates():
        db.session.flush()


class TestClaim:
    @pytest.mark.shows("PP3")
    def test_makes_the_agent_the_owner(self, tenant):
        ann, acme = make_agent(), make_account()
        pool.claim(acme.id, by=ann)
        assert acme.owner is ann
        assert acme.standing is Standing.TRACKED
        assert acme.reclaim_at == acme.owned_since + timedelta(days=15)

    def test_refuses_a_customer_of_a_colleague(self, tenant):
        acme = make_account(owner=make_agent(name="Bo"))
        with pytest.raises(pool.AlreadyClaimed, match="Bo"):
            pool.claim(acme.id, by=make_agent())

    def test_tells_who_was_faster_and_what_else_is_free(self, tenant):
        acme, _other = make_account(industry="Food"), make_account(industry="Food")
        pool.claim(acme.id, by=make_agent(name="Mira"))
        for later, ago in ((0, "a second"), (20, "20 seconds"), (180, "3 minutes")):
            with pytest.raises(pool.AlreadyClaimed, match=rf"^Mira claimed it {ago} ago\. 1 similar customer is free"):
                pool.claim(acme.id, by=make_agent(), now=clock.now() + timedelta(seconds=later))
        with pytest.raises(pool.AlreadyClaimed, match=r"^Mira looks after it\."):
            pool.claim(acme.id, by=make_agent(), now=clock.now() + timedelta(hours=2))

    def test_says_of_whoever_was_given_it_that_he_looks_after_it(self, tenant):
        acme = make_account(owner=make_agent(name="Bo"))
        with pytest.raises(pool.AlreadyClaimed, match=r"^Bo looks after it\.$"):
            pool.claim(acme.id, by=make_agent())

    def test_says_to_its_owner_that_it_is_his(self, tenant):
        ann, acme = make_agent(), make_account()
        pool.claim(acme.id, by=ann)
        with pytest.raises(pool.AlreadyClaimed, match="yours already"):
            pool.claim(acme.id, by=ann)

    def test_refuses_beyond_the_day(self, tenant):
        ann = make_agent()
        set_rules(ann, daily=2)
        first, second, third = (make_account() for _ in range(3))
        pool.claim(first.id, by=ann)
        pool.claim(second.id, by=ann)
        with pytest.raises(pool.QuotaReached, match="2 customers today"):
            pool.claim(third.id, by=ann)
        pool.claim(third.id, by=ann, now=clock.now() + timedelta(days=1))

    def test_claiming_and_giving_back_does_not_escape_the_daily_limit(self, tenant):
        ann = make_agent()
        set_rules(ann, daily=1, rest=0)
        acme = make_account()
        pool.claim(acme.id, by=ann)
        pool.release(acme, by=ann, reason=ReleaseReason.NO_TIME)
        with pytest.raises(pool.QuotaReached):
            pool.claim(make_account().id, by=ann)

    def test_a_refusal_uses_up_nothing(self, tenant):
        ann = make_agent()
        set_rules(ann, daily=1)
        taken = make_account(owner=make_agent())
        for _ in range(3):
            with pytest.raises(pool.AlreadyClaimed):
                pool.claim(taken.id, by=ann)
        pool.claim(make_account().id, by=ann)

    def test_refuses_beyond_what_one_may_hold(self, tenant):
        ann = make_agent()
        set_rules(ann, holdings=1)
        bought = make_account(owner=ann)
        bought.standing = Standing.CUSTOMER
        pool.claim(make_account().id, by=ann)
        with pytest.raises(pool.QuotaReached, match="hold 1"):
            pool.claim(make_account().id, by=ann)

    def test_whoever_lost_it_rests_and_a_friends_claim_does_not_help(self, tenant):
        ann, bo = make_agent(), make_agent()
        acme = make_account(owner=ann)
        pool.release(acme, by=ann, reason=ReleaseReason.NO_TIME)
        pool.claim(acme.id, by=bo)
        pool.release(acme, by=bo, reason=ReleaseReason.NOT_MINE)
        with pytest.raises(pool.Resting):
            pool.claim(acme.id, by=ann)
        pool.claim(acme.id, by=ann, now=clock.now() + timedelta(days=7, seconds=1))

    def test_of_two_at_once_one_wins_and_the_other_is_told(self, app, context):
        tenant = make_tenant()
        with scope.enter(tenant.id):
            names = ["Ann", "Bo"]
            agents = [make_agent(name=name).id for name in names]
            acme = make_account().id
            db.session.commit()
        gate, told = threading.Barrier(2), []

        def run(agent_id):
            with app.app_context(), scope.enter(tenant.id):
                agent = tenants.member(agent_id)
                db.session.commit()
                gate.wait()
                try:
                    pool.claim(acme, by=agent)
                    db.session.commit()
                    told.append("won")
                except pool.AlreadyClaimed as error:
                    told.append(error.sentence)

        threads = [threading.Thread(target=run, args=(agent,)) for agent in agents]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert told.count("won") == 1
        assert any("claimed" in sentence for sentence in told if sentence != "won")
        with scope.enter(tenant.id):
            assert db.session.query(Move).filter(Move.account_id == acme).count() == 1


class TestRelease:
    def test_remembers_the_owner_not_who_pressed(self, tenant):
        ann, boss = make_agent(name="Ann"), make_agent()
        acme = make_account(owner=ann)
        move = pool.release(acme, by=boss, reason=ReleaseReason.NO_NEED, note="Call in spring")
        assert move.member_id == acme.previous_owner_id == ann.id
        assert acme.standing is Standing.POOL
        assert acme.reclaim_at is None

    def test_refuses_one_that_has_bought(self, tenant):
        ann = make_agent()
        acme = make_account(owner=ann)
        acme.standing = Standing.CUSTOMER
        with pytest.raises(Exception, match="has bought"):
            pool.release(acme, by=ann, reason=ReleaseReason.NO_TIME)


class TestReclaim:
    @pytest.mark.shows("PP4")
    def test_returns_an_idle_customer_and_tells_its_owner(self, tenant):
        ann = make_agent()
        acme = make_account(owner=ann)
        assert not pool.reclaim(acme.id)
        assert pool.reclaim(acme.id, now=clock.now() + timedelta(days=16))
        assert acme.owner is None
        assert db.session.query(Notice).filter(Notice.member_id == ann.id, Notice.kind == "pool.returned").count() == 1
        assert not pool.reclaim(acme.id, now=clock.now() + timedelta(days=17))

    def test_looks_again_before_it_takes(self, tenant):
        acme = make_account(owner=make_agent())
        later = clock.now() + timedelta(days=16)
        ownership.touch(acme, later - timedelta(days=1))
        db.session.flush()
        assert not pool.reclaim(acme.id, now=later)

    def test_leaves_those_that_have_bought(self, tenant):
        acme = make_account(owner=make_agent())
        acme.standing = Standing.CUSTOMER
        db.session.flush()
        assert not pool.reclaim(acme.id, now=clock.now() + timedelta(days=400))


class TestRules:
    def test_new_rules_set_every_date(self, tenant):
        ann = make_agent()
        acme = make_account(owner=ann)
        bought = make_account(owner=ann)
        bought.standing = Standing.CUSTOMER
        db.session.flush()
        set_rules(ann, days=5, grace=0)
        db.session.expire_all()
        assert acme.reclaim_at == acme.owned_since + timedelta(days=5)
        set_rules(ann, days=0, won_days=0)
        db.session.expire_all()
        assert acme.reclaim_at is None

    @pytest.mark.parametrize(("hours", "days"), [(-1, 0), (0, 0), (1, 1), (24, 1), (25, 2), (168, 7)])
    def test_days_are_rounded_up(self, hours, days):
        now = clock.now()
        assert days_left(now + timedelta(hours=hours), now) == days


class TestWarn:
    @pytest.mark.shows("PP7")
    def test_tells_each_owner_once_a_day(self, tenant):
        ann = make_agent()
        make_account(owner=ann, name="Acme")
        make_account(owner=ann)
        for ahead in (8, 8, 12, 13):  # 7, 7, 3 and 2 days before
            notice_actions.warn_owners(now=clock.now() + timedelta(days=ahead))
        found = db.session.query(Notice).filter(Notice.kind == "pool.returning").all()
        assert len(found) == 2
        assert {n.member_id for n in found} == {ann.id}


class TestPages:
    @pytest.mark.shows("PP1")
    def test_claims_from_the_list(self, context, client, post):
        tenant = make_tenant()
        agent = sign_in(client, tenant, "agent")
        with scope.enter(tenant.id):
            acme = make_account(name="Nordlicht").id
            db.session.commit()
        page = client.get(f"/{tenant.slug}/pool/").get_data(as_text=True)
        assert "Nordlicht" in page
        assert "Claim" in page
        assert client.get(f"/{tenant.slug}/pool/count").get_data(as_text=True) == "1 customer is free"
        chosen = client.get(f"/{tenant.slug}/pool/?columns=name,city").get_data(as_text=True)
        assert f"/pool/{acme}/claim" in chosen, "the column of the buttons has no name, so it stays"
        assert not re.search(r'href="[^"]*columns=[^"]*"[^>]*>(\s|<[^/a][^>]*>|</(?!a>)[^>]*>)*</a>', page)
        assert not re.search(r"columns=[^\"]*claim", page)
        answer = post(f"/{tenant.slug}/pool/{acme}/claim", headers={"HX-Request": "true"})
        assert "Yours now" in answer.get_data(as_text=True)
        record = client.get(f"/{tenant.slug}/customers/{acme}").get_data(as_text=True)
        assert "Stays with you until" in record
        assert "claimed this customer from the pool" in record
        with scope.enter(tenant.id):
            assert db.session.get(Account, (tenant.id, acme)).owner_id == agent.id
            assert db.session.query(Event).filter(Event.name == pool.CLAIMED).count() == 1

    @pytest.mark.shows("PP3", "PP6")
    @pytest.mark.parametrize("reach", ["all", "own"])
    def test_a_row_that_somebody_else_claimed_says_who_and_is_claimable_no_more(self, context, client, post, reach):
        tenant = make_tenant()
        sign_in(client, tenant, "agent")
        with scope.enter(tenant.id):
            role = tenants.role("agent")
            role.rights = role.rights | {"account.view": reach}
            acme = make_account(name="Nordlicht")
            pool.claim(acme.id, by=make_agent(name="Mira"))
            db.session.commit()
        answer = post(f"/{tenant.slug}/pool/{acme.id}/claim", headers={"HX-Request": "true"})
        row, _toasts, toast = answer.get_data(as_text=True).partition("#toasts")
        assert answer.status_code == 409
        assert f'<tr id="pool-{acme.id}">' in row
        assert re.search(r"Mira claimed it (a second|\d seconds) ago\.", row)
        assert "<button" not in row
        assert ("/customers/" in row) == (reach == "all")  # no link to what one may not see
        assert "Mira claimed it" in toast
        page = post(f"/{tenant.slug}/pool/{acme.id}/claim")
        assert page.status_code == 409
        assert "Mira claimed it" in page.get_data(as_text=True)

    def test_gives_back_with_a_note_the_next_one_reads(self, context, client, post):
        tenant = make_tenant()
        agent = sign_in(client, tenant, "agent")
        with scope.enter(tenant.id):
            acme = make_account(owner=agent).id
            db.session.commit()
        data = {"reason": "no_answer", "note": "Try the plant manager"}
        assert post(f"/{tenant.slug}/pool/{acme}/release", data=data).status_code == 302
        assert "Try the plant manager" in client.get(f"/{tenant.slug}/customers/{acme}").get_data(as_text=True)
        assert "rests until" in client.get(f"/{tenant.slug}/pool/").get_data(as_text=True)

    def test_the_owner_changes_the_rules_and_sees_what_would_happen(self, context, client, post):
        tenant = make_tenant()
        owner = sign_in(client, tenant)
        with scope.enter(tenant.id):
            account = make_account(owner=owner)
            account.owned_since = clock.now() - timedelta(days=10)
            db.session.commit()
        path = f"/{tenant.slug}/settings/pool/{MAIN}/rules"
        zeros = dict.fromkeys(
            ("deal_days", "won_days", "contract_days", "fresh", "looks", "locks", "lock_rest", "grace"), "0"
        )
        data = zeros | {
            "days": "5",
            "daily": "3",
            "holdings": "50",
            "rest": "2",
            "lock_days": "9",
            "weekend": ["5", "6"],
        }
        today = clock.now().date()
        data |= {"holidays": "2027-01-01", "start": today.isoformat()}
        assert post(path, data=data | {"look": "yes"}).status_code == 303
        look = client.get(path).get_data(as_text=True)
        assert "1 customer would have left its owner" in look
        assert "This is a draft" in look
        post(path, data=data | {"days": "0", "look": "yes"})
        never = client.get(path).get_data(as_text=True)
        assert "No customer would have left its owner." in never
        assert post(f"{path.removesuffix('/rules')}/draft/drop").status_code == 303
        assert "This is a draft" not in client.get(path).get_data(as_text=True)
        assert "is no date" in post(path, data=data | {"holidays": "tomorrow"}).get_data(as_text=True)
        later = data | {"days": "6", "start": (today + timedelta(days=3)).isoformat()}
        assert post(path, data=later).status_code == 302
        assert "These rules wait" in client.get(path).get_data(as_text=True)
        with scope.enter(tenant.id):
            assert queries.rules() == Rules()
            assert pool_rules.begin_next(now=clock.now() + timedelta(days=3)) == 1
            assert queries.rules().days == 6
            db.session.commit()
        assert post(path, data=data).status_code == 302
        with scope.enter(tenant.id):
            want = {
                "days": 5,
                "daily": 3,
                "holdings": 50,
                "rest": 2,
                "won_days": 0,
                "locks": 0,
                "lock_days": 9,
                "lock_rest": 0,
                "grace": 7,
            }
            want |= {"grace": 0, "begun": (held := queries.rules()).begun, "before": held.before}
            assert held == Rules(**want, holidays=("2027-01-01",))
            assert pool_rules.next_rules() is None

    def test_shows_who_returns_soon_as_far_as_customers_may_be_seen(self, context, client):
        tenant = make_tenant()
        manager = sign_in(client, tenant, "manager")
        with scope.enter(tenant.id):
            theirs = make_account(name="Elbe Systems", owner=make_agent())
            theirs.reclaim_at = clock.now() + timedelta(days=2)
            db.session.commit()
        path = f"/{tenant.slug}/pool/returning"
        assert "Elbe Systems" not in client.get(path).text
        assert "Elbe Systems" in client.get(f"{path}?of=reach").text
        with scope.enter(tenant.id):
            role = tenants.member(manager.id).role
            role.rights = role.rights | {"account.view": "own"}
            db.session.commit()
        assert "Elbe Systems" not in client.get(f"{path}?of=reach").text
