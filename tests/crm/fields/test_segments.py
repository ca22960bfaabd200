"""Views of the list of customers under a name of their own."""

from __future__ import annotations

import pytest

from saas.crm.fields import segment_actions as actions
from saas.crm.fields import segment_queries as queries
from saas.crm.fields.segment_models import Audience, Segment
from saas.db import db
from saas.errors import Refused
from saas.tenants import scope
from tests.factories import make_account, make_agent, make_tenant, sign_in


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


def only(tenant):
    """Id, name, audience and view of the only segment."""
    with scope.enter(tenant.id):
        found = db.session.query(Segment).one()
        return found.id, found.name, found.audience, found.asked


class TestSave:
    @pytest.mark.shows("CB7")
    def test_keeps_filters_columns_and_sort(self, here, client, post):
        person = sign_in(client, here, "agent")
        with scope.enter(here.id):
            make_account(person, name="Acme", level="A")
            make_account(person, name="Bolt", level="B")
            db.session.commit()
        query = "level=A&columns=name,city&sort=-name"
        assert "Save as view" in client.get(f"/{here.slug}/customers/?{query}").get_data(as_text=True)
        data = {"name": "Best", "audience": "mine"}
        answer = post(f"/{here.slug}/customers/views/new?{query}&after=x", data=data)
        page = client.get(answer.location).get_data(as_text=True)
        assert ">Acme<" in page
        assert ">Bolt<" not in page
        assert only(here)[3] == {"level": "A", "columns": "name,city", "sort": "-name"}
        assert "Save as view" not in page
        assert client.get(f"/{here.slug}/customers/views/{only(here)[0]}/count").get_data(as_text=True) == "1"

    def test_refuses_to_share_with_a_team_where_there_is_none(self, tenant):
        with pytest.raises(Refused, match="no team"):
            actions.save("Best", {}, audience=Audience.TEAM, by=make_agent())

    def test_refuses_more_than_fit(self, tenant):
        ann = make_agent()
        for number in range(actions.MOST):
            actions.save(f"View {number}", {}, audience=Audience.MINE, by=ann)
        with pytest.raises(Refused, match="already"):
            actions.save("One more", {}, audience=Audience.MINE, by=ann)


class TestWhoFindsIt:
    def test_what_is_mine_is_nobody_elses(self, here, client, post):
        sign_in(client, here, "agent")
        with scope.enter(here.id):
            other = make_agent()
            mine = actions.save("Secret view", {}, audience=Audience.MINE, by=other).id
            shared = actions.save("Shared view", {}, audience=Audience.ALL, by=other).id
            db.session.commit()
        page = client.get(f"/{here.slug}/customers/").get_data(as_text=True)
        assert "Shared view" in page
        assert "Secret view" not in page
        base = f"/{here.slug}/customers/views"
        assert client.get(f"{base}/{mine}/count").status_code == 404
        assert post(f"{base}/{shared}", data={"name": "Taken", "audience": "all"}).status_code == 403
        assert post(f"{base}/{shared}/archive").status_code == 403

    def test_mine_in_a_shared_view_is_its_readers_own(self, here, client):
        sign_in(client, here, "agent")
        with scope.enter(here.id):
            other = make_agent()
            make_account(other)
            shared = actions.save("My own", {"owner": "me"}, audience=Audience.ALL, by=other).id
            db.session.commit()
        assert client.get(f"/{here.slug}/customers/views/{shared}/count").get_data(as_text=True) == "0"


class TestChange:
    @pytest.mark.shows("CB7")
    def test_is_renamed_kept_anew_taken_out_and_put_back(self, here, client, post):
        person = sign_in(client, here, "agent")
        with scope.enter(here.id):
            key = actions.save("Best", {"level": "A"}, audience=Audience.MINE, by=person).id
            db.session.commit()
        base = f"/{here.slug}/customers/views"
        assert post(f"{base}/{key}", data={"name": "Better", "audience": "all"}).status_code == 302
        assert "Save changes" in client.get(f"/{here.slug}/customers/?level=B&segment={key}").get_data(as_text=True)
        assert post(f"{base}/{key}/keep?level=B&segment={key}").status_code == 302
        assert only(here)[1:] == ("Better", Audience.ALL, {"level": "B"})
        post(f"{base}/{key}/archive")
        assert "Better" not in client.get(base).get_data(as_text=True).split("toast")[0]
        post(f"{base}/{key}/restore")
        assert "Better" in client.get(base).get_data(as_text=True)

    def test_goes_to_its_place(self, tenant):
        ann = make_agent()
        one, two, three = (actions.save(name, {}, audience=Audience.MINE, by=ann) for name in "123")
        actions.place(three, 0, by=ann)
        assert queries.lock_all() == [three, one, two]


class TestFirst:
    def test_the_list_opens_with_it_until_it_does_not(self, here, client, post):
        person = sign_in(client, here, "agent")
        with scope.enter(here.id):
            key = actions.save("Best", {"level": "A"}, audience=Audience.MINE, by=person).id
            db.session.commit()
        post(f"/{here.slug}/customers/views/{key}/first")
        answer = client.get(f"/{here.slug}/customers/")
        assert answer.status_code == 302
        assert f"segment={key}" in answer.location
        assert client.get(f"/{here.slug}/customers/?all=1").status_code == 200
        post(f"/{here.slug}/customers/views/{key}/first", data={"off": "1"})
        assert client.get(f"/{here.slug}/customers/").status_code == 200
