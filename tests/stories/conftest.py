"""The service as people meet it: over http, in Chromium, with the work of its workers done when a story says so."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask_babel import force_locale, gettext
from playwright import sync_api
from sqlalchemy import select
from werkzeug.serving import make_server

from saas.app import create_app
from saas.config import Config
from saas.db import db, new_id
from saas.jobs import runner
from saas.tenants import queries, scope
from saas.tenants.actions import letters, users, workspaces
from saas.tenants.actions import people as admission
from saas.tenants.models import Member, Tenant, User
from tests.browsers import barriers, fits, open_page, resize, settle

NOISE = "the server responded with a status of"  # a refusal that the story means


@dataclass(frozen=True)
class Service:
    """A running service."""

    app: Flask
    address: str

    def post(self) -> None:
        """Post the service's own letters, as workers would by now."""
        with self.app.app_context():
            while letters.post_letters():
                pass

    def work(self, tenant_id: UUID) -> None:
        """Do what workers would do by now for one workspace; those of other tests have no part in a story."""
        self.post()
        with self.app.app_context():
            while runner.run_tenant(str(tenant_id)):
                pass

    def id_of(self, slug: str) -> UUID:
        """The workspace at this address."""
        with self.app.app_context():
            return db.session.scalars(select(Tenant.id).where(Tenant.slug == slug)).one()


PASSWORD = "seven small green boats"


@dataclass(frozen=True)
class House:
    """A rented workspace whose people can sign in: {role: mail address}; two agents."""

    service: Service
    id: UUID
    slug: str
    people: dict[str, str]

    def work(self) -> None:
        """Do what workers would do for it by now."""
        self.service.work(self.id)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """In its scope, beside the browser; what the block made is committed."""
        with self.service.app.app_context(), scope.enter(self.id):
            yield
            db.session.commit()

    def member(self, role: str) -> Member:
        """Who has this role, in scope."""
        found = queries.member_by_email(self.people[role])
        assert found is not None
        return found

    def enter(self, page: sync_api.Page, role: str = "owner") -> sync_api.Page:
        """Sign in as this person; the page then shows Today."""
        page.goto(f"/{self.slug}/")
        sign_in(page, self.people[role], PASSWORD)
        sync_api.expect(page.locator(".side")).to_be_attached()
        return page


def sign_in(page: sync_api.Page, email: str, password: str) -> None:
    """Fill in the form that is open: of a workspace or of a portal, in either language."""
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=password]").fill(password)
    page.locator("main button[type=submit]").click()


def look(page: sync_api.Page) -> None:
    """Nothing on this page stands in anybody's way: axe finds nothing, and on a phone nothing sticks out sideways."""
    settle(page)
    page.evaluate("scrollTo(0, 0)")  # a link that is half under the bar on top counts as too small
    assert barriers(page) == [], page.url
    wide = page.viewport_size or {}
    resize(page, 390, 844)
    assert fits(page), page.url
    resize(page, **wide)


def work_until(house: House, page: sync_api.Page, shown: sync_api.Locator) -> None:
    """Do the workspace's work until the page, which moves by itself, shows this; a click before may be on its way."""
    for _try in range(100):
        house.work()
        if shown.first.is_visible():
            return
        page.wait_for_timeout(100)  # ms
    sync_api.expect(shown.first).to_be_visible()


def letter_link(work: Callable[[], None], page: sync_api.Page, subject: str) -> str:
    """The link in the newest letter with this subject, read where letters are kept, once `work` has posted it."""
    letter = page.get_by_role("link", name=subject).first
    for _try in range(100):
        work()
        page.goto("/_mail/")
        if letter.count():
            break
        page.wait_for_timeout(100)  # ms; what it answers was sent from another page and may still be on its way
    letter.click()
    return page.locator(".letter-text a").first.get_attribute("href") or ""


@pytest.fixture
def house(service: Service) -> House:
    """A workspace of the story's own, with an owner, a manager and two agents."""
    slug = f"h-{new_id().hex[-12:]}"
    names = {"owner": "Ines Prado", "manager": "Bo Lind", "agent": "Ann Archer", "other agent": "Tom Becker"}
    people = {role: f"{role.replace(' ', '-')}-{new_id().hex[-12:]}@example.com" for role in names}
    with service.app.app_context():
        known = {r: users.register(people[r], n, PASSWORD, timezone="Europe/Lisbon") for r, n in names.items()}
        tenant = workspaces.create(
            slug, "Quay Trading", known["owner"], locale="en", timezone="Europe/Lisbon", currency="EUR"
        )
        made = tenant.id
        db.session.commit()
        with scope.enter(made):
            for role, user in known.items():
                if role != "owner":
                    admission.admit(user, role.split()[-1])
            db.session.commit()
    return House(service, made, slug, people)


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
        page = open_page(chromium, **seen)
        page.set_default_timeout(15_000)
        page.on("console", lambda line: said.append(line.text) if line.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        pages.append(page)
        return page

    yield arrive
    for page in pages:
        page.context.close()
    assert [line for line in said if NOISE not in line] == []


@pytest.fixture(params=["en", "zh"])
def language(request, house) -> str:
    """The language in which all people of the house read."""
    with house.service.app.app_context():
        for user in db.session.scalars(select(User).where(User.email.in_(house.people.values()))):
            user.locale = request.param
        db.session.commit()
    return str(request.param)


@pytest.fixture
def say(house, language):
    """A sentence of ours as the people of the house read it."""

    def said(sentence: str, **values: Any) -> str:
        with house.service.app.app_context(), force_locale(language):
            return gettext(sentence, **values)

    return said
