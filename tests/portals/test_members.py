"""Members, roles, teams and settings, as owners meet them."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from saas.db import db
from saas.tenants import handover, notices, queries
from saas.tenants.actions import invitations, people, roles, teams
from saas.tenants.models import Event, Member, MemberStatus, Role, Team, Tenant
from saas.tenants.permissions import Permission, Reach
from tests.factories import make_account, make_agent, make_member
from tests.portals.conftest import new_person, send, sign_in


def member_of(place, person):
    with place.inside():
        return queries.active_member_of(person.id)


def said(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)).replace(" .", ".")


class TestRemove:
    @pytest.mark.shows("AD4")
    def test_hands_over_and_signs_out(self, app, place, client):
        owner, agent = new_person(place), new_person(place, role="agent", name="Bo Lind")
        browser = app.test_client()
        sign_in(client, owner)
        sign_in(browser, agent)
        with place.inside():
            leaver, heir = queries.active_member_of(agent.id), queries.active_member_of(owner.id)
            for n in range(3):
                make_account(owner=leaver, name=f"Firm {n}")
            leaver_id, heir_id = leaver.id, heir.id
        page = client.get(place / f"settings/members/{leaver_id}/remove").text
        assert re.search(r"Bo Lind holds .*3", page)
        path = place / f"settings/members/{leaver_id}/remove"
        assert send(client, path).status_code == 422
        assert send(client, path, successor=str(heir_id)).status_code == 303
        assert browser.get(place / "").status_code == 404
        with place.inside():
            assert not handover.held_by(leaver_id)
            assert next(count for _holding, count in handover.held_by(heir_id)) == 3
            told = db.session.scalars(select(Event).where(Event.name == "member.removed")).one()
            assert told.changed["moved"]
            assert queries.count_seats() == 1

    def test_can_be_undone(self, app, place, client):
        agent = new_person(place, role="agent")
        sign_in(client, new_person(place))
        leaver = member_of(place, agent)
        send(client, place / f"settings/members/{leaver.id}/remove")
        assert "Undo" in client.get(place / "settings/members").text
        send(client, place / f"settings/members/{leaver.id}/restore", place / "settings/members")
        assert sign_in(app.test_client(), agent, place).headers["Location"] == place / ""

    def test_leaves_a_page_that_says_where_the_records_went(self, app, place, client):
        owner, agent = new_person(place, name="Mira Vogt"), new_person(place, role="agent", name="Bo Lind")
        sign_in(client, owner)
        leaver, heir = member_of(place, agent), member_of(place, owner)
        with place.inside():
            make_account(owner=queries.member(leaver.id), name="Firm")
            db.session.commit()
        gone = place / f"settings/members/{leaver.id}"
        assert send(client, f"{gone}/remove", successor=str(heir.id)).status_code == 303
        for page in (client.get(gone), client.get(f"{gone}/remove")):
            assert page.status_code == 200
            assert "Bo Lind has no place here any more. Removed by Mira Vogt on" in said(page)
            assert "Mira Vogt took over 1 customer." in said(page)
        again = send(client, f"{gone}/remove", successor=str(heir.id))
        assert again.status_code == 409
        assert "Bo Lind has no place here any more." in said(again)

    def test_says_so_where_nothing_is_known_of_it(self, place, client):
        sign_in(client, new_person(place))
        with place.inside():
            invited = invitations.invite("x@example.com", "Xu", "agent", by=queries.members()[0])
            invitations.revoke(invited, by=queries.members()[0])
            db.session.commit()
            key = invited.id
        page = said(client.get(place / f"settings/members/{key}"))
        assert "Xu has no place here any more." in page
        assert "Nobody wrote that down." in page

    def test_becomes_who_was_known_from_an_import(self, place, client):
        sign_in(client, new_person(place))
        with place.inside():
            known, taken = (
                Member(name=name, status=MemberStatus.PLACEHOLDER, role=queries.role("agent"), email=mail)
                for name, mail in (("Moses Frase", None), ("Zane Levy", "zane@example.com"))
            )
            db.session.add_all([known, taken])
            db.session.commit()
            known_id = known.id
        page = client.get(place / f"settings/members/invite?of={known_id}").get_data(as_text=True)
        assert 'value="Moses Frase"' in page
        given = {"name": "Moses F. Frase", "role": "agent", "team": "", "known": str(known_id)}
        answer = send(client, place / "settings/members/invite", **given, email="zane@example.com")
        assert "This mail address is kept for Zane Levy." in said(answer)
        assert send(client, place / "settings/members/invite", **given, email="Moses@example.com").status_code == 303
        with place.inside():
            found = queries.member_by_email("moses@example.com")
            assert (found.id, found.name, found.status) == (known_id, "Moses F. Frase", MemberStatus.INVITED)
        again = send(client, place / "settings/members/invite", **given, email="other@example.com")
        assert again.status_code == 422

    def test_asks_once_whether_it_is_the_one_known_from_an_import(self, place, client):
        sign_in(client, new_person(place))
        address = place / "settings/members/invite"
        with place.inside():
            known = Member(name="Moses Frase", status=MemberStatus.PLACEHOLDER, role=queries.role("agent"))
            db.session.add(known)
            db.session.commit()
            known_id = known.id
        given = {"name": "moses frase", "role": "agent", "team": "", "email": "moses@example.com"}
        asked = send(client, address, **given, known="")
        assert asked.status_code == 422
        assert "Is this the Moses Frase known from an import?" in said(asked)
        html = asked.get_data(as_text=True)
        assert re.search(rf'selected[^>]*value="{known_id}"', html)
        told = re.search(r'name="asked"[^>]*? value="([^"]*)"', html)
        assert send(client, address, **given, known="", asked=told[1]).status_code == 303
        with place.inside():
            assert queries.member_by_email("moses@example.com").id != known_id

    def test_spares_oneself_and_the_last_owner(self, tenant):
        owner, second = make_member("owner"), make_member("manager")
        with pytest.raises(people.OwnHands):
            people.remove(owner, by=owner, successor=None)
        with pytest.raises(people.LastOwner):
            people.change(owner, by=owner, role="manager", team_id=None, manager_id=None)
        people.change(second, by=owner, role="owner", team_id=None, manager_id=None)
        people.remove(owner, by=second, successor=None)
        assert owner.status is MemberStatus.DISABLED


class TestReachOfGiving:
    def test_nobody_gives_more_than_he_has(self, tenant):
        owner = make_member("owner")
        chief = roles.create("Chief", queries.role("agent"), by=owner)
        chief.rights = {**chief.rights, "member.invite": "all", "member.edit": "all", "role.edit": "all"}
        climber, victim = make_member(chief.key), make_agent()
        with pytest.raises(people.Forbidden):
            invitations.invite("x@example.com", "X", "owner", by=climber)
        with pytest.raises(people.Forbidden):
            people.change(climber, by=climber, role="owner", team_id=None, manager_id=None)
        with pytest.raises(people.Forbidden):
            people.change(owner, by=climber, role="agent", team_id=None, manager_id=None)
        with pytest.raises(people.Forbidden):
            roles.change(
                chief, by=climber, name="Chief", reaches={Permission.BILLING_MANAGE: Reach.ALL}, hidden_fields=[]
            )
        people.change(victim, by=climber, role=chief.key, team_id=None, manager_id=None)

    def test_portal_roles_are_no_members(self, tenant):
        with pytest.raises(people.Refused):
            invitations.invite("x@example.com", "X", "customer", by=make_member("owner"))


class TestRoles:
    def test_change_is_felt_with_the_next_click(self, app, place, client):
        agent, browser = new_person(place, role="agent"), app.test_client()
        sign_in(client, new_person(place))
        sign_in(browser, agent)
        assert browser.get(place / "settings/members").status_code == 200
        with place.inside():
            role_id = queries.role("agent").id
        assert send(client, place / f"settings/roles/{role_id}", **{"member.view": ""}).status_code == 303
        assert browser.get(place / "settings/members").status_code == 403
        with place.inside():
            assert "member.view" not in queries.role("agent").rights
            assert "account.view" in queries.role("agent").rights

    def test_owner_keeps_everything(self, place, client):
        sign_in(client, new_person(place))
        with place.inside():
            role_id = queries.role("owner").id
        assert send(client, place / f"settings/roles/{role_id}", **{"member.view": "own"}).status_code == 403

    def test_unknown_reaches_and_rights_change_nothing(self, place, client):
        sign_in(client, new_person(place))
        with place.inside():
            role = queries.role("agent")
            role_id, before = role.id, dict(role.rights)
        assert send(client, place / f"settings/roles/{role_id}", **{"account.view": "world"}).status_code == 422
        send(client, place / f"settings/roles/{role_id}", **{"god.mode": "all", "portal.case": "all"})
        with place.inside():
            assert queries.role("agent").rights == before

    def test_of_ones_own_goes_when_nobody_has_it(self, tenant):
        owner = make_member("owner")
        own = roles.create("Intern", queries.role("agent"), by=owner)
        intern = make_member(own.key)
        with pytest.raises(roles.InUse):
            roles.remove(own, by=owner)
        people.change(intern, by=owner, role="agent", team_id=None, manager_id=None)
        roles.remove(own, by=owner)
        db.session.flush()
        assert db.session.get(Role, (tenant.id, own.id)) is None


class TestTeams:
    def test_form_a_tree(self, place, client):
        sign_in(client, new_person(place))
        send(client, place / "settings/teams", name="North")
        with place.inside():
            north = queries.teams()[0].id
        send(client, place / "settings/teams", name="North Sea", parent=str(north))
        with place.inside():
            assert [(team.name, depth) for team, depth in queries.team_tree()] == [("North", 0), ("North Sea", 1)]

    def test_never_lie_below_themselves(self, tenant):
        owner = make_member("owner")
        top = teams.create("Top", None, by=owner)
        low = teams.create("Low", top.id, by=owner)
        with pytest.raises(teams.Refused):
            teams.change(top, name="Top", parent_id=low.id, by=owner)
        with pytest.raises(teams.NotEmpty):
            teams.remove(top, by=owner)
        teams.remove(low, by=owner)
        teams.remove(top, by=owner)
        db.session.flush()
        assert db.session.scalars(select(Team)).all() == []


class TestSettings:
    def test_are_written_down_with_what_was_before(self, place, client):
        sign_in(client, new_person(place))
        answer = send(client, place / "settings/general", name="Harbor Trading", currency="EUR", idle_minutes="30")
        assert answer.status_code == 303
        assert "Harbor Trading" in client.get(place / "").text
        with place.inside():
            told = db.session.scalars(select(Event).where(Event.name == "workspace.changed")).one()
            assert told.changed["currency"] == ["USD", "EUR"]
            assert set(told.changed) == {"name", "currency", "idle_minutes"}

    def test_take_no_field_but_their_own(self, app, place, client):
        sign_in(client, new_person(place))
        extra = {"seat_limit": "1000", "status": "active", "slug": "stolen", "trial_ends_at": "2099-01-01"}
        assert send(client, place / "settings/general", name="Quay", **extra).status_code == 303
        with app.app_context():
            row = db.session.get(Tenant, place.id)
            assert (row.slug, row.seat_limit, row.status, row.trial_ends_at) == (place.slug, None, "trial", None)

    @pytest.mark.parametrize("field", [{"timezone": "Mars/Olympus"}, {"currency": "XXY"}, {"locale": "tlh"}])
    def test_refuse_what_does_not_exist(self, place, client, field):
        sign_in(client, new_person(place))
        assert send(client, place / "settings/general", **field).status_code == 422


class TestBell:
    def test_tells_once_in_the_readers_language(self, app, place, client):
        person = new_person(place)
        sign_in(client, person)
        with place.inside():
            member = queries.active_member_of(person.id)
            assert notices.tell(member, "member.joined", "k1", place / "", name="Bo")
            assert not notices.tell(member, "member.joined", "k1", place / "", name="Bo")
        assert "Notifications, 1 new" in client.get(place / "").text
        assert "Bo has joined." in client.get(place / "bell").text
        send(client, place / "profile", locale="zh")
        assert "Bo 已加入。" in client.get(place / "bell").text

    def test_is_quiet_once_read(self, place, client):
        person = new_person(place)
        sign_in(client, person)
        with place.inside():
            member = queries.active_member_of(person.id)
            for n in range(3):
                notices.tell(member, "member.joined", f"k{n}", place / "settings/members", name=f"Bo {n}")
            first = notices.told(member.id)[0].id
        answer = send(client, place / f"bell/{first}", place / "bell")
        assert answer.headers["Location"] == place / "settings/members"
        assert "Notifications, 2 new" in client.get(place / "").text
        send(client, place / "bell/read", place / "bell")
        assert "Notifications, " not in client.get(place / "").text

    def test_shows_nobody_elses(self, place, client):
        sign_in(client, new_person(place))
        other = member_of(place, new_person(place, role="agent"))
        with place.inside():
            notices.tell(other, "member.joined", "k", place / "", name="Secret Name")
            notice_id = notices.told(other.id)[0].id
        assert "Secret Name" not in client.get(place / "bell").text
        assert send(client, place / f"bell/{notice_id}", place / "bell").status_code == 404

    def test_skips_what_another_version_wrote(self, tenant):
        member = make_agent()
        notices.tell(member, "member.joined", "k", "/", name="Bo")
        db.session.flush()
        row = db.session.scalars(select(notices.Notice).where(notices.Notice.member_id == member.id)).one()
        row.params = {"other": 1}
        db.session.flush()
        assert notices.told(member.id) == []
