"""Parts of a record's page that load by themselves."""

from __future__ import annotations

from uuid import uuid4

import pytest

from saas.db import db
from saas.tenants import scope
from tests.factories import make_account, make_agent, make_opportunity, make_tenant, sign_in
from tests.pages import whole, words


@pytest.fixture
def here(context):
    """A committed workspace."""
    return make_tenant()


class TestParts:
    def test_the_page_leaves_room_and_each_is_asked_for(self, here, client):
        me = sign_in(client, here, "agent")
        with scope.enter(here.id):
            acme = make_account(me, name="Acme")
            db.session.commit()
        path = f"/{here.slug}/customers/{acme.id}"
        page = client.get(path).get_data(as_text=True)
        for key in ("next", "stays", "files"):
            assert page.count(f'hx-get="/{here.slug}/parts/account/{acme.id}/{key}"') == 1
            assert f'id="{key}"' in page  # an address may lead there before it has come
        assert "Attach files" not in page
        shown = words(whole(client, path))
        for said in ("Attach files", "Nothing is planned.", "Stays with you until"):
            assert said in shown

    def test_one_without_scripts_is_a_page_of_its_own(self, here, client):
        me = sign_in(client, here, "agent")
        with scope.enter(here.id):
            acme = make_account(me)
            db.session.commit()
        page = client.get(f"/{here.slug}/parts/account/{acme.id}/files").get_data(as_text=True)
        assert page.lstrip().startswith("<!doctype html>")
        assert "Attach files" in page

    @pytest.mark.parametrize("key", ["files", "composer", "nothing"])
    def test_beyond_ones_reach_there_are_none(self, here, client, key):
        sign_in(client, here, "agent")
        with scope.enter(here.id):
            deal = make_opportunity(owner=make_agent())
            db.session.commit()
        for record_id in (deal.id, uuid4()):
            assert client.get(f"/{here.slug}/parts/opportunity/{record_id}/{key}").status_code == 404
