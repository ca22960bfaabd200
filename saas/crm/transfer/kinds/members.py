"""Colleagues in and out: those who come in by a sheet are placeholders until somebody invites them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from saas.crm.transfer import values
from saas.crm.transfer.kind import Field, Kind, Plan, Work, mail
from saas.crm.transfer.kinds.matches import MemberMatch, TeamMatch, placeholders
from saas.db import db
from saas.search import fold
from saas.tenants.models import Member, Team
from saas.tenants.permissions import ROLE_NAMES, Permission

MEMBER_CHANGED = "member.changed"


def lower(cell: str) -> str:
    """A mail address as members have it."""
    return cell.strip().lower()


class Members(Kind):
    """Those who sell and serve."""

    key = "members"
    label = _l("Members")
    icon = "users-group"
    model = Member
    view, create, edit = Permission.MEMBER_VIEW, Permission.MEMBER_EDIT, Permission.MEMBER_EDIT
    changed, removed = MEMBER_CHANGED, "member.removed"
    page = ("members.index", "")
    built_in = (
        Field("name", _l("Name"), aliases=("sales agent", "agent", "sales rep", "salesperson", "member", "employee",
              "full name", "姓名", "销售", "员工", "成员"), required=True),
        Field("email", _l("Mail"), mail, ("email", "e mail", "mail address", "email address", "电子邮箱"),
              column=Member.email, same=lower),
        Field("team", _l("Team"), aliases=("regional office", "office", "department", "group", "部门", "办事处",
              "区域"),
              match=TeamMatch()),
        Field("manager", _l("Manager"), aliases=("supervisor", "reports to", "team lead", "boss", "上级", "主管",
              "经理"),
              match=MemberMatch("manager")),
        Field("role", _l("Role"), values.text, ("角色",)),
    )  # fmt: skip

    def identity(self, plan: Plan) -> str | None:
        if address := plan.values.get("email"):
            return f"email:{lower(address)}"
        return f"name:{fold(plan.values['name'])}" if "name" in plan.values else None

    def recognise(self, plans: Sequence[Plan], update_by: str) -> None:
        super().recognise(plans, update_by)
        names = {fold(p.values["name"]) for p in plans if p.record is None and "name" in p.values}
        found = MemberMatch().find(names) if names else {}
        for plan in plans:
            twin = found.get(fold(plan.values.get("name", "")))
            if plan.record is None and twin is not None and not (plan.values.get("email") and twin.email):
                plan.record = twin

    def attributes(self, plan: Plan, work: Work) -> dict[str, Any]:
        found = super().attributes(plan, work)
        found.pop("role", None)  # rights are given in the settings, never by a sheet
        if "email" in found:
            found["email"] = lower(found["email"])
        return found

    def make(self, plans: Sequence[Plan], work: Work) -> list[Any]:
        return placeholders([self.attributes(p, work) for p in plans], work)

    def rows(self) -> Select[Any]:
        return select(Member).where(Member.left_at.is_(None))

    def cells(self, record: Any, fields: Any) -> list[Any]:
        shown = {
            "name": record.name,
            "email": record.email,
            "team": db.session.scalar(select(Team.name).where(Team.id == record.team_id)) if record.team_id else None,
            "manager": db.session.scalar(select(Member.name).where(Member.id == record.manager_id))
            if record.manager_id
            else None,
            "role": str(record.role.name or ROLE_NAMES.get(record.role.key, record.role.key)),
        }
        return [shown[f.key] for f in fields]


KIND = Members()
