"""Whether a start may pass over migrating."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from saas.run import postgres, versions
from saas.run.versions import Mark


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Postgres]:
    """A server for all tests here."""
    with postgres.temporary() as made:
        yield made


class TestMark:
    @pytest.fixture
    def mark(self, server: postgres.Postgres) -> Mark:
        """The mark of a database just brought up to date."""
        self.run(server, "drop table if exists alembic_version")
        self.run(server, "create table alembic_version (version_num text)")
        self.run(server, "insert into alembic_version values ('0001')")
        made = Mark(server, "postgres", "passwords")
        made.write()
        return made

    def run(self, server: postgres.Postgres, statement: str) -> None:
        with psycopg.connect(server.url()) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def test_holds_while_nothing_changes(self, mark):
        assert mark.is_current()

    def test_falls_when_the_database_is_another(self, mark):
        self.run(mark.server, "update alembic_version set version_num = '0000'")
        assert not mark.is_current()

    def test_falls_when_the_database_was_made_anew(self, mark):
        self.run(mark.server, "drop table alembic_version")
        assert not mark.is_current()

    def test_falls_when_the_code_is_another(self, mark, monkeypatch):
        monkeypatch.setattr(versions, "_code", lambda sign_ins: "newer")
        assert not mark.is_current()

    def test_falls_when_the_passwords_are_others(self, mark):
        assert not replace(mark, sign_ins="fresh ones").is_current()

    def test_falls_when_it_is_damaged(self, mark):
        mark.file.write_text("{")
        assert not mark.is_current()
