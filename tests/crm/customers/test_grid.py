"""Several customers and contacts typed in rows: checked cell by cell, saved together, taken back together."""

from __future__ import annotations

import re
from operator import attrgetter

import pytest
from sqlalchemy import select

from saas.crm.customers import grid_actions
from saas.crm.customers.models import Account, Contact
from saas.crm.fields import custom_queries as custom
from saas.crm.fields.custom_models import Applies
from saas.db import db
from saas.errors import NotFound
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import Event
from saas.tenants.permissions import Permission
from tests.crm.fields.test_custom import K, key_of, make_field
from tests.factories import make_account, make_agent, make_contact, make_tenant, sign_in
from tests.pages import filled, words


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


def records(here, *names, model=Account):
    """These attributes of each record, by name."""
    read = attrgetter(*names or ("name",))
    with scope.enter(here.id):
        return [read(one) for one in db.session.scalars(select(model).order_by(model.name_key, model.id)).unique()]


def typed(**rows):
    """Form fields of rows: `typed(r0={"name": "Elbe"})`."""
    return {f"{row}-{column}": value for row, columns in rows.items() for column, value in columns.items()}


@pytest.mark.shows("CB10", "CB11")
class TestCustomers:
    def test_saves_the_good_rows_and_keeps_the_others_as_they_were_typed(self, here, client, post):
        ann_id = sign_in(client, here, "agent").id
        rows = typed(
            r0={"name": "Elbe GmbH", "phone": "040 5550182", "level": "a"},
            r2={"name": "Ostsee", "email": "info at ostsee"},
            r5={"name": "", "city": "Kiel"},
            r6={"name": "Weser", "industry": "No such trade"},
        )
        answer = post(f"/{here.slug}/customers/grid", data=rows | {"what": "save"})
        assert answer.status_code == 200
        assert records(here, "name", "level", "owner_id") == [("Elbe GmbH", "A", ann_id)]
        page = answer.get_data(as_text=True)
        said = words(page)
        assert "1 row is saved: Elbe GmbH" in said
        assert "This is not a whole mail address." in said
        assert "A customer needs a name." in said
        assert "The dictionary doesn't have this word." in said.replace("&#39;", "'")
        form = filled(page, f"/{here.slug}/customers/grid")
        assert (form["r2-email"], form["r5-city"], form["r6-industry"]) == ("info at ostsee", "Kiel", "No such trade")
        assert "r0-name" not in form

    def test_a_known_name_is_added_only_when_it_is_saved_again(self, here, client, post):
        ann = sign_in(client, here)
        with scope.enter(here.id):
            make_account(ann, name="Elbe GmbH")
            db.session.commit()
        url, rows = (
            f"/{here.slug}/customers/grid",
            typed(r0={"name": "ELBE"}, r1={"name": "Weser"}, r2={"name": "weser"}),
        )
        page = post(url, data=rows).get_data(as_text=True)
        assert "Elbe GmbH (C-" in words(page)
        assert "Row 2 has the same." in words(page)
        assert records(here) == ["Elbe GmbH", "Weser"]
        assert post(url, data=filled(page, url)).status_code == 302
        assert sorted(records(here)) == ["ELBE", "Elbe GmbH", "Weser", "weser"]

    def test_chosen_columns_and_more_rows_lose_nothing(self, here, client, post):
        sign_in(client, here)
        url = f"/{here.slug}/customers/grid"
        rows = typed(r0={"name": "Elbe", "city": "Kiel"})
        page = post(url, data=rows | {"what": "columns", "column": ["website"]}).get_data(as_text=True)
        form = filled(page, url)
        assert (form["r0-name"], form["r0-city"], form["r0-website"]) == ("Elbe", "Kiel", "")
        assert "r0-phone" not in form
        more = filled(post(url, data=rows | {"what": "rows"}).get_data(as_text=True), url)
        assert len([name for name in more if name.endswith("-name")]) > len([n for n in form if n.endswith("-name")])
        assert not records(here)

    def test_refuses_more_rows_than_it_holds(self, here, client, post):
        sign_in(client, here)
        rows = {f"r{n}-name": f"Firm {n}" for n in range(101)}
        assert post(f"/{here.slug}/customers/grid", data=rows).status_code == 422
        assert not records(here)


@pytest.mark.shows("CB2", "CB10")
class TestOwnFields:
    """Fields that the workspace has made are columns too."""

    @pytest.fixture
    def fields(self, here, client):
        """A field of each kind; the reader is an owner named Bo."""
        sign_in(client, here, name="Bo")
        with scope.enter(here.id):
            made = {kind: make_field(kind, kind.value, choices=("Red", "Blue")) for kind in K}
            make_account(name="Fast Freight", owner=None)
            keys = {word: key_of(made[K.CHOICE], word) for word in ("Red", "Blue")}
            several = key_of(made[K.CHOICES], "Blue"), key_of(made[K.CHOICES], "Red")
            db.session.commit()
            return {kind: f"custom_{one.id.hex}" for kind, one in made.items()} | {"keys": keys, "several": several}

    def test_are_typed_as_words(self, here, client, post, fields):
        cells = {
            K.TEXT: "Short",
            K.NUMBER: "1,234.5",
            K.MONEY: "99",
            K.DATE: "2026/3/4",
            K.CHOICE: "red",
            K.CHOICES: "Blue; red",
            K.PERSON: "bo",
            K.ACCOUNT: "fast freight",
        }
        row = {"name": "Acme"} | {fields[kind]: text for kind, text in cells.items()}
        assert post(f"/{here.slug}/customers/grid", data=typed(r0=row)).status_code == 302
        with scope.enter(here.id):
            acme, other = db.session.scalars(select(Account).order_by(Account.name_key)).unique()
            held = {one.kind: acme.custom.get(one.key) for one in custom.fields_of("account")}
            bo, fast = acme.owner_id, other.id
        assert held[K.TEXT] == "Short"
        assert (held[K.NUMBER], held[K.MONEY], held[K.DATE]) == ("1234.5", "99.00", "2026-03-04")
        assert held[K.CHOICE] == fields["keys"]["Red"]
        assert sorted(held[K.CHOICES]) == sorted(fields["several"])
        assert (held[K.PERSON], held[K.ACCOUNT]) == (str(bo), str(fast))

    def test_say_what_is_wrong_and_keep_what_was_typed(self, here, client, post, fields):
        wrong = {
            K.NUMBER: "many",
            K.DATE: "soon",
            K.CHOICE: "Green",
            K.CHOICES: "Red, Green",
            K.PERSON: "Nobody",
            K.ACCOUNT: "No such firm",
        }
        url = f"/{here.slug}/customers/grid"
        rows = typed(r0={"name": "Acme"} | {fields[kind]: text for kind, text in wrong.items()})
        page = post(url, data=rows)
        assert page.status_code == 422
        form = filled(page.text, url)
        assert [form[f"r0-{fields[kind]}"] for kind in wrong] == list(wrong.values())
        said = words(page.text).replace("&#39;", "'")
        for sentence in ("This isn't a number.", "It is one of these: Red, Blue.", "No colleague is called this."):
            assert sentence in said, sentence
        checked = post(f"{url}/check?columns=name,{','.join(fields[kind] for kind in wrong)}", data=rows).json
        assert {name for name, told in checked["r0"].items() if told["kind"] == "wrong"} == {fields[k] for k in wrong}

    def test_are_chosen_as_columns(self, here, client, fields):
        url = f"/{here.slug}/customers/grid"
        assert f'name="r0-{fields[K.NUMBER]}"' not in client.get(url).text
        assert f'name="r0-{fields[K.NUMBER]}"' in client.get(f"{url}?columns=name,{fields[K.NUMBER]}").text

    def test_hold_to_what_is_needed_and_for_whom(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            needed = f"custom_{make_field(K.TEXT, 'Berth', is_required=True).id.hex}"
            theirs = f"custom_{make_field(K.TEXT, 'Nickname', applies=Applies.PERSON).id.hex}"
            db.session.commit()
        url = f"/{here.slug}/customers/grid"
        assert f'name="r0-{needed}"' in client.get(url).text
        rows = typed(
            r0={"name": "Elbe"},
            r1={"name": "Weser", needed: "B1", theirs: "W"},
            r2={"name": "Ada", "kind": "person", needed: "B2", theirs: "A"},
        )
        page = words(post(url, data=rows).text)
        assert "Please fill this in." in page
        assert "Only persons have this." in page
        assert records(here) == ["Ada"]

    def test_of_contacts(self, here, client, post):
        ann = sign_in(client, here)
        with scope.enter(here.id):
            make_account(ann, name="Elbe GmbH")
            column = f"custom_{make_field(K.DATE, 'Met', subject='contact').id.hex}"
            db.session.commit()
        rows = typed(r0={"customer": "Elbe GmbH", "name": "Jana", column: "2026年3月4日"})
        assert post(f"/{here.slug}/contacts/grid", data=rows).status_code == 302
        assert [list(held.values()) for held in records(here, "custom", model=Contact)] == [["2026-03-04"]]


@pytest.mark.shows("CB10")
class TestContacts:
    def test_go_to_the_customer_that_is_named(self, here, client, post):
        ann = sign_in(client, here)
        with scope.enter(here.id):
            elbe = make_account(ann, name="Elbe GmbH")
            make_account(make_agent(), name="Weser")
            db.session.commit()
            number = elbe.number
        rows = typed(
            r0={"customer": "elbe gmbh", "name": "Jana", "mobile": "0151 12345678"},
            r1={"customer": number, "name": "Tom"},
            r2={"customer": "Nobody", "name": "Ada"},
        )
        page = words(post(f"/{here.slug}/contacts/grid", data=rows).get_data(as_text=True))
        assert records(here, "name", "account.name", model=Contact) == [
            ("Jana", "Elbe GmbH"),
            ("Tom", "Elbe GmbH"),
        ]
        assert "No customer has this name or number." in page


class TestCheck:
    def test_says_per_cell_what_is_wrong_odd_or_known(self, here, client, post):
        with scope.enter(here.id):
            role = tenants.role("agent")
            role.rights = role.rights | {Permission.ACCOUNT_VIEW.value: "own"}
            db.session.commit()
        sign_in(client, here, "agent")
        with scope.enter(here.id):
            make_contact(make_account(make_agent(), name="Secret Ltd"), email="jana@elbe.example")
            db.session.commit()
        rows = typed(
            r0={"name": "Elbe", "phone": "+49 1", "email": "jana@elbe.example"},
            r3={"name": "Ok", "phone": "+49 40 12345678999999"},
        )
        found = post(f"/{here.slug}/customers/grid/check", data=rows).get_json()
        assert found["r0"]["email"] == {"kind": "waiting", "text": "A colleague has a customer like this."}
        assert "Secret" not in str(found)
        assert found["r3"]["phone"]["kind"] == "waiting"
        assert records(here) == ["Secret Ltd"]


class TestUndo:
    def test_puts_away_all_that_nobody_has_gone_on_with(self, here, client, post):
        sign_in(client, here)
        url = f"/{here.slug}/customers/grid"
        answer = post(url, data=typed(r0={"name": "Elbe"}, r1={"name": "Weser"}), follow_redirects=True)
        page = answer.get_data(as_text=True)
        assert "2 rows are saved" in words(page)
        with scope.enter(here.id):
            make_contact(db.session.scalars(select(Account).where(Account.name == "Weser")).one())
            db.session.commit()
        undo = re.search(r'action="([^"]+/undo)"', page)
        said = words(post(undo[1], follow_redirects=True).get_data(as_text=True))
        assert "1 row is put away again." in said
        assert "1 stays, since something has happened there." in said
        assert [archived is not None for archived in records(here, "archived_at")] == [True, False]
        with scope.enter(here.id):
            said = db.session.scalars(select(Event).where(Event.name == "account.archived")).one()
            assert said.batch_id is not None

    def test_is_for_whoever_typed_it(self, tenant):
        ann, tom = make_agent(), make_agent()
        batch_id = grid_actions.add_accounts([{"name": "Elbe"}], by=ann)
        db.session.flush()
        with pytest.raises(NotFound):
            grid_actions.undo(Account, batch_id, by=tom)
        assert grid_actions.undo(Account, batch_id, by=ann) == (1, 0)
