"""Deals in and out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import joinedload

from saas.crm.customers import purchase_actions as customers
from saas.crm.customers.models import Account
from saas.crm.fields import queries as fields
from saas.crm.fields.models import DICTIONARY_WORDS, Dictionary
from saas.crm.opportunities import actions, need_queries, pipeline, queries
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities import purchase_actions as purchases
from saas.crm.opportunities.lists import DEALS
from saas.crm.opportunities.models import (
    RESULT_WORDS,
    STARTING_PIPELINES,
    STARTING_STAGES,
    Opportunity,
    Pipeline,
    Result,
    Stage,
    StageChange,
    has_slipped,
)
from saas.crm.transfer import values
from saas.crm.transfer.along import with_image
from saas.crm.transfer.kind import NEW, REFERENCE, Field, Kind, Match, Plan, Sums, Work, long_text
from saas.crm.transfer.kinds import sums
from saas.crm.transfer.kinds.accounts import name_of, upper
from saas.crm.transfer.kinds.buyers import Buyers
from saas.crm.transfer.kinds.matches import AccountMatch, MemberMatch, WordMatch
from saas.crm.transfer.kinds.products import ProductMatch
from saas.crm.transfer.kinds.words import both
from saas.crm.transfer.models import ImportRun, RunState
from saas.db import db
from saas.lists import Listing
from saas.search import fold
from saas.tenants.models import Member
from saas.tenants.permissions import Permission

# How other programs call a result, and how else the names of the starting stages are written.
RESULTS = {
    Result.WON: ("closed won", "won deal", "gewonnen", "成交", "已成交", "赢单"),
    Result.LOST: ("closed lost", "lost deal", "verloren", "丢单", "已丢单", "输单"),
    Result.OPEN: ("active", "in progress", "进行中"),
}
STAGES = {
    "prospecting": ("prospect", "prospects", "初步接触", "初步沟通"),
    "needs": ("needs", "needs analysis", "需求", "需求确认"),
    "offer": ("offer", "offered", "方案报价", "报价"),
    "negotiation": ("negotiating", "negotiation review", "商务谈判", "谈判"),
    "decision": ("deciding", "decision maker bought in", "决策"),
}


@dataclass(frozen=True)
class Step:
    """What a file calls a stage: one of the pipeline, or how the deal ended."""

    result: Result
    stage: Stage | None = None
    id: None = None  # of no row by itself


def _spaced(name: str) -> str:
    return fold(name.replace("_", " ").replace("-", " ").replace("/", " "))


def _end(name: str) -> Result | None:
    """Won or lost, where a word of another program can mean nothing else."""
    return next((one for one in (Result.WON, Result.LOST) if _spaced(name) in RESULTS[one]), None)


class StepMatch(Match):
    """A stage of the pipeline or a result, by its name in either language."""

    can_make = True
    can_be_empty = False
    fallback = NEW

    def record(self, target: Any) -> Any:
        return target.stage

    def find(self, names: Collection[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for result, words in RESULT_WORDS.items():
            found |= dict.fromkeys({*both(words), result.value}, Step(result))
        found |= {name: Step(ended) for name in names if (ended := _end(name)) is not None}
        for stage in reversed(pipeline.stages()):  # where several pipelines have it, the first one's
            found |= dict.fromkeys(_said(stage), Step(Result.OPEN, stage))
        return {name: step for name, step in found.items() if name in names}

    def known(self) -> dict[str, str]:
        titles = pipelines.titles()
        stages = {titles[stage.id]: str(stage.id) for stage in pipeline.stages()}
        return stages | {str(words): result.value for result, words in RESULT_WORDS.items()}

    def by_token(self, tokens: Collection[str]) -> dict[str, Any]:
        found = {str(stage.id): Step(Result.OPEN, stage) for stage in pipeline.stages()}
        found |= {result.value: Step(result) for result in Result}
        return {token: step for token, step in found.items() if token in set(tokens)}

    def make(self, names: Sequence[str], work: Work) -> dict[str, Any]:
        made = {}
        for name in names:
            stage = pipeline.add(name, probability=50, colour="grey", by=work.by, batch_id=work.run.batch_id)
            made[fold(name)] = Step(Result.OPEN, stage)
        return made

    def guess(self, name: str, known: Mapping[str, str]) -> tuple[str, bool] | None:
        said = _spaced(name)
        for result, words in RESULTS.items():
            if said in words:
                return result.value, True
        for stage in pipeline.stages():
            if stage.key and said in STAGES.get(stage.key, ()):
                return str(stage.id), True
        return None


def _said(stage: Stage) -> set[str]:
    return both(STARTING_STAGES[stage.key][0]) if stage.key and not stage.name else {fold(stage.label)}


class PipelineMatch(Match):
    """A pipeline, by its name in either language."""

    can_be_empty = False

    def find(self, names: Collection[str]) -> dict[str, Any]:
        pipeline.stages()  # a workspace whose first deals these are gets its own
        found: dict[str, Any] = {}
        for way in reversed(pipelines.pipelines()):
            said = both(STARTING_PIPELINES[way.key]) if way.key and not way.name else {fold(way.label)}
            found |= dict.fromkeys(said, way)
        return {name: way for name, way in found.items() if name in names}

    def known(self) -> dict[str, str]:
        return {way.label: str(way.id) for way in pipelines.pipelines()}

    def by_token(self, tokens: Collection[str]) -> dict[str, Any]:
        return {str(way.id): way for way in pipelines.pipelines() if str(way.id) in set(tokens)}


def _stage_of(plan: Plan) -> Stage | None:
    """The stage that a row names, in the pipeline that it names; the first one there, where it names no stage.

    Raises:
        LookupError: that pipeline has no such stage.
    """
    step, way = plan.values.get("stage"), plan.values.get("pipeline")
    named = step.stage if isinstance(step, Step) else None
    if not isinstance(way, Pipeline) or (named is not None and named.pipeline_id == way.id):
        return named
    ours = pipelines.stages(way.id)
    if named is None:
        here = plan.record is not None and plan.record.stage.pipeline_id == way.id
        return None if here else ours[0]
    fitting = [stage for stage in ours if _said(stage) & _said(named)]
    if not fitting:
        raise LookupError
    return fitting[0]


def percent(cell: str, reading: values.Reading) -> int:
    """A probability, with or without its sign.

    Raises:
        Wrong: it is not one from 0 to 100.
    """
    found = values.number(cell.replace("%", "").replace("％", ""), reading)
    if not 0 <= found <= 100:
        raise values.Wrong("percent", value=cell)
    return int(found)


def step_word(record: Opportunity) -> str:
    """The stage of an open deal; how it ended otherwise."""
    return record.stage.label if record.is_open else str(RESULT_WORDS[record.result])


class Opportunities(Kind):
    """Possible sales."""

    key = "opportunities"
    label = _l("Deals")
    icon = "coins"
    model = Opportunity
    view, create, edit = Permission.OPPORTUNITY_VIEW, Permission.OPPORTUNITY_CREATE, Permission.OPPORTUNITY_EDIT
    changed, removed = actions.CHANGED, "opportunity.removed"
    parts = ((StageChange, "opportunity_id"),)
    along = Buyers()
    page = ("opportunities.show", "opportunity_id")
    built_in = (
        Field(REFERENCE.key, REFERENCE.label, aliases=(*REFERENCE.aliases, "opportunity id", "deal id", "商机id"),
              show=REFERENCE.show),
        Field("number", _l("Number"), aliases=("deal number", "opportunity number", "商机编号"),
              column=Opportunity.number, same=upper),
        Field("name", _l("Name"), aliases=("deal", "opportunity", "deal name", "opportunity name", "title", "subject",
              "商机", "商机名称", "项目名称")),
        Field("account", _l("Customer"), aliases=("account", "company", "account name", "company name", "client",
              "公司", "客户名称", "公司名称"), match=AccountMatch(), show=lambda o: name_of(o.account)),
        Field("product", _l("Product"), aliases=("product name", "item", "产品名称"), match=ProductMatch(),
              show=lambda o: name_of(o.product)),
        Field("owner", _l("Looked after by"), aliases=("owner", "sales agent", "agent", "sales rep", "salesperson",
              "assigned to", "deal owner", "opportunity owner", "负责人", "销售", "业务员", "跟进人"),
              match=MemberMatch(),
              show=lambda o: name_of(o.owner)),
        Field("stage", _l("Stage"), aliases=("deal stage", "sales stage", "status", "pipeline stage", "销售阶段",
              "状态"),
              match=StepMatch(), show=step_word),
        Field("pipeline", _l("Pipeline"), aliases=("sales process", "sales pipeline", "流程", "销售漏斗"),
              match=PipelineMatch(), show=lambda o: pipelines.pipeline(o.stage.pipeline_id).label),
        Field("channel", DICTIONARY_WORDS[Dictionary.CHANNEL], aliases=("sales channel", "route", "渠道", "销售渠道"),
              match=WordMatch(Dictionary.CHANNEL), show=lambda o: fields.label(Dictionary.CHANNEL, o.channel)),
        Field("amount", _l("Amount"), values.money, ("close value", "value", "deal value", "deal amount", "sum",
              "金额",
              "商机金额", "预计金额", "成交金额")),
        Field("currency", _l("Currency"), aliases=("币种",)),
        Field("probability", _l("Probability"), percent, ("chance", "likelihood", "赢率", "成交概率")),
        Field("opened_on", _l("Opened on"), values.day, ("engage date", "created", "create date", "created date",
              "open date", "start date", "创建日期", "开始日期")),
        Field("expected_on", _l("Expected on"), values.day, ("expected close date", "expected date", "forecast date",
              "预计成交日期", "预计日期")),
        Field("closed_on", _l("Closed on"), values.day, ("close date", "closed date", "closing date", "won date",
              "成交日期", "结束日期", "关闭日期")),
        Field("reason", _l("Reason"), aliases=("win reason", "loss reason", "lost reason", "won reason", "输单原因",
              "赢单原因"), show=lambda o: o.reason or fields.label(Dictionary.LOSS, o.loss)),
        Field("next_step", _l("Next step"), aliases=("next", "下一步")),
        Field("remarks", _l("Remarks"), long_text, ("notes", "note", "comment", "comments", "description", "说明")),
    )  # fmt: skip

    def attributes(self, plan: Plan, work: Work) -> dict[str, Any]:
        found = super().attributes(plan, work)
        found.pop("number", None)
        step = plan.values.get("stage")
        found.pop("stage_id", None)
        found.pop("pipeline_id", None)
        if (stage := _stage_of(plan)) is not None:
            found["stage_id"] = stage.id
        if isinstance(step, Step):
            found["result"] = step.result
            if step.result is Result.OPEN and found.get("closed_on"):
                found.setdefault("expected_on", found.pop("closed_on"))  # what isn't closed yet is hoped for then
        if found.get("result") is Result.LOST and (
            loss := fields.spelled(Dictionary.LOSS).get(fold(found.get("reason", "")))
        ):
            found |= {"loss": loss.key, "reason": None}
        if "channel_id" in found:
            found["channel"] = found.pop("channel_id")  # held by key, as the column of a link isn't
        if "currency" in found:
            found["currency"] = found["currency"].strip().upper()
        return found

    def check(self, plan: Plan, work: Work) -> None:
        currency = plan.values.get("currency")
        if currency and not (len(currency.strip()) == 3 and currency.strip().isalpha()):
            plan.refuse("currency", value=currency)
        opened, closed = plan.values.get("opened_on"), plan.values.get("closed_on")
        if opened and closed and closed < opened:
            plan.refuse("backwards")
        try:
            _stage_of(plan)
        except LookupError:
            plan.refuse("stage", value=plan.names.get("stage", ""), pipeline=plan.values["pipeline"].label)

        else:
            self._hold(plan, work)

    def _hold(self, plan: Plan, work: Work) -> None:
        """Refuse to take a deal on to where the file says, while it lacks what its stage asks for."""
        one: Opportunity | None = plan.record
        if one is None or not one.is_open or not work.run.options.get("update_by"):
            return
        given = self.attributes(plan, work)
        stage = {s.id: s for s in pipelines.stages()}.get(given.get("stage_id", one.stage_id))
        result = given.get("result", Result.OPEN)
        needs = (
            [] if result is Result.LOST else need_queries.lacking(one, None if result is Result.WON else stage, given)
        )
        if needs:
            plan.refuse("lacks", needs=needs, value=one.name)

    def make(self, plans: Sequence[Plan], work: Work) -> list[Any]:
        rows = []
        for plan in plans:
            row = {n: v for n, v in self.attributes(plan, work).items() if n not in {"name_key", "account_id"}}
            row["stage"] = _stage_of(plan)
            row["account"], row["owner"] = plan.values.get("account"), plan.values.get("owner")
            row["import_key"] = plan.key
            row.setdefault("name", _named(plan))
            rows.append({n: v for n, v in row.items() if n not in {"owner_id", "stage_id"}})
        return actions.create_opportunities(rows, by=work.by, batch_id=work.run.batch_id, file=work.run.name)

    def change(self, plan: Plan, work: Work) -> None:
        super().change(plan, work)
        if has_slipped(*plan.changed.get("expected_on", (None, None))):
            plan.changed["slips"] = [plan.record.slips, plan.record.slips + 1]
            if not work.is_rehearsal:
                plan.record.slips += 1
        if work.is_rehearsal or not {"stage_id", "result"} & set(plan.changed):
            return
        one: Opportunity = plan.record
        one.stage_since = work.now
        db.session.add(
            StageChange(
                opportunity_id=one.id,
                stage_id=one.stage_id,
                result=one.result,
                changed_at=work.now,
                changed_by_id=work.by.id if isinstance(work.by, Member) else None,
            )
        )

    def follow(self, records: Sequence[Any], work: Work) -> None:
        theirs = {one.account_id for one in records if one.account_id}
        if work.run.state is RunState.UNDOING:
            theirs -= with_image(self.along, work.run, theirs)  # those are settled when their own turn comes
        ids = [one.id for one in records if one.account_id in theirs]
        still = list(db.session.scalars(select(Opportunity).where(Opportunity.id.in_(ids))).unique())  # not undone
        told: dict[str, Any] = {"by": work.by, "batch_id": work.run.batch_id, "file": work.run.name}
        purchases.note_won(still, **told)
        customers.withdraw_purchases(theirs, **told)
        purchases.tell_open(theirs)

    def index(self, records: Sequence[Any]) -> None:
        ids = {one.account_id for one in records if one.account_id}
        names = db.session.execute(select(Account.id, Account.name).where(Account.id.in_(ids))).all()
        actions.index_opportunities(records, dict(names))

    def sums(self, run: ImportRun) -> Sums:
        return sums.of(run)

    def rows(self) -> Select[Any]:
        linked = (Opportunity.account, Opportunity.product, Opportunity.owner)
        return select(Opportunity).options(*[joinedload(part) for part in linked])

    def listing(self) -> tuple[Listing, tuple[ColumnElement[bool], ...], str]:
        return DEALS, queries.listed(), "opportunities.index"


def _named(plan: Plan) -> str:
    """A name for a deal whose file gives none: what is sold to whom."""
    named = [plan.values[key].name for key in ("product", "account") if plan.values.get(key)]
    said = [plan.names[key] for key in ("product", "account") if plan.names.get(key)]
    return " · ".join(named or said) or str(plan.values.get("reference") or plan.row.number)


KIND = Opportunities()
