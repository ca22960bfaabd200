"""`saas tenant`, `saas member` and `saas role`."""

from __future__ import annotations

import json

import pytest

from saas import cli
from saas.db import db, new_id
from saas.run.commands import _app
from saas.tenants import queries, scope
from saas.tenants.models import TenantStatus

PASSWORD = "seven small green boats"


@pytest.fixture
def saas(app, context, monkeypatch, capsys):
    """Run a command; its exit status, and what it said on both channels."""
    monkeypatch.setattr(_app, "create_app", lambda: app)

    def run(*words):
        db.session.rollback()
        status = cli.main(words)
        return status, *capsys.readouterr()

    return run


def make(saas, slug=None, email=None, **given):
    slug, email = slug or f"c-{new_id().hex[-12:]}", email or f"{new_id().hex[-12:]}@example.com"
    more = [word for name, value in given.items() for word in (f"--{name}", value)]
    password = ["--owner-password", PASSWORD]
    return slug, email, saas("tenant", "create", slug, "--name", "Quay", "--owner-email", email, *password, *more)


class TestTenantCreate:
    def test_opens_a_trial_with_its_owner(self, saas):
        slug, email, (status, said, _err) = make(saas, locale="zh", timezone="Asia/Shanghai", currency="CNY")
        assert (status, said) == (0, f"/{slug}/\n")
        tenant = queries.tenant_by_slug(slug)
        assert (tenant.status, tenant.locale, tenant.currency) == (TenantStatus.TRIAL, "zh", "CNY")
        tenant_id = tenant.id
        db.session.rollback()
        with scope.enter(tenant_id):
            (owner,) = queries.members()
            assert (owner.email, owner.role.key, owner.locale) == (email, "owner", "zh")

    def test_gives_a_known_owner_one_more(self, saas):
        _slug, email, _done = make(saas)
        assert make(saas, email=email)[2][0] == 0
        assert len(queries.workspaces_of(queries.user_by_email(email).id)) == 2

    def test_takes_whole_mail_addresses_only(self, saas):
        _slug, _email, (status, _said, err) = make(saas, email="ann")
        assert status == 2
        assert "not a whole mail address" in err

    @pytest.mark.parametrize(
        ("slug", "given"),
        [("www", {}), ("Not One", {}), (None, {"timezone": "Mars/Base"}), (None, {"currency": "XXY"})],
    )
    def test_refuses_with_a_sentence(self, saas, slug, given):
        _slug, _email, (status, _said, err) = make(saas, slug, **given)
        assert status == 1
        assert err.strip().endswith(".") or "example" in err
        assert "Traceback" not in err

    def test_refuses_what_is_taken(self, saas):
        slug, _email, _done = make(saas)
        assert make(saas, slug)[2][0] == 1

    def test_wants_its_options(self, saas):
        assert saas("tenant", "create", "quay")[0] == 2
        assert make(saas, locale="tlh")[2][0] == 2


class TestMemberCreate:
    def test_lets_somebody_in(self, saas):
        slug, _owner, _done = make(saas)
        email = f"{new_id().hex[-12:]}@example.com"
        assert saas("member", "create", slug, "--email", email, "--password", PASSWORD, "--role", "agent")[0] == 0
        assert [one.slug for one in queries.workspaces_of(queries.user_by_email(email).id)] == [slug]

    def test_refuses_an_unknown_role_and_workspace(self, saas):
        slug, _owner, _done = make(saas)
        words = ("--email", "x@example.com", "--password", PASSWORD, "--role")
        status, _said, err = saas("member", "create", slug, *words, "admiral")
        assert (status, "admiral" in err, "agent" in err) == (1, True, True)
        assert saas("member", "create", "nowhere", *words, "agent")[0] == 1

    def test_refuses_a_weak_password(self, saas):
        slug, _owner, _done = make(saas)
        email = f"{new_id().hex[-12:]}@example.com"
        status, _said, _err = saas("member", "create", slug, "--email", email, "--password", "short", "--role", "agent")
        assert status == 1
        assert queries.user_by_email(email) is None


class TestRoleList:
    def test_names_all_with_their_rights(self, saas):
        slug, _owner, _done = make(saas)
        found = json.loads(saas("role", "list", slug, "--json")[1])
        assert [one["key"] for one in found][:4] == ["owner", "manager", "agent", "readonly"]
        assert found[0]["rights"]["role.edit"] == "all"
        assert "Owner" in saas("role", "list", slug)[1]
