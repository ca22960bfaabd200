"""By what each list is counted in groups, and what is added up there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Date, cast, func, literal_column
from sqlalchemy.orm import aliased

from saas import ui
from saas.crm.customers import territory_queries as territories
from saas.crm.customers.models import STANDING_WORDS, Account, Contact
from saas.crm.fields import queries as fields
from saas.crm.fields.models import DICTIONARY_WORDS, Dictionary
from saas.crm.leads.models import STATE_WORDS as LEAD_WORDS
from saas.crm.leads.models import Lead
from saas.crm.opportunities import narrowings
from saas.crm.opportunities import partner_queries as partners
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities import share_queries as shares
from saas.crm.opportunities.models import RESULT_WORDS, Opportunity
from saas.crm.products import queries as products
from saas.crm.relations.models import COOPERATION_WORDS, Cooperation
from saas.crm.relations.models import STATE_WORDS as COOPERATION_STATES
from saas.groups import Group, Sum
from saas.lists import Filter
from saas.tenants import queries as tenants
from saas.tenants.models import Member

SELLER = aliased(Member, name="seller")
SELLERS = shares.sellers()
SOLD_BY = SELLER.id == Opportunity.owner_id


@dataclass(frozen=True)
class Grouping:
    """How one list is counted."""

    groups: Sequence[Group]
    sums: Sequence[Sum] = ()

    def by(self, key: str) -> Group:
        """The group of this key; the first where there is none."""
        return next((one for one in self.groups if one.key == key), self.groups[0])


def _members() -> Mapping[Any, Any]:
    return dict(tenants.member_names())


def _territories() -> Mapping[Any, Any]:
    return {rule.id: rule.name for rule in territories.rules()}


def _owner(model: Any, label: Any) -> Group:
    return Group("owner", label, model.owner_id, _members, "owner")


def _month(key: str, label: Any, day: Any, narrowing: Filter) -> Group:
    first = cast(func.date_trunc(literal_column("'month'"), day), Date)
    return Group(
        key,
        label,
        first,
        filter=narrowing.key,
        says=ui.month,
        asks=lambda month: f"{month:%Y-%m}",
        is_in_order=True,
    )


def _word(dictionary: Dictionary) -> Group:
    words: Callable[[], Mapping[Any, Any]] = partial(_words, dictionary)
    return Group(dictionary.value, DICTIONARY_WORDS[dictionary], getattr(Account, dictionary), words, dictionary.value)


def _words(dictionary: Dictionary) -> Mapping[Any, Any]:
    return dict(fields.choices(dictionary))


GROUPINGS: Mapping[str, Grouping] = {
    "customers": Grouping(
        (
            _owner(Account, _l("Looked after by")),
            _word(Dictionary.LEVEL),
            _word(Dictionary.INDUSTRY),
            _word(Dictionary.SOURCE),
            Group("city", _l("City"), Account.city),
            Group("country", _l("Country"), Account.country),
            Group("territory", _l("Territory"), Account.territory_id, _territories, "territory"),
            Group("standing", _l("Standing"), Account.standing, lambda: STANDING_WORDS, "standing"),
        ),
        (Sum(_l("Employees"), Account.employees), Sum(_l("Yearly revenue (millions)"), Account.revenue)),
    ),
    "contacts": Grouping(
        (_owner(Contact, _l("Looked after by")), Group("department", _l("Department"), Contact.department))
    ),
    "deals": Grouping(
        (
            Group("stage", _l("Stage"), Opportunity.stage_id, pipelines.titles, "stage"),
            _owner(Opportunity, _l("Owner")),
            Group(
                "seller",
                _l("By share"),
                SELLERS.c.owner_id,
                _members,
                "sells",
                beside=(SELLERS, SELLERS.c.opportunity_id == Opportunity.id),
                part=SELLERS.c.part,
            ),
            Group("result", _l("Result"), Opportunity.result, lambda: RESULT_WORDS, "result"),
            Group("product", _l("Product"), Opportunity.product_id, lambda: dict(products.names()), "product"),
            Group("channel", _l("Channel"), Opportunity.channel, partial(_words, Dictionary.CHANNEL), "channel"),
            Group("partner", _l("Partner"), Opportunity.partner_id, partners.names, "partner"),
            Group("team", _l("Team"), Opportunity.team_id, lambda: {t.id: t.name for t in tenants.teams()}, "team"),
            Group("manager", _l("Superior"), SELLER.manager_id, _members, "manager", beside=(SELLER, SOLD_BY)),
            _month("closed", _l("Month closed"), Opportunity.closed_on, narrowings.CLOSED_IN),
            _month("expected", _l("Month expected"), Opportunity.expected_on, narrowings.EXPECTED_IN),
            _month("opened", _l("Month opened"), Opportunity.opened_on, narrowings.OPENED_IN),
        ),
        (
            Sum(_l("Amount"), Opportunity.amount, Opportunity.currency),
            Sum(_l("Weighted"), Opportunity.amount * Opportunity.probability / 100, Opportunity.currency),
        ),
    ),
    "leads": Grouping(
        (
            Group("state", _l("State"), Lead.state, lambda: LEAD_WORDS, "state"),
            _owner(Lead, _l("Owner")),
            Group("source", _l("Source"), Lead.source),
        )
    ),
    "cooperation": Grouping(
        (
            Group("state", _l("State"), Cooperation.state, lambda: COOPERATION_STATES, "state"),
            Group("kind", _l("Kind"), Cooperation.kind, lambda: COOPERATION_WORDS, "kind"),
            _owner(Cooperation, _l("Looked after by")),
        )
    ),
}
