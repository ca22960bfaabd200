"""Products with all their columns, and price lists, in and out."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from saas.crm.products import price_actions as prices
from saas.crm.products import queries, tax_actions, tax_queries
from saas.crm.products import variant_actions as variants
from saas.crm.products.price_models import Price
from saas.crm.transfer import actions, export_actions, register
from saas.crm.transfer import queries as transfers
from saas.db import db
from saas.tenants import queries as tenants
from saas.tenants import scope
from tests.crm.products.test_pricing import make_list
from tests.crm.transfer.bringing import bring, work_off
from tests.factories import make_agent, make_member, make_product, make_tenant


@pytest.fixture
def tenant(context):
    """A workspace in Germany, whose rates are 19, 7 and 0 %."""
    made = make_tenant(timezone="Europe/Berlin", currency="EUR")
    with scope.enter(made.id):
        yield made


def reasons(run) -> list[str]:
    return [row.reason["why"] for row in transfers.each_row(run.id) if row.reason]


def taken_away(kind: str, monkeypatch, member, **asked) -> str:
    monkeypatch.setattr(scope, "who", lambda: tenants.who_is(member))
    file = io.BytesIO()
    export_actions.write_list(register.kind(kind), "csv", asked, file, by=member)
    return file.getvalue().decode("utf-8-sig")


ALL = """Article number,Name,Category,Unit,List price,Currency,Tax,Cost,Stocked,Sold from,Sold until,Variant of,Variant
A-1,Shirt,Clothes > Shirts,piece,"19.9950",EUR,7,8.5,yes,2026-01-01,2026-12-31,,
A-2,"Shirt, red",Clothes > Shirts,piece,,EUR,7%,,yes,,,A-1,"Colour: red
Size: M"
A-3,Advice,,Stunde,120,USD,Standard rate,,no,,,,
"""


class TestProducts:
    def test_come_in_with_all_their_columns_and_go_out_as_they_came(self, tenant, monkeypatch):
        run = bring("products", ALL)
        assert run.counts == {"new": 3}, reasons(run)
        shirt, red, advice = (queries.numbered(f"A-{n}") for n in (1, 2, 3))
        assert (shirt.category, shirt.unit, shirt.price, shirt.cost) == (
            "Clothes / Shirts",
            "piece",
            Decimal("19.995"),
            Decimal("8.5"),
        )
        assert (shirt.sold_from, shirt.sold_until, shirt.is_stocked) == (date(2026, 1, 1), date(2026, 12, 31), True)
        assert [tax_queries.rate_of(one.tax_rate_id).percent for one in (shirt, red, advice)] == [7, 7, 19]
        assert (red.variant_of_id, red.variant) == (shirt.id, [["Colour", "red"], ["Size", "M"]])
        assert advice.unit == "Stunde"
        out = taken_away("products", monkeypatch, make_member("owner"))
        again = bring("products", out, update_by="number")
        assert again.counts == {"skipped": 3}, (reasons(again), out)

    def test_say_why_a_row_stays_out(self, tenant):
        tax_actions.begun()
        head = "Name,Tax,Sold from,Sold until,Variant\n"
        for row, why in (
            ("A,,2026-05-02,2026-05-01,", "turned"),
            ("B,,,,Colour: red", "family"),
            ("C,,,,red", "pairs"),
        ):
            assert reasons(bring("products", head + row + "\n")) == [why]

    def test_bring_no_cost_where_the_reader_may_not_see_it(self, tenant):
        member = make_member("manager")
        role = tenants.role("manager")
        role.rights = {right: reach for right, reach in role.rights.items() if right != "product.cost"}
        db.session.flush()
        assert reasons(bring("products", "Name,Cost\nPen,3\n", by=member)) == ["cost"]

    def test_go_out_without_cost_for_whoever_may_not_see_it(self, tenant, monkeypatch):
        make_product(name="Pen", cost=Decimal("3.25"))
        assert "3.25" in taken_away("products", monkeypatch, make_member("owner"))
        assert "3.25" not in taken_away("products", monkeypatch, make_agent())


class TestPrices:
    def test_come_in_change_and_go_out_as_they_came(self, tenant, monkeypatch):
        spring, pen = make_list(name="Spring"), make_product(name="Pen", number="P-7")
        variants.make_variants(pen, [("Colour", ["red"])], by=make_agent())
        head = "Price list,Product,From,Price,Percent off\n"
        run = bring("prices", head + 'spring,P-7,,"1,25",\nSpring,"Pen, red",10,,15%\n')
        assert run.counts == {"new": 2}, reasons(run)
        found = {(row.product.name, int(row.from_quantity)): (row.price, row.percent_off) for row in all_rows()}
        assert found == {("Pen", 0): (Decimal("1.25"), None), ("Pen, red", 10): (None, 15)}
        out = taken_away("prices", monkeypatch, make_member("owner"), list=str(spring.id))
        again = bring("prices", out, update_by="product")
        assert again.counts == {"skipped": 2}, (reasons(again), out)
        changed = bring("prices", head + "Spring,Pen,0,,5\n", update_by="product")
        assert changed.counts == {"updated": 1}, reasons(changed)
        assert [(row.price, row.percent_off) for row in all_rows() if row.product_id == pen.id] == [(None, 5)]
        actions.undo(changed)
        work_off(changed.id)
        db.session.expire_all()
        assert [(row.price, row.percent_off) for row in all_rows() if row.product_id == pen.id] == [
            (Decimal("1.25"), None)
        ]

    def test_say_why_a_row_stays_out(self, tenant):
        make_list(name="Spring")
        make_product(name="Pen")
        head = "Price list,Product,From,Price,Percent off\n"
        for row, why in (
            ("Spring,Pen,,1,5", "either"),
            ("Spring,Pen,,,", "either"),
            ("Nothing,Pen,,1,", "unknown"),
            ("Spring,Pencil,,1,", "unknown"),
            ("Spring,Pen,-1,1,", "number"),
            ("Spring,Pen,,,101", "percent"),
        ):
            assert reasons(bring("prices", head + row + "\n")) == [why], row

    def test_an_undo_leaves_what_was_changed_since(self, tenant):
        spring, pen = make_list(name="Spring"), make_product(name="Pen")
        run = bring("prices", "Price list,Product,Price\nSpring,Pen,1\n")
        prices.set_prices(spring.id, {(pen.id, Decimal(0)): (Decimal(2), None)}, by=make_agent())
        db.session.commit()
        actions.undo(run)
        work_off(run.id)
        assert [row.price for row in all_rows()] == [2]


def all_rows() -> list[Price]:
    return list(db.session.scalars(select(Price)))
