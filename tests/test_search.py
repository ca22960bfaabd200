"""What is searched for: how words are written and asked for alike, and how older entries follow."""

from __future__ import annotations

import importlib
from uuid import uuid4

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
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


WORDS = [
    "office484989@example.com",
    "c-2026-00042",
    "15033446997",
    "王伟",
    "上海abc海港 ab",
    "a",
    "王",
    "ガス機器x1",
    "한국어",
]


class TestGrams:
    @given(st.text("abz09-@.王伟海ガ", min_size=1, max_size=12), st.integers(0, 11), st.integers(1, 12))
    def test_of_a_part_are_among_those_of_the_whole(self, word, start, many):
        part = word[start : start + many]
        assert search.telling(part) <= set(search.grams(word))

    def test_are_threes_where_there_are_letters_enough(self):
        assert search.telling("erbe") == {"erb", "rbe"}
        assert search.telling("er") == {"er"}
        assert search.telling("王伟") == {"王伟"}
        assert search.telling("王") == {"王"}
        assert search.telling("e") == set()
        assert search.telling("上海abc") == {"上海", "海a", "abc"}

    def test_of_older_entries_get_their_threes_and_words(self, config, context):
        """What the migration writes in SQL is what a new entry is written with."""
        here = make_tenant()
        with scope.enter(here.id):
            for word in WORDS:
                written(word)
            for entry in db.session.scalars(select(search.SearchEntry)):
                entry.grams = [gram for gram in entry.grams if len(gram) < 3]
            db.session.commit()
        with psycopg.connect(postgres.dsn(config.admin_url)) as admin:
            admin.execute("set role seaport_owner")
            for name in ("threes", "words"):
                version = importlib.import_module(f"migrations.versions.2026_11_30_search_add_{name}")
                for step in version.STEPS:
                    admin.execute(step)
        with scope.enter(here.id):
            for entry in db.session.scalars(select(search.SearchEntry)):
                assert entry.grams == search.grams(entry.body)


class TestWholeWords:
    def test_are_enough_where_many_hold_them(self, tenant, monkeypatch):
        whole = {written(f"Harbour {number}") for number in range(3)}
        part = written("Harbourside")
        assert found("harbour") == whole | {part}
        assert found("harb") == whole | {part}
        monkeypatch.setattr(search, "LIMIT", 2)
        assert found("harbour") == whole
        assert found("harb") == whole | {part}


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
