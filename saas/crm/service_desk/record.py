"""What the page of a case says beside its fields, and what cases say on the pages of customers and on Today."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from saas import archive, ui
from saas.crm.customers import queries as customers
from saas.crm.service_desk import queries
from saas.crm.service_desk.models import (
    CHANNEL_WORDS,
    KIND_WORDS,
    RATING_WORDS,
    STATE_LOOKS,
    STATE_WORDS,
    Case,
    CaseKind,
)
from saas.tenants import scope
from saas.tenants.permissions import Permission

P = Permission
ON_TODAY = 5


def about(case: Case) -> list[tuple[Any, Any]]:
    """Whose case it is, who deals with it, and how long things took."""

    def link(name: str, endpoint: str, right: Permission, **ids: Any) -> Any:
        if not scope.may(right):
            return name
        return Markup('<a href="{}">{}</a>').format(url_for(endpoint, **ids), name)

    contact, deal = case.contact, case.opportunity
    rows = [
        (_("Customer"), link(case.account.name, "customers.show", P.ACCOUNT_VIEW, account_id=case.account_id)),
        (_("Contact"), contact and link(contact.name, "contacts.show", P.CONTACT_VIEW, contact_id=contact.id)),
        (_("Deal"), deal and link(deal.name, "opportunities.show", P.OPPORTUNITY_VIEW, opportunity_id=deal.id)),
        (_("Dealt with by"), case.owner.name if case.owner else _("Nobody yet")),
        (_("Came by"), CHANNEL_WORDS[case.channel]),
        (_("Filed"), ui.moment(case.created_at)),
        (
            _("First answer"),
            _("after %(time)s", time=ui.span(case.first_answer_at - case.created_at))
            if case.first_answer_at
            else _("not yet"),
        ),
        (_("Solved"), _("after %(time)s", time=ui.span(case.solved_at - case.created_at)) if case.solved_at else None),
        (_("Rating"), f"{case.rating} · {RATING_WORDS[case.rating]}" if case.rating else None),
    ]
    return [(label, value) for label, value in rows if value not in (None, "")]


def cases_tab(account_id: UUID) -> Markup:
    """The cases of a customer, for its page."""
    return ui.fragment(
        "service_desk/_of_account.html",
        cases=queries.of_account(account_id),
        words=STATE_WORDS,
        looks=STATE_LOOKS,
        kinds=KIND_WORDS,
        account_id=account_id,
        can_create=scope.may(P.CASE_CREATE) and archive.is_open("account", account_id),
    )


def complaint_mark(account_id: UUID) -> Markup:
    """How many complaints of a customer are open, beside its name; nothing where there are none."""
    many = customers.account(account_id).counts["open_complaints"]
    if not many:
        return Markup("")
    words = ngettext("%(num)s open complaint", "%(num)s open complaints", many)
    url = url_for("customers.show", account_id=account_id, tab="cases")
    return Markup('<a class="chip chip-wrong" href="{}">{}</a>').format(url, words)


def waiting_today(member_id: UUID) -> Markup:
    """The cases whose turn it is, for Today."""
    return ui.fragment(
        "service_desk/_today.html",
        cases=queries.next_ones(ON_TODAY),
        count=queries.count_to_do(),
        kinds=KIND_WORDS,
        complaint=CaseKind.COMPLAINT,
        words=STATE_WORDS,
        looks=STATE_LOOKS,
    )
