"""Into which pool the customers of a file come: as a column says, or as is chosen for all of them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from saas.crm.customers.models import Account, Standing
from saas.crm.pool import pool_actions
from saas.crm.transfer import queries
from saas.crm.transfer.reasons import sentence
from saas.db import db
from tests.crm.transfer.bringing import bring
from tests.factories import make_agent, make_member

FILE = "Name,Pool\nElbe Systems,South\nFjord AS,\nBaltic Cranes,Nowhere\n"


def pools() -> dict[str, object]:
    return {row[0]: row[1] for row in db.session.execute(select(Account.name, Account.pool_id))}


@pytest.mark.shows("PP2")
class TestPoolOfAFile:
    def test_a_column_says_it(self, tenant):
        south = pool_actions.open_pool("South", by=make_member("owner"))
        bring("accounts", FILE)
        assert pools() == {"Elbe Systems": south.id, "Fjord AS": None, "Baltic Cranes": None}
        assert {one.standing for one in db.session.scalars(select(Account)).unique()} == {Standing.POOL}

    def test_one_is_chosen_for_all_without_an_owner(self, tenant):
        boss = make_member("owner")
        south, north = (pool_actions.open_pool(name, by=boss) for name in ("South", "North"))
        bring("accounts", "Name,Pool\nElbe,\nFjord,North\n", by=boss, owner=str(south.id))
        assert pools() == {"Elbe": south.id, "Fjord": north.id}

    def test_one_that_others_keep_for_themselves_is_refused(self, tenant):
        boss, bo = make_member("owner"), make_agent()
        south = pool_actions.open_pool("South", by=boss)
        pool_actions.change_pool(south, "South", members={bo.id: False}, teams=(), by=boss)
        run = bring("accounts", FILE, by=boss)
        assert [sentence(row.reason) for row in queries.rows_after(run.id, 0, 9) if row.reason] == [
            "You may not use the pool “South”."
        ]
        bring("accounts", "Name\nAlster\n", by=boss, owner=str(south.id))
        assert pools()["Alster"] is None

    def test_known_ones_move_when_they_are_updated(self, tenant):
        south = pool_actions.open_pool("South", by=make_member("owner"))
        bring("accounts", "Name\nElbe Systems\n")
        bring("accounts", "Name,Pool\nElbe Systems,South\n", update_by="name")
        assert pools() == {"Elbe Systems": south.id}
