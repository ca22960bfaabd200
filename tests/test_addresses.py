"""Addresses are worked out once and filled in, and say what Flask would say."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask, g, url_for

from tests.factories import make_tenant, sign_in

IDS = [UUID(int=n) for n in (1, 2, 2**127)]


class TestUrlFor:
    @pytest.mark.parametrize(
        ("endpoint", "values"),
        [
            ("customers.index", {}),
            ("customers.index", {"owner": "me", "after": None}),
            ("customers.show", {"account_id": IDS[0]}),
            ("customers.show", {"account_id": IDS[2], "tab": "deals"}),
            ("activities.create", {"about_kind": "opportunity", "about_id": IDS[1]}),
            ("customers.index", {"owner": "{0}", "q": "a&b=c 王伟"}),
            ("customers.show", {"account_id": IDS[0], "_anchor": "stays"}),
        ],
    )
    def test_is_as_flask_has_it_the_first_time_and_the_second(self, app, endpoint, values):
        with app.test_request_context("/harbor/", base_url="https://seaport.test"):
            g.slug = "harbor"
            wanted = Flask.url_for(app, endpoint, **values)
            assert url_for(endpoint, **values) == url_for(endpoint, **values) == wanted
            g.slug = "lagoon"
            assert url_for(endpoint, **values) == Flask.url_for(app, endpoint, **values) != wanted

    def test_differs_by_what_it_is_filled_with(self, app):
        with app.test_request_context("/harbor/", base_url="https://seaport.test"):
            g.slug = "harbor"
            made = {url_for("customers.show", account_id=one) for one in IDS}
        assert made == {f"/harbor/customers/{one}" for one in IDS}

    @pytest.mark.parametrize(
        "asked", ["key=1", "form=x", "endpoint=x", "self=1", "_method=POST", "_scheme=ftp", "workspace=x"]
    )
    def test_takes_no_option_from_a_readers_address(self, context, client, asked):
        tenant = make_tenant()
        sign_in(client, tenant)
        for path in ("customers/", "deals/"):
            answer = client.get(f"/{tenant.slug}/{path}?{asked}")
            assert answer.status_code == 200
            assert "ftp:" not in answer.get_data(as_text=True)
            assert 'href="/x/' not in answer.get_data(as_text=True)


class TestPageAbove:
    def test_is_opened_for_a_forms_address_unless_it_gives_a_file(self, context, client):
        tenant = make_tenant()
        sign_in(client, tenant)
        for path, above in ((f"customers/{IDS[0]}/archive", f"customers/{IDS[0]}"), (f"files/{IDS[0]}/remove", "")):
            answer = client.get(f"/{tenant.slug}/{path}")
            assert (answer.status_code, answer.location) == (302, f"/{tenant.slug}/{above}")
