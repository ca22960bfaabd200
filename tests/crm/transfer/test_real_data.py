"""The real data of a computer-hardware seller, through the engine that a person's import uses."""

from __future__ import annotations

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from saas.crm.customers.models import Account
from saas.crm.opportunities.models import Opportunity, Result
from saas.crm.products.models import Product, ProductAlias
from saas.db import db
from saas.tenants import scope
from saas.tenants.models import Event, Member, MemberStatus, Team
from tests.crm.transfer.bringing import bring


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.shows("AD8")
def test_a_company_comes_in_whole(context, company):
    assert company.counts == {
        "accounts": {"new": 85},
        "products": {"new": 7},
        "members": {"new": 35},
        "opportunities": {"new": 8800, "bought": 85, "given": 85},
    }
    assert company.options["order"] == "mdy"
    assert company.options["order_is_sure"]
    assert company.members == 41
    with scope.enter(company.id):
        check(company.folder)


def check(folder: Path) -> None:
    """What stands in the workspace is what stands in the files."""
    check_accounts(rows_of(folder / "accounts.csv"))
    check_people(rows_of(folder / "sales_teams.csv"))
    check_deals(rows_of(folder / "sales_pipeline.csv"))
    check_memory(folder)


def check_accounts(rows: list[dict[str, str]]) -> None:
    found = {a.name: a for a in db.session.scalars(select(Account)).unique()}
    assert set(found) == {row["account"] for row in rows}
    names = {a.id: a.name for a in found.values()}
    for row in rows:
        account = found[row["account"]]
        assert account.industry == row["sector"]
        assert account.country == row["office_location"]
        assert account.revenue == Decimal(row["revenue"])
        assert account.employees == int(row["employees"])
        assert account.founded == int(row["year_established"])
        assert names.get(account.parent_id, "") == row["subsidiary_of"]


def check_people(rows: list[dict[str, str]]) -> None:
    came = select(Member).where(Member.status == MemberStatus.PLACEHOLDER)  # beside who signs in to look
    members = {m.name: m for m in db.session.scalars(came).unique()}
    teams = {t.id: t.name for t in db.session.scalars(select(Team))}
    assert set(teams.values()) == {row["regional_office"] for row in rows}
    assert len(teams) == 3
    assert len(members) == 41
    assert not any(m.takes_seat for m in members.values())
    for row in rows:
        agent = members[row["sales_agent"]]
        assert teams[agent.team_id] == row["regional_office"]
        assert agent.manager_id == members[row["manager"]].id
    idle = set(members) - set(
        db.session.scalars(select(Member.name).where(Member.id.in_(select(Opportunity.owner_id))))
    )
    assert len(idle & {row["sales_agent"] for row in rows}) == 5


def check_deals(rows: list[dict[str, str]]) -> None:
    results = {"Won": Result.WON, "Lost": Result.LOST}
    wanted = Counter(results.get(row["deal_stage"], Result.OPEN) for row in rows)
    sums: dict[Result, Decimal] = dict.fromkeys(Result, Decimal())
    for row in rows:
        sums[results.get(row["deal_stage"], Result.OPEN)] += Decimal(row["close_value"] or 0)
    statement = select(Opportunity.result, func.count(), func.sum(Opportunity.amount)).group_by(Opportunity.result)
    found = {result: (count, total or Decimal()) for result, count, total in db.session.execute(statement)}
    assert found == {result: (wanted[result], sums[result]) for result in Result}

    lacking = select(func.count()).select_from(Opportunity).where(Opportunity.account_id.is_(None))
    assert db.session.scalar(lacking) == sum(not row["account"] for row in rows) == 1425
    unpriced = select(func.count()).select_from(Opportunity).where(Opportunity.amount.is_(None))
    assert db.session.scalar(unpriced) == sum(not row["close_value"] for row in rows)
    one = db.session.scalars(select(Opportunity).where(Opportunity.import_key == "ref:1C1I7A6R")).one()
    assert (one.opened_on.isoformat(), one.closed_on.isoformat(), one.amount) == ("2016-10-20", "2017-03-01", 1054)
    assert one.account.name == "Cancity"
    assert one.owner.name == "Moses Frase"
    assert db.session.scalar(select(func.count()).select_from(Event).where(Event.name == "opportunity.created")) == 8800


def check_memory(folder: Path) -> None:
    """`GTXPro` is GTX Pro from now on, nobody is asked again, and the same file adds nothing."""
    assert db.session.scalar(select(func.count()).select_from(Product)) == 7
    assert db.session.scalars(select(ProductAlias.spelling)).all() == ["GTXPro"]
    again = bring("opportunities", folder / "sales_pipeline.csv")
    assert "product" not in again.matches
    assert again.counts == {"skipped": 8800}
    for kind, name in (("accounts", "accounts"), ("products", "products"), ("members", "sales_teams")):
        assert set(bring(kind, folder / f"{name}.csv").counts) == {"skipped"}
