"""Holding a deal back until its stage has what it asks for, and giving it that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from saas.crm.activities import actions as activities
from saas.crm.customers import actions as customers
from saas.crm.customers.models import Contact, DecisionRole
from saas.crm.opportunities import need_queries
from saas.crm.opportunities.models import Opportunity, Stage
from saas.crm.opportunities.needs import Need, told
from saas.errors import Refused
from saas.tenants.models import Member


class Lacking(Refused):
    """The stage asks for something that the deal lacks; `needs` is what."""

    def __init__(self, deal: Opportunity, needs: list[Need]) -> None:
        sentence = _("%(name)s can't go on yet. It still needs %(needs)s.", name=deal.name, needs=told(needs))
        super().__init__(sentence)
        self.needs = needs


def refuse_lacking(deal: Opportunity, target: Stage | None) -> None:
    """Raises Lacking unless the deal has what the stages ask for that it leaves; None: on its way to being won."""
    if needs := need_queries.lacking(deal, target):
        raise Lacking(deal, needs)


def name_decider(contact: Contact, *, by: Member) -> None:
    """Say that a person decides for his company."""
    customers.change_contact(contact, {"decision": DecisionRole.DECIDES}, version=None, by=by)


def log_done(deal: Opportunity, values: Mapping[str, Any], *, by: Member) -> None:
    """Write down what was done about a deal; `values` holds `kind` and `subject`."""
    about = {"about_kind": "opportunity", "about_id": deal.id}
    whom = {"account_id": deal.account_id, "contact_id": deal.contact_id}
    activities.log({**values, **about, **whom}, owner=by, by=by)
