"""The database as the one who runs the service reaches it, for `saas backup`, `saas restore` and `saas db`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from saas import config
from saas.config import Config
from saas.errors import SetupError
from saas.run import folder, local, places, postgres
from saas.run.postgres import Postgres
from saas.run.redis import Redis


def is_embedded(environ: Mapping[str, str] | None = None) -> bool:
    """True when the environment names no database: it is the one in the data folder."""
    env = os.environ if environ is None else environ
    return not any(env.get(name) for name in local.DATABASE_VARIABLES)


@contextmanager
def reached() -> Iterator[Config]:
    """Settings with an admin's address whose server answers: the one given, that of a `saas up`, or its own started.

    Raises:
        SetupError: there is no such database, or no address that may do this.
    """
    if not is_embedded():
        yield given()
        return
    settings = config.load(with_admin=True)
    if not settings.admin_url:
        raise SetupError(f"There is no database in {settings.data_dir}. Set SAAS_DATA_DIR to the folder of yours.")
    if not _is_free(settings):
        yield settings
        return
    with held(settings.secret_key) as mine:
        yield mine


@contextmanager
def held(secret_key: str = "") -> Iterator[Config]:
    """Settings of the data folder while nobody else runs on it, its embedded server started for the block.

    Args:
        secret_key: the key that signs the trail, instead of the one kept; kept itself once the block has ended well.

    Raises:
        SetupError: Seaport runs on it, or its database can't be started.
    """
    settings = config.load(kept={"local": True})
    with folder.alone(settings):
        at = places.of(settings.data_dir)
        kept = local.secrets_of(settings.data_dir)
        at = folder.set_aside(at)
        folder.check_kept(at)
        server = Postgres(at.postgres, local.superuser_password(at.data_dir), at.owner)
        folder.make_all(at)
        with server:
            postgres.ensure_database(server.url(), local.DATABASE)
            found = local.embedded(server, kept)
            store = Redis(at.redis, kept["redis_password"], at.owner)
            kept |= {"database_url": found.database_url, "platform_url": found.platform_url, "redis_url": store.url()}
            kept["admin_url"] = found.admin_url
            local.keep(settings.data_dir, kept, server.password)
            kept["secret_key"] = secret_key or kept["secret_key"]
            yield replace(config.load(kept=kept), admin_url=found.admin_url)
            local.keep(settings.data_dir, kept, server.password)


def given() -> Config:
    """The settings of a database that the environment names.

    Raises:
        SetupError: the address that may do this isn't among them, or its server doesn't let us in.
    """
    settings = config.load(with_admin=True)
    if not settings.admin_url:
        raise SetupError("DATABASE_ADMIN_URL is not set. This needs the address of a user who may create roles.")
    postgres.version_at(settings.admin_url, "DATABASE_ADMIN_URL")
    return settings


def _is_free(settings: Config) -> bool:
    return postgres.is_free(settings.data_dir / "lock")
