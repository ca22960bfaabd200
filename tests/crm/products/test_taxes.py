"""Tax rates, what products cost, when they are sold, and their units."""

from __future__ import annotations

import runpy
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from flask_babel import force_locale

from migrations import versions
from saas import clock
from saas.crm.fields import actions as dictionaries
from saas.crm.fields import queries as words
from saas.crm.fields.models import STARTING_PLACES, STARTING_WORDS, Dictionary
from saas.crm.products import actions, queries, tax_actions, tax_queries
from saas.crm.products.models import TaxRate
from saas.db import db
from saas.errors import Refused
from saas.run import postgres
from saas.tenants import queries as tenants
from saas.tenants import scope
from tests.crm.transfer.bringing import bring
from tests.factories import make_agent, make_product, make_tenant, sign_in
from tests.pages import whole
from tests.pages import words as read

UNIT = Dictionary.UNIT


@pytest.fixture
def here(context):
    return make_tenant()


def percents() -> list[str]:
    return [f"{rate.percent.normalize():f}" for rate in tax_queries.offered()]


class TestStartingRates:
    @pytest.mark.parametrize(
        ("zone", "currency", "locale", "rates"),
        [
            ("Europe/Berlin", "EUR", "en", ["19", "7", "0"]),
            ("Asia/Shanghai", "CNY", "zh", ["13", "9", "6", "0"]),
            ("UTC", "CNY", "en", ["13", "9", "6", "0"]),
            ("America/New_York", "USD", "en", ["0"]),
        ],
    )
    def test_are_those_of_the_country(self, context, zone, currency, locale, rates):
        made = make_tenant(timezone=zone, currency=currency, locale=locale)
        with scope.enter(made.id):
            tax_actions.begun()
            assert percents() == rates
            assert tax_queries.rate_of(None).percent == Decimal(rates[0])
            assert (tax_queries.rate_of(None).name == "Standard rate") is (locale == "en" and len(rates) > 1)

    def test_are_made_once(self, tenant):
        first, second = tax_actions.begun(), tax_actions.begun()
        assert first == second
        assert db.session.query(TaxRate).count() == len(first)


class TestRates:
    def test_one_is_the_default_at_any_time(self, tenant):
        by = make_agent()
        rate = tax_actions.add({"name": "Hotels", "percent": Decimal("7.5")}, by=by)
        tax_actions.make_default(rate, by=by)
        assert tax_queries.rate_of(None).id == rate.id
        assert [one.is_default for one in tax_queries.every().values()].count(True) == 1
        with pytest.raises(Refused, match="is the default"):
            tax_actions.archive(rate, by=by)

    def test_an_archived_one_stays_with_what_has_it(self, tenant):
        by = make_agent()
        rate = tax_actions.add({"name": "Books", "percent": Decimal(5)}, by=by)
        tax_actions.archive(rate, by=by)
        assert rate.id not in {one.id for one in tax_queries.offered()}
        assert tax_queries.rate_of(rate.id).percent == 5
        again = tax_actions.add({"name": "books", "percent": Decimal(6)}, by=by)
        assert again.id != rate.id
        with pytest.raises(Refused, match="already"):
            tax_actions.restore(rate, by=by)

    @pytest.mark.shows("PR1")
    def test_are_kept_on_their_page(self, here, client, post):
        sign_in(client, here)
        path = f"/{here.slug}/settings/taxes"
        assert "Default" in read(whole(client, path))
        assert post(path, data={"name": "Hotels", "percent": "7.5"}).status_code == 302
        assert "7.5" in read(whole(client, path))
        for wrong in ("", "x", "101", "1.2345"):
            answer = post(path, data={"name": "More", "percent": wrong})
            assert answer.status_code == 422
            assert 'value="More"' in answer.get_data(as_text=True)
        with scope.enter(here.id):
            hotels = next(rate for rate in tax_queries.offered() if rate.name == "Hotels")
        form = {"name": "Inns", "percent": "8", "version": "1"}
        assert post(f"{path}/{hotels.id}", data=form).status_code == 302
        assert post(f"{path}/{hotels.id}", data=form).status_code == 409
        post(f"{path}/{hotels.id}/default")
        post(f"{path}/{hotels.id}/archive")
        assert "Make another one the default first" in read(post(f"{path}/{hotels.id}/archive").get_data(as_text=True))


class TestCost:
    def test_is_seen_by_those_alone_who_may(self, here, client, post):
        owner = sign_in(client, here)
        path = f"/{here.slug}/products"
        with scope.enter(here.id):
            made = make_product(name="Spindle", price=Decimal(50), by=owner)
            actions.change_product(made, {"cost": Decimal("31.125")}, version=None, by=owner)
            db.session.commit()
        columns = "?columns=name,cost"
        assert "31.125" in read(whole(client, f"{path}/{made.id}"))
        assert "31.125" in read(whole(client, f"{path}/{columns}"))
        assert "31.125" in client.get(f"{path}/{made.id}/edit").get_data(as_text=True)
        sign_in(client, here, "agent")
        assert "31.125" not in read(whole(client, f"{path}/{made.id}"))
        assert "31.125" not in read(whole(client, f"{path}/{columns}"))

    def test_stays_as_it_is_when_somebody_saves_who_may_not_see_it(self, here, client, post):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            made = make_product(name="Spindle", cost=Decimal(3), by=owner)
            role = tenants.role("owner")
            role.rights = {right: reach for right, reach in role.rights.items() if right != "product.cost"}
            db.session.commit()
        data = {"name": "Spindle", "currency": here.currency, "cost": "99", "price": "5"}
        assert post(f"/{here.slug}/products/{made.id}/edit", data=data).status_code == 302
        with scope.enter(here.id):
            db.session.expire_all()
            found = queries.product(made.id)
            assert (found.cost, found.price) == (3, 5)


class TestSold:
    def test_is_offered_from_its_first_day_to_its_last(self, tenant):
        today = clock.now().date()
        day = timedelta(days=1)
        made = make_product(sold_from=today, sold_until=today + day)
        for on, is_sold in ((today - day, False), (today, True), (today + day, True), (today + 2 * day, False)):
            assert made.is_sold(on) is is_sold
            assert (made in queries.products(on)) is is_sold
        assert made in queries.products()

    def test_refuses_a_last_day_before_the_first(self, tenant):
        with pytest.raises(Refused, match="before the first"):
            make_product(sold_from=date(2026, 5, 2), sold_until=date(2026, 5, 1))


class TestUnits:
    def test_are_words_in_the_readers_language_with_their_digits(self, tenant):
        made = make_product(unit="Hour")
        assert made.unit == "hour"
        with force_locale("zh"):
            assert words.label(UNIT, made.unit) == "小时"
        assert (words.places("hour"), words.places("piece"), words.places(None), words.places("odd")) == (2, 0, 3, 3)

    def test_one_of_its_own_says_how_far_it_is_divided(self, here, client, post):
        sign_in(client, here)
        path = f"/{here.slug}/settings/words/unit"
        assert "whole ones" in read(whole(client, path))
        assert post(path, data={"name": "drum", "places": "5"}).status_code == 422
        assert post(path, data={"name": "drum", "places": "1"}).status_code == 302
        with scope.enter(here.id):
            assert words.places(words.meant(UNIT, "drum").key) == 1
            row = next(word for word in dictionaries.begun(UNIT) if word.key == "hour")
            db.session.commit()
        edited = post(
            f"/{here.slug}/settings/words/word/{row.id}", data={"name": "hour", "places": "1", "version": "1"}
        )
        assert edited.status_code == 302
        with scope.enter(here.id), force_locale("zh"):
            assert words.label(UNIT, "hour") == "小时"  # still translated

    def test_one_that_a_file_brings_is_added(self, tenant):
        bring("products", "Name,Unit\nCable,metre\nPaint,drum\n")
        units = {product.name: product.unit for product in queries.products()}
        assert units == {"Cable": "m", "Paint": "drum"}
        assert words.places("drum") == 3


class TestMigration:
    def test_units_in_use_become_words_beside_the_starting_ones(self, tenant, config):
        for unit in ("Stunde", "Stunde", "piece", "drum"):
            make_product().unit = unit
        db.session.commit()
        path = next(Path(versions.__path__[0]).glob("*products_add_taxes.py"))
        with psycopg.connect(postgres.dsn(config.admin_url)) as admin:
            admin.execute("delete from dictionary_word")
            admin.execute(runpy.run_path(str(path))["IN_USE"])
            asked = "select key, name, places, position from dictionary_word where tenant_id = %s order by position"
            found = admin.execute(asked, [tenant.id]).fetchall()
            admin.rollback()
        starting = [(key, None, STARTING_PLACES.get(key, 0)) for key in STARTING_WORDS[UNIT]]
        assert [row[:3] for row in found] == [*starting, ("Stunde", "Stunde", 3), ("drum", "drum", 3)]
        assert [row[3] for row in found] == list(range(len(found)))
