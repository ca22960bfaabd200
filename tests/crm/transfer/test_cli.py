"""`saas import` and `saas export`, as a shell calls them."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import func, select

from saas.config import Config
from saas.crm.customers.models import Account
from saas.crm.opportunities.models import Opportunity
from saas.crm.products.models import Product
from saas.db import db
from saas.tenants import scope
from tests.factories import make_account, make_product, make_tenant


@pytest.fixture
def here(context):
    """A workspace, not in scope: the command enters it."""
    return make_tenant()


@pytest.fixture
def saas(config: Config):
    """Run a command in a process of its own, against the test's servers."""
    environment = os.environ | {
        "DATABASE_URL": config.database_url,
        "DATABASE_PLATFORM_URL": config.platform_url,
        "REDIS_URL": config.redis_url,
        "SECRET_KEY": config.secret_key,
        "SAAS_PUBLIC_URL": config.public_url,
        "SAAS_DATA_DIR": str(config.data_dir),
    }

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "saas.cli", *map(str, arguments)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    return run


def count(tenant, model) -> int:
    with scope.enter(tenant.id):
        return db.session.scalar(select(func.count()).select_from(model)) or 0


class TestImport:
    def test_says_what_it_made_and_writes_refused_rows(self, here, saas, command, tmp_path: Path):
        file = tmp_path / "list.csv"
        file.write_text("Company,Founded on\nElbe,1996\nAlster,soon\n")
        rehearsed = command("import", here.slug, "accounts", file, "--map", "Founded on=founded", "--dry-run")
        assert rehearsed.stdout.startswith("created: 1\nupdated: 0\nskipped: 0\nrefused: 1\n"), rehearsed.stderr
        assert count(here, Account) == 0
        assert "row 3: " in rehearsed.stdout
        assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]
        done = saas("import", here.slug, "accounts", file)  # the mapping is remembered
        assert "created: 1" in done.stdout, done.stdout + done.stderr
        rows = list(csv.reader((tmp_path / "list.refused.csv").open(encoding="utf-8-sig")))
        assert rows[1][:2] == ["Alster", "soon"]
        assert "skipped: 1" in command("import", here.slug, "accounts", file).stdout
        assert count(here, Account) == 1

    def test_rehearsed_writes_refused_rows_where_it_is_told_to(self, here, command, tmp_path: Path):
        file, told = tmp_path / "list.csv", tmp_path / "told.csv"
        file.write_text("Company,Founded\nAlster,soon\n")
        done = command("import", here.slug, "accounts", file, "--dry-run", "--refused", told)
        assert f"refused rows: {told}" in done.stdout, done.stderr
        assert "Alster" in told.read_text(encoding="utf-8-sig")

    def test_takes_matches_and_remembers_them(self, here, command, tmp_path: Path):
        with scope.enter(here.id):
            make_product(name="GTX Pro")
            db.session.commit()
        file = tmp_path / "deals.csv"
        file.write_text("Deal,Product,Close date,Stage\nA,GTX P,3/31/2026,Won\n")
        arguments = ("import", here.slug, "opportunities", file)
        done = command(*arguments, "--match", 'product:GTX P="GTX Pro"', "--date-format", "MM/DD/YYYY")
        assert "created: 1" in done.stdout, done.stdout + done.stderr
        with scope.enter(here.id):
            deal = db.session.scalars(select(Opportunity)).one()
            assert deal.closed_on.isoformat() == "2026-03-31"
            assert deal.product_id == db.session.scalars(select(Product.id)).one()

    def test_says_before_it_is_done_which_customers_won_deals_take_out_of_the_pool(self, here, command, tmp_path: Path):
        with scope.enter(here.id):
            make_account(name="Elbe")
            db.session.commit()
        file = tmp_path / "deals.csv"
        file.write_text("Deal,Customer,Owner,Stage\nA,Elbe,Anna,Won\n")
        for options in (("--dry-run",), ()):
            done = command("import", here.slug, "opportunities", file, *options)
            assert "customers who have bought by it: 1, given an owner: 1" in done.stdout, done.stderr

    @pytest.mark.parametrize(
        ("arguments", "status", "said"),
        [
            (("nobody-here", "accounts"), 1, "no workspace"),
            (("HERE", "planets"), 1, "planets can't be brought in"),
            (("HERE", "accounts", "--map", "Nothing=name"), 2, "no column"),
            (("HERE", "accounts", "--update-by", "moon"), 2, "no field"),
            (("HERE", "accounts", "--date-format", "xyz"), 2, "order of day"),
        ],
    )
    def test_refuses_with_a_sentence(self, here, command, tmp_path: Path, arguments, status, said):
        file = tmp_path / "list.csv"
        file.write_text("Company\nElbe\n")
        workspace, kind, *rest = (here.slug if a == "HERE" else a for a in arguments)
        done = command("import", workspace, kind, file, *rest)
        assert (done.returncode, said in done.stderr) == (status, True), done.stderr
        assert "Traceback" not in done.stderr
        assert count(here, Account) == 0


def test_export_writes_everything_with_checksums(here, saas, tmp_path: Path):
    out = tmp_path / "all.zip"
    done = saas("export", here.slug, "--out", out)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(out) as archive:
        assert "records/accounts.csv" in {p["name"] for p in json.loads(archive.read("manifest.json"))["files"]}
