"""Products: the verbs, and the pages."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from saas.crm.products import actions, queries
from saas.db import db
from saas.tenants import scope
from tests.factories import make_agent, make_product, make_tenant, sign_in


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())


class TestCreate:
    def test_makes_a_number_past_those_that_people_typed(self, tenant):
        make_product(number="P-00001")
        assert make_product().number == "P-00002"

    def test_takes_the_workspaces_currency(self, tenant):
        assert make_product().currency == tenant.currency

    def test_refuses_the_same_name_again(self, tenant):
        make_product(name="GTX Pro")
        with pytest.raises(actions.AlreadySold, match="GTX Pro"):
            make_product(name="ＧＴＸ  pro")

    def test_lets_the_name_of_an_archived_one_be_used_again(self, tenant):
        ann, old = make_agent(), make_product(name="GTX Pro")
        actions.archive_product(old, by=ann)
        make_product(name="GTX Pro")
        with pytest.raises(actions.AlreadySold):
            actions.restore_product(old, by=ann)


class TestSpelling:
    def test_is_remembered_and_can_move(self, tenant):
        ann, pro, basic = make_agent(), make_product(name="GTX Pro"), make_product(name="GTX Basic")
        assert "gtxpro" not in queries.spelled(["GTXPro"])
        actions.remember_spelling(" GTXPro ", pro, by=ann)
        assert queries.spelled(["GTXPRO", "gtx basic", "P-00001", "unknown"]) == {
            "gtxpro": pro,
            "gtx basic": basic,
            "p-00001": pro,
        }
        actions.remember_spelling("gtxpro", basic, by=ann)
        assert queries.spelled(["GTXPro"]) == {"gtxpro": basic}

    def test_an_active_product_counts_before_an_archived_one(self, tenant):
        ann, old = make_agent(), make_product(name="Twin")
        actions.archive_product(old, by=ann)
        new = make_product(name="Twin")
        assert queries.spelled(["twin"]) == {"twin": new}


class TestPages:
    @pytest.mark.shows("PR1")
    def test_add_change_and_stop_selling(self, here, client, post):
        sign_in(client, here)
        path = f"/{here.slug}/products"
        assert "Add the first product" in text_of(client.get(f"{path}/"))
        data = {"name": "GTX Pro", "series": "GTX", "price": "4821", "currency": "USD", "unit": "piece"}
        made = post(f"{path}/new", data=data)
        assert made.status_code == 302, text_of(made)
        assert text_of(client.get(f"{path}/count")) == "1 product"
        assert post(f"{path}/new", data=data).status_code == 422
        page = text_of(client.get(made.location))
        assert "$4,821.00" in page
        assert post(f"{made.location}/edit", data=data | {"price": "5000"}).status_code == 302
        assert "List price: 4821.00 → 5000" in text_of(client.get(made.location))
        assert "GTX Pro" in text_of(client.get(f"{path}/?sort=-price"))
        assert "GTX Pro" in text_of(client.get(f"/{here.slug}/search/?q=gtx"))
        assert post(f"{made.location}/spellings", data={"spelling": "GTXPro"}).status_code == 302
        assert "GTXPro" in text_of(client.get(made.location))
        post(f"{made.location}/archive")
        assert "1 product" not in text_of(client.get(f"{path}/count"))
        assert "GTX Pro" in text_of(client.get(f"{path}/?state=archived"))
        post(f"{made.location}/restore")
        assert "offered again" in text_of(client.get(made.location))

    def test_an_agent_reads_only(self, here, client, post):
        sign_in(client, here, "agent")
        assert client.get(f"/{here.slug}/products/").status_code == 200
        assert post(f"/{here.slug}/products/new", data={"name": "X"}).status_code == 403

    def test_forgets_a_spelling(self, here, client, post):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            made = make_product(price=Decimal(1))
            actions.remember_spelling("other", made, by=owner)
            db.session.commit()
            path = f"/{here.slug}/products/{made.id}"
            alias = queries.aliases(made.id)[0].id
        assert post(f"{path}/spellings/{alias}/forget").status_code == 302
        assert post(f"{path}/spellings/{alias}/forget").status_code == 404


class TestCells:
    def test_are_changed_where_they_stand(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            made = make_product(name="Pen", price=Decimal("4.5"), currency="EUR")
            db.session.commit()
            path = f"/{here.slug}/products/{made.id}/cell"
        box = client.get(f"{path}/price").get_data(as_text=True)
        assert 'value="4.5"' in box
        before = re.search(r'name="before" value="([^"]*)"', box)[1]
        wrong = post(f"{path}/price", data={"price": "x", "before": before})
        assert (wrong.status_code, "number" in text_of(wrong)) == (422, True)
        assert "€5.25" in text_of(post(f"{path}/price", data={"price": "5.25", "before": before}))
        faster = post(f"{path}/price", data={"price": "6", "before": before})
        assert (faster.status_code, "€5.25" in text_of(faster)) == (409, True)
        assert text_of(post(f"{path}/unit", data={"unit": "kg", "before": ""})).strip() == "kilogram"
        assert client.get(f"{path}/name").status_code == 404

    def test_are_only_read_by_others(self, here, client):
        sign_in(client, here, "agent")
        with scope.enter(here.id):
            made = make_product(name="Pen")
            db.session.commit()
            path = f"/{here.slug}/products/{made.id}/cell/price"
        assert client.get(path).status_code == 403
