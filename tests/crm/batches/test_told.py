"""Whoever gets many customers at once is told how many, and no longer once that was undone."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from saas.crm.batches import actions
from saas.crm.batches.models import Deed
from saas.crm.customers import actions as customers
from saas.crm.pool import batch_actions, undo_actions
from saas.crm.pool import rule_actions as pool_rules
from saas.crm.pool.models import Way
from saas.crm.pool.rules import Rules
from saas.db import db, new_id
from saas.jobs import runner
from saas.tenants import notices, scope
from saas.tenants.models import Notice
from tests.crm.batches.test_batches import done, fresh, run
from tests.crm.batches.test_books import handed_over
from tests.crm.pool.test_several import as_reader
from tests.factories import make_account, make_agent, make_member, make_tenant


@pytest.fixture
def here(context):
    """A committed workspace."""
    return make_tenant()


def told(member) -> list[str]:
    found = db.session.scalars(select(Notice).where(Notice.member_id == member.id).order_by(Notice.id))
    return [line.text for one in found if (line := notices.line_of(one)) is not None]


def work_off(tenant) -> None:
    while runner.run_tenant(str(tenant.id)):
        pass


class TestTold:
    def test_how_many_went_to_whom_until_it_is_undone(self, here):
        with scope.enter(here.id):
            boss, ann, bo = make_member("manager", name="Lea"), make_agent(), make_agent(name="Bo")
            chosen = [make_account(ann, name=name) for name in ("Alster", "Bille", "Elbe")]
            db.session.commit()
            batch = run(boss, chosen, Deed.ASSIGN, owner_id=str(bo.id), owner="Bo")
            db.session.commit()
            work_off(here)
            assert told(bo) == ["Lea gave you Alster and 2 other customers."]
            assert told(boss) == ["3 of 3 customers are with Bo now. Look what became of each."]
            actions.undo(batch, by=boss)
            done(batch)
            db.session.commit()
            work_off(here)
            assert told(bo) == []
            assert told(boss)[1:] == ["Your change to 3 customers is undone. Look what became of each."]

    def test_of_a_book_that_is_taken_back_only_what_stays_is_told(self, here):
        with scope.enter(here.id):
            boss, ann, bo, cy = make_member("manager", name="Lea"), make_agent(name="Ann"), make_agent(), make_agent()
            chosen = [make_account(ann) for _ in range(3)]
            db.session.commit()
            batch = handed_over(ann, [bo], boss)
            customers.assign(fresh(chosen[1]), cy, by=boss)
            pool_rules.change_rules(Rules(holdings=1), by=boss)
            actions.undo(batch, by=boss)
            done(batch)
            assert told(bo) == ["Lea gave you 1 customer of Ann, with deals, cases and plans."]

    def test_an_assignment_from_the_pool_that_was_undone(self, here, monkeypatch):
        with scope.enter(here.id):
            boss, bo, batch_id = make_member("manager"), make_agent(), new_id()
            free = [make_account(name=name) for name in ("Acme", "Elbe")]
            db.session.commit()
            as_reader(monkeypatch, boss, assigns=True)
            batch_actions.distribute([one.id for one in free], [bo], Way.TURNS, by=boss, batch_id=batch_id)
            db.session.commit()
            work_off(here)
            (line,) = told(bo)
            assert line.endswith("gave you Acme and 1 other customer.")
            undo_actions.undo(batch_id, by=boss)
            db.session.commit()
            assert told(bo) == []
