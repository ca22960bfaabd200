"""Readings that a process keeps: true at every moment, for everybody who asks."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from saas import clock, kept
from saas.crm.activities import kind_actions
from saas.db import db, enter
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import Member, MemberStatus, Notice, Team
from tests.factories import make_account, make_agent, make_tenant, sign_in


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
        tenant_id, _ann_id = workspace
        with app.app_context(), scope.enter(tenant_id):
            make_account(name="Fabrikam")
            db.session.commit()
            before = scope.workspace().turn
            make_account(name="Contoso")
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


class TestDoor:
    """Who somebody is comes with his session, and holds at once when somebody changes it."""

    def pages(self, client, tenant, statements) -> list[str]:
        path = f"/{tenant.slug}/customers/"
        client.get(path)
        with statements() as sent:
            client.get(path)
        return sent

    def test_asks_nothing_about_him_as_long_as_nobody_changes(self, context, client, statements):
        tenant = make_tenant()
        sign_in(client, tenant)
        assert not [one for one in self.pages(client, tenant, statements) if "FROM member JOIN" in one]

    def test_a_right_that_was_taken_is_gone_at_the_next_page(self, context, client):
        tenant = make_tenant()
        member = sign_in(client, tenant, "agent")
        path = f"/{tenant.slug}/customers/"
        assert [client.get(path).status_code for _time in (1, 2)] == [200, 200]
        with scope.enter(tenant.id):
            role = tenants.role("agent")
            role.rights = {right: reach for right, reach in role.rights.items() if not right.startswith("account.")}
            db.session.commit()
        assert client.get(path).status_code == 403
        with scope.enter(tenant.id):
            db.session.get(Member, (tenant.id, member.id)).status = MemberStatus.DISABLED
            db.session.commit()
        assert client.get(f"/{tenant.slug}/").status_code in {302, 404}

    def test_a_team_that_moves_takes_its_customers_along(self, context, client):
        tenant = make_tenant()
        with scope.enter(tenant.id):
            head, south = Team(name="Head"), Team(name="South")
            db.session.add_all([head, south])
            db.session.flush()
            tenants.role("agent").rights = {"account.view": "team"}
            account = make_account(make_agent(team_id=south.id))
            account_id, south_id, head_id = account.id, south.id, head.id
            db.session.commit()
        sign_in(client, tenant, "agent", team_id=head_id)
        path = f"/{tenant.slug}/customers/{account_id}"
        assert [client.get(path).status_code for _time in (1, 2)] == [404, 404]
        with scope.enter(tenant.id):
            db.session.get(Team, (tenant.id, south_id)).parent_id = head_id
            db.session.commit()
        assert client.get(path).status_code == 200

    def test_the_bell_counts_what_he_has_not_read_in_this_workspace(self, context, client):
        harbor, lagoon = make_tenant(), make_tenant()
        member = sign_in(client, harbor)
        with scope.enter(lagoon.id):
            other = make_agent(user_id=member.user_id)
            db.session.add_all([notice(other, n) for n in range(3)])
            db.session.commit()
        with scope.enter(harbor.id):
            db.session.add_all([notice(member, n) for n in range(2)])
            db.session.flush()
            db.session.add(notice(member, 9, read_at=clock.now()))
            db.session.commit()
        page = client.get(f"/{harbor.slug}/customers/").get_data(as_text=True)
        assert "Notifications, 2 new" in page


def notice(member, number, **given) -> Notice:
    """A line behind the bell."""
    return Notice(member_id=member.id, key=f"n{number}", kind="claimed", url="/", **given)
