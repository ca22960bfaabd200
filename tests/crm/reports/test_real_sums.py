"""The 8,800 real deals: what the pages say of them, and what a script says that has nothing of ours."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote

import pytest

from saas import months, ui
from saas.crm.opportunities import queries as deals
from saas.tenants import scope
from tests.crm.reports import b2b_sums
from tests.factories import sign_in
from tests.pages import whole, words

OPEN = ("Prospecting", "Engaging")  # stages of the file; a workspace starts with the first, the import makes the other


def said(count: int, value: int) -> tuple[str, str]:
    """A group as its row says it; a sum of nothing is said as none."""
    return f"{count:,}", f"${value:,}" if value else "—"


def table(page: str) -> dict[str, tuple[str, str]]:
    """The first cell of each row → its count and amount."""
    found = {}
    for row in re.findall(r"<tr>(.*?)</tr>", page.partition("<tbody>")[2], re.DOTALL):
        name, many, amount, *_rest = [words(unescape(cell)) for cell in re.findall(r"<t[dh].*?</t[dh]>", row)]
        found[name] = (many, amount if amount.strip("$0—") else "—")
    return found


@pytest.mark.shows("OP8", "AD8")
def test_every_page_says_what_the_file_says(context, company, client):
    here, rows = company.tenant, b2b_sums.read(company.folder)
    sign_in(client, here)

    def grouped(by: str, **asked: str) -> dict[str, tuple[str, str]]:
        query = "".join(f"&{name}={quote(value)}" for name, value in asked.items())
        return table(client.get(f"/{here.slug}/grouped/deals?by={by}{query}").get_data(as_text=True))

    def expected(*columns: str, of=rows):
        return {key: said(*part) for key, part in b2b_sums.by(of, *columns).items()}

    results = {"Won": "won", "Lost": "lost", "Engaging": "open", "Prospecting": "open"}
    whole_file = said(len(rows), sum(row["value"] for row in rows))
    for by, column in (("owner", "sales_agent"), ("manager", "manager"), ("team", "office"), ("product", "product")):
        assert grouped(by) == expected(column) | {"Together": whole_file}, by
        for result in ("won", "lost", "open"):
            part = [row for row in rows if results[row["deal_stage"]] == result]
            found = {key: pair for key, pair in grouped(by, result=result).items() if key != "Together"}
            assert found == expected(column, of=part), (by, result)

    by_stage = expected("deal_stage")
    of_results = grouped("result")
    assert of_results["Won"] == by_stage["Won"]
    assert of_results["Lost"] == by_stage["Lost"]
    stages = grouped("stage", result="open")
    assert {key: stages[key] for key in OPEN} == {key: by_stage[key] for key in OPEN}

    with client.application.test_request_context():
        named = {key: ui.month(day) for key, day in months_of(rows).items()}
    for stage in ("Won", "Lost"):
        part = [row for row in rows if row["deal_stage"] == stage]
        found = grouped("closed", result=stage.lower())
        assert found.pop("Together") == said(len(part), sum(row["value"] for row in part))
        assert found == {named[key]: pair for key, pair in expected("month", of=part).items()}
        assert list(found) == [named[key] for key in sorted(named, reverse=True)]

    # Two columns at once: each manager's people, each month of an office.
    for manager, part in split(rows, "manager").items():
        key = link_of(client.get(f"/{here.slug}/grouped/deals?by=manager").get_data(as_text=True), manager)
        found = grouped("owner", manager=key)
        assert {name: pair for name, pair in found.items() if name != "Together"} == expected("sales_agent", of=part)
    march = [row for row in rows if row["month"] == "2017-03"]
    found = grouped("team", closed_in="2017-03")
    assert {name: pair for name, pair in found.items() if name != "Together"} == expected("office", of=march)
    quarter = [row for row in rows if row["month"] in {"2017-04", "2017-05", "2017-06"}]
    assert grouped("result", closed_in="2017-Q2")["Together"] == said(
        len(quarter), sum(row["value"] for row in quarter)
    )

    check_board(client, here, by_stage)
    check_months(client, here, rows)


def months_of(rows):
    """ "2017-03" → its first day, of the months in which a deal closed."""
    return {row["month"]: months.read(row["month"]) for row in rows if row["month"]}


def split(rows, column: str):
    """Value → its rows."""
    found: dict[str, list] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found


def link_of(page: str, name: str) -> str:
    """The id of a manager in the address behind his name."""
    found = re.search(rf'manager=([0-9a-f-]{{36}})[^"]*">{re.escape(name)}<', page)
    assert found, name
    return found[1]


def check_board(client, here, by_stage) -> None:
    """The board's heads and the funnel on Today count what is open, stage by stage."""
    page = words(client.get(f"/{here.slug}/deals/").get_data(as_text=True))
    today = words(whole(client, f"/{here.slug}/"))
    for stage in OPEN:
        many = by_stage[stage][0]
        assert re.search(rf"{stage} {many}\b", page), stage
        assert re.search(rf"{stage} {many}\b", today), stage
    with scope.enter(here.id):
        assert sum(deals.counts_by_result().values()) == 8800


def check_months(client, here, rows) -> None:
    """The report of each month: how many were won and lost in it, and what that came to."""
    for month, part in split([row for row in rows if row["month"]], "month").items():
        page = words(client.get(f"/{here.slug}/reports/month/{month}").get_data(as_text=True))
        won = [row for row in part if row["deal_stage"] == "Won"]
        lost = [row for row in part if row["deal_stage"] == "Lost"]
        assert f"${sum(row['value'] for row in won):,}" in page, month
        assert f"{len(won):,}" in page
        assert f"{len(lost):,}" in page
