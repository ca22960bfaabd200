"""`saas db distribute`: spreads the tables of workspaces over the machines of a Citus cluster.

Every table of a workspace is distributed by `tenant_id`, so that all rows of one workspace lie together; the tables of
the service itself are copied to every machine. On a distributed table a policy may hold no sub-select, so each is
written anew without one. Safe to run twice, and again after a migration that adds tables.
"""

from __future__ import annotations

import re

import psycopg
from psycopg import sql

from migrations.isolation import TENANT_UNWRAPPED
from saas.config import Config
from saas.db import db
from saas.errors import SetupError
from saas.run import postgres

# `SET LOCAL app.tenant_id` must reach the workers, where the policies are asked.
SETTING = "citus.propagate_set_commands"
PLACED = "select 1 from pg_dist_partition where logicalrelid = %s::regclass"
POLICIES = "select policyname, qual, with_check from pg_policies where schemaname = 'public' and tablename = %s"
_ASKS = r"\(NULLIF\(current_setting\('app\.tenant_id'::text, true\), ''::text\)\)::uuid"
WRAPPED = re.compile(rf'\((\w+) = \( SELECT {_ASKS} AS "nullif"\)\)')
PLAIN = re.compile(rf"\((\w+) = {_ASKS}\)")


def distribute(settings: Config) -> tuple[list[str], list[str]]:
    """Distribute what isn't yet.

    Returns:
        The tables that were distributed, and those that were copied to every machine.

    Raises:
        SetupError: the database has no Citus, or Citus refuses.
    """
    with psycopg.connect(postgres.dsn(settings.admin_url)) as connection:
        if not connection.execute("select 1 from pg_extension where extname = 'citus'").fetchone():
            raise SetupError(
                "This database has no Citus: `create extension citus` where the server carries it. "
                "One machine serves without."
            )
        try:
            done = _distribute(connection)
        except psycopg.Error as error:
            connection.rollback()
            raise SetupError(f"Citus refuses: {str(error).strip().splitlines()[0]}") from error
        connection.commit()
        connection.autocommit = True
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("alter database {} set {} = 'local'").format(name, sql.SQL(SETTING)))
    return done


def plan() -> tuple[list[str], list[str]]:
    """The tables to distribute and those to copy; each after the tables that it points at."""
    tables = [table for table in db.Model.metadata.sorted_tables if "realm" in table.info]
    spread = [table.name for table in tables if table.info["realm"] == "tenant" and "tenant_id" in table.c]
    return spread, [table.name for table in tables if table.name not in spread]


def unwrapped(condition: str) -> str:
    """A policy's condition as Citus takes it; one that asks for no workspace stays.

    Args:
        condition: as the catalogue gives back what `migrations.isolation` wrote.

    Raises:
        ValueError: it asks in another way.
    """
    if "current_setting" not in condition:
        return condition
    found = WRAPPED.fullmatch(condition) or PLAIN.fullmatch(condition)
    if found is None:
        raise ValueError(f"a policy of another form: {condition}")
    return f"{found[1]} = {TENANT_UNWRAPPED}"


def _distribute(connection: psycopg.Connection) -> tuple[list[str], list[str]]:
    spread, copied = plan()
    made: tuple[list[str], list[str]] = ([], [])
    connection.execute("set local citus.multi_shard_modify_mode = 'sequential'")
    for name in copied:
        if not connection.execute(PLACED, [f'public."{name}"']).fetchone():
            _unwrap(connection, name)
            connection.execute("select create_reference_table(%s::regclass)", [f'public."{name}"'])
            made[1].append(name)
    for name in spread:
        if not connection.execute(PLACED, [f'public."{name}"']).fetchone():
            _unwrap(connection, name)
            connection.execute("select create_distributed_table(%s::regclass, 'tenant_id')", [f'public."{name}"'])
            made[0].append(name)
    return made


def _unwrap(connection: psycopg.Connection, name: str) -> None:
    table = sql.Identifier("public", name)
    for policy, using, check in connection.execute(POLICIES, [name]).fetchall():
        words = sql.SQL("alter policy {} on {}").format(sql.Identifier(policy), table)
        if using:
            words += sql.SQL(" using ({})").format(sql.SQL(unwrapped(using)))
        if check:
            words += sql.SQL(" with check ({})").format(sql.SQL(unwrapped(check)))
        connection.execute(words)
