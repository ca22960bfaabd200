"""`saas db distribute`. No server here carries Citus: what Citus is told is looked at, and that it may be told so."""

from __future__ import annotations

import psycopg
import pytest

from migrations.scratch import settings
from migrations.upgrade import upgrade
from saas import cli
from saas.run import citus, postgres

# What of Citus the command speaks to; each call is noted.
STUBS = """
create table public.told (n serial, verb text, name regclass);
create table pg_dist_partition (logicalrelid regclass);
create function create_distributed_table(t regclass, by text) returns void language sql as
    $$insert into told (verb, name) values (by, t); insert into pg_dist_partition values (t)$$;
create function create_reference_table(t regclass) returns void language sql as
    $$insert into told (verb, name) values ('copy', t); insert into pg_dist_partition values (t)$$;
"""


@pytest.fixture(scope="module")
def spread(servers):
    """A migrated database of its own."""
    database, _wake = servers
    postgres.ensure_database(database.url(), "spread")
    made = settings(database, "spread")
    upgrade(made)
    return made


class TestDistribute:
    def test_without_citus_is_one_sentence(self, spread, monkeypatch, capsys):
        for name, value in {
            "DATABASE_URL": spread.database_url,
            "DATABASE_PLATFORM_URL": spread.platform_url,
            "DATABASE_ADMIN_URL": spread.admin_url,
            "REDIS_URL": spread.redis_url,
            "SECRET_KEY": spread.secret_key,
            "SAAS_PUBLIC_URL": spread.public_url,
        }.items():
            monkeypatch.setenv(name, value)
        assert cli.main(["db", "distribute"]) == 1
        err = capsys.readouterr().err
        assert err.startswith("This database has no Citus")
        assert err.count("\n") == 1

    def test_distributes_by_workspace_and_copies_the_rest_once(self, app, spread):
        with psycopg.connect(postgres.dsn(spread.admin_url)) as connection:
            connection.execute(STUBS)
            by_workspace, copied = citus._distribute(connection)
            assert {"account", "event", "search_entry"} <= set(by_workspace)
            assert {"tenant", "user", "session"} <= set(copied)
            told = connection.execute("select verb, name::text from told order by n").fetchall()
            assert [name for verb, name in told if verb == "tenant_id"] == by_workspace
            every = connection.execute(
                "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
            ).fetchall()
            left = {name for (name,) in every} - set(by_workspace) - set(copied)
            assert left == {"told", "pg_dist_partition", "alembic_version"}
            for table, parents in connection.execute(
                "select conrelid::regclass::text, array_agg(confrelid::regclass::text) from pg_constraint"
                " where contype = 'f' and conrelid <> confrelid group by 1"
            ).fetchall():
                order = [name for _verb, name in told]
                assert all(order.index(parent) < order.index(table) for parent in parents)
            assert citus._distribute(connection) == ([], [])
            connection.rollback()

    def test_no_policy_keeps_a_sub_select_and_the_fence_still_holds(self, app, spread):
        with psycopg.connect(postgres.dsn(spread.admin_url)) as connection:
            connection.execute(STUBS)
            citus._distribute(connection)
            rules = connection.execute("select tablename, qual, with_check from pg_policies").fetchall()
            assert not [row for row in rules if "SELECT" in f"{row[1]} {row[2]}"]
            connection.execute(
                "insert into tenant (id, slug, name, status, locale, timezone, currency, idle_minutes, session_hours,"
                " created_at) select gen_random_uuid(), 't' || n, 'T', 'trial', 'en', 'UTC', 'USD', 1, 1, now()"
                " from generate_series(10, 11) n"
            )
            connection.execute(
                "insert into setting (tenant_id, id, key, value, version, updated_at, created_at)"
                " select id, gen_random_uuid(), 'a', '{}', 1, now(), now() from tenant"
            )
            one = connection.execute("select id from tenant where slug = 't10'").fetchone()
            connection.execute("set role seaport_app")
            assert connection.execute("select count(*) from setting").fetchone() == (0,)
            connection.execute(f"set local app.tenant_id = '{one[0]}'")
            assert connection.execute("select tenant_id from setting").fetchall() == [one]
            connection.rollback()
