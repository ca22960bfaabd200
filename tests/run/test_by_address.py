"""Production as docs/production.md tells it: servers that somebody else runs, each process by itself, a proxy in front.

Once on the PostgreSQL that we carry and once on the oldest that we promise, Debian's.
"""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest

from saas.run import postgres
from tests.pages import filled
from tests.run import outside
from tests.run.conftest import environment, saas
from tests.run.test_up import until

DEBIANS = Path("/usr/lib/postgresql/15/bin")
HOST = "crm.example.com"
PASSWORD = "seven small green boats"
OWNER, CUSTOMER = "ann@acme.example", "jana@elbe.example"
SHEET = "account,sector\nCancity,retail\nBetasoloin,medical\n"
ANSWERS_WITHIN = 60.0  # s, on a busy machine
ONE_BY_ONE = "import json, sys; from saas import cli; sys.exit(max(map(cli.main, json.loads(sys.argv[1]))))"


@dataclass
class Site:
    """The processes of one service, and where they were told to look."""

    database: outside.Database
    office: outside.PostOffice
    env: dict[str, str]
    admin: dict[str, str]  # what migrate, backup and restore are told besides
    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def port(self) -> int:
        """Where the web listens, behind the proxy."""
        return int(self.env["PORT"])

    def saas(self, *words: str, **more: str) -> str:
        """Have a command done; what it said."""
        done = saas(*words, cwd=self.folder, env=self.env | self.admin | more)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def do(self, *commands: list[str]) -> None:
        """Have commands done in one process: loading the app takes longer than each of them."""
        run = [sys.executable, "-c", ONE_BY_ONE, json.dumps(commands)]
        done = subprocess.run(run, cwd=self.folder, env=self.env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def start(self, *names: str) -> None:
        """Start processes as an init system does, without the admin's address."""
        for name in names:
            log = (self.folder / f"{name}.log").open("ab")
            command = [sys.executable, "-m", "saas.cli", name]
            self.processes.append(subprocess.Popen(command, cwd=self.folder, env=self.env, stdout=log, stderr=log))
            log.close()

    def stop(self) -> list[int]:
        """Ask them all to end; their exit codes."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        codes = [process.wait(30) for process in self.processes]
        self.processes.clear()
        return codes


class Visitor:
    """Somebody's browser, as the proxy passes it on: over http here, https out there."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies = port, SimpleCookie()

    def ask(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, str, http.client.HTTPMessage]:
        """One request: status, text, headers."""
        sent = {
            "Host": HOST,
            "X-Forwarded-Host": HOST,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "203.0.113.9",
            "Cookie": "; ".join(f"{name}={one.value}" for name, one in self.cookies.items()),
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWERS_WITHIN)
        try:
            connection.request(method, path, body or None, sent | headers)
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie", []):
                self.cookies.load(line)
            return answer.status, answer.read().decode(), answer.headers
        finally:
            connection.close()

    def look(self, path: str) -> str:
        """A page that is there."""
        status, text, _headers = self.ask("GET", path)
        assert status == 200, (path, status)
        return text

    def send(self, path: str, **fields: str) -> http.client.HTTPMessage:
        """Fill in the form of the page at `path` and send it; the headers of the answer, which leads on."""
        form = filled(self.look(path), path) | fields
        kind = "application/x-www-form-urlencoded"
        status, text, headers = self.ask("POST", path, urlencode(form).encode(), **{"Content-Type": kind})
        assert status in {302, 303}, (path, status, text[:2000])
        return headers


def status(site: Site, path: str) -> int:
    """The status of a page; 0 while nobody answers."""
    try:
        return Visitor(site.port).ask("GET", path)[0]
    except OSError:
        return 0


@pytest.fixture(scope="module", params=["carried", "Debian's"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service from nothing but servers and their addresses, with one workspace."""
    if request.param == "Debian's" and not (DEBIANS / "initdb").exists():
        pytest.skip("Debian's postgresql-15 is not installed; what it would show is shown on the carried PostgreSQL")
    programs = DEBIANS if request.param == "Debian's" else postgres.binary("initdb").parent
    folder = tmp_path_factory.mktemp("site")
    with ExitStack() as stack:
        made = _made(
            stack.enter_context(outside.database(programs)),
            stack.enter_context(outside.store()),
            stack.enter_context(outside.post_office(folder)),
            folder,
        )
        made.database.make("crm")
        made.saas("migrate")
        made.start("web", "worker", "scheduler")
        try:
            _fill(made)
            assert until(lambda: status(made, "/readyz") == 200, ANSWERS_WITHIN)
            yield made
        finally:
            codes = made.stop()
        assert set(codes) == {0}


def _made(database: outside.Database, store: str, office: outside.PostOffice, folder: Path) -> Site:
    env = environment(
        folder / "data",
        DATABASE_URL=database.url("crm", "crm_web", "one"),
        DATABASE_PLATFORM_URL=database.url("crm", "crm_platform", "two"),
        REDIS_URL=store,
        SECRET_KEY="thirty-two random characters, or more",
        SAAS_PUBLIC_URL=f"https://{HOST}",
        PORT=str(outside.free_port()),
        WEB_PROCESSES="1",
        PROXY_HOPS="1",
        SMTP_URL=office.url,
        SSL_CERT_FILE=str(office.authority),
    )
    return Site(database, office, env, {"DATABASE_ADMIN_URL": database.url("crm")}, folder)


def _fill(site: Site) -> None:
    """What the commands make: a workspace, somebody in its portal, a list of customers, an operator."""
    sheet = site.folder / "customers.csv"
    sheet.write_text(SHEET)
    secret = ["--password", PASSWORD]
    owner = ["--owner-email", OWNER, "--owner-password", PASSWORD]
    site.do(
        ["tenant", "create", "acme", "--name", "Acme", *owner],
        ["portal-user", "create", "acme", "--kind=customer", "--account=Nordlicht", "--email", CUSTOMER, *secret],
        ["import", "acme", "accounts", str(sheet)],
        ["operator", "create", "--email", "op@example.com", *secret],
    )


def signed_in(site: Site, path: str, email: str) -> Visitor:
    """Somebody who has just come in by the form at `path`."""
    visitor = Visitor(site.port)
    visitor.send(path, email=email, password=PASSWORD)
    return visitor


class TestByAddress:
    def test_is_alive_and_ready(self, site):
        assert (status(site, "/healthz"), status(site, "/readyz")) == (200, 200)

    def test_answers_to_its_own_name_alone(self, site):
        assert Visitor(site.port).ask("GET", "/sign-in", **{"X-Forwarded-Host": "127.0.0.1"})[0] == 400

    def test_shows_its_figures_with_the_token_alone(self, site):
        assert status(site, "/metrics") == 404  # whoever comes through the proxy comes from this machine

    def test_has_no_door_for_operators_where_no_host_is_theirs(self, site):
        assert status(site, "/_platform/sign-in") == 404

    def test_people_sign_in_and_work_over_https(self, site):
        ann = signed_in(site, "/acme/sign-in", OWNER)
        assert all(name.startswith("__Host-") and one["secure"] for name, one in ann.cookies.items())
        ann.send("/acme/customers/new", name="Elbe Systems")
        assert "Elbe Systems" in ann.look("/acme/customers/")

    def test_a_list_that_was_brought_in_is_there(self, site):
        shown = signed_in(site, "/acme/sign-in", OWNER).look("/acme/customers/")
        assert "Cancity" in shown
        assert "Betasoloin" in shown

    def test_a_complaint_reaches_the_owner_by_mail(self, site):
        jana = signed_in(site, "/acme/portal/sign-in", CUSTOMER)
        jana.send("/acme/portal/complaint", subject="The crane squeaks", text="Since Monday.")
        assert until(lambda: told(site, "The crane squeaks"), ANSWERS_WITHIN)
        (letter,) = told(site, "The crane squeaks")
        assert f"https://{HOST}/acme/" in letter.get_body(("plain",)).get_content()

    def test_comes_back_from_a_backup_in_an_empty_place(self, site):
        ann = signed_in(site, "/acme/sign-in", OWNER)
        ann.send("/acme/customers/new", name="Kept by the backup")
        site.saas("backup", str(site.folder / "backup"))
        site.database.make("again")
        again = {
            "DATABASE_URL": site.database.url("again", "crm_web", "one"),
            "DATABASE_PLATFORM_URL": site.database.url("again", "crm_platform", "two"),
            "DATABASE_ADMIN_URL": site.database.url("again"),
            "SAAS_DATA_DIR": str(site.folder / "elsewhere"),
        }
        assert "Restored" in site.saas("restore", str(site.folder / "backup"), **again)
        assert "acme: whole" in site.saas("verify-audit", **again)
        with psycopg.connect(again["DATABASE_ADMIN_URL"]) as connection:
            names = connection.execute("select name from account").fetchall()
        assert ("Kept by the backup",) in names


def told(site: Site, subject: str) -> list[EmailMessage]:
    """The letters to the owner about this."""
    return [letter for letter in site.office.letters(OWNER) if subject in letter["Subject"]]
