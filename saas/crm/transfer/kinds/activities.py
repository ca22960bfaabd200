"""Calls, visits and tasks in and out: what lies behind is history, what lies ahead is planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from saas import search
from saas.crm.activities import actions, kind_queries, reminder_actions, times
from saas.crm.activities.models import KIND_WORDS, Activity, ActivityKind
from saas.crm.transfer import values
from saas.crm.transfer.kind import REFERENCE, Field, Kind, Plan, Work, long_text
from saas.crm.transfer.kinds.accounts import name_of
from saas.crm.transfer.kinds.matches import AccountMatch, MemberMatch
from saas.crm.transfer.kinds.words import choice
from saas.tenants.models import Member
from saas.tenants.permissions import Permission


def minutes(cell: str, reading: values.Reading) -> int:
    """How long it takes, at most a day.

    Raises:
        Wrong: it is no such number.
    """
    found = values.whole(cell, reading)
    if not 0 <= found <= actions.LONGEST:
        raise values.Wrong("whole", value=cell)
    return found


def read_kind(cell: str, reading: values.Reading) -> str:
    """A kind by its word in either language, or as the workspace calls it.

    Raises:
        Wrong: there is no such kind.
    """
    try:
        return str(STARTING(cell, reading))
    except values.Wrong:
        own = {search.fold(kind.word): kind.key for kind in kind_queries.open_to_choose()}
        if search.fold(cell) not in own:
            raise
        return own[search.fold(cell)]


STARTING = choice(KIND_WORDS)
WORDS: dict[str, Any] = {kind.value: word for kind, word in KIND_WORDS.items()}


class Activities(Kind):
    """What was done with customers, and what is planned."""

    key = "activities"
    label = _l("Activities")
    icon = "calendar"
    model = Activity
    view, create, edit = Permission.ACTIVITY_VIEW, Permission.ACTIVITY_EDIT, Permission.ACTIVITY_EDIT
    changed, removed = actions.CHANGED, "activity.removed"
    page = ("activities.show", "activity_id")
    built_in = (
        REFERENCE,
        Field("kind", _l("Kind"), read_kind, ("type", "activity type", "类型", "跟进方式"),
              show=lambda a: str(WORDS.get(a.kind) or kind_queries.word(a.kind))),
        Field("subject", _l("Subject"), aliases=("title", "topic", "name", "activity", "标题", "跟进主题")),
        Field("text", _l("Text"), long_text, ("notes", "note", "description", "body", "comment", "content", "内容",
              "跟进内容")),
        Field("starts_at", _l("When"), values.moment, ("date", "start", "time", "start date", "due", "due date",
              "created", "日期", "跟进时间", "开始时间"), required=True),
        Field("minutes", _l("Minutes"), minutes, ("duration", "length", "时长")),
        Field("account", _l("Customer"), aliases=("account", "company", "account name", "company name", "client",
              "公司", "客户名称", "公司名称"), match=AccountMatch(), show=lambda a: name_of(a.account)),
        Field("owner", _l("Looked after by"), aliases=("owner", "agent", "sales agent", "assigned to", "member",
              "负责人", "跟进人", "业务员"), match=MemberMatch(), show=lambda a: name_of(a.owner)),
        Field("done_at", _l("Done on"), values.moment, ("done", "completed", "completed on", "finished", "完成时间")),
        Field("outcome", _l("Outcome"), long_text, ("result", "结果", "跟进结果")),
    )  # fmt: skip

    def check(self, plan: Plan, work: Work) -> None:
        if plan.record is None and _owner(plan, work) is None:
            plan.refuse("required", column=str(self.field("owner").label))

    def attributes(self, plan: Plan, work: Work) -> dict[str, Any]:
        """A day without an hour is kept as a day; the instant of its start follows from it."""
        found = super().attributes(plan, work)
        if (start := found.get("starts_at")) is not None:
            on = start.date() if isinstance(start, values.OnDay) else None
            owner = plan.values.get("owner") or (plan.record.owner if plan.record is not None else _owner(plan, work))
            found["due_on"] = on
            if on is not None and owner is not None:
                found["starts_at"] = times.day(on, owner.timezone).start
        return found

    def change(self, plan: Plan, work: Work) -> None:
        super().change(plan, work)
        if {"starts_at", "due_on", "minutes"} & plan.changed.keys() and not work.is_rehearsal:
            _set_times(plan.record)

    def restore(self, record: Any, before: Mapping[str, Any], work: Work) -> None:
        super().restore(record, before, work)
        _set_times(record)

    def make(self, plans: Sequence[Plan], work: Work) -> list[Any]:
        """As told for many in `activities`: planned ones and history in one go."""
        rows = []
        for plan in plans:
            row = {"kind": ActivityKind.NOTE, "subject": ""} | self.attributes(plan, work)
            row = {name: value for name, value in row.items() if name not in {"owner_id", "account_id"}}
            if row["starts_at"] <= work.now:
                row.setdefault("done_at", min(plan.values["starts_at"], work.now))  # one of today counts as done
            row |= {"owner": _owner(plan, work), "account": plan.values.get("account"), "import_key": plan.key}
            rows.append(row)
        return actions.create_activities(rows, by=work.by, batch_id=work.run.batch_id)

    def looked_at(self) -> str:
        return "activity_history.index"


def _set_times(record: Activity) -> None:
    """Let what follows from its day, hour and length follow: when it is late, and when its owner is to be reminded."""
    reminder_actions.set_span(record)
    reminder_actions.set_reminder(record)


def _owner(plan: Plan, work: Work) -> Any:
    """Whose it is: the one named, else who looks after the customer, else the importer."""
    account = plan.values.get("account")
    named = plan.values.get("owner") or (account.owner if account is not None else None)
    return named or (work.by if isinstance(work.by, Member) else None)


KIND = Activities()
