"""Fields of a workspace's own in files, in changes to many and in merges."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from saas.crm.batches import actions as batch_actions
from saas.crm.batches import queries as batches
from saas.crm.batches.models import Outcome
from saas.crm.customers import actions as customers
from saas.crm.customers.models import Account, AccountKind, Contact
from saas.crm.fields import custom_actions as actions
from saas.crm.fields import custom_queries as queries
from saas.crm.fields.custom_models import Applies
from saas.crm.merges import actions as merges
from saas.crm.transfer import actions as transfer
from saas.crm.transfer import column_actions, export_actions, preview, register
from saas.crm.transfer.models import ImportRow
from saas.crm.transfer.reasons import sentence
from saas.db import db
from saas.tenants import scope
from tests.crm.fields.test_custom import K, key_of, make_field
from tests.crm.transfer.bringing import bring, opened, work_off
from tests.factories import make_account, make_agent, make_tenant, sign_in
from tests.pages import filled, words


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


class TestFiles:
    @pytest.mark.shows("CB2")
    def test_bring_every_kind_in_and_take_it_out_again(self, tenant):
        made = {kind: make_field(kind, f"My {kind.value}", choices=("Red", "Blue")) for kind in K}
        bo, fast = make_agent(name="Bo Bold"), make_account(name="Fast Freight")
        head = ",".join(["Name", *(f"My {kind.value}" for kind in K)])
        run = bring("accounts", f"{head}\nAcme,Hi,1.5,€99,2026-03-04,red,Blue; RED,Bo Bold,{fast.number}\n")
        assert run.counts == {"new": 1}
        (acme,) = db.session.query(Account).filter_by(name="Acme")
        assert acme.custom == {
            str(made[K.TEXT].id): "Hi",
            str(made[K.NUMBER].id): "1.5",
            str(made[K.MONEY].id): "99.00",
            str(made[K.DATE].id): "2026-03-04",
            str(made[K.CHOICE].id): key_of(made[K.CHOICE], "Red"),
            str(made[K.CHOICES].id): [key_of(made[K.CHOICES], "Red"), key_of(made[K.CHOICES], "Blue")],
            str(made[K.PERSON].id): str(bo.id),
            str(made[K.ACCOUNT].id): str(fast.id),
        }
        assert len(queries.terms_of([acme.id])) == 9
        kind = register.kind("accounts")
        header = [str(one.label) for one in kind.fields]
        row = next(row for row in export_actions._cells(kind, kind.fields) if "Acme" in row)
        out = dict(zip(header, row, strict=True))
        assert [out[name] for name in head.split(",")[1:]] == [
            "Hi", Decimal("1.5"), Decimal("99.00"), date(2026, 3, 4), "Red", "Red; Blue", "Bo Bold", "Fast Freight",
        ]  # fmt: skip

    def test_a_word_that_the_field_lacks_refuses_the_row_with_those_it_has(self, tenant):
        make_field(K.CHOICE, "Colour", choices=("Red", "Blue"))
        run = bring("accounts", "Name,Colour\nA1,Red\nA2,Green\n")
        (row,) = db.session.query(ImportRow).filter_by(run_id=run.id, state="refused")
        assert sentence(row.reason) == "Colour: “Green” is none of Red · Blue."

    def test_the_preview_shows_words_and_what_cannot_be_read(self, tenant):
        make_field(K.CHOICES, "Colours", choices=("Red", "Blue"))
        run = opened("accounts", "Name,Colours,Tags\nA1,blue;red,Warm;Old\nA2,Green,\n")
        column_actions.set_columns(run, list(run.columns), {})
        rows = list(db.session.query(ImportRow).filter_by(run_id=run.id).order_by(ImportRow.number))
        cells = [[(cell.text, cell.note) for cell in row[1:]] for _row, row in preview.of(run, rows).rows]
        assert cells == [[("Red; Blue", ""), ("Warm, Old", "")], [("Green", "can't be read"), ("", "")]]

    def test_words_of_a_set_are_read_in_both_languages(self, tenant):
        actions.add_set("account", by=make_agent())
        bring("accounts", "名称,客户类型,性别,生日\n王伟,个人,男,1986-03-04\n")
        (wang,) = db.session.query(Account).all()
        assert set(wang.custom.values()) == {"gender.male", "1986-03-04"}

    def test_an_undone_import_puts_back_what_it_changed_and_nothing_else(self, tenant):
        size, motto = make_field(name="Size"), make_field(name="Motto")
        acme = make_account(name="Acme", custom={str(size.id): "S", str(motto.id): "On"})
        acme_id = acme.id
        run = bring("accounts", "Name,Size\nAcme,M\nNew,L\n", update_by="name")
        acme = db.session.get(Account, (tenant.id, acme_id))
        assert acme.custom == {str(size.id): "M", str(motto.id): "On"}
        transfer.undo(run)
        work_off(run.id)
        acme = db.session.get(Account, (tenant.id, acme_id))
        assert acme.custom == {str(size.id): "S", str(motto.id): "On"}
        assert queries.uses([size.id]) == {size.id: 1}, "what is gone is still found"

    def test_the_same_again_changes_nothing(self, tenant):
        make_field(K.NUMBER, "Size")
        bring("accounts", "Name,Size\nAcme,5\n")
        run = bring("accounts", "Name,Size\nAcme,5.0\n", update_by="name")
        assert run.counts == {"skipped": 1}

    @pytest.mark.shows("CB2")
    def test_contacts_too(self, tenant):
        field = make_field(K.CHOICES, "Likes", subject="contact", choices=("Tea", "Coffee"))
        bring("contacts", "Name,Customer,Likes\nJo,Acme,tea|coffee\n")
        (jo,) = db.session.query(Contact).all()
        assert jo.custom == {str(field.id): [key_of(field, "Tea"), key_of(field, "Coffee")]}


class TestBatches:
    @pytest.mark.shows("CB8", "CB2")
    def test_many_at_once_and_back(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            field = make_field(K.CHOICE, "Size", choices=("S", "M"), applies=Applies.PERSON)
            small, column = key_of(field, "S"), f"custom_{field.id.hex}"
            person = make_account(name="Jo", kind=AccountKind.PERSON, custom={str(field.id): key_of(field, "M")})
            ids = [person.id, make_account(name="Acme").id]
            db.session.commit()
        chosen = post(f"/{here.slug}/batches/choose", data={"id": ids})
        wrong = post(f"{chosen.location}/edit", data={"field": column, "value": "XL"})
        assert wrong.status_code == 422
        assert "is none of S · M" in wrong.get_data(as_text=True)
        assert post(f"{chosen.location}/edit", data={"field": column, "value": "s"}).status_code == 302
        with scope.enter(here.id):
            batch = batches.lock(UUID(chosen.location.rpartition("/")[2]))
            assert run_batch(batch) == {("done", None), ("left", "unsuited")}
            assert db.session.get(Account, (here.id, ids[0])).custom == {str(field.id): small}
            batch_actions.undo(batches.lock(batch.id), by=make_agent())
            run_batch(batch)
            assert db.session.get(Account, (here.id, ids[0])).custom == {str(field.id): key_of(field, "M")}
        assert "Size of 2 customers: S" in words(client.get(chosen.location).get_data(as_text=True))


def run_batch(batch) -> set[tuple]:
    db.session.commit()
    for _chunk in batch_actions.proceed(batch.id):
        db.session.commit()
    db.session.expire_all()
    return {(row.outcome, row.reason) for outcome in Outcome for row in batches.rows(batch.id, outcome, 10)}


class TestMerges:
    @pytest.mark.shows("CB25", "CB2")
    def test_field_by_field_and_parted_again(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            size, motto = make_field(name="Size"), make_field(name="Motto")
            kept = make_account(name="Acme", custom={str(size.id): "S", str(motto.id): "On"})
            gone = make_account(name="Acme Ltd", custom={str(size.id): "M", str(motto.id): "Off"})
            kept_id, gone_id = kept.id, gone.id
            db.session.commit()
        path = f"/{here.slug}/duplicates/account/{kept_id}/{gone_id}"
        page = client.get(path).get_data(as_text=True)
        assert "Size" in page
        data = filled(page, path) | {f"custom_{size.id.hex}": "gone", f"custom_{motto.id.hex}": "kept"}
        answer = post(path, data=data)
        assert answer.status_code == 302
        with scope.enter(here.id):
            kept = db.session.get(Account, (here.id, kept_id))
            assert kept.custom == {str(size.id): "M", str(motto.id): "On"}
            values = {"custom": {str(motto.id): "Up"}}
            customers.change_account(kept, values, version=None, by=make_agent())
            db.session.commit()
        assert post(f"{answer.location}/undo").status_code == 302
        with scope.enter(here.id):
            kept, gone = (db.session.get(Account, (here.id, one)) for one in (kept_id, gone_id))
            assert kept.custom == {str(size.id): "S", str(motto.id): "Up"}
            assert gone.custom == {str(size.id): "M", str(motto.id): "Off"}

    def test_a_field_that_names_the_one_that_went_names_the_one_that_stays(self, tenant):
        field, by = make_field(K.ACCOUNT, "Carrier"), make_agent()
        kept, gone = make_account(name="Fast"), make_account(name="Fast Ltd")
        acme = make_account(custom={str(field.id): gone.id})
        merges.merge("account", kept.id, gone.id, {"name": "Fast"}, by=by)
        (defined,) = queries.fields_of("account")
        assert queries.names([(defined, acme.custom[defined.key])]) == {str(gone.id): "Fast"}
