"""Fields of a workspace's own on pages: settings, forms, records and timelines."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from saas import clock
from saas.crm.customers import actions as customers
from saas.crm.customers.models import Contact
from saas.crm.fields import custom_actions as actions
from saas.crm.fields import custom_queries as queries
from saas.crm.fields.custom_models import Applies
from saas.db import db
from saas.tenants import queries as roles_of
from saas.tenants import scope
from tests.crm.fields.test_custom import K, key_of, make_field
from tests.factories import make_account, make_agent, make_tenant, sign_in
from tests.pages import filled, whole, words


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


class TestPages:
    @pytest.mark.shows("CB2")
    def test_an_admin_makes_renames_moves_archives_and_restores(self, here, client, post):
        sign_in(client, here)
        base = f"/{here.slug}/settings/fields"
        page = client.get(base, follow_redirects=True).get_data(as_text=True)
        assert "None yet" in page
        data = {"name": "Size", "kind": "choice", "more": "S\nM\n", "applies": "all"}
        assert post(f"{base}/account", data=data).status_code == 302
        assert post(f"{base}/account", data={"name": "Motto", "kind": "text", "applies": "all"}).status_code == 302
        with scope.enter(here.id):
            size = queries.lock_fields("account")[0].id
        page = client.get(f"{base}/field/{size}").get_data(as_text=True)
        data = filled(page, f"/{here.slug}/settings/fields/field/{size}") | {"name": "Shirt", "more": "L"}
        assert post(f"{base}/field/{size}", data=data).status_code == 302
        assert post(f"{base}/field/{size}/place", data={"to": "1"}).status_code == 302
        page = client.get(f"{base}/account").get_data(as_text=True)
        assert page.index("Motto") < page.index("Shirt")
        assert post(f"{base}/field/{size}/archive").status_code == 302
        assert "Archived" in client.get(f"{base}/account").get_data(as_text=True)
        assert post(f"{base}/field/{size}/restore").status_code == 302
        with scope.enter(here.id):
            assert [one.label for one in queries.fields_of("account")[1].choices] == ["S", "M", "L"]

    def test_each_kind_of_record_has_its_own_page(self, here, client):
        sign_in(client, here)
        with scope.enter(here.id):
            ids = [make_field(kind, kind.value, subject="contact", choices=("S",)).id for kind in K]
            db.session.commit()
        page = words(client.get(f"/{here.slug}/settings/fields/contact").get_data(as_text=True))
        assert "Several choices" in page
        assert "Companies and persons" not in page
        for field_id in ids:
            assert client.get(f"/{here.slug}/settings/fields/field/{field_id}").status_code == 200

    def test_what_was_typed_comes_back_with_the_reason(self, here, client, post):
        sign_in(client, here)
        answer = post(
            f"/{here.slug}/settings/fields/account", data={"name": "Size", "kind": "choice", "applies": "all"}
        )
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert "Say what there is to choose from." in page
        assert 'value="Size"' in page

    @pytest.mark.shows("CB2")
    def test_the_form_of_a_customer_asks_and_its_page_answers(self, here, client, post):
        sign_in(client, here, "agent", name="Ann Archer")
        with scope.enter(here.id):
            by = make_agent()
            actions.add_set("account", by=by)
            carrier = make_account(name="Fast Freight")
            tutor, whom = make_field(K.PERSON, "Tutor", hint="Who helps out"), make_field(K.ACCOUNT, "Carrier")
            worth = make_field(K.MONEY, "Deposit")
            label = carrier.label
            columns = {one.label: one.column for one in queries.fields_of("account")}
            (ann,) = [m for m in db.session.query(customers.Member) if m.name == "Ann Archer"]
            ann_id = str(ann.id)
            db.session.commit()
            _unused = tutor, whom, worth
        page = client.get(f"/{here.slug}/customers/new").get_data(as_text=True)
        assert "Who helps out" in page
        born = clock.now().date().replace(year=1986) - timedelta(days=1)
        data = {
            "name": "Jo Person",
            "kind": "person",
            columns["Gender"]: "gender.female",
            columns["Birthday"]: born.isoformat(),
            columns["Prefers delivery"]: ["delivery.morning", "delivery.weekend"],
            columns["Deposit"]: "1,300.5",
            columns["Tutor"]: ann_id,
            columns["Carrier"]: label,
        }
        answer = post(f"/{here.slug}/customers/new", data=data)
        assert answer.status_code == 302, words(answer.get_data(as_text=True))
        shown = words(whole(client, answer.location))
        for said in ("Female", "(40)", "Mornings, Weekends", "1,300.50", "Ann Archer", "Fast Freight"):
            assert said in shown, said
        page = client.get(f"{answer.location}/edit").get_data(as_text=True)
        again = filled(page, f"{answer.location}/edit")
        assert again[columns["Carrier"]] == label
        assert again[columns["Deposit"]] == "1300.50"
        assert again[columns["Gender"]] == "gender.female"

    @pytest.mark.parametrize(
        ("kind", "typed", "why"),
        [
            (K.NUMBER, "many", "This isn&#39;t a number."),
            (K.NUMBER, "1.23456", "At most 4 digits"),
            (K.MONEY, "9" * 20, "too large"),
            (K.ACCOUNT, "Nobody Ltd", "No customer has this name"),
            (K.TEXT, "", "Please fill this in."),
        ],
    )
    def test_a_form_says_what_is_wrong_and_loses_nothing(self, here, client, post, kind, typed, why):
        sign_in(client, here)
        with scope.enter(here.id):
            field = make_field(kind, is_required=True)
            name = f"custom_{field.id.hex}"
            db.session.commit()
        answer = post(f"/{here.slug}/customers/new", data={"name": "Acme", "kind": "company", name: typed})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert why in page
        assert 'value="Acme"' in page
        assert f'value="{typed}"' in page

    def test_what_a_person_must_fill_in_is_not_asked_of_a_company(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            make_field(K.TEXT, is_required=True, applies=Applies.PERSON)
            db.session.commit()
        assert post(f"/{here.slug}/customers/new", data={"name": "Acme", "kind": "company"}).status_code == 302
        assert post(f"/{here.slug}/customers/new", data={"name": "Jo", "kind": "person"}).status_code == 422

    def test_a_customer_beyond_reach_is_no_customer(self, here, client, post):
        with scope.enter(here.id):
            role = roles_of.role("agent")
            role.rights = {**role.rights, "account.view": "own"}
            db.session.commit()
        sign_in(client, here, "agent")
        with scope.enter(here.id):
            field, theirs = make_field(K.ACCOUNT), make_account(owner=make_agent(), name="Hidden Ltd")
            name, label = f"custom_{field.id.hex}", theirs.label
            db.session.commit()
        answer = post(f"/{here.slug}/customers/new", data={"name": "Acme", "kind": "company", name: label})
        assert answer.status_code == 422
        assert "No customer has this name" in answer.get_data(as_text=True)

    @pytest.mark.shows("CB2")
    def test_a_contact_has_fields_of_its_own(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            field, acme = make_field(K.DATE, "Met on", subject="contact"), make_account()
            name, acme_id = f"custom_{field.id.hex}", acme.id
            db.session.commit()
        path = f"/{here.slug}/contacts/new?account_id={acme_id}"
        assert post(path, data={"name": "Jo", name: "2026-03-04"}).status_code == 302
        with scope.enter(here.id):
            (jo,) = db.session.query(Contact).all()
            jo_id = jo.id
            assert jo.custom == {str(field.id): "2026-03-04"}
        shown = words(whole(client, f"/{here.slug}/contacts/{jo_id}"))
        assert "Met on" in shown
        assert "4 Mar" in shown

    def test_the_timeline_tells_what_changed(self, here, client):
        sign_in(client, here)
        with scope.enter(here.id):
            field = make_field(K.CHOICE, "Size", choices=("S", "M"))
            acme = make_account(custom={str(field.id): key_of(field, "S")})
            values = {"custom": {str(field.id): key_of(field, "M")}}
            customers.change_account(acme, values, version=None, by=make_agent())
            acme_id = acme.id
            db.session.commit()
        assert "Size: S → M" in words(client.get(f"/{here.slug}/customers/{acme_id}").get_data(as_text=True))

    def test_nothing_that_is_typed_becomes_part_of_a_page(self, here, client):
        sign_in(client, here)
        evil = "<script>alert(1)</script>"
        with scope.enter(here.id):
            fields = [make_field(kind, f"{evil}{kind.value}", hint=evil, choices=(evil,)) for kind in K]
            words_of = {one.kind: one.choices[0]["key"] for one in fields if one.choices}
            holder = make_account(name=f"{evil} Ltd")
            held = {K.TEXT: evil, K.CHOICE: words_of[K.CHOICE], K.CHOICES: [words_of[K.CHOICES]], K.ACCOUNT: holder.id}
            held |= {K.PERSON: make_agent(name=evil).id}
            acme = make_account(custom={str(one.id): held[one.kind] for one in fields if one.kind in held})
            columns = ",".join(["name", *(one.column for one in queries.fields_of("account"))])
            text = f"custom_{fields[0].id.hex}"
            paths = [
                f"settings/fields/field/{fields[4].id}",
                "settings/fields/account",
                f"customers/{acme.id}",
                f"customers/{acme.id}/edit",
                f"customers/?columns={columns}&{text}=%3Cscript%3E",
                f"duplicates/account/{acme.id}/{holder.id}",
            ]
            db.session.commit()
        for path in paths:
            page = whole(client, f"/{here.slug}/{path}")
            assert "&lt;script&gt;" in page, path
            assert "<script>alert" not in page, path

    def test_two_who_save_at_once_see_both_values(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            field = make_field(K.TEXT, "Motto")
            acme = make_account(custom={str(field.id): "Old"})
            customers.change_account(acme, {"custom": {str(field.id): "Theirs"}}, version=None, by=make_agent())
            acme_id, name = acme.id, f"custom_{field.id.hex}"
            db.session.commit()
        data = {"name": "Acme", "kind": "company", name: "Mine", "version": "1"}
        answer = post(f"/{here.slug}/customers/{acme_id}/edit", data=data)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 409
        assert re.search(r"Motto</th><td>Mine</td><td>Theirs", page)
