"""Settings for a server made for the moment: the tests', and that of `python -m migrations`."""

from __future__ import annotations

from saas import config
from saas.config import Config
from saas.run.postgres import Postgres


def settings(server: Postgres, database: str = "postgres", **more: str) -> Config:
    """The settings of a local run on `server`, with roles whose passwords are made up here."""
    return config.load(
        {
            "DATABASE_URL": server.url("seaport_app", "app", database),
            "DATABASE_PLATFORM_URL": server.url("seaport_platform", "platform", database),
            "DATABASE_ADMIN_URL": server.url(database=database),
            "REDIS_URL": "redis://127.0.0.1:1",
            "SECRET_KEY": "a key for the moment, long enough to be taken",
            "SAAS_PUBLIC_URL": "https://seaport.test",
            **more,
        },
        with_admin=True,
    )
