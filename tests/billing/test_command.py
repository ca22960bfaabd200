"""`saas billing reconcile`, as an operator runs it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from sqlalchemy import select

from saas.billing.actions import buying
from saas.config import Config
from saas.db import db
from saas.tenants.models import Tenant
from tests.billing.conftest import RETURN_URL
from tests.stripe_double import SECRET, Stripe


@pytest.fixture
def saas(config: Config, stripe: Stripe):
    """Run the command in a process of its own."""

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": config.database_url,
            "DATABASE_PLATFORM_URL": config.platform_url,
            "REDIS_URL": config.redis_url,
            "SECRET_KEY": config.secret_key,
            "SAAS_PUBLIC_URL": config.public_url,
            "SAAS_DATA_DIR": str(config.data_dir),
            "STRIPE_API_KEY": "sk_test_double",
            "STRIPE_API_BASE": stripe.url,
            "STRIPE_WEBHOOK_SECRET": SECRET,
            **more,
        }
        command = [sys.executable, "-m", "saas.cli", "billing", "reconcile", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def reconcile(command):
    """Run the command here: loading the app takes longer than its work."""
    return lambda *arguments: command("billing", "reconcile", *arguments)


class TestReconcile:
    def test_brings_one_workspace_in_line(self, saas, reconcile, stripe, workspace, owner):
        buying.subscribe(3, by=owner, return_url=RETURN_URL)
        stripe.pay(next(iter(stripe.sessions)))  # and no message comes
        done = saas(workspace.slug)
        assert (done.returncode, done.stderr) == (0, "")
        for change in ("state trial → active", "seat limit None → 3", "subscription None → active", "bills 0 → 1"):
            assert change in done.stdout
        assert reconcile(workspace.slug).stdout == f"{workspace.slug}: in line\n"
        db.session.rollback()
        assert db.session.scalar(select(Tenant.seat_limit).where(Tenant.id == workspace.id)) == 3

    def test_says_who_was_left_out_when_stripe_is_away(self, reconcile, stripe, workspace, owner):
        buying.subscribe(3, by=owner, return_url=RETURN_URL)
        db.session.rollback()
        stripe.choose_fault = lambda call: "drop"
        done = reconcile(workspace.slug)
        assert done.returncode == 1
        assert f"Not reconciled: {workspace.slug}." in done.stderr

    def test_refuses_in_a_sentence(self, saas, reconcile, workspace):
        assert saas(workspace.slug, STRIPE_API_KEY="").returncode == 1
        unknown = reconcile("nobody-here")
        assert (unknown.returncode, "no workspace 'nobody-here'" in unknown.stderr) == (1, True)
