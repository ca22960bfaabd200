"""How a process connects to the database: two roles, their limits, and what a server must be."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import (
    create_engine,
    event,
    text,
)
from sqlalchemy.pool import NullPool

from saas.config import Config
from saas.db.driver import Link
from saas.db.models import db
from saas.errors import SetupError

FITNESS = text(
    "select current_setting('server_version_num')::int,"
    " exists (select 1 from pg_class where relname = 'alembic_version' and relnamespace = 'public'::regnamespace),"
    " exists (select 1 from pg_roles r where pg_has_role(current_user, r.oid, 'member')"
    " and (r.rolsuper or r.rolbypassrls or exists (select 1 from pg_class c"
    " where c.relnamespace = 'public'::regnamespace and c.relowner = r.oid)))"
)  # of a server for us: its version, whether it was migrated, whether our role sees past row-level security

LIMITS = "-c statement_timeout=10s -c lock_timeout=2s -c idle_in_transaction_session_timeout=10s -c timezone=UTC"


def init_app(app: Flask, config: Config) -> None:
    """Connect the app to its two roles. No connection is made before the first statement."""
    engine = {
        "pool_size": 4,
        "max_overflow": 4,
        "pool_timeout": 5,
        "pool_pre_ping": False,
        "pool_recycle": 600,
        "connect_args": {
            "options": LIMITS,
            "connect_timeout": 5,
            "application_name": "seaport",
        },
    }
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine | {"url": config.database_url}
    app.config["SQLALCHEMY_BINDS"] = {"platform": engine | {"url": config.platform_url}}
    db.init_app(app)
    with app.app_context():
        for known in db.engines.values():
            event.listen(known, "do_connect", lambda _dialect, _record, words, values: Link.connect(*words, **values))
        event.listen(db.engines[None], "connect", lambda raw, record: record.info.update(fence=True))


def refuse_unfit(url: str, variable: str, *, oldest: int) -> None:
    """Stop a process whose database is too old or not made, or whose role could see past row-level security.

    Args:
        url: the address.
        variable: the setting that names it.
        oldest: the least major version.

    Raises:
        SetupError: the server is older, no Seaport is there, or the role is a superuser, may bypass row-level
            security, or owns the tables, itself or through a role it is a member of.
        OperationalError: the database doesn't answer, or refuses us.
    """
    engine = create_engine(url, poolclass=NullPool, connect_args={"options": LIMITS, "connect_timeout": 5})
    with engine.connect() as connection:
        version, is_made, mighty = connection.execute(FITNESS).one()
    if version // 10000 < oldest:
        raise SetupError(
            f"The database of {variable} is PostgreSQL {version // 10000}. Seaport needs {oldest} or newer."
        )
    if mighty:
        raise SetupError(
            f"The user of {variable} could see the rows of every workspace. "
            "Set it to one without special rights; `saas migrate` makes it."
        )
    if not is_made:
        raise SetupError(f"The database of {variable} holds no Seaport yet. Run `saas migrate` first.")
