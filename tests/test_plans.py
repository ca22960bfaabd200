"""The main operations keep their indexes: what pages ask, explained as the app's role in a workspace among others.

Behind row-level security a text operator can't use an index, and a frequent word hides that: the search is for rare
ones. A plan is only worth something on much data, so the rows of three workspaces are multiplied once for all tests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from saas import search
from saas.crm.fields import custom_actions as custom
from saas.crm.fields.custom_models import FieldKind
from saas.db import TENANT_SETTING, db
from saas.demo.crowd import Crowd
from saas.lists import _encode
from saas.run import postgres
from saas.tenants import scope
from saas.tenants.scope import SYSTEM
from tests.factories import enter_portal, make_account, make_contact, make_portal_user, make_tenant, sign_in

TIMES = {"account": 20, "search_entry": 9, "opportunity": 20, "service_case": 20, "contact": 4, "event": 4}
OWN = {"id": "gen_random_uuid()", "subject_id": "gen_random_uuid()", "number": "number || '-' || n"}
OWN |= {"name": "name || n", "name_key": "name_key || n"}
LARGE = {*TIMES, "activity", "stage_change", "custom_term"}
RARE, COMMON = "rare", "common"  # words of a field of the workspace's own: of few customers, and of nearly all


class Crowded:
    """A workspace of 20,000 customers beside two others, seen through a member's and a customer's browser."""

    def __init__(self, app, config) -> None:
        self.app, self.config = app, config
        self.tenants: list[Any] = []
        self.fields: list[Any] = []
        self.staff, self.customer = app.test_client(), app.test_client()
        with app.app_context():
            for _ in range(3):
                self._fill()
            db.session.remove()
        with psycopg.connect(postgres.dsn(config.admin_url), autocommit=True) as admin:
            admin.execute("set session_replication_role = replica")  # keys aren't looked up: they are copies
            for table, times in TIMES.items():
                multiply(admin, table, times, self.tenants)
                admin.execute(f"analyze {table}")
            fill_fields(admin, self.fields)
            admin.execute("analyze custom_term")
            admin.execute("vacuum analyze")  # an index alone serves where pages are known to be visible to all
            row = admin.execute(
                "select a.id, a.name_key, a.email from account a where tenant_id = %s order by name_key, id"
                " offset 18000 limit 1",
                [self.tenant.id],
            ).fetchone()
            assert row
            held = admin.execute(
                "select term, record_id from custom_term where tenant_id = %s and field_id = %s order by term"
                " offset 18000 limit 1",
                [self.tenant.id, self.fields[-1]],
            ).fetchone()
            assert held
            self.deep_figure = _encode(*held)
            self.deep, self.rare = _encode(row[1], row[0]), row[2].partition("@")[0]

    def _fill(self) -> None:
        self.tenant = make_tenant()
        self.tenants.append(self.tenant.id)
        person = sign_in(self.staff, self.tenant)
        with scope.enter(self.tenant.id):
            Crowd(person, self.tenant.slug).fill(1000, 200, lambda written: None)
            account = make_account(name="Gate Keepers")
            words = [{"key": "", "name": word, "is_retired": False} for word in (RARE, COMMON)]
            field = custom.add("account", FieldKind.CHOICE, {"name": "Size", "choices": words}, by=SYSTEM)
            figure = custom.add("account", FieldKind.NUMBER, {"name": "Cranes"}, by=SYSTEM)
            self.fields += [field.id, figure.id]
            rare, common = (one["key"] for one in field.choices)
            self.own = {"size": f"custom_{field.id.hex}", "cranes": f"custom_{figure.id.hex}"}
            self.own |= {"rare_word": rare, "common_word": common}
            customer = make_portal_user(make_contact(account))
            db.session.commit()
            self.account = account.id
        enter_portal(self.customer, self.tenant, customer)

    def plans(self, browser: Any, path: str, **options: Any) -> dict[str, Any]:
        """Statement → plan, of everything that a page asks on the workspace's tables."""
        seen: list[tuple[str, Any]] = []

        def note(connection: Any, _cursor: Any, sql: str, values: Any, *_rest: Any) -> None:
            if connection.engine is db.engines[None] and not sql.startswith("SET LOCAL"):
                seen.append((sql, values))

        with self.app.app_context():
            event.listen(Engine, "before_cursor_execute", note)
            answer = browser.open(f"/{self.tenant.slug}/{path}", **options)
            event.remove(Engine, "before_cursor_execute", note)
            assert answer.status_code < 400, path
            return {sql: self.explain(sql, values) for sql, values in seen}

    def explain(self, sql: str, values: Any) -> Any:
        """The plan of a statement for the app's role, in this workspace."""
        with psycopg.connect(postgres.dsn(self.config.database_url)) as connection:
            connection.execute(f"set local {TENANT_SETTING} = '{self.tenant.id}'")
            found = connection.execute("explain (format json) " + sql, values).fetchone()
            connection.rollback()
        assert found
        return found[0][0]["Plan"]

    def explain_search(self, words: str) -> Any:
        """The plan inside the search function, for its owner, whose reading the tenant's setting alone limits."""
        with psycopg.connect(postgres.dsn(self.config.admin_url)) as admin:
            found = admin.execute(
                "select prosrc, proargnames[:pronargs], pg_get_function_identity_arguments(oid) from pg_proc"
                " where proname = 'find_entries'"
            ).fetchone()
            assert found
            body, names, _signature = found
            for place, name in enumerate(names, start=1):
                body = re.sub(rf"(?<![.\w]){name}(?!\w)", f"${place}", body)
            admin.execute(
                "prepare looked(text[], text[], text[], text[], text[], uuid, uuid[], integer) as " + body.strip()
            )
            admin.execute("set local role seaport_lookup")
            admin.execute(f"set local {TENANT_SETTING} = '{self.tenant.id}'")
            kinds = ["account", "contact", "opportunity", "service_case"]
            given = [search.grams(search.fold(words)), [f"%{words}%"], kinds, [], [], self.tenant.id, [], 51]
            sent = psycopg.sql.SQL("explain (format json) execute looked({})").format(
                psycopg.sql.SQL(", ").join(psycopg.sql.Literal(value) for value in given)
            )
            row = admin.execute(sent).fetchone()
            admin.rollback()
        assert row
        return row[0][0]["Plan"]


def multiply(admin: Any, table: str, times: int, tenants: list[Any]) -> None:
    """Copy each row so often, under ids, names and numbers of its own."""
    columns = [c.name for c in db.metadata.tables[table].columns]
    own = OWN if table != "event" else {"id": OWN["id"]}
    values = [own.get(column, column) for column in columns]
    admin.execute(
        f"insert into {table} ({', '.join(columns)}) select {', '.join(values)} from {table},"
        f" generate_series(2, {times}) n where tenant_id = any(%s)",
        [tenants],
    )


def fill_fields(admin: Any, fields: list[Any]) -> None:
    """Give each customer what he holds in his workspace's fields: a word of few or of nearly all, and a figure."""
    word = "f.choices -> (case when right(a.id::text, 3) = 'abc' then 0 else 1 end) ->> 'key'"
    figure = "(10000000000000000000 + 10000 * row_number() over (partition by f.id order by a.id))::text"
    admin.execute(
        "insert into custom_term (tenant_id, id, record_id, field_id, term, created_at)"
        f" select a.tenant_id, gen_random_uuid(), a.id, f.id, coalesce({word}, {figure}), now()"
        " from account a join custom_field f using (tenant_id) where f.id = any(%s)",
        [fields],
    )


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan and all that is under it."""
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def scanned(plan: dict[str, Any]) -> list[str]:
    """The large tables that a plan reads from end to end, or by an index that the workspace doesn't lead."""
    wrong = []
    for node in nodes(plan):
        if node.get("Relation Name") in LARGE and node["Node Type"] == "Seq Scan":
            wrong.append(f"{node['Relation Name']} is read from end to end")
        if "Index Name" in node and "tenant_id" not in node.get("Index Cond", ""):
            wrong.append(f"{node['Index Name']} is used without the tenant")
    return wrong


def indexes(plans: dict[str, Any]) -> set[str]:
    """The names of the indexes that plans use."""
    return {node["Index Name"] for plan in plans.values() for node in nodes(plan) if "Index Name" in node}


@pytest.fixture(scope="module")
def crowded(app, config):
    return Crowded(app, config)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("customers/", {"ix_account_by_name"}),
        ("customers/?after={deep}", {"ix_account_by_name"}),
        ("customers/?sort=-last_contact", {"ix_account_by_contact"}),
        ("customers/?{size}={rare_word}", {"ix_custom_term_by_term", "pk_account"}),
        ("customers/?{size}={common_word}", {"ix_account_by_name"}),
        ("customers/?{cranes}=10..20", {"ix_custom_term_by_term", "pk_account"}),
        ("customers/?{cranes}=10..", {"ix_account_by_name"}),
        ("customers/?sort={cranes}", {"ix_custom_term_by_term", "pk_account"}),
        ("customers/?sort=-{cranes}", {"ix_custom_term_by_term", "pk_account"}),
        ("customers/?sort={cranes}&after={deep_figure}", {"ix_custom_term_by_term", "pk_account"}),
        ("customers/?sort={cranes}&{size}={rare_word}", {"ix_custom_term_by_term", "pk_account"}),
        ("customers/count?{size}={rare_word}", {"ix_custom_term_by_term"}),
        ("customers/{account}", {"pk_account", "ix_event_account", "ix_service_case_by_account"}),
        ("search/?q={rare}", {"pk_account"}),
        ("deals/", {"ix_opportunity_board", "ix_opportunity_sums"}),
        ("deals/best", {"ix_opportunity_won"}),
        ("", {"ix_service_case_to_do", "ix_opportunity_sums", "ix_service_case_unsettled", "ix_contact_with_days"}),
    ],
)
def test_pages_keep_their_indexes(crowded, path, wanted):
    address = path.format(
        deep=crowded.deep, deep_figure=crowded.deep_figure, account=crowded.account, rare=crowded.rare, **crowded.own
    )
    plans = crowded.plans(crowded.staff, address)
    wrong = {sql: found for sql, plan in plans.items() if (found := scanned(plan))}
    assert not wrong, json.dumps(wrong, indent=1)
    assert wanted <= indexes(plans), indexes(plans)


def test_filing_a_complaint_keeps_its_indexes(crowded):
    page = crowded.customer.get(f"/{crowded.tenant.slug}/portal/complaint").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
    data = {"subject": "It sticks", "text": "The gate does.", "csrf_token": token}
    plans = crowded.plans(crowded.customer, "portal/complaint", method="POST", data=data)
    wrong = {sql: found for sql, plan in plans.items() if (found := scanned(plan))}
    assert not wrong, json.dumps(wrong, indent=1)


@pytest.mark.parametrize("words", ["{rare}", "王伟", "磊"])
def test_the_search_keeps_its_index(crowded, words):
    plan = crowded.explain_search(words.format(rare=crowded.rare))
    assert not scanned(plan)
    assert "ix_search_entry_grams" in indexes({"": plan}), json.dumps(plan, indent=1)
