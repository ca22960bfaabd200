"""What a process refuses at its start, and what it waits for."""

from __future__ import annotations

import logging
import re
import time
from dataclasses import replace
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import create_engine

from migrations.roles import ensure_roles
from migrations.scratch import settings
from migrations.upgrade import upgrade
from saas import db
from saas.errors import SetupError
from saas.run import postgres, redis, servers
from tests.run.conftest import environment, saas

NOWHERE = "postgresql+psycopg://app:secret@127.0.0.1:1/crm"


def refusal(config, **other) -> str:
    """The sentence with which a start ends at once, although it would wait a while."""
    with pytest.raises(SetupError) as caught:
        servers.check(replace(config, **other), patience=20)
    assert "\n" not in str(caught.value)
    return str(caught.value)


class TestDatabase:
    def test_one_that_fits_is_taken(self, config):
        servers.check(config)

    @pytest.mark.parametrize("field", ["database_url", "platform_url"])
    def test_a_wrong_password_is_no_reason_to_wait(self, config, field):
        wrong = getattr(config, field).replace(":app@", ":wrong@").replace(":platform@", ":wrong@")
        said = refusal(config, **{field: wrong})
        assert "URL doesn't let us in" in said
        assert "password authentication failed" in said
        assert "wrong" not in said

    def test_nor_a_database_that_is_not_there(self, config):
        name = urlsplit(config.database_url).path
        said = refusal(config, database_url=config.database_url.replace(f"{name}?", "/nowhere?"))
        assert "DATABASE_URL doesn't let us in: " in said
        assert '"nowhere" does not exist' in said

    def test_nor_an_option_that_does_not_exist(self, config):
        assert "bogus" in refusal(config, database_url=f"{config.database_url}&bogus=1")

    def test_an_empty_one_is_to_be_migrated(self, config, servers):
        postgres.ensure_database(servers[0].url(), "empty")
        url = servers[0].url("seaport_app", "app", "empty").replace("postgresql:", "postgresql+psycopg:")
        assert refusal(config, database_url=url) == (
            "The database of DATABASE_URL holds no Seaport yet. Run `saas migrate` first."
        )

    def test_an_old_server_is_too_old(self, config, monkeypatch):
        monkeypatch.setattr(postgres, "OLDEST", 99)
        assert "DATABASE_URL is PostgreSQL 18. Seaport needs 99 or newer." in refusal(config)

    @pytest.mark.parametrize(
        "made",
        [
            "create role mighty login password 'app' bypassrls in role seaport_app",
            "create role mighty login password 'app' in role seaport_app, seaport_owner",
            "create role mighty login password 'app' in role seaport_app, seaport_backup",
            "create role mighty login password 'app' superuser",
        ],
        ids=["bypasses", "owns", "may bypass", "superuser"],
    )
    @pytest.mark.parametrize("field", ["database_url", "platform_url"])
    def test_a_role_that_sees_every_workspace_is_refused(self, config, field, made):
        """Bar 4, for each kind of might."""
        admin = postgres.dsn(config.admin_url)
        run(admin, made)
        try:
            mighty = re.sub("//.*@", "//mighty:app@", config.database_url)
            assert "could see the rows of every workspace" in refusal(config, **{field: mighty})
        finally:
            run(admin, "drop role mighty")

    def test_one_that_is_away_is_waited_for(self, config, monkeypatch):
        naps, ask = [], db.refuse_unfit

        def comes_back(url, variable, *, oldest):
            return ask(NOWHERE if len(naps) < 3 else url, variable, oldest=oldest)

        monkeypatch.setattr(db, "refuse_unfit", comes_back)
        monkeypatch.setattr(time, "sleep", naps.append)
        servers.check(config)
        assert naps == [0.5, 1, 2]

    def test_but_no_longer_than_was_said(self, config):
        with pytest.raises(SetupError, match=r"DATABASE_URL doesn't answer: .*refused"):
            servers.check(replace(config, database_url=NOWHERE), patience=0)


class TestRedis:
    @pytest.mark.parametrize(
        ("wrong", "says"),
        [
            (lambda url: re.sub("//:.*@", "//:wrong@", url), "password"),
            (lambda url: re.sub("//:.*@", "//", url), "asks for a password"),
            (lambda url: url.replace("db=0", "db=99"), "out of range"),
        ],
        ids=["wrong password", "no password", "no such number"],
    )
    def test_one_that_refuses_us_stops_the_start(self, config, wrong, says):
        said = refusal(config, redis_url=wrong(config.redis_url))
        assert said.startswith("The Redis of REDIS_URL doesn't let us in: ")
        assert says in said

    def test_an_old_one_is_too_old(self, config, monkeypatch):
        monkeypatch.setattr(redis, "OLDEST", (99, 0))
        assert "Seaport needs 99.0 or newer." in refusal(config)

    def test_one_that_is_away_stops_nothing(self, config, caplog):
        with caplog.at_level(logging.WARNING):
            servers.check(replace(config, redis_url="redis://127.0.0.1:1/0"))
        assert "Redis is away" in caplog.text


class TestMigrate:
    @pytest.fixture
    def lesser(self):
        """A server, and settings whose admin may create roles and no more."""
        with postgres.temporary() as server:
            run(server.url(), "create role maker login createrole password 'm'", "create database crm owner maker")
            made = settings(server, "crm", DATABASE_ADMIN_URL=server.url("maker", "m", "crm"))
            yield server, made

    def test_says_what_the_admin_may_not_do_and_then_may(self, lesser):
        server, made = lesser
        with pytest.raises(SetupError, match=r"DATABASE_ADMIN_URL may not do this: .* Use a superuser\.") as caught:
            upgrade(made)
        assert "\n" not in str(caught.value)
        run(
            server.url(),
            "create role seaport_backup nologin bypassrls",
            "grant seaport_backup to maker with admin option",
        )
        engine = create_engine(made.admin_url)
        with engine.begin() as connection:
            ensure_roles(connection, made)
        engine.dispose()


def run(url: str, *statements: str) -> None:
    """Have the server's superuser do something."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


class TestCommands:
    @pytest.mark.parametrize(
        "command", ["web", "worker", "tenant create x --name X --owner-email x@example.com --owner-password x"]
    )
    def test_end_with_one_sentence(self, open_folder, config, command):
        """Those that serve, and those that work on the data."""
        env = environment(
            open_folder,
            DATABASE_URL=config.database_url.replace(":app@", ":wrong@"),
            DATABASE_PLATFORM_URL=config.platform_url.replace(":platform@", ":wrong@"),
            REDIS_URL=config.redis_url,
            SECRET_KEY=config.secret_key,
            SAAS_PUBLIC_URL=config.public_url,
        )
        done = saas(*command.split(), cwd=open_folder, env=env)
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr
        assert "doesn't let us in" in done.stderr
        assert "password authentication failed" in done.stderr
