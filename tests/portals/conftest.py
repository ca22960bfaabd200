"""People with passwords, and browsers that type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from saas import mail
from saas.config import Config
from saas.db import db, new_id
from saas.jobs import runner
from saas.tenants import scope
from saas.tenants.actions import letters, people, users
from saas.tenants.models import Tenant
from tests.factories import make_tenant
from tests.pages import filled

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Place:
    """A committed workspace; nobody is in its scope."""

    app: Flask
    id: UUID
    slug: str

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Look at its rows, or make some; committed at the end."""
        with self.app.app_context(), scope.enter(self.id):
            yield
            db.session.commit()

    def __truediv__(self, path: str) -> str:
        return f"/{self.slug}/{path}"


@dataclass(frozen=True)
class Person:
    """Somebody who signs in with `PASSWORD`."""

    id: UUID
    email: str
    name: str


@pytest.fixture(autouse=True)
def _no_tries_yet(app: Flask) -> None:
    """All tests come from one address: each starts with nothing counted against it."""
    app.extensions["limits"].ask(lambda by: by.storage.reset())


@pytest.fixture
def place(app: Flask) -> Place:
    """A workspace of the test's own."""
    return new_place(app)


def new_place(app: Flask, **given: object) -> Place:
    """Another workspace."""
    with app.app_context():
        tenant: Tenant = make_tenant(**given)
        return Place(app, tenant.id, tenant.slug)


def new_person(*places: Place, role: str = "owner", name: str = "Mira Olsen") -> Person:
    """Somebody with a password, a member of these workspaces."""
    app = places[0].app
    email = f"{new_id().hex[-12:]}@example.com"
    with app.app_context():
        user = users.register(email, name, PASSWORD)
        db.session.commit()
        for place in places:
            with scope.enter(place.id):
                people.admit(user, role)
                db.session.commit()
        return Person(user.id, email, name)


def send(browser: FlaskClient, path: str, page: str | None = None, **fields: object) -> TestResponse:
    """Fill in the form of a page (the one at `path` when left out) and send it to `path`."""
    shown = browser.get(page or path).get_data(as_text=True)
    hidden = filled(shown, path) or {"csrf_token": re.search(r'name="csrf-token" content="([^"]+)"', shown)[1]}
    return browser.post(path, data={**hidden, **fields})


def sign_in(browser: FlaskClient, person: Person, place: Place | None = None, password: str = PASSWORD) -> TestResponse:
    """Sign in by the form, at the public door or that of a workspace."""
    path = place / "sign-in" if place else "/sign-in"
    return send(browser, path, email=person.email, password=password)


@pytest.fixture
def post_office(app: Flask, config: Config) -> Callable[[str], list[str]]:
    """Have all letters posted; gives the texts of those to an address, the oldest first."""

    def texts(to: str) -> list[str]:
        with app.app_context():
            while letters.post_letters():
                pass
        found: list[Path] = mail.kept(config)[::-1]
        read = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in found]
        return [m.get_body(("plain",)).get_content() for m in read if m["To"] == to]

    return texts


def work(place: Place) -> None:
    """Do the workspace's due work."""
    with place.app.app_context():
        runner.run_tenant(str(place.id))


def link_in(text: str) -> str:
    """The path of the link in a letter."""
    return re.search(r"https://seaport\.test(/\S+)", text)[1]
