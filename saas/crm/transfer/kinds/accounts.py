"""Customers in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.orm import joinedload

from saas.crm.customers import actions, giving, ownership, queries, twins
from saas.crm.customers import purchase_actions as purchases
from saas.crm.customers.likeness import tax_written
from saas.crm.customers.lists import ACCOUNTS
from saas.crm.customers.models import KIND_WORDS, STANDING_WORDS, Account
from saas.crm.fields import queries as fields
from saas.crm.fields.custom_models import CustomTerm
from saas.crm.fields.label_models import LabelKind, Labelled
from saas.crm.fields.models import DICTIONARY_WORDS, OF_CUSTOMERS, Dictionary
from saas.crm.pool import queries as pools
from saas.crm.pool.models import Pool
from saas.crm.sealed.models import SealedValue
from saas.crm.transfer import rooms, values
from saas.crm.transfer.kind import REFERENCE, Field, Kind, Plan, Work, long_text, mail
from saas.crm.transfer.kinds.confidential import confidential, read_details
from saas.crm.transfer.kinds.custom import (
    CUSTOM,
    change_custom,
    custom_fields,
    drop_custom,
    own_values,
    read_names,
    restored_custom,
)
from saas.crm.transfer.kinds.labels import change_labels, drop_labels, labelled, put_under, read_labels, restored_labels
from saas.crm.transfer.kinds.matches import AccountMatch, MemberMatch, PoolMatch, WordMatch
from saas.crm.transfer.kinds.words import choice
from saas.crm.transfer.models import ALIKE, RowState
from saas.db import db
from saas.lists import Listing
from saas.tenants import scope
from saas.tenants.models import Member
from saas.tenants.permissions import Permission

HIDDEN = "alike_hidden"  # the reason where ALIKE would tell what the reader may not see


def upper(cell: str) -> str:
    """A number as it is compared."""
    return cell.strip().upper()


def name_of(record: Any) -> Any:
    """The name of a linked record, if there is one."""
    return record.name if record is not None else None


def word(dictionary: Dictionary, *aliases: str) -> Field:
    """The field of a dictionary's words."""

    def show(record: Account) -> str | None:
        return fields.label(dictionary, getattr(record, dictionary))

    match = WordMatch(dictionary)
    return Field(dictionary.value, DICTIONARY_WORDS[dictionary], aliases=aliases, match=match, show=show)


class Accounts(Kind):
    """Companies and people the workspace deals with."""

    key = "accounts"
    label = _l("Customers")
    icon = "building"
    model = Account
    view, create, edit = Permission.ACCOUNT_VIEW, Permission.ACCOUNT_CREATE, Permission.ACCOUNT_EDIT
    changed, removed = actions.CHANGED, "account.removed"
    # Of deals that were won, or are no more.
    consequences = frozenset({purchases.BOUGHT, purchases.NOT_BOUGHT, purchases.PUT_BACK})
    page = ("customers.show", "account_id")
    parts = ((Labelled, "account_id"), (CustomTerm, "record_id"), (SealedValue, "account_id"))
    confidential = confidential("account")
    built_in = (
        REFERENCE,
        Field(
            "number",
            _l("Number"),
            aliases=("customer number", "account number", "customer no", "no", "客户编号"),
            column=Account.number,
            same=upper,
        ),
        Field(
            "name",
            _l("Name"),
            aliases=("account", "company", "customer", "client", "account name", "company name", "organisation",
                     "organization", "customer name", "客户", "公司", "公司名称", "企业名称", "客户名称", "单位"),
            required=True,
            column=Account.name_key,
        ),
        Field("kind", _l("Kind"), choice(KIND_WORDS), ("type", "customer type", "客户类型"),
              show=lambda a: str(KIND_WORDS[a.kind])),
        Field("standing", _l("Standing"), choice(STANDING_WORDS), show=lambda a: str(STANDING_WORDS[a.standing])),
        Field("owner", _l("Looked after by"), aliases=("owner", "sales agent", "agent", "sales rep", "salesperson",
              "account manager", "assigned to", "负责人", "销售", "业务员", "跟进人"), match=MemberMatch(),
              show=lambda a: name_of(a.owner)),
        Field("pool", _l("Pool"), aliases=("public pool", "sales pool", "公海", "所属公海"), match=PoolMatch(),
              show=lambda a: a.pool),
        word(Dictionary.LEVEL, "class", "rating", "客户等级", "级别"),
        word(Dictionary.VALUE, "value", "customer value", "客户价值", "价值分类"),
        word(Dictionary.ROLE, "party role", "relationship", "客户角色"),
        word(Dictionary.TYPE, "legal form", "企业类型"),
        word(Dictionary.NATURE, "company nature", "nature", "ownership type", "企业性质", "公司性质"),
        word(Dictionary.CREDIT, "credit", "credit rating", "payment behaviour", "信用", "信用等级", "资信"),
        word(Dictionary.INDUSTRY, "sector", "branch", "行业", "所属行业"),
        word(Dictionary.SOURCE, "lead source", "客户来源", "来源"),
        labelled(LabelKind.TAG, Labelled.account_id, "tag", "labels", "标签", "客户标签"),
        labelled(LabelKind.GROUP, Labelled.account_id, "group", "customer group", "分组", "客户分组"),
        Field("phone", _l("Phone"), aliases=("telephone", "tel", "phone number", "联系电话", "手机", "座机")),
        Field("fax", _l("Fax"), aliases=("fax number", "telefax", "传真号", "传真号码")),
        Field("email", _l("Mail"), mail, ("email", "e mail", "mail address", "email address", "电子邮箱", "邮件"),
              column=Account.email, same=str.strip, natural=False),
        Field("website", _l("Website"), aliases=("web", "url", "homepage", "domain", "网址", "官网")),
        Field("tax_number", _l("Tax number"), aliases=("tax id", "tax no", "vat", "vat number", "vat id", "vat no",
              "tin", "ein", "ust id", "ustid", "税号", "纳税人识别号", "统一社会信用代码")),
        Field("country", _l("Country"), aliases=("office location", "location", "nation", "国家地区")),
        Field("region", _l("Region"), aliases=("state", "province", "county", "省份", "省")),
        Field("city", _l("City"), aliases=("town", "市", "所在城市")),
        Field("address", _l("Address"), aliases=("street", "street address", "详细地址", "公司地址")),
        Field("employees", _l("Employees"), values.whole, ("headcount", "staff", "number of employees", "人数",
              "员工数")),
        Field("revenue", _l("Yearly revenue (millions)"), values.money, ("revenue", "turnover", "annual revenue",
              "营业额")),
        Field("founded", _l("Founded"), values.whole, ("year established", "established", "founded in", "year",
              "成立时间")),
        Field("remarks", _l("Remarks"), long_text, ("notes", "note", "comment", "comments", "description", "说明")),
        Field("parent", _l("Belongs to"), aliases=("subsidiary of", "parent", "parent company", "parent account",
              "母公司",
              "上级公司", "上级客户"), match=AccountMatch(), late=True, show=lambda a: name_of(a.parent)),
    )  # fmt: skip

    def own(self) -> tuple[Field, ...]:
        return custom_fields("account")

    def attributes(self, plan: Plan, work: Work) -> dict[str, Any]:
        found = super().attributes(plan, work)
        found.pop("number", None)  # the workspace's own; a row is only found by it
        for dictionary in OF_CUSTOMERS:  # held by key, as the column of a link isn't
            if f"{dictionary}_id" in found:
                found[dictionary.value] = found.pop(f"{dictionary}_id")
        drop_labels(found)
        if found.get("tax_number"):
            land = found.get("country") or getattr(plan.record, "country", None)
            found["tax_number"] = tax_written(found | {"country": land}, scope.workspace().timezone)
        found.pop("standing", None)  # follows from who looks after it and what was sold
        return drop_custom(found)

    def recognise(self, plans: Sequence[Plan], update_by: str) -> None:
        super().recognise(plans, update_by)
        new = [(plan, twins.keys_of_account(plan.values)) for plan in plans if plan.record is None]
        known = twins.accounts_with(key for _plan, keys in new for key in keys)
        ids = {known[key] for _plan, keys in new for key in keys if key in known}
        accounts = {account.id: account for account in queries.accounts(list(ids))}
        for plan, keys in new:
            one = next((known[key] for part in twins.PARTS for key in keys if key[0] == part and key in known), None)
            if one in accounts:
                plan.reason = {"why": ALIKE, "account": accounts[one]}

    def weigh(self, plans: Sequence[Plan], work: Work) -> None:
        mine = work.by if work.run.options.get("owner") == "me" and isinstance(work.by, Member) else None
        rooms.weigh(plans, work, mine)

    def check(self, plan: Plan, work: Work) -> None:
        if plan.reason is not None and plan.reason["why"] == ALIKE:
            account = plan.reason["account"]
            sees = work.who is None or work.who.may(Permission.ACCOUNT_VIEW, account)
            plan.reason = {"why": ALIKE, "value": account.name, "row": account.number} if sees else {"why": HIDDEN}
        pool = plan.values.get("pool")
        if pool is not None and not self._may_use(pool, work):
            plan.refuse("pool", value=pool.name)

    def _may_use(self, pool: Pool, work: Work) -> bool:
        if not isinstance(work.by, Member):
            return True
        by = work.by
        return bool(work.once("doors", lambda: pools.doors(by)).lets_in(pool.id))

    def _pool_of_all(self, work: Work) -> dict[str, Any]:
        """Where new customers without an owner come to lie, if somebody chose a pool for all of them."""
        chosen = PoolMatch().by_token([work.run.options.get("owner") or ""])
        allowed = [one.id for one in chosen.values() if self._may_use(one, work)]
        return {"pool_id": allowed[0]} if allowed else {}

    def make(self, plans: Sequence[Plan], work: Work) -> list[Any]:
        laid = self._pool_of_all(work)
        rows = [
            laid
            | {n: v for n, v in self.attributes(p, work).items() if n not in {"name_key", "owner_id"}}
            | {"owner": p.values.get("owner"), "import_key": p.key, CUSTOM: own_values(p)}
            for p in plans
        ]
        made = actions.create_accounts(rows, by=work.by, batch_id=work.run.batch_id)
        put_under(Account, list(zip(made, plans, strict=True)), work)
        return made

    def change(self, plan: Plan, work: Work) -> None:
        owner = plan.values.pop("owner", None)
        super().change(plan, work)
        if {"level", "pool_id"} & plan.changed.keys() and not work.is_rehearsal:
            ownership.set_reclaim(plan.record)
        change_labels(Account, plan, work)
        change_custom(plan, work)
        if owner is not None and owner.id != plan.record.owner_id:
            plan.changed["owner_id"] = [plan.record.owner_id, owner.id]
            if not work.is_rehearsal:
                giving.hand([plan.record], owner, beyond=True, now=work.now)  # weighed before

    def restore(self, record: Any, before: Mapping[str, Any], work: Work) -> None:
        before = restored_custom(record, restored_labels(Account, record, before))
        if "owner_id" in before:
            owner = before.pop("owner_id")
            members = MemberMatch().by_token([owner]) if owner else {}
            ownership.give(record, members.get(owner or ""), now=work.now)
        super().restore(record, before, work)
        ownership.set_reclaim(record)

    def index(self, records: Sequence[Any]) -> None:
        actions.index_accounts(records)

    def tie(self, plans: Sequence[Plan], work: Work) -> None:
        for plan in plans:
            parent = plan.values.get("parent")
            if plan.row.state is RowState.NEW and parent is not None and parent.id != plan.row.subject_id:
                # Past the ORM, so that the version stays the one that an undo compares.
                statement = update(Account).where(Account.id == plan.row.subject_id).values(parent_id=parent.id)
                db.session.execute(statement.execution_options(synchronize_session=False))

    def rows(self) -> Select[Any]:
        return select(Account).options(joinedload(Account.parent))

    def ready(self, records: Sequence[Any]) -> None:
        read_labels(Labelled.account_id, records)
        read_names("account", records)
        read_details("account", records)
        names = {one.id: one.name for one in pools.pools()}
        for record in records:
            record.pool = names.get(record.pool_id)

    def listing(self) -> tuple[Listing, tuple[ColumnElement[bool], ...], str]:
        return ACCOUNTS, queries.listed(), "customers.index"


KIND = Accounts()
