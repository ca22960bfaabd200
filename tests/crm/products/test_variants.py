"""Variants of a product, bundles of products, and categories in two levels."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.crm.products import actions, bundle_actions, categories, queries, variant_actions, variants
from saas.crm.products import bundle_queries as bundles
from saas.crm.products import price_actions as prices
from saas.crm.products import variant_queries as family
from saas.db import db
from saas.errors import Refused
from saas.tenants import scope
from tests.crm.products.test_pricing import EUR, USD, make_list, price_of
from tests.factories import make_agent, make_product, make_tenant, sign_in
from tests.pages import whole, words

COLOURS, SIZES = ("Colour", ["red", "blue"]), ("Size", ["S", "M", "L"])


@pytest.fixture
def here(context):
    return make_tenant(currency="EUR")


def make_shirt(**given):
    shirt = make_product(**{"name": "Shirt", "price": Decimal(20), "currency": EUR, "unit": "piece"} | given)
    return shirt, variant_actions.make_variants(shirt, [COLOURS, SIZES], by=make_agent())


class TestWords:
    @given(
        st.lists(st.lists(st.sampled_from(["red", "RED", "blue", "S", "ｓ", "M"]), min_size=1), min_size=1, max_size=3)
    )
    def test_every_combination_comes_once(self, values):
        attributes = [(f"Attribute {n}", some) for n, some in enumerate(values)]
        found = variants.combined(attributes)
        many = 1
        for some in values:
            many *= len({variants.fold(one) for one in some})
        assert len({variants.key(pairs) for pairs in found}) == len(found) == many

    def test_are_read_a_line_each(self):
        assert variants.read("Colour: red, blue\n\n尺码：S、M") == [("Colour", ["red", "blue"]), ("尺码", ["S", "M"])]
        for wrong in ("red, blue", "Colour:", ": red", "Colour: red\ncolour: blue", f"Colour: {'x' * 61}"):
            with pytest.raises(variants.Wrong):
                variants.read(wrong)

    def test_of_categories_have_two_levels(self):
        assert categories.written("Tools >  Drills") == "Tools / Drills"
        assert categories.written("Tools / Drills / Small") == "Tools / Drills / Small"
        assert categories.written("AC/DC") == "AC/DC"
        assert categories.written(" / ") is None
        assert categories.every(["Tools / Drills", "Books"]) == ["Books", "Tools", "Tools / Drills"]
        assert categories.lies_in("Tools / Drills", "Tools")
        assert not categories.lies_in("Toolset", "Tools")


class TestVariants:
    @pytest.mark.shows("PR1")
    def test_have_the_products_price_until_they_have_their_own(self, tenant):
        by = make_agent()
        shirt, made = make_shirt()
        assert [one.name for one in made[:2]] == ["Shirt, red, S", "Shirt, red, M"]
        assert {one.unit for one in made} == {"piece"}
        assert len({one.number for one in made}) == 6
        red, blue = made[0], made[3]
        assert price_of(red).price == 20
        actions.change_product(red, {"price": Decimal(25)}, version=None, by=by)
        assert (price_of(red).price, price_of(blue).price) == (25, 20)
        prices.set_list_price(shirt, USD, Decimal(22), by=by)
        assert price_of(red, currency=USD).price == 22

    def test_follow_what_a_price_list_says_of_the_product_unless_it_names_them(self, tenant):
        by = make_agent()
        shirt, (red, blue, *_rest) = make_shirt()
        spring = make_list()
        rows = {(shirt.id, Decimal(0)): (Decimal(18), None), (red.id, Decimal(10)): (Decimal(15), None)}
        prices.set_prices(spring.id, rows, by=by)
        assert (price_of(blue).price, price_of(red, quantity=10).price) == (18, 15)
        assert price_of(red).price == 20  # the list speaks of it, and not for one

    def test_made_again_only_what_lacks_is_added(self, tenant):
        shirt, made = make_shirt()
        more = variant_actions.make_variants(shirt, [("colour", ["Red", "green"]), SIZES], by=make_agent())
        assert (len(made), len(more)) == (6, 3)
        assert len(family.variants(shirt.id)) == 9

    def test_refuses_what_has_no_variants_and_too_many(self, tenant):
        by = make_agent()
        shirt, made = make_shirt()
        with pytest.raises(Refused, match="variant itself"):
            variant_actions.make_variants(made[0], [COLOURS], by=by)
        with pytest.raises(Refused, match="at most 100"):
            variant_actions.make_variants(shirt, [("N", [str(n) for n in range(101)])], by=by)
        with pytest.raises(Refused, match="the same"):
            variant_actions.describe(made[0], (("size", "M"), ("COLOUR", "Red")), by=by)
        make_product(name="Shirt, green")
        with pytest.raises(actions.AlreadySold):
            variant_actions.make_variants(shirt, [("Colour", ["green"])], by=by)

    def test_go_out_of_sale_with_their_product_and_come_back_with_it(self, tenant):
        by = make_agent()
        shirt, made = make_shirt()
        actions.archive_product(made[0], by=by)
        actions.archive_product(shirt, by=by)
        assert not queries.products()
        actions.restore_product(shirt, by=by)
        assert {one.name for one in queries.products()} == {"Shirt", *(one.name for one in made[1:])}

    def test_are_a_table_on_each_of_their_pages(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            shirt = make_product(name="Shirt", price=Decimal(20), currency=EUR)
            db.session.commit()
            path = f"/{here.slug}/products/{shirt.id}"
        wrong = post(f"{path}/variants", data={"attributes": "Colour: red\nblue"})
        assert wrong.status_code == 422
        assert "write it as Colour: red, blue" in words(wrong.get_data(as_text=True))
        assert post(f"{path}/variants", data={"attributes": "Colour: red, blue\nSize: M"}).status_code == 302
        with scope.enter(here.id):
            red, _blue = [one.id for one in family.variants(shirt.id)]
        listed = words(client.get(f"/{here.slug}/products/?columns=name,price,tax").get_data(as_text=True))
        assert listed.count("€20.00") == 3  # of the product, and of both variants
        printed = words(client.get(f"/{here.slug}/printed/products?columns=name,price,tax").get_data(as_text=True))
        assert printed.count("20.00") == 3
        for page in (path, f"/{here.slug}/products/{red}"):
            shown = words(whole(client, page))
            assert "Colour Size Article number" in shown
            assert "blue M" in shown
        assert (
            post(f"/{here.slug}/products/{red}/describe", data={"attributes": "Colour: blue\nSize: M"}).status_code
            == 422
        )
        assert (
            post(f"/{here.slug}/products/{red}/describe", data={"attributes": "Colour: green\nSize: M"}).status_code
            == 302
        )
        assert "green M" in words(whole(client, path))


class TestBundles:
    def test_cost_their_parts_less_a_percentage_or_a_price_of_their_own(self, tenant):
        by = make_agent()
        drill, bits = make_product(price=Decimal(80), currency=EUR), make_product(price=Decimal("2.5"), currency=EUR)
        case = make_product(name="Case", currency=EUR, is_stocked=True)
        bundle_actions.set_parts(case, {drill.id: Decimal(1), bits.id: Decimal(8)}, percent_off=Decimal(10), by=by)
        assert price_of(case).price == 90
        assert not case.is_stocked
        sale = make_list(percent_off=Decimal(50))
        assert price_of(case).price == 45
        prices.archive_list(sale, by=by)
        actions.change_product(case, {"price": Decimal(70)}, version=None, by=by)
        assert price_of(case).price == 70
        bundle_actions.set_parts(case, {}, percent_off=None, by=by)
        assert (case.is_bundle, bundles.parts(case.id)) == (False, [])

    def test_have_a_price_only_where_each_part_has_one(self, tenant):
        priced, free = make_product(price=Decimal(8), currency=EUR), make_product(currency=EUR)
        case = make_product(currency=EUR)
        bundle_actions.set_parts(case, {priced.id: Decimal(1), free.id: Decimal(1)}, percent_off=None, by=make_agent())
        assert price_of(case) is None

    def test_hold_no_bundle_and_not_themselves(self, tenant):
        by, part = make_agent(), make_product()
        case, box = make_product(name="Case"), make_product(name="Box")
        bundle_actions.set_parts(case, {part.id: Decimal(1)}, percent_off=None, by=by)
        for product, parts in ((box, case), (part, box), (case, case)):
            with pytest.raises(Refused):
                bundle_actions.set_parts(product, {parts.id: Decimal(1)}, percent_off=None, by=by)
        with pytest.raises(Refused, match="its parts are"):
            actions.change_product(case, {"is_stocked": True}, version=None, by=by)
        shirt, made = make_shirt()
        with pytest.raises(Refused, match="has variants"):
            bundle_actions.set_parts(shirt, {part.id: Decimal(1)}, percent_off=None, by=by)
        assert made

    def test_are_typed_in_a_grid(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            case = make_product(name="Case", currency=EUR)
            make_product(name="Drill", price=Decimal(80), unit="piece", currency=EUR)
            db.session.commit()
            path = f"/{here.slug}/products/{case.id}"
        for many, said in (("1.5", "Only whole ones"), ("", "Say how many"), ("x", "number")):
            answer = post(f"{path}/parts", data={"r0-product": "Drill", "r0-quantity": many})
            assert (answer.status_code, said in words(answer.get_data(as_text=True))) == (422, True)
        sent = {"r0-product": "drill", "r0-quantity": "2", "percent_off": "5"}
        assert post(f"{path}/parts", data=sent).status_code == 302
        page = words(whole(client, path))
        assert "Made of Change Drill 2 piece €80.00" in page
        assert "5 % less than its parts" in page
        drill = f"/{here.slug}/products/?kind=bundle"
        assert "Case" in words(client.get(drill).get_data(as_text=True))


class TestCategories:
    def test_a_filter_finds_what_lies_in_them(self, here, client):
        sign_in(client, here)
        with scope.enter(here.id):
            for name, category in (("Drill", "Tools / Drills"), ("Saw", "Tools"), ("Toolset", "Toolsets")):
                make_product(name=name, category=category)
            db.session.commit()
        found = words(client.get(f"/{here.slug}/products/?category=Tools&columns=name").get_data(as_text=True))
        assert "Drill" in found
        assert "Saw" in found
        assert "Toolset" not in found.replace("Toolsets", "")
