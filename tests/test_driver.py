"""The connection that doesn't wait where nobody needs the answer."""

from __future__ import annotations

from uuid import UUID

import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from saas import search
from saas.db import db, enter, new_id
from saas.tenants import scope
from saas.tenants.models import Member
from tests.connections import pool_of
from tests.factories import make_agent, make_tenant

LIMIT = text("select current_setting('statement_timeout')").execution_options(reviewed=True)
TOLD = text("select current_setting('app.tenant_id')").execution_options(reviewed=True)


@pytest.fixture(autouse=True)
def single(app):
    """One connection for all, so that what is asked next is asked of the same."""
    with pool_of(app, 1):
        yield


@pytest.fixture
def link(tenant):
    """The driver's connection of the session at hand, in its transaction."""
    return db.session.connection().connection.driver_connection


class TestLink:
    def test_does_not_wait_for_the_end_of_a_reading(self, tenant, link):
        db.session.scalars(select(Member.id)).all()
        db.session.commit()
        assert link.pgconn.transaction_status == TransactionStatus.ACTIVE
        assert db.session.scalars(select(Member.id)).all() == []
        assert link.pgconn.transaction_status == TransactionStatus.INTRANS

    def test_waits_for_the_end_of_what_was_written(self, tenant, link):
        make_agent()
        db.session.commit()
        assert link.pgconn.transaction_status == TransactionStatus.IDLE

    def test_waits_where_a_statement_writes_behind_its_first_word(self, tenant, link):
        statement = "with a as (update member set name = 'x' where false returning id) select id from a"
        db.session.execute(text(statement).execution_options(reviewed=True))
        db.session.commit()
        assert link.pgconn.transaction_status == TransactionStatus.IDLE

    def test_takes_back_a_transaction_whose_begin_was_only_sent(self, tenant, link):
        db.session.rollback()
        db.session.connection()
        assert link.pgconn.transaction_status == TransactionStatus.ACTIVE
        db.session.rollback()
        assert link.pgconn.transaction_status == TransactionStatus.IDLE

    def test_begins_in_the_workspace_in_scope_after_another(self, context):
        one, other = make_tenant(), make_tenant()
        for place in (one.id, other.id, one.id):
            with scope.enter(place):
                assert db.session.scalar(TOLD) == str(place)
                db.session.commit()

    def test_forgets_the_workspace_with_the_transaction(self, tenant, link):
        db.session.commit()
        link.autocommit = True
        told = link.execute("select current_setting('app.tenant_id', true)").fetchone()
        link.autocommit = False
        assert told == ("",)

    def test_a_setting_within_a_transaction_holds_from_there(self, tenant):
        connection, other = db.session.connection(), new_id()
        enter(connection, other)
        assert connection.scalar(TOLD) == str(other)

    def test_says_at_the_next_step_that_the_server_hung_up(self, tenant, config, link):
        db.session.scalars(select(Member.id)).all()
        db.session.commit()
        admin = create_engine(config.admin_url)
        with admin.begin() as connection:
            gone = text("select pg_terminate_backend(:pid, 2000)").execution_options(reviewed=True)
            connection.execute(gone, {"pid": link.info.backend_pid})
        with pytest.raises(DBAPIError) as caught:
            db.session.scalars(select(Member.id)).all()
        assert caught.value.connection_invalidated
        db.session.rollback()
        assert db.session.scalars(select(Member.id)).all() == []
        admin.dispose()


class TestRoles:
    @pytest.mark.parametrize("role", [None, "platform"])
    def test_each_has_its_limits_and_waits_for_what_it_wrote(self, context, role):
        with db.engines[role].connect() as connection:
            assert connection.scalar(LIMIT) == "10s"
            connection.execute(text("savepoint mark").execution_options(reviewed=True))
            assert connection.connection.driver_connection.has_written
            connection.rollback()


class TestPutOff:
    def test_changes_go_with_the_next_statement_in_their_order(self, tenant, link):
        key = new_id()
        put(key, "one"), put(key, "two")
        assert [sql.split()[0] for sql, _values in link.put_off] == ["INSERT", "INSERT"]
        assert bodies(key) == ["two"]
        assert link.put_off == []

    def test_changes_go_with_the_end_of_the_transaction(self, tenant, link):
        key = new_id()
        put(key, "one")
        db.session.commit()
        assert bodies(key) == ["one"]

    def test_changes_are_taken_back_with_their_transaction(self, tenant, link):
        key = new_id()
        put(key, "one")
        db.session.rollback()
        assert bodies(key) == []

    def test_changes_are_taken_back_with_their_savepoint(self, tenant, link):
        key, other = new_id(), new_id()
        put(key, "before")
        step = db.session.begin_nested()
        put(other, "within")
        step.rollback()
        assert (bodies(key), bodies(other)) == (["before"], [])

    def test_what_is_wrong_with_one_is_said_by_what_comes_next_and_leaves_nothing(self, tenant):
        key = new_id()
        put(key, "one")
        put(key, None)
        with pytest.raises(IntegrityError):
            bodies(key)
        db.session.rollback()
        put(key, "two")
        put(key, None)
        with pytest.raises(IntegrityError):
            db.session.commit()
        db.session.rollback()
        assert bodies(key) == []

    def test_what_is_asked_beside_the_models_sees_them_too(self, tenant):
        key = new_id()
        put(key, "one")
        asked = text("select body from search_entry where subject_id = :key").execution_options(reviewed=True)
        assert db.session.scalars(asked, {"key": key}).all() == ["one"]


def put(key: UUID, body: str | None) -> None:
    """Write a row about which nothing is asked."""
    entry = search.entry("account", key, [""], []) | {"body": body}
    search.put([entry])


def bodies(key: UUID) -> list[str]:
    return list(db.session.scalars(select(search.SearchEntry.body).where(search.SearchEntry.subject_id == key)))
