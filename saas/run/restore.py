"""`saas restore`: looks at all of a backup first, then brings database and files back, or changes nothing.

The database comes back in one transaction: what is there goes, what was saved comes, every table is counted and
compared, and only then is it done.
"""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from migrations.roles import ensure_roles
from migrations.state import heads
from migrations.upgrade import upgrade
from saas import config, files
from saas.config import Config
from saas.demo import signins
from saas.errors import SetupError
from saas.run import admin, backup, folder, local, manifest, postgres, tools
from saas.run.manifest import Manifest

LOCK = "10s"  # waiting for somebody else's transaction
# What `ensure_roles` gives and dropping takes: both roles must be able to get their own back.
EMPTY = (
    "drop owned by seaport_owner, seaport_lookup cascade;"
    " grant usage, create on schema public to seaport_owner with grant option;"
    " grant usage, create on schema public to seaport_lookup;"
)
COMPARE = (
    "do $seaport$ begin if (select count(*) <> {rows} or {sum} <> {checksum} from {table} t)"
    " then raise exception using message = {sentence}; end if; end $seaport$;"
)
UNKNOWN = (b"SET transaction_timeout",)  # to servers older than our pg_restore
PREAMBLE = 100  # lines in which such settings stand


class Unfinished(SetupError):
    """The backup is brought back, and its migration remains to be done."""


def look(source: Path) -> Manifest:
    """Read a backup from one end to the other, and change nothing.

    Raises:
        SetupError: it isn't whole.
    """
    found = manifest.read(source)
    manifest.check(source, found)
    done = tools.run([tools.program("pg_restore", found.postgres), "--list", str(source / manifest.DUMP)], {})
    if done.returncode:
        raise SetupError(f"The backup in {source} is damaged: {tools.said(done.stderr)}")
    return found


def restore(source: Path, *, replace: bool = False) -> Manifest:
    """Bring the service back to what `source` holds.

    Args:
        source: the folder of a backup.
        replace: what is here now may go.

    Raises:
        SetupError: the backup isn't whole, or here is something already; nothing has changed.
    """
    found = look(source)
    secrets = _secrets(source, found)
    with _target(secrets) as settings:
        _check_key(settings, found)
        if not replace:
            _refuse_what_is_here(settings)
        _refuse_company(settings)
        _bring_back(settings, source, found)
        _keep_demo(settings, secrets)
    return found


@contextmanager
def _target(secrets: dict[str, Any]) -> Iterator[Config]:
    if not admin.is_embedded():
        yield admin.given()
        return
    with admin.held(str(secrets.get("secret_key", ""))) as settings:
        yield settings


def _secrets(source: Path, found: Manifest) -> dict[str, Any]:
    if manifest.SECRETS not in found.parts:
        return {}
    said: dict[str, Any] = json.loads((source / manifest.SECRETS).read_text(encoding="utf-8"))
    return said


def _check_key(settings: Config, found: Manifest) -> None:
    if manifest.key_mark(settings.secret_key) != found.key_mark:
        raise SetupError(
            "SECRET_KEY is not the one that this backup was made under: its trail could not be verified, and nobody "
            "with a second factor could sign in. Set SECRET_KEY to that one."
        )


def _refuse_what_is_here(settings: Config) -> None:
    store = files.root_of(settings)
    has_files = store.is_dir() and any(store.glob("*/??/*"))
    if has_files or _has_workspaces(settings):
        raise SetupError(
            "There are workspaces here already. Restore into an empty place, or say --replace: "
            "then everything that is here now goes."
        )


def _has_workspaces(settings: Config) -> bool:
    with psycopg.connect(postgres.dsn(settings.admin_url)) as connection:
        try:
            connection.execute(f"set role {backup.ROLE}")
        except psycopg.errors.Error:
            connection.rollback()
        try:
            return connection.execute("select 1 from public.tenant limit 1").fetchone() is not None
        except psycopg.errors.UndefinedTable:
            connection.rollback()
            return bool(tools.tables(connection))  # somebody else's


def _refuse_company(settings: Config) -> None:
    """Refuse while processes of the service are at work on the database."""
    users = [make_url(url).username for url in (settings.database_url, settings.platform_url)]
    with psycopg.connect(postgres.dsn(settings.admin_url)) as connection:
        count = connection.execute(
            "select count(*) from pg_stat_activity where datname = current_database() and usename = any(%s)", [users]
        ).fetchone()
    if count and count[0]:
        raise SetupError("Seaport is at work on this database. Stop its web, worker and scheduler processes first.")


# ── bringing back ───────────────────────────────────────────────────────────────────────────────────────────────────


def _bring_back(settings: Config, source: Path, found: Manifest) -> None:
    store = files.root_of(settings)
    added: list[Path] = []
    with _way_back(settings, found) as go_back:
        try:
            _copy_files(source, found, store, added)
            _prepare_roles(settings)
            _load(settings, source, found)
            _bring_up_to_date(settings, go_back)
        except Unfinished:
            _settle(settings, source, found)
            raise
        except BaseException:
            for file in added:
                file.unlink(missing_ok=True)
            raise
    _settle(settings, source, found)


def _settle(settings: Config, source: Path, found: Manifest) -> None:
    _take_away_the_rest(files.root_of(settings), found)
    _put_anchors(settings, source, found)


def _bring_up_to_date(settings: Config, go_back: Callable[[], None] | None) -> None:
    """Migrate what was brought back; every grant is as it should be. Where that fails, all is as it was before.

    The key goes with the data at every moment: whatever ends this, the trail is read under the key it was signed with.

    Raises:
        Unfinished: it failed, and there is no way back.
    """
    own = _keep_key(settings, settings.secret_key)
    try:
        upgrade(settings)
    except BaseException as error:
        if not _is_back(go_back):
            said = f"The backup is brought back, but migrating it failed: {_why(error)} Run `saas migrate` to go on."
            raise Unfinished(said) from error
        _keep_key(settings, own)
        if not isinstance(error, Exception):
            raise
        raise SetupError(f"The backup can't be migrated to this version: {_why(error)} Nothing was changed.") from error


def _is_back(go_back: Callable[[], None] | None) -> bool:
    """True when what was here before is here again."""
    if go_back is None:
        return False
    try:
        go_back()
    except (SetupError, psycopg.Error, SQLAlchemyError):
        return False  # one transaction, undone: what was brought back still lies here
    return True


def _keep_key(settings: Config, secret_key: str) -> str:
    """Keep the key beside the data, where it is kept there; returns the one that was kept before."""
    before = str(config.local_settings(settings.data_dir).get("secret_key", ""))
    if admin.is_embedded() and secret_key != before:
        local.keep_key(settings.data_dir, secret_key)
    return before


def _why(error: BaseException) -> str:
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    return (said[0] if said else type(error).__name__).rstrip(".") + "."


@contextmanager
def _way_back(settings: Config, found: Manifest) -> Iterator[Callable[[], None] | None]:
    """What is here now, put aside until the block ends; called, it brings that back.

    Only where the backup is of another version, so that migrating it may fail: it takes the time of a backup.
    """
    if set(found.versions) == heads():
        yield None
        return
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="before-restore-", dir=settings.data_dir) as name:
        aside = Path(name)
        try:
            before = backup.dump(settings, aside)[0] if _holds_seaport(settings) else None
        except (SetupError, psycopg.Error) as error:  # what is damaged is what a restore is for
            print(f"What is here now can't be put aside: {_why(error)} There is no way back to it.", file=sys.stderr)
            yield None
        else:
            yield lambda: _go_back(settings, aside, before)


def _holds_seaport(settings: Config) -> bool:
    with psycopg.connect(postgres.dsn(settings.admin_url)) as connection:
        found = connection.execute("select to_regclass('public.alembic_version') is not null").fetchone()
    return bool(found and found[0])


def _go_back(settings: Config, aside: Path, before: Manifest | None) -> None:
    if before is not None:
        _load(settings, aside, before)
    else:
        with psycopg.connect(postgres.dsn(settings.admin_url)) as connection:
            connection.execute(EMPTY)
    _prepare_roles(settings)  # emptying takes the rights on the database too


def _copy_files(source: Path, found: Manifest, store: Path, added: list[Path]) -> None:
    """Copy into the store what it lacks, and what is no longer as its name says."""
    try:
        for name in found.parts:
            place, _, rest = name.partition("/")
            out = store / rest
            if place != manifest.FILES or (out.is_file() and manifest.sha256_of(out) == out.name):
                continue
            out.parent.mkdir(parents=True, exist_ok=True)
            added.append(out)
            half = out.parent.parent / f".{out.name[:16]}.part"
            shutil.copyfile(source / name, half)
            half.replace(out)
    except OSError as error:
        why = "the disk is full" if error.errno in {errno.ENOSPC, errno.EDQUOT} else folder.reason(error)
        raise SetupError(f"The files can't be written to {store}: {why}. Nothing was changed.") from error


def _prepare_roles(settings: Config) -> None:
    engine = create_engine(settings.admin_url)
    with engine.begin() as connection:
        ensure_roles(connection, settings)
    engine.dispose()


def _load(settings: Config, source: Path, found: Manifest) -> None:
    """Empty the database and fill it from the dump, as one transaction."""
    with psycopg.connect(postgres.dsn(settings.admin_url)) as connection:
        server = connection.info.server_version // 10000
    where, env = tools.address(settings.admin_url)
    psql = [tools.program("psql", server), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={where}"]
    reader = [tools.program("pg_restore", found.postgres), "--file=-", "--no-tablespaces", str(source / manifest.DUMP)]
    with tempfile.TemporaryFile("w+") as complaints, tempfile.TemporaryFile("w+") as reading:
        script = subprocess.Popen(reader, env=env, stdout=subprocess.PIPE, stderr=reading)
        into = subprocess.Popen(psql, env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints)
        assert script.stdout
        assert into.stdin
        with suppress(BrokenPipeError), script.stdout, into.stdin:  # else psql has refused something, and says what
            _say(into.stdin, f"begin; set local lock_timeout = '{LOCK}';", EMPTY)
            _pour(script.stdout, into.stdin)
            if script.wait() == 0:  # else the transaction ends with the connection, undone
                _say(into.stdin, "revoke create on schema public from seaport_lookup;", *_comparison(found))
                _say(into.stdin, "commit;")
        trouble = [_read(complaints)] if into.wait() else [_read(reading)] if script.wait() else []
    if trouble:
        raise SetupError(f"The backup can't be brought back: {tools.said(trouble[0])} Nothing was changed.")


def _pour(script: IO[bytes], into: IO[bytes]) -> None:
    for _number in range(PREAMBLE):
        line = script.readline()
        if not line.startswith(UNKNOWN):
            into.write(line)
    shutil.copyfileobj(script, into, manifest.CHUNK)


def _comparison(found: Manifest) -> Iterator[str]:
    """SQL that ends the transaction unless every table holds what it held."""
    yield f"set local role {backup.ROLE}; {tools.SAME_WORDS};"
    for name, table in found.tables.items():
        yield (
            sql.SQL(COMPARE)
            .format(
                rows=sql.Literal(table.rows),
                sum=sql.SQL(tools.SUM),
                checksum=sql.Literal(table.checksum),
                table=sql.Identifier("public", name),
                sentence=sql.Literal(f"The table {name} is not as it was."),
            )
            .as_string()
        )
    yield "reset role;"


def _say(into: IO[bytes], *statements: str) -> None:
    for statement in statements:
        into.write(statement.encode() + b"\n")
    into.flush()


def _read(file: IO[str]) -> str:
    file.seek(0)
    return "\n".join(line for line in file.read().splitlines() if "ERROR" in line or "error:" in line)


# ── afterwards ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _take_away_the_rest(store: Path, found: Manifest) -> None:
    """Remove what the store held before and the backup doesn't."""
    for file in store.glob("*/??/*") if store.is_dir() else ():
        if f"{manifest.FILES}/{file.relative_to(store).as_posix()}" not in found.parts:
            file.unlink()


def _put_anchors(settings: Config, source: Path, found: Manifest) -> None:
    place = settings.data_dir / manifest.AUDIT
    shutil.rmtree(place, ignore_errors=True)
    for name in found.parts:
        if name.startswith(f"{manifest.AUDIT}/"):
            place.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, settings.data_dir / name)


def _keep_demo(settings: Config, secrets: dict[str, Any]) -> None:
    if settings.local and secrets.get("demo"):
        local.write(settings.data_dir / signins.FILE, secrets["demo"])
