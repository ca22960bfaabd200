"""What `saas doctor` says of a machine."""

from __future__ import annotations

import pytest

from saas import machine
from saas.machine import Part
from saas.run import doctor
from tests.run.conftest import environment, saas

LACKING = Part("Compass", "finds north", "libcompass0", lambda: False)


class TestMissing:
    def test_a_library_that_does_not_exist_is_missing(self):
        assert not machine.has_library("libseaport-none.so.0")
        assert machine.has_library("libc.so.6")

    def test_the_browser_counts_for_tests_alone(self, monkeypatch):
        monkeypatch.setattr(machine, "PARTS", (Part("Chromium", "", "chromium", lambda: False, for_tests=True),))
        assert machine.missing() == []
        assert [part.name for part in machine.missing(tests=True)] == ["Chromium"]

    @pytest.mark.parametrize(
        ("installed", "debian", "enough"),
        [
            ({machine.SHELL}, True, True),
            ({"chromium"}, True, False),  # the quicker one is to be had
            ({"chromium"}, False, True),
            (set(), False, False),
        ],
    )
    def test_the_browser_is_the_quickest_that_is_to_be_had(self, monkeypatch, installed, debian, enough):
        monkeypatch.setattr(machine.shutil, "which", lambda name: f"/usr/bin/{name}" if name in installed else None)
        monkeypatch.setattr(machine, "_is_debian", lambda: debian)
        assert machine.has_browser() is enough

    def test_pdfs_wait_for_what_is_required(self, monkeypatch):
        spare = Part("Spare", "", "spare", lambda: False, is_required=False)
        monkeypatch.setattr(machine, "PARTS", (LACKING, spare))
        machine.missing_for_pdf.cache_clear()
        assert machine.missing_for_pdf() == (LACKING,)
        machine.missing_for_pdf.cache_clear()

    def test_the_remedy_is_one_command(self):
        assert machine.remedy([LACKING]).endswith("apt-get install -y --no-install-recommends libcompass0")


class TestExamine:
    def test_names_what_is_required_and_missing(self, monkeypatch):
        monkeypatch.setattr(machine, "PARTS", (LACKING,))
        found = {finding.name: finding for finding in doctor.examine()}
        assert not found["Compass"].is_good
        assert found["Compass"].is_required
        assert found["Python"].is_good


class TestCommand:
    def test_speaks_of_a_server_that_does_not_answer(self, open_folder):
        env = environment(
            open_folder,
            SECRET_KEY="k" * 40,
            DATABASE_URL="postgresql://a:b@127.0.0.1:1/d",
            DATABASE_PLATFORM_URL="postgresql://a:b@127.0.0.1:1/d",
            REDIS_URL="redis://127.0.0.1:1/0",
            SAAS_PUBLIC_URL="https://crm.example.com",
        )
        done = saas("doctor", cwd=open_folder, env=env)
        assert done.returncode == 1
        assert "DATABASE_URL doesn't let us in" in done.stdout
        assert "Missing or not fit: Redis, DATABASE_URL, DATABASE_PLATFORM_URL." in done.stderr

    def test_before_the_first_start_nothing_need_be_set(self, open_folder):
        done = saas("doctor", cwd=open_folder, env=environment(open_folder))
        assert "DATABASE_URL is not set" in done.stdout
        assert "Settings" not in done.stderr
