"""Dictionaries: their words, on the settings page, in forms, lists, history and files."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import psycopg
import pytest
from flask_babel import force_locale

from migrations import versions
from saas.crm.customers import actions as customers
from saas.crm.fields import actions, queries
from saas.crm.fields.models import Dictionary, Word
from saas.db import db
from saas.errors import Refused
from saas.run import postgres
from saas.tenants import scope
from saas.tenants.models import Event
from tests.crm.transfer.bringing import bring
from tests.factories import make_account, make_agent, make_tenant, sign_in

LEVEL, INDUSTRY = Dictionary.LEVEL, Dictionary.INDUSTRY


def text_of(response) -> str:
    return re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


class TestStartingWords:
    @pytest.mark.shows("CB4")
    def test_are_there_before_anybody_has_touched_them(self, tenant):
        assert [e.label for e in queries.offered(LEVEL)] == ["A", "B", "C"]
        assert not db.session.query(Word).count()

    @pytest.mark.shows("CB16")
    def test_name_the_roles_of_a_party_in_the_readers_language(self, tenant):
        assert queries.label(Dictionary.ROLE, "supplier") == "Supplier"
        with force_locale("zh"):
            assert queries.label(Dictionary.ROLE, "supplier") == "供应商"


class TestChange:
    @pytest.mark.shows("CB4")
    def test_a_new_name_is_every_records_at_once(self, tenant):
        acme, by = make_account(level="A"), make_agent()
        word = actions.begun(LEVEL)[0]
        actions.change(word, {"name": "Gold", "colour": "amber"}, version=word.version, by=by)
        assert acme.level == "A"
        assert queries.badge(LEVEL, acme.level) == ("Gold", "waiting")

    def test_a_colour_alone_leaves_a_starting_word_translated(self, tenant):
        word = actions.begun(INDUSTRY)[0]
        actions.change(word, {"name": word.label, "colour": "red"}, version=None, by=make_agent())
        assert word.name is None
        assert word.colour == "red"

    def test_refuses_a_name_twice_whatever_its_case_or_width(self, tenant):
        with pytest.raises(Refused, match="this name already"):
            actions.add(INDUSTRY, "ｆｏｏｄ", colour="grey", by=make_agent())

    def test_writes_what_it_was(self, tenant):
        word = actions.begun(LEVEL)[0]
        actions.change(word, {"name": "Gold", "colour": "green"}, version=None, by=make_agent())
        told = db.session.query(Event).filter_by(name=actions.WORD_CHANGED).one()
        assert told.changed["name"] == ["A", "Gold"]

    def test_a_new_word_may_have_the_name_that_another_gave_up(self, tenant):
        by, word = make_agent(), actions.begun(LEVEL)[0]
        actions.change(word, {"name": "Gold", "colour": "green"}, version=None, by=by)
        again = actions.add(LEVEL, "A", colour="grey", by=by)
        assert again.key != word.key
        assert queries.label(LEVEL, word.key) == "Gold"


class TestPlace:
    def test_puts_it_between_the_others(self, tenant):
        first = actions.begun(LEVEL)[0]
        actions.place(first, 1, by=make_agent())
        assert [w.label for w in queries.words(LEVEL)] == ["B", "A", "C"]
        assert [e.label for e in queries.offered(LEVEL)] == ["B", "A", "C"]


class TestRetire:
    @pytest.mark.shows("CB4")
    def test_is_kept_by_its_records_and_not_offered(self, tenant):
        acme, word = make_account(level="C"), actions.begun(LEVEL)[2]
        actions.retire(word, by=make_agent())
        assert [e.label for e in queries.offered(LEVEL)] == ["A", "B"]
        assert queries.badge(LEVEL, acme.level) == ("C", "neutral")
        actions.bring_back(word, by=make_agent())
        assert [e.label for e in queries.offered(LEVEL)] == ["A", "B", "C"]


class TestSettled:
    def test_a_record_holds_the_key_however_it_is_spelled(self, tenant):
        assert make_account(industry=" ＦＯＯＤ ").industry == "food"
        assert make_account(industry="Beekeeping").industry == "Beekeeping"


class TestImport:
    @pytest.mark.shows("CB4")
    def test_finds_words_in_either_language_and_adds_what_is_new(self, tenant):
        bring("accounts", "Name,Industry,Level\nA1,食品,b\nA2,Beekeeping,A\nA3,beekeeping,A\n")
        found = {a.name: (a.industry, a.level) for a in db.session.query(customers.Account)}
        (added,) = db.session.query(Word).filter(Word.dictionary == INDUSTRY, Word.name.is_not(None))
        assert found == {"A1": ("food", "B"), "A2": (added.key, "A"), "A3": (added.key, "A")}
        assert added.label.casefold() == "beekeeping"


class TestPages:
    @pytest.mark.shows("CB4")
    def test_an_admin_adds_renames_moves_and_retires(self, here, client, post):
        sign_in(client, here)
        base = f"/{here.slug}/settings/words"
        assert "How much a customer matters" in client.get(f"{base}/level").get_data(as_text=True)
        assert post(f"{base}/level", data={"name": "Key", "colour": "violet"}).status_code == 302
        with scope.enter(here.id):
            key = next(w.id for w in queries.words(LEVEL) if w.label == "Key")
        assert post(f"{base}/word/{key}", data={"name": "Key customer", "colour": "violet"}).status_code == 302
        assert post(f"{base}/word/{key}/place", data={"to": "0"}).status_code == 302
        assert post(f"{base}/word/{key}/retire").status_code == 302
        page = client.get(f"{base}/level").get_data(as_text=True)
        assert page.index("Key customer") < page.index(">B<")
        assert "Retired" in page

    @pytest.mark.shows("CB18")
    def test_the_form_offers_words_and_the_record_shows_them(self, here, client, post):
        sign_in(client, here, "agent")
        page = client.get(f"/{here.slug}/customers/new").get_data(as_text=True)
        assert '<option value="trade_fair">Trade fair</option>' in page
        data = {"name": "Nord", "kind": "company", "source": "trade_fair", "party_role": "distributor"}
        answer = post(f"/{here.slug}/customers/new", data=data)
        shown = text_of(client.get(answer.location))
        assert "Trade fair" in shown
        assert "Distributor" in shown

    @pytest.mark.shows("CB5")
    def test_a_list_shows_chips_and_is_narrowed_by_a_word(self, here, client):
        sign_in(client, here, "manager")
        with scope.enter(here.id):
            make_account(name="Gold Ltd", value_class="high")
            make_account(name="Gone Ltd", value_class="churned")
            db.session.commit()
        address = f"/{here.slug}/customers/?columns=name,value_class&value_class=churned"
        page = client.get(address).get_data(as_text=True)
        assert '<span class="chip chip-wrong">Churned</span>' in page
        assert "Gone Ltd" in page
        assert "Gold Ltd" not in page

    def test_history_tells_names(self, here, client, post):
        person = sign_in(client, here, "manager")
        with scope.enter(here.id):
            acme = make_account(owner=person, industry="food")
            db.session.commit()
        address = f"/{here.slug}/customers/{acme.id}"
        post(f"{address}/edit", data={"name": acme.name, "kind": "company", "industry": "energy"})
        assert "Industry: Food → Energy" in text_of(client.get(address))

    def test_a_clash_names_words(self, here, client, post):
        person = sign_in(client, here, "manager")
        with scope.enter(here.id):
            acme = make_account(owner=person, industry="food")
            db.session.commit()
            key, name = acme.id, acme.name
        data = {"name": name, "kind": "company", "version": "0", "industry": "energy"}
        answer = post(f"/{here.slug}/customers/{key}/edit", data=data)
        assert answer.status_code == 409
        assert "<td>Energy</td><td>Food</td>" in answer.get_data(as_text=True)

    def test_a_retired_word_stays_on_the_form_of_who_has_it(self, here, client):
        person = sign_in(client, here, "manager")
        with scope.enter(here.id):
            acme = make_account(owner=person, industry="food")
            actions.retire(actions.begun(INDUSTRY)[4], by=person)
            db.session.commit()
            key = acme.id
        chosen = '<option selected value="food">Food</option>'
        assert chosen in client.get(f"/{here.slug}/customers/{key}/edit").get_data(as_text=True)
        assert 'value="food"' not in client.get(f"/{here.slug}/customers/new").get_data(as_text=True)


class TestMigration:
    def test_begins_with_the_words_in_use(self, config, tenant):
        for level, source in (("B", "Fair"), ("B", "Fair"), ("vip", "Letter")):
            make_account(level=level, source=source)
        db.session.commit()
        path = next(Path(versions.__path__[0]).glob("*fields_begin.py"))
        with psycopg.connect(postgres.dsn(config.admin_url)) as admin:
            admin.execute("delete from dictionary_word")
            admin.execute(runpy.run_path(str(path))["IN_USE"])
            found = admin.execute(
                "select dictionary, key, name, colour from dictionary_word where tenant_id = %s order by 1, position",
                [tenant.id],
            ).fetchall()
            admin.rollback()
        levels = [("A", "green"), ("B", "sea"), ("C", "grey"), ("vip", "grey")]
        assert found == [
            *[("level", key, key, colour) for key, colour in levels],
            *[("source", key, key, "grey") for key in ("Fair", "Letter")],
        ]
