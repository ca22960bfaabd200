"""Names are filed by their reading, whatever way they come in; older ones by a worker."""

from __future__ import annotations

import importlib

import psycopg
import pytest
from sqlalchemy import select, update

from saas.crm.customers import actions, name_actions
from saas.crm.customers.models import Account, Contact
from saas.crm.customers.names import keys
from saas.db import db
from saas.jobs import runner
from saas.run import postgres
from saas.tenants import scope
from saas.tenants.models import Delivery
from saas.tenants.scope import SYSTEM
from tests.factories import make_account, make_contact, make_tenant


class TestKeys:
    @pytest.mark.parametrize(
        ("name", "reading"), [("Acme", None), ("Ärzte 24", "arzte 24"), ("王伟", "wang wei "), ("单雄", "shan xiong ")]
    )
    def test_say_where_a_name_is_looked_up_if_not_as_it_stands(self, name, reading):
        assert keys(name)["reading"] == reading

    def test_follow_the_name(self, tenant):
        one = make_account(name="王府井")
        (other,) = actions.create_accounts([{"name": "西单"}], by=SYSTEM)
        assert (one.reading, other.reading) == ("wang fu jing ", "xi dan ")
        actions.change_account(one, {"name": "Wal"}, version=None, by=SYSTEM)
        assert (one.name_key, one.reading) == ("wal", None)


class TestReadAll:
    def test_notes_what_is_missing_and_leaves_versions_alone(self, context, monkeypatch):
        monkeypatch.setattr(name_actions, "CHUNK", 2)
        here = make_tenant()
        with scope.enter(here.id):
            at = make_account(name="王府井百货")
            people = [make_contact(at, name=name) for name in ("李娜", "Ann", "曾静", "Öz", "あ")]
            db.session.commit()
            was = {one.name: one.reading for one in people}
            version, ids = people[0].version, [one.id for one in people]
            for model in (Account, Contact):
                db.session.execute(update(model).values(reading=None))
            db.session.commit()
            db.session.expunge_all()
            steps = name_actions.read_all()
            next(steps)
            db.session.commit()  # and the process dies
            for _twice in range(2):
                for _chunk in name_actions.read_all():
                    db.session.commit()
            read = {one.name: one.reading for one in db.session.scalars(select(Contact).where(Contact.id.in_(ids)))}
            assert read == was
            assert (read["李娜"], read["Ann"]) == ("li na ", None)
            assert db.session.get_one(Account, (here.id, at.id)).reading == "wang fu jing bai huo "
            assert db.session.get_one(Contact, (here.id, ids[0])).version == version

    def test_is_asked_for_in_each_workspace(self, config, context):
        here = make_tenant()
        version = importlib.import_module("migrations.versions.2026_11_30_customers_add_reading")
        with psycopg.connect(postgres.dsn(config.admin_url)) as admin:
            admin.execute("set role seaport_owner")
            for _twice in range(2):
                for step in version.STEPS:
                    admin.execute(step)
        while runner.run_tenant(str(here.id)):
            pass
        with scope.enter(here.id):
            asked = select(Delivery).where(Delivery.handler == "crm.read_names")
            assert db.session.scalars(asked).one().done_at is not None
