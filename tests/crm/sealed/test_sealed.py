"""Confidential details: sealed in the database, masked on pages, each look in the trail."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from flask import current_app
from sqlalchemy import select, text

from saas.archive import Archived
from saas.crm.customers import actions as customers
from saas.crm.merges import actions as merges
from saas.crm.sealed import actions, queries
from saas.crm.sealed.models import Detail, SealedValue, masked
from saas.db import db, new_id
from saas.sealing import Sealer
from saas.tenants import scope
from saas.tenants.models import Event
from saas.tenants.scope import SYSTEM
from tests.factories import make_account, make_agent, make_contact, make_member, make_tenant, sign_in
from tests.pages import whole, words

IBAN = "DE89 3704 0044 0532 0130 42"


@pytest.fixture
def here(context):
    """A committed workspace."""
    return make_tenant()


def kept(record, text=IBAN, detail=Detail.BANK_ACCOUNT) -> SealedValue:
    actions.keep(record, {detail: text}, by=SYSTEM)
    return queries.of_record(record.__tablename__, record.id)[detail]


class TestSealer:
    def test_opens_what_it_sealed_there_and_nowhere_else(self):
        tenant, row = new_id(), new_id()
        box = Sealer(["a" * 32], tenant)
        sealed = box.seal(IBAN, row, "bank_account")
        assert IBAN.encode() not in sealed
        assert box.open(sealed, row, "bank_account") == IBAN
        for other, where, field in (
            (box, new_id(), "bank_account"),
            (box, row, "identity_number"),
            (Sealer(["a" * 32], new_id()), row, "bank_account"),
            (Sealer(["b" * 32], tenant), row, "bank_account"),
        ):
            with pytest.raises(ValueError, match=r"another key|altered"):
                other.open(sealed, where, field)
        with pytest.raises(ValueError, match="altered"):
            box.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), row, "bank_account")

    def test_an_older_key_still_opens(self):
        tenant, row = new_id(), new_id()
        sealed = Sealer(["a" * 32], tenant).seal(IBAN, row, "x")
        assert Sealer(["b" * 32, "a" * 32], tenant).open(sealed, row, "x") == IBAN

    def test_fingerprints_say_nothing_across_workspaces(self):
        one, other = (Sealer(["a" * 32], new_id()) for _ in range(2))
        assert one.fingerprint(IBAN) != other.fingerprint(IBAN)

    def test_a_mask_covers_short_texts_whole(self):
        assert (masked(IBAN), masked("12345")) == ("•••• 42", "••••")


class TestKeep:
    @pytest.mark.shows("CB23")
    def test_leaves_nothing_readable_in_the_database_or_the_trail(self, tenant):
        acme = make_account()
        kept(acme)
        actions.keep(acme, {Detail.BANK_ACCOUNT: "GB33BUKB20201555555555"}, by=SYSTEM)
        db.session.flush()
        for table in ("sealed_value", "event", "search_entry", "twin_key"):
            sql = text(f"select t::text from {table} t where tenant_id = :t").execution_options(reviewed=True)
            found = " ".join(db.session.scalars(sql, {"t": tenant.id}))
            assert "0532" not in found
            assert "BUKB" not in found
            assert IBAN.encode().hex() not in found

    def test_writes_what_changed_and_takes_away(self, tenant):
        acme = make_account()
        assert actions.keep(acme, {Detail.BANK_ACCOUNT: IBAN, Detail.IDENTITY_NUMBER: None}, by=SYSTEM) == [
            "bank_account"
        ]
        assert actions.keep(acme, {Detail.BANK_ACCOUNT: IBAN}, by=SYSTEM) == []
        assert actions.keep(acme, {Detail.BANK_ACCOUNT: None}, by=SYSTEM) == ["bank_account"]
        assert not queries.of_record("account", acme.id)
        names = db.session.scalars(select(Event.name).where(Event.name.startswith("sealed.")).order_by(Event.id))
        assert list(names) == ["sealed.kept", "sealed.removed"]

    def test_refuses_an_archived_customer(self, tenant):
        acme = make_account()
        customers.archive_account(acme, by=make_agent())
        with pytest.raises(Archived):
            kept(acme)

    def test_goes_with_a_merge(self, tenant):
        one, two = make_account(), make_account()
        kept(two)
        merges.merge("account", one.id, two.id, {}, owner=make_member("owner"), by=SYSTEM)
        (row,) = queries.of_record("account", one.id).values()
        assert queries.opened(row) == IBAN


class TestSealAnew:
    def test_lets_the_old_key_go(self, tenant, monkeypatch):
        acme, config = make_account(), current_app.extensions["config"]
        row = kept(acme)
        kept(make_account(), "de89370400440532013042")
        monkeypatch.setitem(current_app.extensions, "config", replace(config, seal_keys=("n" * 32, config.secret_key)))
        assert actions.seal_anew(None) == (2, 0, None)
        assert actions.seal_anew(None) == (0, 0, None)
        monkeypatch.setitem(current_app.extensions, "config", replace(config, seal_keys=("n" * 32,)))
        db.session.expire_all()
        assert queries.opened(row) == IBAN
        prints = db.session.scalars(select(SealedValue.fingerprint))
        assert len(set(prints)) == 1

    def test_counts_what_no_key_opens(self, tenant, monkeypatch):
        row, config = kept(make_account()), current_app.extensions["config"]
        monkeypatch.setitem(current_app.extensions, "config", replace(config, seal_keys=("n" * 32,)))
        assert actions.seal_anew(None) == (0, 1, None)
        assert queries.opened(row) is None


class TestPages:
    @pytest.mark.shows("CB23")
    def test_show_opens_one_and_says_so_in_the_trail(self, here, client, post):
        me = sign_in(client, here, "manager")
        with scope.enter(here.id):
            acme = make_account(name="Acme")
            db.session.commit()
        form = f"/{here.slug}/confidential/customers/{acme.id}"
        assert post(form, data={"bank_account": IBAN, "identity_number": "DE136695976"}).status_code == 302
        page = whole(client, f"/{here.slug}/customers/{acme.id}")
        assert "•••• 42" in words(page)
        assert IBAN not in page
        assert IBAN not in client.get(form).get_data(as_text=True)
        with scope.enter(here.id):
            row_id = queries.of_record("account", acme.id)[Detail.BANK_ACCOUNT].id
        assert IBAN in post(f"/{here.slug}/confidential/{row_id}/show").get_data(as_text=True)
        page = whole(client, f"/{here.slug}/customers/{acme.id}")
        assert f"{me.name} looked at a confidential detail: Bank account" in words(page)
        assert IBAN not in page
        assert post(form, data={"identity_number_gone": "y"}).status_code == 302
        with scope.enter(here.id):
            assert list(queries.of_record("account", acme.id)) == [Detail.BANK_ACCOUNT]

    def test_who_may_not_see_them_writes_but_never_reads(self, here, client, post):
        me = sign_in(client, here, "agent")
        with scope.enter(here.id):
            acme = make_account(me)
            jana = make_contact(acme)
            db.session.commit()
        assert (
            post(f"/{here.slug}/confidential/contacts/{jana.id}", data={"identity_number": "XY1234567"}).status_code
            == 302
        )
        with scope.enter(here.id):
            (row_id,) = [row.id for row in queries.of_record("contact", jana.id).values()]
        page = whole(client, f"/{here.slug}/contacts/{jana.id}")
        assert "•••• 67" in words(page)
        assert f"/confidential/{row_id}/show" not in page
        assert post(f"/{here.slug}/confidential/{row_id}/show").status_code == 403

    def test_reach_holds(self, here, client, post):
        sign_in(client, here, "manager")
        with scope.enter(here.id):
            role = make_member("manager").role
            role.rights = role.rights | {"sealed.view": "own"}
            row = kept(make_account(make_agent()))
            db.session.commit()
        assert post(f"/{here.slug}/confidential/{row.id}/show").status_code == 404

    def test_the_same_number_elsewhere_is_told(self, here, client, post):
        sign_in(client, here, "manager")
        with scope.enter(here.id):
            acme, quay = make_account(name="Acme"), make_account(name="Quay")
            kept(acme), kept(quay, "de89370400440532013042")
            db.session.commit()
        assert "The same as at Quay" in words(whole(client, f"/{here.slug}/customers/{acme.id}"))

    @pytest.mark.parametrize(("role", "is_there"), [("owner", True), ("manager", False)])
    def test_only_who_may_see_them_takes_them_away(self, here, client, role, is_there):
        sign_in(client, here, role)
        with scope.enter(here.id):
            kept(make_account(name="Acme"))
            if not is_there:
                manager = make_member("manager").role
                manager.rights = {k: v for k, v in manager.rights.items() if k != "sealed.view"}
            db.session.commit()
        answer = client.get(f"/{here.slug}/exports/list/accounts.csv")
        (row,) = csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff")))
        assert row.get("Bank account") == (IBAN if is_there else None)
