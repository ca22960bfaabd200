"""`saas backup`: the whole service in one folder, as it was at one instant, while everybody goes on working."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import psycopg

from saas import clock, config, files
from saas.config import Config
from saas.errors import SetupError
from saas.run import admin, folder, manifest, postgres, tools
from saas.run.manifest import Manifest

ROLE = "seaport_backup"  # reads everything past row-level security
NAMED = (
    "select f.tenant_id, f.sha256, string_agg(distinct format('%s of %s', f.name, t.slug), ', ')"
    " from public.file f join public.tenant t on t.id = f.tenant_id group by 1, 2 order by 1, 2"
)
PATIENCE = "60s"  # for a lock of a migration


def take(target: Path) -> Manifest:
    """Write a backup into `target`, which becomes a backup's folder as one step or isn't made at all.

    Raises:
        SetupError: `target` holds something, the disk is full, or the database refuses.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise SetupError(f"{target} is there already. Name a folder that is not there yet.")
    half = target.with_name(f".{target.name}.part")
    try:
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700, parents=True)
        with admin.reached() as settings:
            made = _write(settings, half)
        if target.is_dir():
            target.rmdir()
        half.rename(target)
    except OSError as error:
        why = "the disk is full" if error.errno in {errno.ENOSPC, errno.EDQUOT} else folder.reason(error)
        raise SetupError(f"The backup can't be written to {target}: {why}.") from error
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return made


def _write(settings: Config, target: Path) -> Manifest:
    anchors = _anchors(settings)  # before the database's instant: a later one would speak of links that aren't in it
    made, named = dump(settings, target)
    store = files.root_of(settings)
    for file in _stored(store):
        _copy(file, f"{manifest.FILES}/{file.relative_to(store).as_posix()}", target, made)
    made.missing = _missing(settings, named, made)
    for name, text in anchors.items():
        _keep(target / manifest.AUDIT / name, text, target, made)
    if settings.local and admin.is_embedded():
        _keep(target / manifest.SECRETS, json.dumps(_secrets(settings)), target, made)
    made.write(target)
    return made


def _anchors(settings: Config) -> dict[str, str]:
    """How far each workspace's trail was chained by now, as it stands outside the database."""
    return {file.name: file.read_text() for file in sorted((settings.data_dir / manifest.AUDIT).glob("*.json"))}


def dump(settings: Config, target: Path) -> tuple[Manifest, dict[str, str]]:
    """Write the database into the folder `target`, under one snapshot, which the counts and the dump share.

    Returns:
        What is there, and the files that records name: their place in a backup → what they are called.

    Raises:
        SetupError: the database holds no Seaport, or refuses.
    """
    with psycopg.connect(postgres.dsn(settings.admin_url)) as connection:
        server = connection.info.server_version // 10000
        try:
            connection.execute("set transaction isolation level repeatable read, read only")
            connection.execute(f"set role {ROLE}")
            connection.execute(tools.SAME_WORDS)
            versions = [str(name) for (name,) in connection.execute("select version_num from alembic_version")]
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidParameterValue, psycopg.errors.UndefinedObject):
            raise SetupError("This database holds no Seaport. Run `saas migrate` first.") from None
        except psycopg.errors.InsufficientPrivilege:
            raise SetupError(
                "The user of DATABASE_ADMIN_URL may not read everything. `saas migrate` lets it."
            ) from None
        snapshot = str((connection.execute("select pg_export_snapshot()").fetchone() or [""])[0])
        made = Manifest(clock.now(), server, versions, manifest.key_mark(settings.secret_key))
        made.tables = {name: tools.measured(connection, name) for name in tools.tables(connection)}
        named = _named(connection)
        where, env = tools.address(settings.admin_url)
        out = target / manifest.DUMP
        words = ["--format=custom", f"--role={ROLE}", f"--snapshot={snapshot}", f"--lock-wait-timeout={PATIENCE}"]
        done = tools.run([tools.program("pg_dump", server), *words, f"--file={out}", f"--dbname={where}"], env)
        if done.returncode:
            raise SetupError(f"The database can't be copied: {tools.said(done.stderr)}")
    out.chmod(0o600)
    made.parts[manifest.DUMP] = manifest.part_of(out)
    return made, named


def _named(connection: psycopg.Connection) -> dict[str, str]:
    """The files that records name: their place in a backup → name and workspace."""
    rows = connection.execute(NAMED).fetchall()
    return {f"{manifest.FILES}/{tenant_id}/{sha256[:2]}/{sha256}": str(called) for tenant_id, sha256, called in rows}


def _missing(settings: Config, named: Mapping[str, str], made: Manifest) -> dict[str, str]:
    """The files that records name and that were not in the store, without those removed for good meanwhile."""
    lacking = {name: called for name, called in named.items() if name not in made.parts and name not in made.damaged}
    if not lacking:
        return {}
    with psycopg.connect(postgres.dsn(settings.admin_url)) as connection:
        connection.execute(f"set role {ROLE}")
        still = _named(connection)
    return {name: called for name, called in lacking.items() if name in still}


def _stored(store: Path) -> Iterable[Path]:
    """Every file in the store; not what is drawn from them again when it is wanted, nor what is half written."""
    return sorted(file for file in store.glob("*/??/*") if manifest.NAME.fullmatch(file.name)) if store.is_dir() else []


def _copy(file: Path, name: str, target: Path, made: Manifest) -> None:
    """Take a file of the store along; its name says what it must hold."""
    out = target / name
    out.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    try:
        with file.open("rb") as source, out.open("xb") as copy:
            while part := source.read(manifest.CHUNK):
                digest.update(part)
                copy.write(part)
                size += len(part)
    except FileNotFoundError:  # removed for good a moment ago: no record of the snapshot's time named it any more
        out.unlink(missing_ok=True)
        return
    if digest.hexdigest() != file.name:
        out.unlink()
        made.damaged.append(name)
        return
    made.parts[name] = manifest.Part(size, file.name)


def _keep(out: Path, text: str, target: Path, made: Manifest) -> None:
    out.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    made.parts[out.relative_to(target).as_posix()] = manifest.part_of(out)


def _secrets(settings: Config) -> dict[str, object]:
    demo = config.read_kept(settings.data_dir / "demo.json")
    return {"secret_key": settings.secret_key, "demo": demo}
