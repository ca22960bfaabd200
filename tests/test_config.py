"""The settings: what a value must look like, and what follows from it."""

from __future__ import annotations

import pytest

from saas import config
from saas.errors import SetupError

PRODUCTION = {
    "DATABASE_URL": "postgresql://app:a@db.example.com/crm",
    "DATABASE_PLATFORM_URL": "postgresql://platform:p@db.example.com/crm",
    "REDIS_URL": "redis://:r@redis.example.com/0",
    "SECRET_KEY": "k" * 40,
    "SAAS_PUBLIC_URL": "https://crm.example.com",
}


def load(data_dir, **more: str) -> config.Config:
    return config.load(PRODUCTION | {"SAAS_DATA_DIR": str(data_dir)} | more)


class TestAddresses:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("DATABASE_URL", "postgresql://app:s3/cret@db.example.com/crm"),
            ("DATABASE_PLATFORM_URL", "postgresql://app:s3#cret@db.example.com/crm"),
            ("REDIS_URL", "redis://:s3/cret@redis.example.com/0"),
            ("SMTP_URL", "smtps://me:s3?cret@mail.example.com"),
            ("SMTP_URL", "smtps://mail.example.com:s3"),
        ],
    )
    def test_that_fall_apart_are_named_and_not_shown(self, tmp_path, name, value):
        with pytest.raises(SetupError, match=rf"^{name} is no whole address") as caught:
            load(tmp_path, **{name: value})
        assert "s3" not in str(caught.value)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("DATABASE_URL", "postgres://app:s3%2Fcret@[::1]:5433/crm?sslmode=require"),
            ("DATABASE_URL", "postgresql://app:a@/crm?host=/run/postgresql"),
            ("REDIS_URL", "unix://:r@/run/redis.sock?db=1"),
            ("SMTP_URL", "smtp+starttls://me:p%40ss@mail.example.com:587/?from=crm@example.com"),
        ],
    )
    def test_that_are_whole_are_taken(self, tmp_path, name, value):
        load(tmp_path, **{name: value})


class TestTrustedHosts:
    def test_are_those_at_which_people_and_operators_come(self, tmp_path):
        found = load(tmp_path, OPERATOR_HOST="ops.example.com")
        assert set(found.trusted_hosts) == {"crm.example.com", "ops.example.com"}

    def test_named_ones_come_on_top(self, tmp_path):
        found = load(tmp_path, TRUSTED_HOSTS="10.0.0.7, crm.internal", OPERATOR_HOST="ops.example.com")
        assert set(found.trusted_hosts) == {"10.0.0.7", "crm.internal", "crm.example.com", "ops.example.com"}


class TestKeys:
    @pytest.mark.parametrize("name", ["SECRET_KEY", "SEAL_KEYS"])
    @pytest.mark.parametrize("kept", [{}, {"secret_key": "k" * 40, "database_url": PRODUCTION["DATABASE_URL"]}])
    def test_are_long_wherever_they_are_set(self, tmp_path, name, kept):
        given = PRODUCTION | {"SAAS_DATA_DIR": str(tmp_path), name: "short"}
        with pytest.raises(SetupError, match="too short"):
            config.load(given, kept=kept)
