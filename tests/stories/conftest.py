"""The service as people meet it: over http, in Chromium, with the work of its workers done when a story says so."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from playwright import sync_api
from sqlalchemy import select
from werkzeug.serving import make_server

from saas.app import create_app
from saas.config import Config
from saas.db import db
from saas.jobs import runner
from saas.tenants.actions import letters
from saas.tenants.models import Tenant

NOISE = "the server responded with a status of"  # a refusal that the story means


@dataclass(frozen=True)
class Service:
    """A running service."""

    app: Flask
    address: str

    def work(self) -> None:
        """Do what workers would do by now."""
        with self.app.app_context():
            while letters.post_letters():
                pass
            ids = list(db.session.scalars(select(Tenant.id)))
        for tenant_id in ids:
            with self.app.app_context():
                while runner.run_tenant(str(tenant_id)):
                    pass


@pytest.fixture(scope="session")
def service(config: Config) -> Iterator[Service]:
    """The app on this machine, as `make run` serves it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    hosts = ("127.0.0.1", "localhost")
    app = create_app(replace(config, public_url=address, port=port, local=True, trusted_hosts=hosts))
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Service(app, address)
    server.shutdown()
    thread.join()


@pytest.fixture
def visitor(chromium: sync_api.Browser, service: Service) -> Iterator[Callable[..., sync_api.Page]]:
    """Make a page of a browser of its own; what it complains of (errors, refusals of the policy) fails the test."""
    service.app.extensions["limits"].ask(lambda by: by.storage.reset())  # all stories come from one address
    said: list[str] = []
    pages: list[sync_api.Page] = []

    def arrive(**options: Any) -> sync_api.Page:
        seen = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", "base_url": service.address} | options
        page = chromium.new_context(**seen).new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda line: said.append(line.text) if line.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        pages.append(page)
        return page

    yield arrive
    for page in pages:
        page.context.close()
    assert [line for line in said if NOISE not in line] == []
