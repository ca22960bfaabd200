"""PostgreSQL's own programs for copies of a database, and the checksums that tell whether a copy is whole."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from saas.errors import SetupError
from saas.run import postgres
from saas.run.manifest import Table

SAME_WORDS = (
    "set timezone = 'UTC'; set datestyle = 'ISO, MDY'; set intervalstyle = 'postgres'; set bytea_output = 'hex'; "
    "set extra_float_digits = 1; set statement_timeout = 0; set search_path = public"
)  # how a row is written must not hang on a server's settings
SUM = "coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint::numeric), 0)::text"
TABLES = (
    "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public'"
    " and c.relkind = 'r' and not exists (select 1 from pg_depend d where d.objid = c.oid and d.deptype = 'e')"
    " order by 1"
)


def program(name: str, server: int) -> str:
    """Where one of PostgreSQL's programs lies that speaks with a server of this major version.

    Raises:
        SetupError: there is none new enough.
    """
    try:
        if int(postgres.major()) >= server:
            return str(postgres.binary(name))
    except SetupError:
        pass  # no embedded server for this system
    found = shutil.which(name)
    if found and _major(found) >= server:
        return found
    raise SetupError(f"The server is PostgreSQL {server}. Install its `{name}` first: postgresql-client-{server}.")


def address(url: str) -> tuple[str, dict[str, str]]:
    """How a program reaches the server: what its command line says, and an environment with the password."""
    known = conninfo_to_dict(postgres.dsn(url))
    password = str(known.pop("password", "") or "")
    env = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return make_conninfo("", **known), env | ({"PGPASSWORD": password} if password else {})


def tables(connection: psycopg.Connection) -> list[str]:
    """The names of all tables of ours."""
    return [str(name) for (name,) in connection.execute(TABLES)]


def measured(connection: psycopg.Connection, name: str) -> Table:
    """The rows and the checksum of a table, as this connection sees it."""
    statement = sql.SQL("select count(*), {} from {} t").format(sql.SQL(SUM), sql.Identifier("public", name))
    rows, checksum = connection.execute(statement).fetchone() or (0, "0")
    return Table(int(rows), str(checksum))


def said(stderr: str) -> str:
    """The last thing that a program complained of, to end a sentence with."""
    lines = [line for line in stderr.splitlines() if line.strip()]
    return re.sub(r"^\S*(pg_\w+|psql)(:\S*)?: (error|ERROR): *", "", lines[-1]) if lines else "it ended without a word."


def run(words: Sequence[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    return subprocess.run(words, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def _major(file: str) -> int:
    found = re.search(r"\) (\d+)", run([file, "--version"], dict(os.environ)).stdout)
    return int(found[1]) if found else 0
