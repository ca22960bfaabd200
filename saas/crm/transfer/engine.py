"""Rows become plans, and plans records: what an import does with 500 rows at a time, rehearsed or for good."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from saas import clock
from saas.crm.transfer import along, columns, queries, register, values
from saas.crm.transfer.kind import EMPTY, NEW, UNMADE, Field, Kind, Match, Plan, Work
from saas.crm.transfer.models import ALIKE, ImportRow, ImportRun, RowState
from saas.crm.transfer.values import Reading, Wrong
from saas.db import db
from saas.errors import Forbidden
from saas.i18n import LOCALES
from saas.search import fold
from saas.tenants import events, scope
from saas.tenants import queries as tenants
from saas.tenants.models import MemberStatus, UndoRow
from saas.tenants.permissions import Permission, Who
from saas.tenants.scope import SYSTEM, Actor

CHUNK = 500  # rows a transaction


def known_columns(kind: Kind) -> dict[str, str]:
    """Plain name of a column → key of its field: keys, labels in both languages, and further names."""
    found: dict[str, str] = {}
    names: list[tuple[str, str]] = []
    for locale in LOCALES:
        with force_locale(locale):
            names += [(str(field.label), field.key) for field in kind.fields]
    names += [(field.key, field.key) for field in kind.fields]
    names += [(alias, field.key) for field in kind.fields for alias in field.aliases]
    for name, key in names:
        found.setdefault(columns.plain(name), key)
    return found


def actor(run: ImportRun, right: Permission) -> tuple[Actor, Who | None]:
    """Who brings the rows in, with the rights he has now.

    Raises:
        Forbidden: he may no longer.
    """
    if run.member_id is None:
        return SYSTEM, None
    member = tenants.member(run.member_id)
    who = tenants.who_is(member)
    if member.status is not MemberStatus.ACTIVE or not (who.may(Permission.TRANSFER_IMPORT) and who.may(right)):
        raise Forbidden(_("%(name)s may no longer bring this in.", name=member.name))
    return member, who


def reading_of(run: ImportRun) -> Reading:
    """How the cells of an import are to be understood."""
    order, decimal = run.options.get("order", "ymd"), run.options.get("decimal", ".")
    return Reading(order, decimal, scope.workspace().timezone)


class Engine:
    """The work of one import on one chunk."""

    def __init__(self, run: ImportRun, *, is_rehearsal: bool) -> None:
        self.run = run
        self.kind = register.kind(run.kind)
        self.columns = [(place, self.kind.field(key)) for place, key in enumerate(run.columns) if key]
        by, who = actor(run, self.kind.create)
        currency = scope.workspace().currency
        self.work = Work(run, by, who, reading_of(run), currency, clock.now(), is_rehearsal)
        self.update_by = str(run.options.get("update_by") or "")

    def plan(self, rows: Sequence[ImportRow]) -> list[Plan]:
        """Understand rows; what can be said of them without writing is said in the plans."""
        plans = [self._read(row) for row in rows]
        self._resolve([f for _place, f in self.columns if f.match and not f.late], plans)
        for plan in alive(plans):
            plan.key = self.kind.identity(plan) or _of_cells(plan.row)
        self._skip_twins(plans)
        self.kind.recognise(alive(plans), self.update_by)
        self.kind.weigh(alive(plans), self.work)
        for plan in alive(plans):
            self._decide(plan)
        return plans

    def write(self, plans: Sequence[Plan]) -> None:
        """Write new and changed records with events and before-images, and what became of each row."""
        beside = self.kind.along if not self.work.is_rehearsal else None
        was = along.before(beside, alive(plans)) if beside is not None else None
        if self.work.is_rehearsal and self.kind.along is not None:
            self.kind.along.mark(alive(plans))
        new = [p for p in plans if p.state is RowState.NEW]
        if new and not self.work.is_rehearsal:
            for plan, record in zip(new, self.kind.make(new, self.work), strict=True):
                plan.record = record
            self._keep(new)
        changed = [p for p in plans if p.state is RowState.UPDATED]
        if changed and not self.work.is_rehearsal:
            db.session.flush()
            self.kind.index([p.record for p in changed])
            facts = [(p.record, {"name": getattr(p.record, "name", "")} | p.changed) for p in changed]
            events.record_many(self.kind.changed, facts, by=self.work.by, batch_id=self.run.batch_id)
            self._keep(changed)
            self.kind.follow([p.record for p in changed], self.work)
        if beside is not None and was is not None:
            along.keep(beside, was, self.run)
        queries.write_rows(
            [
                {
                    "id": plan.row.id,
                    "state": plan.state,
                    "key": plan.key,
                    "reason": plan.reason or plan.brings,
                    "subject_id": plan.record.id if plan.record is not None else None,
                }
                for plan in plans
            ]
        )

    def tie(self, rows: Sequence[ImportRow]) -> None:
        """Write the fields that name other rows of the file."""
        plans = [self._read(row) for row in rows]
        late = [f for _place, f in self.columns if f.match and f.late]
        self._resolve(late, plans)
        self.kind.tie(alive(plans), self.work)

    @property
    def has_late(self) -> bool:
        """True when a column waits for all rows."""
        return any(f.late for _place, f in self.columns)

    # ── steps ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _read(self, row: ImportRow) -> Plan:
        plan = Plan(row)
        for place, field in self.columns:
            cell = str(row.cells[place]).strip() if place < len(row.cells) else ""
            if not cell:
                continue
            try:
                if field.match is not None:
                    plan.names[field.key] = values.text(cell, self.work.reading)
                else:
                    plan.values[field.key] = field.read(cell, self.work.reading)
            except Wrong as wrong:
                plan.refuse_also(wrong.why, column=self.run.header[place], **wrong.facts)
        return plan

    def _resolve(self, fields: Iterable[Field], plans: Sequence[Plan]) -> None:
        """Put records in place of names."""
        for field in fields:
            said = {fold(p.names[field.key]): p.names[field.key] for p in alive(plans) if field.key in p.names}
            if not said or field.match is None:
                continue
            found = self._targets(field, field.match, said)
            for plan in alive(plans):
                if field.key not in plan.names:
                    continue
                name = fold(plan.names[field.key])
                if name in found:
                    plan.values[field.key] = found[name]
                else:
                    plan.refuse("unknown", column=str(field.label), value=plan.names[field.key])

    def _targets(self, field: Field, match: Match, said: Mapping[str, str]) -> dict[str, Any]:
        settled = self.run.matches.get(field.key, {})
        means = {name: str(entry["means"]) for name, entry in settled.items() if name in said}
        by_token = match.by_token(set(means.values()) - {NEW, EMPTY, ""})
        found = match.find(said)
        found |= {name: by_token[meaning] for name, meaning in means.items() if meaning in by_token}
        lacking = {name: means.get(name, match.fallback) for name in said if name not in found}
        if match.can_be_empty:
            found |= {name: None for name, meaning in lacking.items() if meaning == EMPTY}
        return found | self._made(match, [said[name] for name, meaning in lacking.items() if meaning == NEW])

    def _made(self, match: Match, names: Sequence[str]) -> dict[str, Any]:
        if not names:
            return {}
        known = match.find({fold(name) for name in names})  # a confirmed "new" that was made by an earlier chunk
        lacking = [name for name in names if fold(name) not in known]
        if self.work.is_rehearsal:
            return known | {fold(name): UNMADE for name in lacking}
        made = match.make(lacking, self.work) if lacking else {}
        db.session.flush()
        db.session.add_all([self._before(match.record(target), None) for target in made.values()])
        return known | made

    def _skip_twins(self, plans: Sequence[Plan]) -> None:
        mine = alive(plans)
        keys = {p.key for p in mine if p.key}
        if not keys:
            return
        first = queries.first_with_key(self.run.id, keys, mine[0].row.number)
        for plan in mine:
            key = plan.key or ""
            if first.setdefault(key, plan.row.number) != plan.row.number:
                plan.skip("twice", row=first[key])

    def _decide(self, plan: Plan) -> None:
        self.kind.check(plan, self.work)
        if plan.state is RowState.REFUSED:
            return
        if plan.record is None:
            self._check_required(plan)
        elif not self.update_by:
            plan.skip("here")
        elif plan.reason is not None:
            plan.refuse(**plan.reason)
        elif getattr(plan.record, "archived_at", None) is not None:
            plan.skip("archived")
        elif not self._may_edit(plan.record):
            plan.refuse("reach")
        else:
            self.kind.change(plan, self.work)
            if plan.changed:
                plan.state = RowState.UPDATED
            else:
                plan.skip("same")

    def _check_required(self, plan: Plan) -> None:
        for field in self.kind.fields:
            if field.required and plan.values.get(field.key) is None:
                plan.refuse("required", column=str(field.label))
                return

    def _may_edit(self, record: Any) -> bool:
        who = self.work.who
        return who is None or who.may(self.kind.edit, record if hasattr(record, "owner_id") else None)

    def _keep(self, plans: Sequence[Plan]) -> None:
        db.session.flush()
        befores = [
            None if p.state is RowState.NEW else events.plain({n: pair[0] for n, pair in p.changed.items()})
            for p in plans
        ]
        db.session.add_all([self._before(p.record, before) for p, before in zip(plans, befores, strict=True)])

    def _before(self, record: Any, before: dict[str, Any] | None) -> UndoRow:
        row = UndoRow(batch_id=self.run.batch_id, subject_kind=record.__tablename__, subject_id=record.id)
        row.version = getattr(record, "version", 1)
        if before is not None:  # said to be None it would be kept as JSON's null, which is not NULL
            row.before = before
        return row


def alive(plans: Iterable[Plan]) -> list[Plan]:
    """The plans that are neither refused nor skipped."""
    return [p for p in plans if p.state in {RowState.NEW, RowState.UPDATED}]


def tally(counts: Mapping[str, Any], plans: Sequence[Plan]) -> dict[str, Any]:
    """The counts with those of these plans added."""
    alike = Counter(ALIKE for p in plans if p.state is RowState.NEW and p.reason is not None)
    more = sum((Counter(p.counts) for p in alive(plans)), Counter[str]())
    return dict(Counter(counts) + Counter(p.state.value for p in plans) + alike + more)


def _of_cells(row: ImportRow) -> str:
    """What makes a row itself where no field does: all that stands in it."""
    said = json.dumps([fold(str(cell)) for cell in row.cells], ensure_ascii=False)
    return f"row:{hashlib.sha256(said.encode()).hexdigest()}"
