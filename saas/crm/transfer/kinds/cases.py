"""Cases in and out: complaints, requests for service and questions, with where they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from saas import clock
from saas.crm.customers import ownership
from saas.crm.customers.models import ShieldKind
from saas.crm.service_desk import actions, queue, upkeep
from saas.crm.service_desk.models import (
    CHANNEL_WORDS,
    KIND_WORDS,
    PRIORITY_WORDS,
    STATE_WORDS,
    TO_DO,
    Case,
    CaseEvent,
    CaseKind,
    CaseMessage,
    CaseState,
    Channel,
)
from saas.crm.transfer import values
from saas.crm.transfer.kind import REFERENCE, Field, Kind, Plan, Work, long_text
from saas.crm.transfer.kinds.accounts import name_of, upper
from saas.crm.transfer.kinds.contacts import ContactAccount
from saas.crm.transfer.kinds.matches import MemberMatch
from saas.crm.transfer.kinds.words import choice
from saas.db import db
from saas.search import fold
from saas.tenants.permissions import Permission

# How other programs say where a case stands and how it came; what begins with one of these words means it.
STATES = {
    CaseState.CLOSED: ("closed", "done", "已关闭", "关闭", "完成"),
    CaseState.SOLVED: ("resolved", "solved", "已解决"),
    CaseState.WAITING: ("pending", "on hold", "waiting", "等待", "挂起"),
    CaseState.OPEN: ("in progress", "in work", "open", "assigned", "untimely", "处理中", "进行中"),
    CaseState.NEW: ("new", "unassigned", "新建", "待处理"),
}
CHANNELS = {
    Channel.PORTAL: ("web", "portal", "online", "website", "form", "网站", "网页", "在线"),
    Channel.PHONE: ("phone", "call", "telephone", "hotline", "电话", "热线"),
    Channel.MAIL: ("mail", "e mail", "email", "postal mail", "letter", "fax", "referral", "邮件", "信函", "传真"),
}
TOLD = ("state", "priority", "created_at", "solved_at", "closed_at")
_state, _channel = choice(STATE_WORDS), choice(CHANNEL_WORDS)


def state(cell: str, reading: values.Reading) -> CaseState:
    """Where a case stands, also as other programs say it ("Closed with explanation").

    Raises:
        Wrong: it says none of these.
    """
    said = fold(cell.replace("-", " ").replace("_", " "))
    for one, words in STATES.items():
        if said.startswith(words):
            return one
    found: CaseState = _state(cell, reading)
    return found


def channel(cell: str, reading: values.Reading) -> Channel:
    """How a case came.

    Raises:
        Wrong: it says none of these.
    """
    said = fold(cell.replace("-", " ").replace("_", " "))
    for one, words in CHANNELS.items():
        if said in words:
            return one
    found: Channel = _channel(cell, reading)
    return found


def stars(cell: str, reading: values.Reading) -> int:
    """A rating.

    Raises:
        Wrong: it is not one from 1 to 5.
    """
    found = values.whole(cell, reading)
    if not 1 <= found <= 5:
        raise values.Wrong("rating", value=cell)
    return found


class Cases(Kind):
    """What customers ask of us."""

    key = "cases"
    label = _l("Cases")
    icon = "headset"
    model = Case
    view, create, edit = Permission.CASE_VIEW, Permission.CASE_CREATE, Permission.CASE_EDIT
    changed, removed = CaseEvent.CHANGED, "case.removed"
    parts = ((CaseMessage, "case_id"),)
    page = ("service_desk.show", "case_id")
    built_in = (
        Field(REFERENCE.key, REFERENCE.label, aliases=(*REFERENCE.aliases, "complaint id", "case id", "ticket id",
              "工单id", "投诉编号"), show=REFERENCE.show),
        Field("number", _l("Number"), aliases=("case number", "ticket number", "complaint number", "工单编号"),
              column=Case.number, same=upper),
        Field("kind", _l("Kind"), choice(KIND_WORDS), ("type", "case type", "ticket type", "工单类型"),
              show=lambda c: str(KIND_WORDS[c.kind])),
        Field("subject", _l("Subject"), aliases=("issue", "title", "topic", "problem", "summary", "标题", "问题",
              "投诉主题"), required=True),
        Field("detail", _l("Subject, continued"), aliases=("sub issue", "sub subject", "detail", "子问题"),
              show=lambda c: None),
        Field("text", _l("Text"), long_text, ("description", "narrative", "consumer complaint narrative", "details",
              "message", "body", "notes", "描述", "内容", "投诉内容")),
        Field("account", _l("Customer"), aliases=("account", "company", "account name", "company name", "client",
              "公司", "客户名称", "公司名称"), required=True, match=ContactAccount(),
              show=lambda c: name_of(c.account)),
        Field("owner", _l("Dealt with by"), aliases=("owner", "agent", "assignee", "assigned to", "handled by",
              "处理人", "负责人"), match=MemberMatch(), show=lambda c: name_of(c.owner)),
        Field("state", _l("State"), state, ("status", "case status", "company response to consumer", "状态"),
              show=lambda c: str(STATE_WORDS[c.state])),
        Field("priority", _l("Priority"), choice(PRIORITY_WORDS), ("urgency", "severity", "优先级", "紧急程度"),
              show=lambda c: str(PRIORITY_WORDS[c.priority])),
        Field("channel", _l("Channel"), channel, ("submitted via", "source", "origin", "via", "渠道", "来源"),
              show=lambda c: str(CHANNEL_WORDS[c.channel])),
        Field("created_at", _l("Received on"), values.moment, ("date received", "received", "created", "opened",
              "date", "created on", "opened on", "收到日期", "创建时间", "投诉日期")),
        Field("first_answer_at", _l("First answer on"), values.moment, ("first response", "answered", "首次响应")),
        Field("closed_at", _l("Closed on"), values.moment, ("closed", "date closed", "resolved", "solved on",
              "关闭时间", "解决时间")),
        Field("rating", _l("Rating"), stars, ("satisfaction", "stars", "score", "满意度", "评分")),
    )  # fmt: skip

    def attributes(self, plan: Plan, work: Work) -> dict[str, Any]:
        found = super().attributes(plan, work)
        found.pop("number", None)
        detail = found.pop("detail", None)
        if detail and "subject" in found:
            found["subject"] = f"{found['subject']} · {detail}"
        if "owner_id" in found:
            owner = plan.values["owner"]
            found["team_id"] = owner.team_id if owner is not None else None
        stands = found.get("state")
        closed = found.pop("closed_at", None)
        if closed and (received := found.get("created_at")) and closed < received:  # on one day; one hour isn't told
            if isinstance(closed, values.OnDay):
                closed = received
            else:
                found["created_at"] = closed
        if stands is None and closed:
            stands = found["state"] = CaseState.CLOSED
        if stands is not None:
            solved, shut = getattr(plan.record, "solved_at", None), getattr(plan.record, "closed_at", None)
            received = found.get("created_at") if plan.record is None else None  # of a case of ours we know better
            ended = closed or shut or solved or received or work.now
            found["solved_at"] = min(solved or ended, ended) if stands in {CaseState.SOLVED, CaseState.CLOSED} else None
            found["closed_at"] = ended if stands is CaseState.CLOSED else None
        return found if plan.record is None else found | _unchanged(plan.record, found)

    def check(self, plan: Plan, work: Work) -> None:
        received, closed = plan.values.get("created_at"), plan.values.get("closed_at")
        if received and closed and _is_before(closed, received, work.reading.zone):
            plan.refuse("backwards")

    def make(self, plans: Sequence[Plan], work: Work) -> list[Any]:
        """As in the books: nobody is told of a case that came with a file."""
        rows = []
        for plan in plans:
            row = {n: v for n, v in self.attributes(plan, work).items() if n not in {"owner_id", "team_id"}}
            row = {"kind": CaseKind.COMPLAINT, "channel": Channel.MAIL, "text": ""} | row
            row |= {"owner": plan.values.get("owner"), "import_key": plan.key}
            rows.append(row)
        return actions.create_cases(rows, by=work.by, batch_id=work.run.batch_id)

    def change(self, plan: Plan, work: Work) -> None:
        super().change(plan, work)
        if not plan.changed:
            return
        case: Case = plan.record
        for name, after in _follows(case, plan.changed, work.now).items():
            before = getattr(case, name)
            if before != after:
                plan.changed[name] = [before, after]  # so that an undo puts it back as well
                if not work.is_rehearsal:
                    setattr(case, name, after)

    def follow(self, records: Sequence[Any], work: Work) -> None:
        """A complaint keeps its customer out of the pool while it is open; one that went keeps nobody."""
        db.session.flush()
        here = set(db.session.scalars(select(Case.id).where(Case.id.in_([one.id for one in records]))))
        upkeep.guard(one for one in records if one.id in here)
        gone = [one for one in records if one.id not in here]
        ownership.unshield({one.account_id for one in gone}, ShieldKind.COMPLAINT, {one.id for one in gone})

    def index(self, records: Sequence[Any]) -> None:
        upkeep.index_cases(records)

    def looked_at(self) -> str:
        return "service_desk.index"

    def rows(self) -> Select[Any]:
        return select(Case).options(joinedload(Case.account), joinedload(Case.owner))


def _is_before(one: datetime, other: datetime, zone: str) -> bool:
    """True when `one` was earlier; where the hour of either isn't told, on an earlier day in `zone`."""
    if isinstance(one, values.OnDay) or isinstance(other, values.OnDay):
        return clock.local(one, zone).date() < clock.local(other, zone).date()
    return one < other


def _unchanged(case: Case, found: dict[str, Any]) -> dict[str, Any]:
    """The times of a case that a sheet tells as they are, though it leaves out the parts of a second."""
    times = {name: (getattr(case, name), value) for name, value in found.items() if name.endswith("_at")}
    return {n: ours for n, (ours, said) in times.items() if ours and said and ours.replace(microsecond=0) == said}


def _follows(case: Case, changed: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What a changed row means for a case's place in the queue, and for when something was last done about it.

    Args:
        case: the case; what changed may be written already, or not yet.
        changed: attribute → [before, after].
        now: instant of the import, UTC.
    """
    was = {name: changed[name][0] if name in changed else getattr(case, name) for name in TOLD}
    stands = {name: changed[name][1] if name in changed else getattr(case, name) for name in TOLD}
    since, moved = queue.since(case.turn), case.moved_at
    if stands["state"] in TO_DO and was["state"] not in TO_DO:
        since = now  # it comes back to us, and waits from now on
    elif since == was["created_at"].replace(microsecond=0):
        since = stands["created_at"]
    if was["state"] is not stands["state"]:
        moved = max(moved, _last(stands)) if stands["state"] in {CaseState.SOLVED, CaseState.CLOSED} else now
    elif moved == _last(was):  # nothing was done but what the sheet tells
        moved = _last(stands)
    return {"turn": queue.turn(stands["priority"], since), "moved_at": moved}


def _last(case: Mapping[str, Any]) -> Any:
    """When something was done last, as far as a sheet tells."""
    return case["closed_at"] or case["solved_at"] or case["created_at"]


KIND = Cases()
