"""The real data of a computer-hardware seller, brought in once for all tests that only look at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from saas.crm.transfer.models import ImportRun
from saas.db import db
from saas.search import fold
from saas.tenants import scope
from saas.tenants.models import Member, Tenant
from tests.crm.transfer.bringing import bring
from tests.factories import make_tenant


@dataclass(frozen=True)
class Company:
    """A workspace with the whole of the files, and what was so when they were in."""

    id: UUID
    slug: str
    folder: Path
    counts: Mapping[str, Mapping[str, int]]  # kind → what became of its rows
    options: Mapping[str, Any]  # of the deals' file
    members: int

    @property
    def tenant(self) -> Tenant:
        """The workspace's row."""
        return db.session.get_one(Tenant, self.id)


@pytest.fixture(scope="session")
def company(app: Flask, shared: Path) -> Company:
    """Tests may look, sign in, and bring in again what is there."""
    folder = shared / "data" / "b2b-sales"
    with app.app_context():
        made = make_tenant(name="Quay", currency="USD")
        with scope.enter(made.id):
            runs = {
                "accounts": bring("accounts", folder / "accounts.csv"),
                "products": bring("products", folder / "products.csv"),
                "members": bring("members", folder / "sales_teams.csv"),
                "opportunities": bring("opportunities", folder / "sales_pipeline.csv", gtx_pro),
            }
            counts = {kind: dict(run.counts) for kind, run in runs.items()}
            options = MappingProxyType(dict(runs["opportunities"].options))
            members = db.session.scalar(select(func.count()).select_from(Member)) or 0
            db.session.commit()
        return Company(made.id, made.slug, folder, counts, options, members)


def gtx_pro(run: ImportRun) -> dict[str, dict[str, str]]:
    """What a person confirms: the product as the file spells it is the one that is offered."""
    (entry,) = run.matches["product"].values()
    return {"product": {fold("GTXPro"): entry["means"]}}
