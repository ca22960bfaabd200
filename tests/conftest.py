"""One real PostgreSQL and one real Redis for each test process; a fresh workspace for each test.

Tests share the database: each makes a workspace of its own, so nothing needs to be emptied, and any leak between
workspaces shows.
"""

from __future__ import annotations

import contextvars
import gc
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal

import hypothesis
import pytest
from argon2 import PasswordHasher
from flask import Flask, g, has_app_context
from flask.testing import FlaskClient
from playwright import sync_api
from sqlalchemy import event
from sqlalchemy.engine import Engine
from werkzeug.test import TestResponse

from migrations.scratch import settings
from migrations.upgrade import upgrade
from saas import cli, clock
from saas.app import create_app
from saas.config import Config
from saas.db import db
from saas.run import postgres, redis
from saas.run.commands import _app
from saas.tenants import passwords, scope
from saas.tenants.models import Tenant
from tests.browsers import CHROMIUM, FLAGS
from tests.chat_double import chat_service  # noqa: F401 - a fixture
from tests.factories import make_tenant
from tests.walk import World
from tests.wires import certificate, names, wires  # noqa: F401 - fixtures

# A busy machine is no fault of the code: no test of ours is late.
hypothesis.settings.register_profile(
    "patient",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large],
)
hypothesis.settings.load_profile("patient")

gc.set_threshold(20_000, 20, 50)  # looking for garbage as often as Python does took a tenth of all time

# What takes long comes first, so that no worker is at it when the others have nothing left to do.
LONG = (
    "tests/run/",
    "tests/stories/",
    "tests/jobs/test_kills.py",
    "tests/test_permissions.py",
    "tests/crm/pool/test_veil_walk.py",
    "tests/crm/reports/test_real_sums.py",
    "tests/crm/transfer/test_real_data.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes long first."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


class PatientHasher(PasswordHasher):
    """Hashes with the settings of the service, and each password once: most tests use the same few."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._hashes: dict[str | bytes, str] = {}
        self._verified: set[tuple[str | bytes, str | bytes]] = set()

    def hash(self, password: str | bytes, **options: Any) -> str:
        """The hash made the first time."""
        if password not in self._hashes:
            self._hashes[password] = super().hash(password, **options)
        return self._hashes[password]

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        """True; at once for what was found right before. What is wrong is worked out each time."""
        if (hash, password) not in self._verified:
            super().verify(hash, password)
            self._verified.add((hash, password))
        return True


class Browser(FlaskClient):
    """A browser that comes over https to the public address, as people do."""

    def open(self, *args: Any, **options: Any) -> TestResponse:
        """One request."""
        if has_app_context():  # the test's own context lends its `g` to every request: none may remember the one before
            for name in list(g):
                g.pop(name)
        if args and isinstance(args[0], str):
            options.setdefault("base_url", "https://seaport.test")
        return super().open(*args, **options)


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[postgres.Postgres, redis.Redis]]:
    """The two servers of this test process."""
    with ExitStack() as stack:
        yield stack.enter_context(postgres.temporary()), stack.enter_context(redis.temporary())


@pytest.fixture(scope="session")
def config(servers: tuple[postgres.Postgres, redis.Redis], tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Settings as in production over https, against the test servers, migrated."""
    database, wake = servers
    folder = str(tmp_path_factory.mktemp("data"))
    made = settings(database, REDIS_URL=wake.url(), SAAS_DATA_DIR=folder, OPERATOR_HOST="seaport.test")
    upgrade(made)
    return made


@pytest.fixture(scope="session")
def app(config: Config) -> Flask:
    """The application, once for all tests."""
    app = create_app(config)
    app.config["TESTING"] = True
    app.test_client_class = Browser
    app.config["PROPAGATE_EXCEPTIONS"] = False
    gc.freeze()  # what is there by now stays to the end
    return app


@pytest.fixture(scope="session")
def chromium() -> Iterator[sync_api.Browser]:
    """One real browser for the whole test process: a second one can't be driven beside it."""
    if not CHROMIUM:
        pytest.skip("Chromium is not installed")
    sync_api.expect.set_options(timeout=20_000)  # ms; a busy machine is no fault of the page
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session", autouse=True)
def _hasher() -> None:
    real = passwords._hasher
    passwords._hasher = PatientHasher(
        real.time_cost, real.memory_cost, real.parallelism, real.hash_len, real.salt_len, type=real.type
    )


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    yield
    clock.shift(0)


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    """An app context without a workspace in scope; what is left open is rolled back."""
    with app.app_context():
        yield
        db.session.rollback()
        db.session.remove()


@pytest.fixture
def tenant(context: None) -> Iterator[Tenant]:
    """A workspace of the test's own, in scope."""
    made = make_tenant()
    with scope.enter(made.id):
        yield made


@pytest.fixture
def command(
    app: Flask, context: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a `saas` command in this process, on the app that is there: what came of it, as of a process of its own."""
    monkeypatch.setattr(_app, "create_app", lambda: app)

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        db.session.rollback()
        capsys.readouterr()
        status = contextvars.Context().run(cli.main, [str(word) for word in words])  # in nobody's scope
        return subprocess.CompletedProcess(words, status, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def world(app: Flask) -> World:
    """A workspace with one of everything, for walks past all rules that are refused or only look: they share it."""
    return World(app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without cookies."""
    return app.test_client()


@pytest.fixture
def post(client: FlaskClient) -> Callable[..., TestResponse]:
    """Send a form as the page would: with its CSRF token."""

    def send(path: str, **options: Any) -> TestResponse:
        page = client.get("/sign-in").get_data(as_text=True)
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page) or re.search(
            r'csrf-token" content="([^"]+)"', page
        )
        assert found, "no page gave a CSRF token"
        data = {"csrf_token": found[1]} | options.pop("data", {})
        return client.post(path, data=data, **options)

    return send


@pytest.fixture
def statements(context: None) -> Callable[[], AbstractContextManager[list[str]]]:
    """Collect the SQL of a block: `with statements() as seen: …`; transactions' own words are left out."""

    @contextmanager
    def watch() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
            if not sql.startswith("SET LOCAL"):
                seen.append(sql)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(Engine, "before_cursor_execute", note)

    return watch


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the real data, or a skip that says so."""
    import os

    folder = Path(os.environ.get("SEAPORT_SHARED") or Path(__file__).parents[2] / "shared")
    if not (folder / "data").is_dir():
        pytest.skip("../shared is absent")
    return folder
