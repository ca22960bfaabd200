"""What the pages of a partner and of a registration say beside their fields."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from saas import ui
from saas.crm.customers.models import Contact
from saas.crm.partners.models import (
    ANSWER_LOOKS,
    ANSWER_WORDS,
    LeadCheck,
    Partner,
    Registration,
)
from saas.tenants.actions import portal_users
from saas.tenants.models import PortalUser
from saas.tenants.permissions import Permission
from saas.tenants.scope import may


def person_line(contact: Contact, person: PortalUser | None) -> dict[str, Any]:
    """A person of a partner, and how he stands with the portal."""
    shut_out = person is not None and portal_users.is_shut_out(person)
    status = "shut_out" if shut_out else person.status.value if person is not None else "none"
    return {
        "contact": contact,
        "person": person,
        "status": "none" if status == "disabled" else status,  # an invitation that was taken back
        "may_invite": may(Permission.PORTAL_INVITE, contact) and contact.archived is None,
    }


def about(partner: Partner) -> list[tuple[Any, Any]]:
    """Which company the partner is, and since when."""
    account = partner.account
    link = Markup('<a href="{}">{}</a>').format(url_for("customers.show", account_id=account.id), account.name)
    rows = [
        (_("Company"), link),
        (_("Looked after by"), account.owner.name if account.owner else _("Nobody")),
        (_("Phone"), account.phone),
        (_("Partner since"), ui.day(partner.since)),
        (_("Ended"), ui.day(partner.ended_at) if partner.ended_at else None),
    ]
    return [(label, value) for label, value in rows if value]


def registered(found: Registration) -> list[tuple[Any, Any]]:
    """What a partner wrote down of a lead, and what became of it."""
    partner_url = url_for("partners.show", partner_id=found.partner_id)
    rows = [
        (_("Partner"), Markup('<a href="{}">{}</a>').format(partner_url, found.partner.account.name)),
        (_("Registered by"), found.portal_user.name),
        (_("Registered"), ui.moment(found.created_at)),
        (_("Protected until"), ui.day(found.lead.protected_until) if found.lead.protected_until else None),
        (_("Company"), found.company),
        (_("Contact there"), found.name),
        (_("Phone"), found.phone),
        (_("Mail"), found.email),
        (_("Answered by"), found.decided_by.name if found.decided_by else None),
        (_("Reason"), found.reason),
    ]
    return [(label, value) for label, value in rows if value]


def receipts(checks: list[LeadCheck]) -> list[dict[str, Any]]:
    """Names that were asked for, as lines of a list."""
    return [
        {
            "code": one.code,
            "partner": one.partner.account.name,
            "at": one.created_at,
            "word": ANSWER_WORDS[one.answer],
            "look": ANSWER_LOOKS[one.answer],
        }
        for one in checks
    ]
