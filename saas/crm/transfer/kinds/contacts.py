"""People at customers, in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select

from saas.crm.customers import actions, queries
from saas.crm.customers.lists import CONTACTS
from saas.crm.customers.models import Contact
from saas.crm.fields.custom_models import CustomTerm
from saas.crm.fields.label_models import LabelKind, Labelled
from saas.crm.sealed.models import SealedValue
from saas.crm.transfer import values
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
from saas.crm.transfer.kinds.matches import AccountMatch
from saas.db import db
from saas.lists import Listing
from saas.search import fold
from saas.tenants.permissions import Permission


class ContactAccount(AccountMatch):
    """The customer of a contact, who can't be without one."""

    can_be_empty = False
    fallback = "new"


class Contacts(Kind):
    """People at customers."""

    key = "contacts"
    label = _l("Contacts")
    icon = "address-book"
    model = Contact
    view, create, edit = Permission.CONTACT_VIEW, Permission.CONTACT_CREATE, Permission.CONTACT_EDIT
    changed, removed = actions.CONTACT_CHANGED, "contact.removed"
    page = ("contacts.show", "contact_id")
    parts = ((Labelled, "contact_id"), (CustomTerm, "record_id"), (SealedValue, "contact_id"))
    confidential = confidential("contact")
    built_in = (
        REFERENCE,
        Field("name", _l("Name"), aliases=("contact", "contact name", "full name", "person", "联系人",
              "联系人姓名", "姓名"),
              required=True),
        Field("account", _l("Customer"), aliases=("account", "company", "account name", "company name",
              "organisation",
              "organization", "client", "公司", "公司名称", "客户名称", "单位"),
              required=True, match=ContactAccount(),
              show=lambda c: c.account.name),
        Field("title", _l("Position"), aliases=("job title", "role", "function", "title", "职务", "头衔")),
        Field("email", _l("Mail"), mail, ("email", "e mail", "mail address", "email address", "电子邮箱", "邮件"),
              column=Contact.email, same=str.strip, natural=False),
        Field("phone", _l("Phone"), aliases=("telephone", "tel", "phone number", "联系电话", "座机")),
        Field("mobile", _l("Mobile"), aliases=("cell", "cell phone", "mobile phone", "手机号", "手机号码")),
        Field("address", _l("Address"), aliases=("street", "street address")),
        Field("birthday", _l("Birthday"), values.day, ("date of birth", "birth date", "born", "出生日期")),
        Field("is_main", _l("Main contact"), values.truth, ("main", "primary", "首要联系人")),
        labelled(LabelKind.TAG, Labelled.contact_id, "tag", "labels", "标签"),
        Field("remarks", _l("Remarks"), long_text, ("notes", "note", "comment", "comments", "description", "说明")),
    )  # fmt: skip

    def own(self) -> tuple[Field, ...]:
        return custom_fields("contact")

    def identity(self, plan: Plan) -> str | None:
        """A person's name with his mail, or at his customer: a mail may be shared, a name may be common."""
        if plan.values.get("reference") or "name" not in plan.values:
            return super().identity(plan)
        beside = plan.values.get("email") or plan.names.get("account", "")
        return f"name:{fold(plan.values['name'])}@{fold(beside)}"

    def recognise(self, plans: Sequence[Plan], update_by: str) -> None:
        super().recognise(plans, update_by)
        lacking = [p for p in plans if p.record is None and "name" in p.values]
        keys = {fold(p.values["name"]) for p in lacking}
        if not keys or update_by:
            return
        statement = select(Contact).where(Contact.name_key.in_(keys), Contact.archived_at.is_(None))
        known = list(db.session.scalars(statement).unique())
        by_mail = {(c.name_key, c.email): c for c in known if c.email}
        by_place = {(c.name_key, c.account_id): c for c in known}
        for plan in lacking:
            name, address = fold(plan.values["name"]), plan.values.get("email")
            twin = by_mail.get((name, address)) if address else None
            account = plan.values.get("account")
            place = by_place.get((name, account.id)) if account is not None else None
            if twin is None and place is not None and not (address and place.email):
                twin = place
            plan.record = twin

    def make(self, plans: Sequence[Plan], work: Work) -> list[Any]:
        rows = [
            {n: v for n, v in self.attributes(p, work).items() if n not in {"name_key", "account_id"}}
            | {"account": p.values["account"], "import_key": p.key, CUSTOM: own_values(p)}
            for p in plans
        ]
        made = actions.create_contacts(rows, by=work.by, batch_id=work.run.batch_id)
        put_under(Contact, list(zip(made, plans, strict=True)), work)
        return made

    def attributes(self, plan: Plan, work: Work) -> dict[str, Any]:
        return drop_custom(drop_labels(super().attributes(plan, work)))

    def change(self, plan: Plan, work: Work) -> None:
        super().change(plan, work)
        change_labels(Contact, plan, work)
        change_custom(plan, work)

    def restore(self, record: Any, before: Mapping[str, Any], work: Work) -> None:
        super().restore(record, restored_custom(record, restored_labels(Contact, record, before)), work)

    def index(self, records: Sequence[Any]) -> None:
        actions.index_contacts(records)

    def ready(self, records: Sequence[Any]) -> None:
        read_labels(Labelled.contact_id, records)
        read_names("contact", records)
        read_details("contact", records)

    def listing(self) -> tuple[Listing, tuple[ColumnElement[bool], ...], str]:
        return CONTACTS, queries.listed_contacts(), "contacts.index"


KIND = Contacts()
