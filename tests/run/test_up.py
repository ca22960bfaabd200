"""`saas up`, as a person meets it: one story over a service that runs, and every refusal."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import redis

from saas.demo import signins
from saas.run import owner, postgres, processes
from saas.run import redis as redis_server
from saas.run.postgres import dsn
from tests.run.conftest import environment, saas

STARTS_WITHIN = 90.0  # s, on a busy machine


@dataclass
class Service:
    """A `saas up` that we started."""

    process: subprocess.Popen[str]
    data: Path
    env: dict[str, str]
    port: int
    said: str = ""

    def below(self) -> list[int]:
        """All its processes but itself."""
        return processes.descendants(self.process.pid)

    def pids(self, *words: str) -> list[int]:
        """Its processes whose command holds all of `words`."""
        return [pid for pid in self.below() if all(word in command_of(pid) for word in words)]

    def status(self, path: str) -> int:
        """The status of a page, 0 where nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def kept(self) -> dict[str, str]:
        """What `local.json` holds."""
        return json.loads((self.data / "local.json").read_text())


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def environment_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def until(true: Callable[[], object], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.1)
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(data: Path, **more: str) -> Service:
    """Start the service and read what it says until it is ready or ends."""
    port = free_port()
    env = environment(data, PORT=str(port), **more)
    process = subprocess.Popen(
        [sys.executable, "-m", "saas.cli", "up"],
        cwd=data.parent,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    service = Service(process, data, env, port)
    for line in process.stdout:
        service.said += line
        if "Ctrl-C" in line:
            break
    return service


def end(service: Service) -> None:
    """End it whatever state it is in."""
    if service.process.poll() is None:
        service.process.terminate()
        try:
            service.process.wait(15)
        except subprocess.TimeoutExpired:
            service.process.kill()
    service.process.stdout.close()


@pytest.fixture(scope="module")
def first() -> Iterator[Path]:
    """The data folder that a first start left: making a database and two demo workspaces takes the most of it."""
    folder = Path(tempfile.mkdtemp(prefix="seaport-test-"))
    folder.chmod(0o711)
    end(start(folder / "var", WEB_PROCESSES="1"))
    yield folder / "var"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def data(first: Path, open_folder: Path) -> Path:
    """A data folder of the test's own, as after a first start."""
    return copied(first, open_folder / "var")


def copied(data: Path, to: Path) -> Path:
    """The same files, of the same users."""
    subprocess.run(["cp", "-a", data, to], check=True)
    return to


@pytest.fixture(scope="module")
def service(first: Path) -> Iterator[Service]:
    """One that runs for the tests of this module that do it no harm."""
    folder = Path(tempfile.mkdtemp(prefix="seaport-test-"))
    folder.chmod(0o711)
    found = start(copied(first, folder / "var"), WEB_PROCESSES="1")
    yield found
    end(found)
    shutil.rmtree(folder, ignore_errors=True)


class TestUp:
    def test_says_where_it_is_once_it_answers(self, service):
        assert f"Seaport is ready: http://127.0.0.1:{service.port}" in service.said
        assert service.status("/readyz") == 200

    def test_runs_everything(self, service):
        for words in (["postgres", "-D"], ["valkey-server"], ["saas.cli", "web"], ["saas.cli", "scheduler"]):
            assert service.pids(*words), words
        assert len(service.pids("saas.cli", "worker")) >= 2

    def test_the_admins_address_is_in_no_process_that_serves(self, service):
        password = json.loads((service.data / "admin.json").read_text())["password"]
        for pid in service.pids("saas.cli"):
            assert password not in environment_of(pid)
            assert "DATABASE_ADMIN_URL" not in environment_of(pid)

    def test_other_shells_find_it(self, service):
        env = environment(service.data)
        shown = json.loads(saas("config", "--json", cwd=service.data.parent, env=env).stdout)
        assert shown["port"] == service.port
        assert shown["local"] is True
        doctor = saas("doctor", cwd=service.data.parent, env=env)
        assert "answers, PostgreSQL 18" in doctor.stdout

    def test_the_app_is_no_superuser_and_passes_no_wall(self, service):
        with psycopg.connect(dsn(service.kept()["database_url"])) as connection:
            row = connection.execute(
                "select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user"
            ).fetchone()
        assert row == (False, False, False)

    def test_a_second_start_on_the_same_folder_is_a_sentence(self, service):
        env = service.env | {"PORT": str(free_port())}
        done = saas("up", cwd=service.data.parent, env=env)
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1
        assert f"already running on {service.data}" in done.stderr
        assert service.status("/readyz") == 200

    def test_listens_on_loopback_alone(self, service):
        sockets = {os.readlink(link) for pid in service.below() for link in descriptors(pid)}
        inodes = {name[len("socket:[") : -1] for name in sockets if name.startswith("socket:[")}
        listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        found = {row[1] for row in listening if row[3] == "0A" and row[9] in inodes}
        assert found == {f"0100007F:{service.port:04X}"}

    def test_secrets_are_for_the_owner_alone(self, service):
        for name in ("local.json", "admin.json", "run/supervisord.conf"):
            assert (service.data / name).stat().st_mode & 0o077 == 0


def descriptors(pid: int) -> list[Path]:
    try:
        return [link for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink() and os.path.lexists(link)]
    except OSError:
        return []


class TestCrash:
    @pytest.mark.parametrize(
        ("words", "name"),
        [(("postgres", "-D"), "postgres"), (("valkey-server",), "redis"), (("saas.cli", "web"), "web")],
    )
    def test_what_is_killed_comes_back(self, service, words, name):
        victim = service.pids(*words)[0]
        os.kill(victim, signal.SIGKILL)
        assert until(lambda: (found := service.pids(*words)) and victim not in found), name
        assert until(lambda: service.status("/readyz") == 200), name


class TestEnd:
    def test_sigterm_ends_everything_and_the_next_start_finds_all(self, data):
        service = start(data, WEB_PROCESSES="1")
        below = service.below()
        assert len(below) > 6, service.said
        before = service.kept()
        began = time.monotonic()
        service.process.terminate()
        assert service.process.wait(20) == 0
        assert time.monotonic() - began < 10
        assert not [pid for pid in below if processes.is_alive(pid)]

        again = start(data, WEB_PROCESSES="1")
        try:
            assert {k: v for k, v in again.kept().items() if k not in {"port", "public_url"}} == {
                k: v for k, v in before.items() if k not in {"port", "public_url"}
            }
        finally:
            again.process.send_signal(signal.SIGINT)
            assert again.process.wait(20) == 0
            again.process.stdout.close()
            service.process.stdout.close()

    def test_a_killed_start_leaves_nothing_and_the_next_one_recovers(self, data):
        service = start(data, WEB_PROCESSES="1")
        below = service.below()
        with redis.Redis.from_url(service.kept()["redis_url"]) as client:
            client.set("word", "here")
        time.sleep(1.2)  # Redis writes once a second
        service.process.kill()
        service.process.wait()
        again = start(data, WEB_PROCESSES="1")  # at once, while the old processes still go
        try:
            assert "Seaport is ready" in again.said
            assert not [pid for pid in below if processes.is_alive(pid)]
            with redis.Redis.from_url(again.kept()["redis_url"]) as client:
                assert client.get("word") == b"here"
        finally:
            end(again)
            service.process.stdout.close()

    def test_a_killed_supervisor_leaves_nothing(self, data):
        service = start(data, WEB_PROCESSES="1")
        below = service.below()
        os.kill(service.pids("supervisor.supervisord")[0], signal.SIGKILL)
        assert service.process.wait(20) == 1
        assert not [pid for pid in below if processes.is_alive(pid)]
        end(service)


class TestGivenServers:
    """The same service on servers that somebody else runs."""

    @pytest.fixture
    def servers(self):
        with postgres.temporary() as database, redis_server.temporary() as store:
            postgres.ensure_database(database.url(), "crm")
            yield {"DATABASE_ADMIN_URL": database.url(database="crm"), "REDIS_URL": store.url(), "WEB_PROCESSES": "1"}

    @pytest.fixture
    def told(self, open_folder):
        """A data folder without servers whose demo counts as told: tests/stories/test_run_it.py has it told."""
        data = open_folder / "var"
        data.mkdir(mode=0o711)
        signins.mark_filled(data)
        return data

    def test_makes_its_roles_there_and_starts_no_server_and_needs_no_admin_from_then_on(self, servers, told):
        service = start(told, **servers)
        try:
            assert "Seaport is ready" in service.said
            assert not service.pids("postgres", "-D")
            assert not service.pids("valkey-server")
            assert not [pid for pid in service.pids("saas.cli") if "DATABASE_ADMIN_URL" in environment_of(pid)]
            assert not (service.data / "admin.json").exists()
            kept = service.kept()
        finally:
            end(service)
        del servers["DATABASE_ADMIN_URL"]
        addresses = {"DATABASE_URL": kept["database_url"], "DATABASE_PLATFORM_URL": kept["platform_url"]}
        service = start(told, **servers, **addresses)
        try:
            assert "DATABASE_ADMIN_URL is not set" in service.said
            assert "Seaport is ready" in service.said
            assert not service.kept()["database_url"]
        finally:
            end(service)

    def test_refuses_to_serve_as_the_superuser(self, servers, told):
        admin = servers["DATABASE_ADMIN_URL"]
        said = refused(told, DATABASE_URL=admin, DATABASE_PLATFORM_URL=admin, **servers)
        assert "could see the rows of every workspace" in said


def refused(data: Path, **more: str) -> str:
    """The one sentence with which a start ends."""
    env = environment(data, **({"PORT": str(free_port())} | more))
    done = saas("up", cwd=data.parent, env=env, timeout=STARTS_WITHIN)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


class TestRefusal:
    @pytest.mark.parametrize(
        ("name", "value", "says"),
        [
            ("PORT", "http", "PORT is 'http'"),
            ("PORT", "70000", "PORT is '70000'"),
            ("WEB_PROCESSES", "many", "WEB_PROCESSES is 'many'"),
            ("HOST", "no.such.host.invalid", "HOST is"),
            ("HOST", "192.0.2.1", "not an address of this machine"),
            ("SAAS_PUBLIC_URL", "crm.example.com", "SAAS_PUBLIC_URL"),
            ("REDIS_URL", "http://x", "REDIS_URL must start with"),
            ("REDIS_URL", "redis://127.0.0.1:1/0", "REDIS_URL doesn't let us in"),
            ("DATABASE_URL", "mysql://x", "DATABASE_URL must start with postgresql://"),
            ("DATABASE_URL", "postgresql://a:b@127.0.0.1:1/d", "DATABASE_PLATFORM_URL is not set"),
            ("DATABASE_ADMIN_URL", "postgresql://a:b@127.0.0.1:1/d", "DATABASE_ADMIN_URL doesn't let us in"),
            ("SAAS_CLOCK_OFFSET", "soon", "SAAS_CLOCK_OFFSET"),
        ],
    )
    def test_a_wrong_value_names_its_variable(self, open_folder, name, value, says):
        assert says in refused(open_folder / "var", **{name: value})

    def test_a_port_in_use(self, open_folder):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            assert f"Port {port} is in use" in refused(open_folder / "var", PORT=str(port))

    def test_a_file_where_the_data_folder_should_be(self, open_folder):
        (open_folder / "var").touch()
        assert "is a file, not a folder" in refused(open_folder / "var")

    def test_a_file_where_a_folder_of_ours_should_be(self, open_folder):
        (open_folder / "var").mkdir()
        (open_folder / "var" / "log").touch()
        assert "is a file, not a folder" in refused(open_folder / "var")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
    def test_a_data_folder_that_may_not_be_written(self, open_folder):
        (open_folder / "var").mkdir(mode=0o500)
        assert "may not write there" in refused(open_folder / "var")

    def test_a_database_of_another_version(self, open_folder):
        data = open_folder / "var"
        found = owner.of_servers(data / "none")
        owner.make_own_folder(data)
        (found.make_folder(data / "postgres" / "data") / "PG_VERSION").write_text("13\n")
        for name in ("local.json", "admin.json"):
            (data / name).write_text('{"password": "x"}')
        assert "made by PostgreSQL 13" in refused(data)

    def test_a_database_without_its_secrets(self, open_folder):
        data = open_folder / "var"
        found = owner.of_servers(data / "none")
        owner.make_own_folder(data)
        (found.make_folder(data / "postgres" / "data") / "PG_VERSION").write_text("18\n")
        assert "local.json is missing" in refused(data)

    def test_damaged_secrets(self, open_folder):
        (open_folder / "var").mkdir()
        (open_folder / "var" / "local.json").write_text("not json")
        assert "damaged" in refused(open_folder / "var")

    def test_leaves_no_process(self, open_folder):
        data = open_folder / "var"
        refused(data, HOST="192.0.2.1")
        assert not (data / "run").exists()
