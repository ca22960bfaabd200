"""Readings that a process keeps: true at every moment, for everybody who asks."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from saas import kept
from saas.crm.activities import kind_actions
from saas.db import db, enter
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import Member
from tests.factories import make_agent, make_tenant, sign_in


@pytest.fixture
def workspace(app):
    """A workspace whose rows were committed, with Ann in it: (its id, her id)."""
    with app.app_context():
        tenant = make_tenant()
        with scope.enter(tenant.id):
            ann = make_agent(name="Ann")
            db.session.commit()
            return tenant.id, ann.id


def names(app, tenant_id) -> list[str]:
    """What one request after another finds, each with the turn that its session brings."""
    with app.app_context(), scope.enter(tenant_id):
        kept.is_turn(tenant_id, scope.workspace().turn)
        found = [name for _key, name in tenants.member_names()]
        db.session.rollback()
        return found


class TestKept:
    def test_reads_once_until_somebody_changes_a_row(self, app, workspace, statements):
        tenant_id, ann_id = workspace
        assert names(app, tenant_id) == ["Ann"]
        with statements() as sent:
            assert names(app, tenant_id) == ["Ann"]
        assert not [one for one in sent if "FROM member" in one]
        with app.app_context(), scope.enter(tenant_id):
            db.session.get(Member, (tenant_id, ann_id)).name = "Anne"
            db.session.commit()
        assert names(app, tenant_id) == ["Anne"]

    def test_sees_what_changed_past_the_models(self, app, workspace):
        tenant_id, ann_id = workspace
        assert names(app, tenant_id) == ["Ann"]
        with app.app_context(), scope.enter(tenant_id), db.engines[None].begin() as connection:
            enter(connection, tenant_id)
            change = text("update member set name = 'Anya' where id = :id").execution_options(reviewed=True)
            connection.execute(change, {"id": ann_id})
        assert names(app, tenant_id) == ["Anya"]

    def test_who_changed_it_reads_his_own_change_and_nobody_else_does(self, app, workspace):
        tenant_id, ann_id = workspace
        assert names(app, tenant_id) == ["Ann"]
        with app.app_context(), scope.enter(tenant_id):
            kept.is_turn(tenant_id, scope.workspace().turn)
            db.session.get(Member, (tenant_id, ann_id)).name = "Anne"
            assert [name for _key, name in tenants.member_names()] == ["Anne"]
            db.session.rollback()
            assert [name for _key, name in tenants.member_names()] == ["Ann"]
        assert names(app, tenant_id) == ["Ann"]

    def test_leaves_the_turn_alone_for_what_nobody_keeps(self, app, workspace):
        tenant_id, ann_id = workspace
        with app.app_context(), scope.enter(tenant_id):
            before = scope.workspace().turn
            db.session.get(Member, (tenant_id, ann_id)).digest_hour = 7
            db.session.commit()
            db.session.expire_all()
            assert scope.workspace().turn == before

    def test_one_workspaces_readings_are_not_anothers(self, app, workspace):
        with app.app_context():
            other = make_tenant()
            with scope.enter(other.id):
                make_agent(name="Bo")
                db.session.commit()
        assert names(app, workspace[0]) == ["Ann"]
        assert names(app, other.id) == ["Bo"]

    def test_a_process_forgets_the_oldest_when_it_keeps_too_many(self, app, workspace, monkeypatch):
        monkeypatch.setattr(kept, "MOST", 1)
        with app.app_context():
            other = make_tenant()
        for _ in range(2):
            assert names(app, workspace[0]) == ["Ann"]
            assert names(app, other.id) == []
        assert len(kept._readings) == 1

    def test_a_page_shows_a_word_from_the_moment_it_was_changed(self, client, context):
        tenant = make_tenant()
        sign_in(client, tenant)
        page = f"/{tenant.slug}/activities/new"
        assert "Site visit" not in client.get(page).text
        with scope.enter(tenant.id):
            kind_actions.add(
                {"name": "Site visit", "icon": "map-pin", "colour": "grey", "reaches": True}, by=make_agent()
            )
            db.session.commit()
        assert "Site visit" in client.get(page).text
