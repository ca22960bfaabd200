"""Statements that are written once: they say what the ORM would say, behind the same walls."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import bindparam, event, insert, select, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.orm import aliased

from saas import clock
from saas.crm.customers.models import Account, AccountKind, Contact, Standing
from saas.db import THE_TENANT, NoScope, db, new_id
from saas.statements import Statement, among, rows, table_of, written_once
from saas.tenants import scope
from saas.tenants.models import Counter, Event, Member
from tests.factories import make_account, make_agent, make_contact, make_tenant


@written_once
def called(*where: object) -> Statement:
    return select(Account.id, Account.name, Account.standing).where(Account.name == bindparam("name"), *where)


@written_once
def owned() -> Statement:
    owner = aliased(Member, name="owner")
    found = select(Account, owner).outerjoin(owner, owner.id == Account.owner_id)
    return found.where(among(Account.id, "ids")).order_by(Account.name_key)


ACTIVE = Account.archived_at.is_(None)


class TestRows:
    def test_are_what_the_orm_gives(self, tenant):
        acme = make_account(name="Acme")
        (row,) = called().rows(name="Acme")
        assert (row.id, row.name, row.standing) == (acme.id, "Acme", Standing.POOL)
        assert called().first(name="Nobody") is None
        assert called().value(name="Acme") == acme.id

    def test_see_what_was_changed_and_not_yet_written(self, tenant):
        acme = make_account(name="Acme")
        acme.name = "Apex"
        assert called().value(name="Apex") == acme.id

    def test_are_narrowed_by_a_filter_of_the_moment(self, tenant):
        make_account(name="Acme"), make_account(name="Acme", kind=AccountKind.PERSON)
        narrowed = rows(called, (), (Account.kind == AccountKind.PERSON,), name="Acme")
        assert len(narrowed) == 1
        assert len(rows(called, (), (), name="Acme")) == 2

    def test_are_written_once_for_each_shape(self, tenant):
        before = called.cache_info().misses
        for _ in range(3):
            called().rows(name="Acme")
            called(ACTIVE).rows(name="Acme")
        assert called.cache_info().misses - before <= 2

    def test_hold_a_list_of_any_length(self, tenant):
        ids = [make_account(name=f"Acme {n}").id for n in range(3)]
        assert [a.id for a in owned().objects(ids=ids)] == ids
        assert owned().objects(ids=[]) == []


class TestThreads:
    def test_write_one_at_a_time(self, app):
        """SQLAlchemy fills an alias's index of columns as it is first used, without a lock."""
        at_once, most, turn = 0, 0, threading.Lock()

        @written_once
        def slow(n: int) -> Statement:
            nonlocal at_once, most
            with turn:
                at_once += 1
                most = max(most, at_once)
            time.sleep(0.01)
            with turn:
                at_once -= 1
            return select(Account.id).where(Account.level == str(n))

        threads = [threading.Thread(target=slow, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert most == 1


class TestObjects:
    def test_are_the_sessions_own(self, tenant):
        acme = make_account(name="Acme", owner=make_agent(name="Ann"))
        db.session.commit()
        db.session.expunge_all()
        (found,) = owned().objects(ids=[acme.id])
        assert found is not acme
        assert db.session.get(Account, (found.tenant_id, found.id)) is found
        assert found.owner.name == "Ann"
        found.name = "Apex"
        db.session.commit()
        assert db.session.scalar(select(Account.name).where(Account.id == acme.id)) == "Apex"

    def test_keep_what_the_session_has_of_them(self, tenant):
        acme = make_account(name="Acme")
        acme.remarks = "not written yet"
        (found,) = owned().objects(ids=[acme.id])
        assert found is acme
        assert found.remarks == "not written yet"

    def test_ask_for_what_they_were_not_given(self, tenant):
        contact = make_contact(make_account(name="Acme"), name="Anna")
        db.session.commit()
        db.session.expunge_all()
        found = written_once(lambda: select(Contact).where(Contact.id == bindparam("id")))().object(id=contact.id)
        assert found.account.name == "Acme"


class TestWalls:
    def test_refuse_without_a_workspace(self, app):
        with app.app_context(), pytest.raises(NoScope):
            called().rows(name="Acme")

    def test_hide_the_rows_of_another_workspace(self, app):
        for name in ("one", "two"):
            with app.app_context(), scope.enter(make_tenant().id):
                make_account(name=f"Acme {name}")
                db.session.commit()
                assert len(called().rows(name=f"Acme {name}")) == 1
        with app.app_context(), scope.enter(make_tenant().id):
            assert called().rows(name="Acme one") == []
            assert owned().objects(ids=[]) == []

    def test_refuse_a_table_without_its_workspace(self, tenant):
        bare = written_once(lambda: select(table_of(Account).c.name))
        with pytest.raises(NoScope):
            bare().rows()

    @pytest.mark.parametrize("values", [{}, {"tenant_id": bindparam("whose")}])
    def test_refuse_a_row_that_names_no_workspace_or_a_chosen_one(self, tenant, values):
        counter = table_of(Counter)
        put = written_once(lambda: insert(counter).values(id=bindparam("a_id"), kind="x", next=1, **values))
        with pytest.raises(NoScope):
            put().run(a_id=new_id(), whose=new_id())

    def test_stamp_what_they_write(self, tenant):
        row = {"id": bindparam("a_id"), "kind": bindparam("a_kind"), "next": 7, "created_at": bindparam("now")}
        put = written_once(lambda: insert(table_of(Counter)).values(tenant_id=THE_TENANT, **row))
        put().run(a_id=new_id(), a_kind="test", now=clock.now())
        found = db.session.scalars(select(Counter).where(Counter.kind == "test")).one()
        assert (found.tenant_id, found.next) == (tenant.id, 7)


class TestFaults:
    def test_are_told_as_the_orm_tells_them(self, tenant):
        broken = written_once(lambda: select(Event.id).where(text("1 / 0 = 1")))
        with pytest.raises(DataError, match="division by zero"):
            broken().rows()
        db.session.rollback()
        assert called().rows(name="Acme") == []

    def test_drop_a_connection_that_broke(self, tenant):
        assert called().rows(name="Acme") == []
        mine = db.session.connection().exec_driver_sql("select pg_backend_pid()", None, {"reviewed": True}).scalar()
        db.session.connection().connection.dbapi_connection.pgconn.finish()
        with pytest.raises(OperationalError):
            called().rows(name="Acme")
        db.session.rollback()
        again = db.session.connection().exec_driver_sql("select pg_backend_pid()", None, {"reviewed": True}).scalar()
        assert again != mine

    def test_are_heard_by_those_who_watch_statements(self, tenant):
        heard = []

        def note(_connection, _cursor, sql, *_rest):
            heard.append(sql)

        event.listen(Engine, "before_cursor_execute", note)
        called().rows(name="Acme")
        event.remove(Engine, "before_cursor_execute", note)
        assert any("FROM account" in sql and "the_tenant" in sql for sql in heard)
