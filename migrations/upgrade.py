"""`saas migrate`: safe to run twice, and twice at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from migrations.roles import ensure_roles
from saas.config import Config
from saas.errors import SetupError

HERE = Path(__file__).parent
LOCK = 7_301_100_042  # any number, the same in every process that migrates
OLDEST = 150_000  # server_version_num of PostgreSQL 15


def upgrade(config: Config) -> None:
    """Create the roles where missing and apply every version not yet applied.

    Raises:
        SetupError: the server can't be reached, is too old, or the admin address may not do what is needed.
    """
    if not config.admin_url:
        raise SetupError("DATABASE_ADMIN_URL is not set. Migrating needs a role that may create roles.")
    engine = create_engine(config.admin_url)
    try:
        with engine.connect() as connection:
            _upgrade(connection, config)
    except OperationalError as error:
        raise SetupError(f"The database can't be reached: {str(error.orig).strip().splitlines()[0]}") from error
    except ProgrammingError as error:
        if not isinstance(error.orig, InsufficientPrivilege):
            raise
        said = str(error.orig).strip().splitlines()[0]
        raise SetupError(f"The user of DATABASE_ADMIN_URL may not do this: {said}. Use a superuser.") from error
    finally:
        engine.dispose()


def _upgrade(connection: Connection, config: Config) -> None:
    version = int(connection.execute(text("show server_version_num")).scalar_one())
    if version < OLDEST:
        raise SetupError(f"The database is PostgreSQL {version // 10000}. Seaport needs 15 or newer.")
    connection.execute(text("select pg_advisory_lock(:key)"), {"key": LOCK})
    try:
        ensure_roles(connection, config)
        connection.commit()
        settings = AlembicConfig(attributes={"connection": connection})
        settings.set_main_option("script_location", str(HERE))
        connection.execute(text("set role seaport_owner"))
        connection.commit()
        command.upgrade(settings, "heads")
        connection.execute(text("grant select on all tables in schema public to seaport_backup"))
        connection.execute(text("grant select on alembic_version to seaport_platform"))  # /readyz asks
        connection.commit()
    finally:
        connection.rollback()
        connection.execute(text("reset role"))
        connection.execute(text("select pg_advisory_unlock(:key)"), {"key": LOCK})
        connection.commit()
