"""What is searched for: how words are written and asked for alike, and how older entries follow."""

from __future__ import annotations

import importlib
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import select

from saas import search
from saas.db import db, new_id
from saas.jobs import runner
from saas.run import postgres
from saas.tenants import scope
from saas.tenants.models import Delivery
from tests.factories import make_tenant


def found(words: str) -> set:
    return {hit.id for hit in search.find(words, me=uuid4(), reaches={"account": "all"})}


def written(name: str):
    key = new_id()
    search.put([search.entry("account", key, [name])])
    return key


class TestAccents:
    @pytest.mark.parametrize(
        ("name", "asked"),
        [
            ("Fähre Nord", "fahre"),
            ("Fahre Nord", "Fähre"),
            ("Łódź Sp. z o.o.", "lodz"),
            ("Ærø Færge", "aero faerge"),
            ("Công ty Đông Á", "cong ty dong"),
            ("Fa\N{COMBINING DIAERESIS}hre", "FÄHRE"),
            ("上海海港贸易有限公司", "海港"),
            ("ガス機器", "ガス"),
        ],
    )
    def test_are_written_and_asked_for_alike(self, tenant, name, asked):
        key = written(name)
        assert found(asked) == {key}

    def test_leave_other_scripts_as_they_are(self):
        """The marks of kana, Hangul and Indian scripts make another letter, no accent."""
        for words in ("上海海港", "ガス", "한국어", "हिन्दी", "ไทย"):
            assert search.bare(search.fold(words)) == search.fold(words)
        assert search.bare(search.fold("ガス")) != search.bare(search.fold("カス"))


class TestRewriting:
    def test_brings_older_entries_in_line_some_at_a_time(self, tenant, monkeypatch):
        monkeypatch.setattr(search, "AT_ONCE", 2)
        old = [written(f"Fähre {number}") for number in range(5)]
        for entry in db.session.scalars(select(search.SearchEntry)):
            entry.body = entry.body.replace("fahre", "fähre")
            entry.grams = search.grams(entry.body)
        db.session.commit()
        assert found("fahre") == set()
        steps = search.rewrite()
        next(steps)
        db.session.commit()  # and the process dies
        assert len(found("fahre")) == 2
        for _some in search.rewrite():
            db.session.commit()
        assert found("fähre") == set(old)

    def test_is_asked_for_in_each_workspace(self, config, context):
        here = make_tenant()
        version = importlib.import_module("migrations.versions.2026_11_30_search_fold_accents")
        with psycopg.connect(postgres.dsn(config.admin_url)) as admin:
            admin.execute("set role seaport_owner")
            for _twice in range(2):
                for step in version.STEPS:
                    admin.execute(step)
        while runner.run_tenant(str(here.id)):
            pass
        with scope.enter(here.id):
            asked = select(Delivery).where(Delivery.handler == "tenants.rewrite_search")
            assert db.session.scalars(asked).one().done_at is not None
