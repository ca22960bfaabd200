"""What a local run keeps between starts."""

from __future__ import annotations

import json

import pytest

from saas import config
from saas.errors import SetupError
from saas.run import local

ADMIN = "postgresql://boss:p%40ss@db.example.com:5433/crm?sslmode=require"
KEPT = {"app_password": "a/b", "platform_password": "c", "secret_key": "k" * 40, "redis_password": "r"}


class TestGiven:
    def test_derives_both_sign_ins_from_the_admins_address(self):
        found = local.given({"DATABASE_ADMIN_URL": ADMIN}, KEPT)
        assert found.database_url == "postgresql://seaport_app:a%2Fb@db.example.com:5433/crm?sslmode=require"
        assert found.platform_url.startswith("postgresql://seaport_platform:c@db.example.com:5433/crm")

    def test_keeps_no_address_that_the_environment_says(self):
        env = {"DATABASE_URL": "postgresql://a@h/d", "DATABASE_PLATFORM_URL": "postgresql://b@h/d"}
        assert local.given(env, KEPT) == local.Addresses()

    @pytest.mark.parametrize(
        ("given", "missing"),
        [("DATABASE_URL", "DATABASE_PLATFORM_URL is not set"), ("DATABASE_PLATFORM_URL", "DATABASE_URL is not set")],
    )
    def test_names_the_variable_that_is_missing(self, given, missing):
        with pytest.raises(SetupError, match=missing):
            local.given({given: "postgresql://a@h/d"}, KEPT)


class TestKeep:
    def test_keeps_the_admins_address_apart(self, open_folder):
        local.keep(open_folder, KEPT | {"admin_url": ADMIN, "port": 8000}, "superuser's")
        assert "admin_url" not in json.loads((open_folder / config.LOCAL_FILE).read_text())
        assert json.loads((open_folder / config.ADMIN_FILE).read_text())["admin_url"] == ADMIN

    def test_both_files_are_for_their_owner_alone(self, open_folder):
        local.keep(open_folder, KEPT | {"admin_url": ADMIN}, "superuser's")
        for name in (config.LOCAL_FILE, config.ADMIN_FILE):
            assert (open_folder / name).stat().st_mode & 0o777 == 0o600

    def test_secrets_stay_the_same(self, open_folder):
        first = local.secrets_of(open_folder)
        local.keep(open_folder, first, "")
        assert local.secrets_of(open_folder) == first


class TestLoad:
    @pytest.fixture
    def env(self, open_folder):
        local.keep(open_folder, KEPT | {"admin_url": ADMIN, "database_url": "postgresql://seaport_app@/d"}, "pw")
        return {"SAAS_DATA_DIR": str(open_folder)}

    def test_web_and_workers_never_see_the_admins_address(self, env):
        assert config.load(env).admin_url == ""
        assert config.load(env | {"DATABASE_ADMIN_URL": ADMIN}).admin_url == ""

    def test_those_who_need_it_do(self, env):
        assert config.load(env, with_admin=True).admin_url == ADMIN.replace("postgresql:", "postgresql+psycopg:")

    def test_a_damaged_file_is_a_sentence(self, env, open_folder):
        (open_folder / config.LOCAL_FILE).write_text("{")
        with pytest.raises(SetupError, match="damaged"):
            config.load(env)
