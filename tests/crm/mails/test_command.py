"""`saas mail-in`: what a mail server hands over reaches the member whose address it came to."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from saas import child
from saas.crm.mails import drop_actions
from saas.crm.mails.models import Mail
from saas.db import db
from saas.run.commands.mail_in import NOBODY, TRY_LATER
from saas.tenants import scope
from saas.tenants.models import Tenant, TenantStatus
from tests.crm.mails.posting import message
from tests.factories import make_agent, make_tenant


@pytest.fixture
def pipe(app, command, monkeypatch):
    """Hand a message over, in a service that has a domain for mail."""
    monkeypatch.setitem(app.extensions, "config", replace(app.extensions["config"], mail_domain="in.seaport.test"))

    def hand_over(raw: bytes, *words: str):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
        return command("mail-in", *words)

    return hand_over


@pytest.fixture
def two(context, pipe) -> list[tuple[Tenant, str]]:
    """Two workspaces, and the address of a member in each."""
    found = []
    for _ in range(2):
        tenant = make_tenant()
        with scope.enter(tenant.id):
            address = drop_actions.address_of(drop_actions.make(make_agent()))
            db.session.commit()
        found.append((tenant, address))
    return found


def subjects(tenant: Tenant) -> list[str]:
    with scope.enter(tenant.id):
        found = list(db.session.scalars(select(Mail.subject)))
        db.session.rollback()
    return found


class TestMailIn:
    def test_reaches_the_workspace_of_the_address_alone(self, pipe, two):
        (one, address), (other, _address) = two
        raw = message("jana@nordlicht.example", "ann@quay.example", "Hello").as_bytes()
        assert pipe(raw, "--to", address.upper()).returncode == 0
        assert pipe(raw, "--to", address).returncode == 0
        assert (subjects(one), subjects(other)) == (["Hello"], [])

    def test_finds_the_address_in_the_head(self, pipe, two):
        (one, address), _other = two
        assert pipe(message("jana@nordlicht.example", f"Drop <{address}>", "Hello").as_bytes()).returncode == 0
        assert subjects(one) == ["Hello"]

    def test_tells_the_mail_server_that_nobody_has_an_address(self, pipe, two):
        (one, address), (other, strange) = two
        raw = message("jana@nordlicht.example", "x@y.example").as_bytes()
        mixed = address[:26] + strange[26:]
        for to in ("nobody@in.seaport.test", mixed, "a" * 52 + "@in.seaport.test"):
            assert pipe(raw, "--to", to).returncode == NOBODY
        db.session.get_one(Tenant, one.id).status = TenantStatus.SUSPENDED
        db.session.commit()
        assert pipe(raw, "--to", address).returncode == NOBODY
        assert subjects(one) == subjects(other) == []

    def test_asks_the_mail_server_to_come_again_when_all_are_busy(self, pipe, two, monkeypatch):
        def busy(*_: object, **__: object):
            raise child.Stopped("busy")

        monkeypatch.setattr(child, "stream", busy)
        raw = message("jana@nordlicht.example", "x@y.example").as_bytes()
        assert pipe(raw, "--to", two[0][1]).returncode == TRY_LATER
