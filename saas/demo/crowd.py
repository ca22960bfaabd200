"""Workspaces as large as one likes, to try how Seaport bears it: made-up customers, deals and cases by the thousand.

Rows are made here and sent by the chunk as JSON, one insert a table, through the app's own role and its walls; what a
verb would have written beside them (numbers, search entries, marked events, the way of a deal) is written too.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import cycle
from typing import Any

from flask import current_app
from sqlalchemy import text

from saas import clock, search
from saas.crm.customers.models import AccountKind, Standing
from saas.crm.customers.names import keys
from saas.crm.opportunities import pipeline
from saas.crm.opportunities.models import Result
from saas.crm.service_desk import queue
from saas.crm.service_desk.models import CaseKind, CaseState, Channel, Priority
from saas.db import current_tenant, db, new_id
from saas.demo import names
from saas.tenants import numbers, queries, seal
from saas.tenants.models import Member, MemberStatus

CHUNK = 5_000  # rows of one insert
SELLERS = 8
DEALS = 5  # customers to a deal; half of the deals are open
ACTIVITIES = 10  # customers to an activity
PLANNED = 30  # activities that a seller still has before him; all others are history

Row = dict[str, Any]


class Crowd:
    """What fills the workspace in scope; the same seed makes the same names, amounts and order."""

    def __init__(self, owner: Member, seed: str) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - names, not secrets
        self.now = clock.now()
        self.tenant = str(current_tenant())  # ids are text from the start: each is written several times
        self.key = seal.key(current_app.extensions["config"].secret_key, current_tenant())
        self.owner_id = str(owner.id)
        self.role_id = str(queries.role("agent").id)
        self.events: list[Row] = []
        self.entries: list[Row] = []

    def fill(self, accounts: int, cases: int, said: Callable[[int], None]) -> None:
        """Write everything, a commit for each chunk of customers.

        Args:
            accounts: customers; each brings a contact, each fifth a deal.
            cases: spread over the customers.
            said: called with the number of customers written so far.
        """
        self.sellers = [self.owner_id, *self._sellers()]
        self.stages = [(str(s.id), s.probability) for s in pipeline.stages()]
        self.open_share = PLANNED * len(self.sellers) * ACTIVITIES / accounts
        written = 0
        while written < accounts:
            many = min(CHUNK, accounts - written)
            share = cases * (written + many) // accounts - cases * written // accounts
            self._chunk(many, share)
            db.session.commit()
            written += many
            said(written)

    def _sellers(self) -> list[str]:
        rows = [
            self._row(
                name=names.person(self.chance, chinese=number % 4 == 0)["name"],
                status=MemberStatus.PLACEHOLDER,
                role_id=self.role_id,
                locale="en",
                timezone="UTC",
                mails=False,
            )
            for number in range(SELLERS)
        ]
        pour("member", rows)
        return [row["id"] for row in rows]

    def _chunk(self, many: int, cases: int) -> None:
        for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):  # those of a page; this is no page
            db.session.execute(text(f"set local {limit} = 0").execution_options(reviewed=True))
        accounts = [self._account(number) for number in numbers.take("account", many)]
        contacts = [self._contact(account) for account in accounts]
        pairs = list(zip(accounts, contacts, strict=True))
        deals = [
            self._deal(n, *pair)
            for n, pair in zip(self._numbers("opportunity", -(-many // DEALS)), pairs[::DEALS], strict=True)
        ]
        filed = [self._case(n, *pair) for n, pair in zip(self._numbers("case", cases), cycle(pairs), strict=False)]
        pour("account", accounts)
        pour("contact", contacts)
        pour("opportunity", deals)
        pour("stage_change", [self._step(deal) for deal in deals])
        pour("service_case", filed)
        pour("activity", [self._activity(*pair) for pair in pairs[::ACTIVITIES]])
        self._tell()

    def _numbers(self, kind: str, many: int) -> list[str]:
        return numbers.take(kind, many) if many else []

    def _account(self, number: str) -> Row:
        chance = self.chance
        given = names.company(chance)
        owner_id = chance.choice(self.sellers) if chance.random() < 0.9 else None
        standing = Standing.POOL if owner_id is None else chance.choice((Standing.TRACKED, Standing.CUSTOMER))
        at = self._before(days=700)
        row = self._row(
            **given,
            **keys(given["name"]),
            at=at,
            number=number,
            holds_merged=False,
            kind=AccountKind.COMPANY,
            standing=standing,
            level=chance.choice("ABC"),
            source="Trade fair",
            phone=f"+1 503 {chance.randrange(10**7):07}",
            email=f"office{chance.randrange(10**6)}@example.com",
            employees=chance.randrange(5, 5000),
            owner_id=owner_id,
            owned_since=at if owner_id else None,
            pooled_at=None if owner_id else at,
            last_contact_at=self._between(at),
            has_deal=False,
        )
        self._note("account.created", "account", row, row["id"], {"name": row["name"]})
        self._find("account", row, (row["name"], number, row["email"], row["city"]), (row["phone"],))
        return row

    def _contact(self, account: Row) -> Row:
        given = names.person(self.chance, chinese=account["country"] == "中国")
        row = self._row(
            **given,
            **keys(given["name"]),
            at=account["created_at"],
            account_id=account["id"],
            holds_merged=False,
            mobile=f"+1 971 {self.chance.randrange(10**7):07}",
            email=f"person{self.chance.randrange(10**6)}@example.com",
            is_main=True,
            lines=[],
            days=[],
            owner_id=account["owner_id"],
        )
        self._find("contact", row, (row["name"], row["email"]), (row["mobile"],))
        return row

    def _deal(self, number: str, account: Row, contact: Row) -> Row:
        chance = self.chance
        stage_id, probability = chance.choice(self.stages)
        result = chance.choice((Result.OPEN, Result.OPEN, Result.WON, Result.LOST))
        since = self._between(account["created_at"])
        name = f"{chance.choice(names.DEALS)}, {account['name']}"
        row = self._row(
            at=account["created_at"],
            number=number,
            name=name,
            name_key=search.fold(name),
            account_id=account["id"],
            contact_id=contact["id"],
            owner_id=account["owner_id"] or self.owner_id,
            stage_id=stage_id,
            result=result,
            amount=Decimal(chance.randrange(500, 200_000)),
            currency="USD",
            probability=probability,
            expected_on=(self.now + timedelta(days=chance.randrange(-20, 120))).date(),
            opened_on=account["created_at"].date(),
            closed_on=None if result is Result.OPEN else since.date(),
            stage_since=since,
        )
        self._note("opportunity.created", "opportunity", row, account["id"], {"name": name})
        self._find("opportunity", row, (name, number, account["name"]))
        return row

    def _step(self, deal: Row) -> Row:
        at = deal["stage_since"]
        named = {"opportunity_id": deal["id"], "stage_id": deal["stage_id"], "result": deal["result"]}
        return self._row(at=at, changed_at=at, changed_by_id=deal["owner_id"], **named)

    def _case(self, number: str, account: Row, contact: Row) -> Row:
        chance = self.chance
        subject, said = chance.choice(names.COMPLAINTS)
        at = self._before(days=90)
        state = chance.choice((CaseState.NEW, CaseState.OPEN, CaseState.SOLVED, *[CaseState.CLOSED] * 5))
        is_settled = state in {CaseState.SOLVED, CaseState.CLOSED}
        priority = chance.choice(list(Priority))
        row = self._row(
            at=at,
            number=number,
            kind=CaseKind.COMPLAINT,
            state=state,
            priority=priority,
            channel=Channel.PORTAL,
            subject=subject,
            text=said,
            account_id=account["id"],
            contact_id=contact["id"],
            owner_id=None if state is CaseState.NEW else chance.choice(self.sellers),
            turn=queue.turn(priority, at),
            moved_at=at,
            solved_at=at if is_settled else None,
            closed_at=at if state is CaseState.CLOSED else None,
        )
        facts = {"number": number, "subject": subject, "kind": CaseKind.COMPLAINT.value}
        self._note("case.filed", "service_case", row, account["id"], facts)
        self._find("service_case", row, (number, subject))
        return row

    def _activity(self, account: Row, contact: Row) -> Row:
        is_open = self.chance.random() < self.open_share
        hours = self.chance.randrange(-24, 24 * 30) if is_open else -self.chance.randrange(24, 24 * 300)
        at = self.now + timedelta(hours=hours)
        return self._row(
            kind="call",
            subject=f"Call {contact['name']}",
            account_id=account["id"],
            contact_id=contact["id"],
            owner_id=account["owner_id"] or self.owner_id,
            starts_at=at,
            minutes=30,
            late_at=at + timedelta(minutes=30),
            done_at=None if is_open else at,
        )

    def _note(self, name: str, kind: str, subject: Row, account_id: str, changed: Row) -> None:
        event = {
            "tenant_id": self.tenant,
            "id": str(new_id()),
            "name": name,
            "actor_kind": "member",
            "actor_id": self.owner_id,
            "subject_kind": kind,
            "subject_id": subject["id"],
            "account_id": account_id,
            "changed": changed,
            "created_at": subject["created_at"],
        }
        self.events.append(event | {"mac": seal.mark(self.key, event)})

    def _find(self, kind: str, row: Row, texts: tuple[str, ...], phones: tuple[str, ...] = ()) -> None:
        self.entries.append(search.entry(kind, row["id"], texts, phones, owner_id=row["owner_id"]))

    def _tell(self) -> None:
        for table, rows in (("event", self.events), ("search_entry", self.entries)):
            for start in range(0, len(rows), CHUNK):
                pour(table, rows[start : start + CHUNK])
            rows.clear()

    def _row(self, at: datetime | None = None, **values: Any) -> Row:
        at = at or self.now
        return {
            "tenant_id": self.tenant,
            "id": str(new_id()),
            "created_at": at,
            "updated_at": at,
            "version": 1,
            **values,
        }

    def _before(self, days: int) -> datetime:
        return self.now - timedelta(seconds=self.chance.randrange(days * 86_400))

    def _between(self, start: datetime) -> datetime:
        return start + (self.now - start) * self.chance.random()


def pour(table: str, rows: list[Row]) -> None:
    """Insert rows, in one statement of the app's role; columns that none of them names take the model's default."""
    if not rows:
        return
    known = db.metadata.tables[table].columns
    named = {name for row in rows for name in row}
    defaults = {c.name: _default(c.default) for c in known if c.default is not None and c.name not in named}
    columns = ", ".join(column.name for column in known)
    statement = text(
        f"insert into {table} ({columns}) select {columns}"  # noqa: S608 - names of our own tables and columns
        f" from json_populate_recordset(null::{table}, cast(:rows as json))"
    )
    sent = json.dumps([defaults | row for row in rows], ensure_ascii=False, default=_as_text)
    db.session.execute(statement.execution_options(reviewed=True), {"rows": sent})


def _default(default: Any) -> Any:
    return default.arg(None) if default.is_callable else default.arg


def _as_text(value: Any) -> str:
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)
