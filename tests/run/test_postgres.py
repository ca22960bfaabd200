"""The embedded database server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from saas.errors import SetupError
from saas.run import postgres, processes
from saas.run.postgres import Postgres


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres.temporary() as found:
        yield found


def one(server: Postgres, statement: str) -> object:
    with psycopg.connect(server.url()) as connection:
        row = connection.execute(statement).fetchone()  # type: ignore[call-overload]
        return row[0]


class TestServer:
    def test_listens_on_its_socket_alone(self, server):
        assert one(server, "show listen_addresses") == ""
        assert server.sockets.stat().st_mode & 0o077 == 0

    @pytest.mark.parametrize("password", ["", "wrong"])
    def test_trusts_nobody_without_a_password(self, server, password):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(server.url(password=password))

    def test_knows_the_letters_of_all_languages_whatever_the_machines_locale(self, server):
        assert one(server, "select lower('ÄÖ 王')") == "äö 王"
        assert one(server, "show server_encoding") == "UTF8"

    def test_checks_its_pages(self, server):
        assert one(server, "show data_checksums") == "on"

    def test_does_not_run_as_root(self, server):
        pid = int((server.data / "postmaster.pid").read_text().splitlines()[0])
        assert Path(f"/proc/{pid}").stat().st_uid != 0

    def test_gets_nothing_of_our_environment(self, server):
        pid = int((server.data / "postmaster.pid").read_text().splitlines()[0])
        names = {line.split(b"=")[0] for line in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0") if line}
        assert names <= {b"PATH", b"LC_ALL", b"TZ", b"PGTZ", b"PG_GRANDPARENT_PID", b"LC_CTYPE"}

    def test_makes_a_database_once(self, server):
        postgres.ensure_database(server.url(), "twice")
        postgres.ensure_database(server.url(), "twice")
        assert postgres.version_at(server.url(database="twice")) >= 18


class TestStart:
    def test_keeps_what_was_committed_when_killed(self, open_folder, runner):
        server = Postgres(open_folder / "postgres", "secret", runner)
        server.start()
        with psycopg.connect(server.url()) as connection:
            connection.execute("create table kept (word text)")
            connection.execute("insert into kept values ('here')")
        server._process.kill()
        server._process.wait()
        with server:
            assert one(server, "select word from kept") == "here"

    def test_is_not_fooled_by_the_note_of_a_dead_server(self, open_folder, runner):
        server = Postgres(open_folder / "postgres", "secret", runner, durable=False)
        with server:
            note = (server.data / "postmaster.pid").read_text()
        other = subprocess.Popen(postgres.start_as(runner, signal.SIGTERM, ["/bin/sleep", "60"]))
        try:
            lines = note.splitlines()
            runner.write(server.data / "postmaster.pid", "\n".join([str(other.pid), *lines[1:]]) + "\n")
            with server:
                assert one(server, "select 1") == 1
        finally:
            other.kill()
            other.wait()

    def test_leaves_no_half_when_the_first_start_was_cut_off(self, open_folder, runner):
        home = runner.make_folder(open_folder / "postgres")
        half = runner.make_folder(home / "data.new")
        runner.write(half / "PG_VERSION", "18")
        with Postgres(home, "secret", runner, durable=False) as server:
            assert one(server, "select 1") == 1

    def test_refuses_the_folder_of_another_version(self, open_folder, runner):
        home = runner.make_folder(open_folder / "postgres")
        runner.make_folder(home / "data")
        (home / "data" / "PG_VERSION").write_text("14\n")
        with pytest.raises(SetupError, match="PostgreSQL 14"):
            Postgres(home, "secret", runner).prepare()

    def test_refuses_a_folder_that_holds_something_else(self, open_folder, runner):
        home = runner.make_folder(open_folder / "postgres")
        runner.make_folder(home / "data")
        (home / "data" / "holiday.jpg").touch()
        with pytest.raises(SetupError, match="not a database folder"):
            Postgres(home, "secret", runner).prepare()

    def test_two_servers_never_share_a_folder(self, open_folder, runner):
        server = Postgres(open_folder / "postgres", "secret", runner, durable=False)
        with server:
            assert not postgres.is_free(server.home / "lock")
        assert postgres.is_free(server.home / "lock")


class TestEnd:
    def test_ends_with_whoever_started_it(self):
        script = (
            "import time\n"
            "from saas.run import postgres\n"
            "with postgres.temporary() as server:\n"
            "    print(server._process.pid, server.home, flush=True)\n"
            "    time.sleep(60)\n"
        )
        starter = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        pid, home = starter.stdout.readline().split()
        below = [int(pid), *processes.descendants(int(pid))]
        os.kill(starter.pid, signal.SIGKILL)
        starter.wait()
        deadline = time.monotonic() + 10
        while any(processes.is_alive(p) for p in below) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not [p for p in below if processes.is_alive(p)]
        subprocess.run(["rm", "-rf", home], check=True)


class TestVersionAt:
    def test_says_which_variable_names_a_server_that_is_not_there(self):
        with pytest.raises(SetupError, match="DATABASE_ADMIN_URL doesn't let us in"):
            postgres.version_at("postgresql://nobody:x@127.0.0.1:1/none", "DATABASE_ADMIN_URL")
