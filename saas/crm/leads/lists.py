"""The list of leads: columns, sorts, filters."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement

from saas.crm.customers.lists import owned_by, owners
from saas.crm.leads.models import STATE_LOOKS, STATE_WORDS, Lead, LeadState
from saas.crm.leads.queries import OWNER_NAME, PARTNER_NAME
from saas.lists import Column, Filter, Listing


def _state(value: str) -> ColumnElement[bool] | None:
    return Lead.state == LeadState(value) if value in set(LeadState) else None


def _given(value: str) -> ColumnElement[bool] | None:
    return {"yes": Lead.partner_id.is_not(None), "no": Lead.partner_id.is_(None)}.get(value)


def state_badge(value: LeadState) -> tuple[Any, str]:
    """A state's word and look."""
    return STATE_WORDS[value], STATE_LOOKS[value]


LEADS = Listing(
    Lead,
    columns=(
        Column("name", _l("Lead"), Lead.name, "name", sort=Lead.name_key),
        Column("company", _l("Company"), Lead.company),
        Column("state", _l("State"), Lead.state, "badge", words=state_badge),
        Column("phone", _l("Phone"), Lead.phone, "phone"),
        Column("source", _l("Source"), Lead.source),
        Column("owner", _l("Owner"), OWNER_NAME),
        Column("partner", _l("Partner"), PARTNER_NAME),
        Column("created", _l("Added"), Lead.created_at, "moment", sort=Lead.created_at),
        Column("number", _l("Number"), Lead.number, sort=Lead.number, shown=False),
        Column("email", _l("Mail"), Lead.email, "mail", shown=False),
        Column("protected", _l("Protected until"), Lead.protected_until, "day", shown=False),
        Column("reason", _l("Why lost"), Lead.lost_reason, shown=False),
    ),
    filters=(
        Filter("state", _l("State"), lambda: [(s.value, STATE_WORDS[s]) for s in LeadState], _state),
        Filter("owner", _l("Owner"), owners, owned_by(Lead)),
        Filter("partner", _l("Partner"), lambda: [("yes", _l("With a partner")), ("no", _l("Our own"))], _given),
    ),
    sort="-created",
)
