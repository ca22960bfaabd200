"""Cards and signatures: read line by line, put into a form, never saved by themselves."""

from __future__ import annotations

import pytest

from saas.crm.customers.models import Account, Contact
from saas.crm.customers.signatures import Signature, read
from saas.db import db
from saas.tenants import scope
from tests.factories import make_account, make_tenant, sign_in
from tests.pages import filled, words

GERMAN = """Mit freundlichen Grüßen

Jana Kröger
Head of Purchasing

Elbe Systems GmbH
Speicherstraße 12
20457 Hamburg
Tel: +49 40 555 01 82 | Mobile: +49 151 23456789
Fax: +49 40 555 01 83
jana.kroeger@elbe-systems.de
https://www.elbe-systems.de/"""
CHINESE = """上海海湾贸易有限公司
王伟  销售经理
地址：上海市浦东新区世纪大道100号20楼 邮编：200120
电话：021-58881234　手机：138 1234 5678
邮箱：wangwei@haiwan.cn
网址：www.haiwan.cn"""
AMERICAN = """John A. Smith, Sales Director
Acme Trading Inc.
100 Main Street, Suite 5, Portland, OR 97201
Phone (503) 555-0182   Cell (503) 555-0199
jsmith@acme.com  acme.com"""


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant(timezone="Europe/Berlin")


@pytest.mark.shows("CB10")
class TestRead:
    def test_knows_a_signature(self):
        assert read(GERMAN, "DE") == Signature(
            name="Jana Kröger",
            company="Elbe Systems GmbH",
            title="Head of Purchasing",
            phone="+49 40 555 01 82",
            mobile="+49 151 23456789",
            fax="+49 40 555 01 83",
            email="jana.kroeger@elbe-systems.de",
            website="https://www.elbe-systems.de/",
            address="Speicherstraße 12, 20457 Hamburg",
            city="Hamburg",
        )

    def test_knows_a_chinese_card(self):
        assert read(CHINESE, "CN") == Signature(
            name="王伟",
            company="上海海湾贸易有限公司",
            title="销售经理",
            phone="021-58881234",
            mobile="138 1234 5678",
            email="wangwei@haiwan.cn",
            website="www.haiwan.cn",
            address="上海市浦东新区世纪大道100号20楼",
            city="上海",
        )

    def test_knows_an_american_card(self):
        found = read(AMERICAN, "US")
        assert (found.name, found.title, found.company) == ("John A. Smith", "Sales Director", "Acme Trading Inc.")
        assert (found.phone, found.mobile, found.city) == ("(503) 555-0182", "(503) 555-0199", "Portland")
        assert (found.email, found.website) == ("jsmith@acme.com", "acme.com")

    def test_numbers_that_a_label_names_are_taken_whatever_their_country(self):
        assert read("Tel. 040 5550182\nFax 040 5550183", None).phone == "040 5550182"
        found = read("Fax: 040 5550183", "DE")
        assert (found.phone, found.fax) == (None, "040 5550183")

    @pytest.mark.parametrize(
        ("card", "told"),
        [
            (
                "Elbe GmbH\nHamburger Straße 12\n20457 Hamburg\nGermany\nUSt-IdNr. DE136695976",
                ("Germany", "DE136695976", "Hamburg", "Hamburger Straße 12, 20457"),
            ),
            (
                "Kai 5, 20457 Hamburg, Deutschland\nVAT ID: DE 136 695 976",
                ("Deutschland", "DE 136 695 976", "Hamburg", "Kai 5, 20457"),
            ),
            (
                "中国\n广东省深圳市南山区科技路1号\n税号：91440300708461136T",
                ("中国", "91440300708461136T", "深圳", "南山区科技路1号"),
            ),
            ("100 Main Street, Portland, OR 97201\nUSA", ("USA", None, "Portland", "100 Main Street, OR 97201")),
        ],
    )
    def test_says_country_and_tax_number_and_no_city_twice(self, card, told):
        found = read(card, "DE")
        assert (found.country, found.tax_number, found.city, found.street) == told
        assert found.phone is None

    @pytest.mark.parametrize(
        "company",
        [
            *(
                "Nordic Ropes AS",
                "Nordic Ropes A/S",
                "Nordic Ropes Oy",
                "Nordic Ropes AB",
                "Nordic Ropes ApS",
                "Rope S.p.A.",
            ),
            *(
                "Rope SpA",
                "Kötél Kft.",
                "Kötél Zrt",
                "Lano s.r.o.",
                "Lano, a.s.",
                "Lina Sp. z o.o.",
                "Uže d.o.o.",
                "Halat A.Ş.",
            ),
            *(
                "Corderie SAS",
                "Cuerdas S.L.",
                "Cuerdas S.A. de C.V.",
                "Cordas Ltda.",
                "Touw B.V.",
                "PT Tali Jaya",
                "Tali Sdn Bhd",
            ),
            *(
                "ООО Канат",
                "Seil e.K.",
                "Seil GmbH & Co. KG",
                "上海绳业有限公司",
                "绳业合伙企业",
                "ロープ株式会社",
                "로프 주식회사",
            ),
        ],
    )
    def test_knows_a_company_by_its_legal_form(self, company):
        found = read(f"Kari Nordmann\nSales Director\n{company}", "NO")
        assert (found.company, found.name, found.title, found.rest) == (
            company,
            "Kari Nordmann",
            "Sales Director",
            None,
        )

    @pytest.mark.parametrize("words", ["As agreed", "Oslo as", "I live in LA", "See you, Da"])
    def test_takes_no_word_for_a_legal_form(self, words):
        assert read(words, "NO").company is None

    @pytest.mark.parametrize("card", ["Nordic Ropes\nKari Nordmann", "Kari Nordmann\nNordic Ropes"])
    def test_knows_a_company_by_its_domain(self, card):
        found = read(f"{card}\nkari@nordic-ropes.no", "NO")
        assert (found.company, found.name) == ("Nordic Ropes", "Kari Nordmann")

    def test_keeps_what_it_cannot_tell(self):
        found = read("Kari Nordmann\nMooring since 1912\nkari@nordic-ropes.no", "NO")
        assert found.rest == "Mooring since 1912"
        assert found.beside("name") == "kari@nordic-ropes.no\nMooring since 1912"

    @pytest.mark.parametrize("text", ["", "hello there", "- - -\n|||\n", "see you at 5", "9" * 5000, "a" * 5000])
    def test_makes_nothing_up(self, text):
        assert read(text, "DE") == Signature()


class TestForms:
    def test_a_customers_is_filled_where_it_is_empty_and_not_saved(self, here, client, post):
        sign_in(client, here)
        typed = {"card": GERMAN, "name": "Elbe", "remarks": "met at the fair"}
        answer = post(f"/{here.slug}/customers/new/card", data=typed)
        page = answer.get_data(as_text=True)
        form = filled(page, f"/{here.slug}/customers/new")
        assert (form["name"], form["remarks"].strip()) == ("Elbe", "met at the fair")
        assert (form["phone"], form["city"]) == ("+49 40 555 01 82", "Hamburg")
        assert "Filled in: Phone, Address, Mail, Fax, Website, City." in words(page)
        assert "Jana Kröger stands below" in words(page)
        with scope.enter(here.id):
            assert not db.session.query(Account).count()
        saved = post(f"/{here.slug}/customers/new", data=form)
        assert saved.status_code == 302
        with scope.enter(here.id):
            person = db.session.query(Contact).one()
            assert (person.name, person.title, person.mobile) == (
                "Jana Kröger",
                "Head of Purchasing",
                "+49 1512 3456789",
            )
            assert (person.account.name, person.is_main) == ("Elbe", True)

    def test_of_a_person_with_a_number_the_name_is_asked_for(self, here, client, post):
        sign_in(client, here)
        typed = {"name": "Elbe", "kind": "company", "person_mobile": "+49 151 23456789"}
        answer = post(f"/{here.slug}/customers/new", data=typed)
        assert answer.status_code == 422
        assert "A contact needs a name." in words(answer.get_data(as_text=True))
        with scope.enter(here.id):
            assert not db.session.query(Account).count()

    def test_of_a_person_alone_a_customer_is_a_person(self, here, client, post):
        sign_in(client, here)
        page = post(f"/{here.slug}/customers/new/card", data={"card": "Jana Kröger\n0151 23456789", "kind": "company"})
        form = filled(page.get_data(as_text=True), f"/{here.slug}/customers/new")
        assert (form["name"], form["kind"], form["phone"]) == ("Jana Kröger", "person", "0151 23456789")

    def test_what_has_no_field_is_put_into_the_remarks(self, here, client, post):
        sign_in(client, here)
        card = "Jana Kröger\nHead of Purchasing\nTel: 040 5550182 | Mobile: 0151 23456789\nRopes and more"
        page = post(f"/{here.slug}/customers/new/card", data={"card": card, "kind": "company"})
        form = filled(page.get_data(as_text=True), f"/{here.slug}/customers/new")
        assert form["remarks"].strip().splitlines() == ["Head of Purchasing", "0151 23456789", "Ropes and more"]

    def test_a_contacts_is_filled_with_the_customer(self, here, client, post):
        me = sign_in(client, here)
        page = post(f"/{here.slug}/contacts/new/card", data={"card": CHINESE}).get_data(as_text=True)
        form = filled(page, f"/{here.slug}/contacts/new")
        assert (form["customer"], form["name"], form["title"]) == ("上海海湾贸易有限公司", "王伟", "销售经理")
        with scope.enter(here.id):
            account_id = make_account(me).id
            db.session.commit()
        page = post(f"/{here.slug}/contacts/new/card?account_id={account_id}", data={"card": CHINESE})
        assert filled(page.get_data(as_text=True), f"/{here.slug}/contacts/new")["name"] == "王伟"
