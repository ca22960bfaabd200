"""Lists of customers and contacts by fields of a workspace's own: columns, filters, views."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from saas import clock, lists
from saas.crm.fields import custom_actions as actions
from saas.crm.fields import custom_queries as queries
from saas.db import db
from saas.tenants import scope
from tests.crm.fields.test_custom import K, key_of, make_field
from tests.factories import make_account, make_agent, make_contact, make_tenant, sign_in


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


def names_in(page: str) -> list[str]:
    """The customers of a page of the list, in order."""
    return re.findall(r'<a class="name"[^>]*>([^<]+)<', page)


class TestSort:
    @pytest.mark.shows("CB2")
    @pytest.mark.parametrize(
        ("kind", "values"),
        [
            (K.NUMBER, ("-3.5", "2", "10", "1000")),
            (K.MONEY, ("-1", "0", "9.50", "80")),
            (K.DATE, ("1999-12-31", "2026-01-02", "2026-01-10", "2030-05-05")),
            (K.TEXT, ("alder", "Birch", "birch two", "陈")),
        ],
    )
    def test_by_a_field_in_the_order_of_its_values(self, here, client, kind, values):
        sign_in(client, here)
        with scope.enter(here.id):
            field = make_field(kind, "Size")
            for number, value in enumerate(values):
                make_account(name=f"C{number}", custom={str(field.id): value})
            make_account(name="None A"), make_account(name="None B")
            column = queries.fields_of("account")[0].column
            db.session.commit()
        path = f"/{here.slug}/customers/?columns=name,{column}&sort="
        up = ["C0", "C1", "C2", "C3"]
        assert names_in(client.get(path + column).text) == [*up, "None A", "None B"]
        assert names_in(client.get(f"{path}-{column}").text) == [*up[::-1], "None A", "None B"]
        narrowed = client.get(f"{path}-{column}&{column}=filled").text
        assert names_in(narrowed) == up[::-1]

    @pytest.mark.parametrize("sort", ["", "-"])
    def test_pages_hold_each_customer_once_and_those_without_last(self, here, client, monkeypatch, sort):
        monkeypatch.setattr(lists, "SIZE", 2)
        sign_in(client, here)
        with scope.enter(here.id):
            field = make_field(K.NUMBER, "Size")
            for number in range(5):
                make_account(name=f"C{number}", custom={str(field.id): number // 2})
            for letter in "ABCDE":
                make_account(name=f"None {letter}")
            column = queries.fields_of("account")[0].column
            db.session.commit()
        seen, url = [], f"/{here.slug}/customers/?columns=name,{column}&sort={sort}{column}"
        while url:
            page = client.get(url).text
            seen += names_in(page)
            found = re.search(r'<tr class="more">.*?hx-get="([^"]+)"', page)
            url = found and found[1].replace("&amp;", "&")
        assert sorted(seen) == sorted({*seen}), "each once"
        assert len(seen) == 10
        figures = [int(name[1]) // 2 for name in seen[:5]]
        assert figures == sorted(figures, reverse=bool(sort))
        assert seen[5:] == [f"None {letter}" for letter in "ABCDE"]

    def test_not_by_a_field_whose_values_have_no_order(self, here, client):
        sign_in(client, here)
        with scope.enter(here.id):
            make_field(K.CHOICES, "Days", choices=("Mo", "Tu"))
            column = queries.fields_of("account")[0].column
            make_account(name="Acme")
            db.session.commit()
        page = client.get(f"/{here.slug}/customers/?columns=name,{column}&sort={column}")
        assert names_in(page.text) == ["Acme"]
        assert "Days" in page.text
        assert not re.search(r'class="sort"[^>]*>Days', page.text)


class TestLists:
    @pytest.mark.shows("CB2")
    def test_show_fields_as_columns(self, here, client):
        sign_in(client, here)
        with scope.enter(here.id):
            made = {kind: make_field(kind, kind.value, choices=("Red", "Blue")) for kind in K}
            bo, fast = make_agent(name="Bo Bold"), make_account(name="Fast Freight")
            values = {
                K.TEXT: "Short & sweet",
                K.NUMBER: "1234.5",
                K.MONEY: "99",
                K.DATE: "2026-03-04",
                K.CHOICE: key_of(made[K.CHOICE], "Red"),
                K.CHOICES: [key_of(made[K.CHOICES], "Blue")],
                K.PERSON: bo.id,
                K.ACCOUNT: fast.id,
            }
            make_account(name="Acme", custom={str(made[kind].id): value for kind, value in values.items()})
            columns = ",".join(one.column for one in queries.fields_of("account"))
            db.session.commit()
        page = client.get(f"/{here.slug}/customers/?columns=name,{columns}").get_data(as_text=True)
        row = next(part for part in page.split("<tr") if "Acme" in part)
        for said in ("Short &amp; sweet", "1,234.5", "99.00", "4 Mar", ">Red<", ">Blue<", "Bo Bold", "Fast Freight"):
            assert said in row, said

    @pytest.mark.shows("CB2")
    def test_are_narrowed_by_a_field(self, here, client):
        sign_in(client, here)
        today = clock.now().date()
        with scope.enter(here.id):
            size, days = (
                make_field(K.CHOICE, "Size", choices=("S", "M")),
                make_field(K.CHOICES, "Days", choices=("Mo", "Tu")),
            )
            due, who = make_field(K.DATE, "Due"), make_field(K.PERSON, "Tutor")
            bo = make_agent(name="Bo")
            small, monday = key_of(size, "S"), key_of(days, "Mo")
            make_account(name="Alder", custom={str(size.id): small, str(due.id): today - timedelta(days=40)})
            make_account(name="Birch", custom={str(days.id): [monday, key_of(days, "Tu")], str(due.id): today})
            make_account(name="Cedar", custom={str(size.id): key_of(size, "M"), str(who.id): bo.id})
            ids, bo_id = {one.label: one.column for one in queries.fields_of("account")}, bo.id
            db.session.commit()
        for asked, names in (
            (f"{ids['Size']}={small}", ["Alder"]),
            (f"{ids['Size']}=filled", ["Alder", "Cedar"]),
            (f"{ids['Days']}={monday}", ["Birch"]),
            (f"{ids['Due']}=past", ["Alder"]),
            (f"{ids['Due']}=soon", ["Birch"]),
            (f"{ids['Due']}=today", ["Birch"]),
            (f"{ids['Tutor']}={bo_id}", ["Cedar"]),
            (f"{ids['Tutor']}=me", []),
            (f"{ids['Due']}=nonsense", []),
        ):
            page = client.get(f"/{here.slug}/customers/?{asked}").get_data(as_text=True)
            assert re.findall(r'class="name" href="[^"]+">([^<]+)<', page) == names, asked

    @pytest.mark.shows("CB2")
    def test_are_narrowed_by_what_one_types(self, here, client):
        sign_in(client, here)
        with scope.enter(here.id):
            text, figure, day = make_field(K.TEXT, "Motto"), make_field(K.MONEY, "Sum"), make_field(K.DATE, "Due")
            carrier, fast = make_field(K.ACCOUNT, "Carrier"), make_account(name="Fast")
            rows = {
                "Alder": ("On, on", "-5", "2026-01-31"),
                "Birch": ("one", "10", "2026-02-01"),
                "Cedar": ("Up", "1000", None),
            }
            for name, (motto, amount, due) in rows.items():
                values = {text: motto, figure: amount, day: due, carrier: fast.id if name == "Birch" else None}
                make_account(name=name, custom={str(one.id): value for one, value in values.items()})
            ids = {one.label: one.column for one in queries.fields_of("account")}
            db.session.commit()
        for label, typed, names in (
            ("Motto", "ON", ["Alder", "Birch"]),
            ("Motto", "on,", ["Alder"]),
            ("Sum", "10", ["Birch"]),
            ("Sum", "-10..10.00", ["Alder", "Birch"]),
            ("Sum", "10.5 – 2,000", ["Cedar"]),
            ("Sum", "..0", ["Alder"]),
            ("Due", "2026-02-01..", ["Birch"]),
            ("Due", "2026-01-01..2026-01-31", ["Alder"]),
            ("Due", "2026-01", ["Alder"]),
            ("Due", "2026-02..", ["Birch"]),
            ("Due", "2026", ["Alder", "Birch"]),
            ("Carrier", "fast", ["Birch"]),
        ):
            page = client.get(f"/{here.slug}/customers/", query_string={ids[label]: typed}).get_data(as_text=True)
            assert re.findall(r'class="name" href="[^"]+">([^<]+)<', page) == names, (label, typed)
            is_on = f"<b>{typed}</b>" in page or "<b>Fast</b>" in page
            assert is_on, (label, typed)
        for label, typed in (("Sum", "lots"), ("Due", "2026-13"), ("Carrier", "Slow")):
            page = client.get(f"/{here.slug}/customers/", query_string={ids[label]: typed}).get_data(as_text=True)
            assert f"<b>“{typed}”, which means nothing here</b>" in page
            assert 'class="name" href' not in page, "rather than all, as if nothing had been asked"

    def test_ask_no_more_statements_for_fields(self, here, client, statements):
        sign_in(client, here)
        with scope.enter(here.id):
            acme_id = make_account(name="Acme").id
            db.session.commit()
        pages = (f"/{here.slug}/customers/", f"/{here.slug}/customers/{acme_id}")
        counts = []
        for round_ in range(3):
            for path in pages:
                client.get(path)
            with statements() as seen:
                for path in pages:
                    assert client.get(path).status_code == 200
            counts.append(len(seen))
            with scope.enter(here.id):
                make_field(K.ACCOUNT, f"Field {round_}")
                db.session.commit()
        assert len(set(counts)) == 1, counts

    @pytest.mark.shows("CB2")
    def test_of_contacts_too(self, here, client):
        sign_in(client, here)
        with scope.enter(here.id):
            field, acme = make_field(K.TEXT, "Nickname", subject="contact"), make_account(name="Acme")
            make_contact(acme, name="Jo", custom={str(field.id): "Jojo"})
            make_contact(acme, name="Al")
            name = f"custom_{field.id.hex}"
            db.session.commit()
        page = client.get(f"/{here.slug}/contacts/?columns=name,{name}&{name}=jo").get_data(as_text=True)
        assert re.findall(r'class="name" href="[^"]+">([^<]+)<', page) == ["Jo"]
        assert "Jojo" in page

    def test_a_view_keeps_what_a_field_narrows_it_by(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            field = make_field(K.NUMBER, "Size")
            make_account(name="Acme", custom={str(field.id): 5})
            make_account(name="Bolt")
            asked = f"custom_{field.id.hex}=5"
            db.session.commit()
        answer = post(f"/{here.slug}/customers/views/new?{asked}", data={"name": "Fives", "audience": "mine"})
        page = client.get(answer.location).get_data(as_text=True)
        assert asked in answer.location
        assert re.findall(r'class="name" href="[^"]+">([^<]+)<', page) == ["Acme"]

    def test_a_new_name_stands_in_the_head_at_once(self, here, client):
        sign_in(client, here)
        with scope.enter(here.id):
            field = make_field(name="Motto")
            path, field_id = f"/{here.slug}/customers/?columns=name,custom_{field.id.hex}", field.id
            make_account()
            db.session.commit()
        assert "Motto" in client.get(path).get_data(as_text=True)
        with scope.enter(here.id):
            actions.change(queries.field(field_id), {"name": "Slogan"}, version=None, by=make_agent())
            db.session.commit()
        page = client.get(path).get_data(as_text=True)
        assert "Slogan" in page
        assert "Motto" not in page
