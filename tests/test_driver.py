"""The connection that doesn't wait where nobody needs the answer."""

from __future__ import annotations

import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError

from saas.db import db, enter, new_id
from saas.tenants import scope
from saas.tenants.models import Member
from tests.factories import make_agent, make_tenant

TOLD = text("select current_setting('app.tenant_id')").execution_options(reviewed=True)


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
