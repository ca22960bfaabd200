"""The database's roles. Who may see past row-level security: nobody who serves a request.

seaport_owner     owns the tables; no login; only `saas migrate` puts it on
seaport_app       web and workers; under row-level security, owns nothing
seaport_platform  users, sessions, sign-up, billing inbox; only its own tables
seaport_backup    reads everything past row-level security; no login, put on by `saas backup`
seaport_lookup    owner of the few functions that look across tenants and give back ids; no login
"""

from __future__ import annotations

from sqlalchemy import Connection, make_url, text

from saas.config import Config
from saas.errors import SetupError

NO_LOGIN = {
    "seaport_owner": "nologin",
    "seaport_backup": "nologin bypassrls",
    "seaport_lookup": "nologin",
    "seaport_app": "nologin",
    "seaport_platform": "nologin",
}
EXTENSIONS = ("btree_gin",)


def ensure_roles(connection: Connection, config: Config) -> None:
    """Create what is missing of the five roles, the two sign-ins and the rights to reach the schema.

    The sign-ins are the user names in the app's and the platform's address; each is made a member of its role.
    """
    for role, options in NO_LOGIN.items():
        if not _exists(connection, role):
            _run(connection, f"create role {role} {options}")
    me = str(connection.execute(text("select current_user")).scalar_one())
    for role in ("seaport_owner", "seaport_lookup", "seaport_backup"):
        _run(connection, f"grant {role} to {_name(connection, me)}")
    # The owner hands functions over to the role that looks across tenants.
    _run(connection, "grant seaport_lookup to seaport_owner")
    _sign_in(connection, config.database_url, "seaport_app", "DATABASE_URL")
    _sign_in(connection, config.platform_url, "seaport_platform", "DATABASE_PLATFORM_URL")
    database = _name(connection, str(connection.execute(text("select current_database()")).scalar_one()))
    _run(connection, f"revoke all on database {database} from public")
    _run(connection, f"grant connect on database {database} to seaport_app, seaport_platform, seaport_backup")
    _run(connection, f"grant create, connect on database {database} to seaport_owner")
    _run(connection, "revoke all on schema public from public")
    _run(connection, "grant usage, create on schema public to seaport_owner with grant option")
    _run(connection, "grant usage on schema public to seaport_app, seaport_platform, seaport_backup, seaport_lookup")
    for extension in EXTENSIONS:
        _run(connection, f"create extension if not exists {extension} schema public")


def _sign_in(connection: Connection, url: str, role: str, variable: str) -> None:
    address = make_url(url)
    if not address.username:
        raise SetupError(f"{variable} names no user.")
    user = _name(connection, address.username)
    if not _exists(connection, address.username):
        password = _literal(connection, str(address.password or ""))
        _run(connection, f"create role {user} login password {password}")
    elif address.username == role:
        _run(connection, f"alter role {user} login password {_literal(connection, str(address.password or ''))}")
    if address.username != role:
        _run(connection, f"grant {role} to {user}")


def _exists(connection: Connection, role: str) -> bool:
    found = connection.execute(text("select 1 from pg_roles where rolname = :role"), {"role": role}).scalar()
    return found is not None


def _name(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)


def _literal(connection: Connection, value: str) -> str:
    return str(connection.execute(text("select quote_literal(cast(:value as text))"), {"value": value}).scalar_one())


def _run(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement.replace("%", "%%"))
