"""By what each list is counted in groups, and what is added up there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask_babel import lazy_gettext as _l

from saas.crm.customers.models import STANDING_WORDS, Account, Contact
from saas.crm.fields import queries as fields
from saas.crm.fields.models import DICTIONARY_WORDS, Dictionary
from saas.crm.leads.models import STATE_WORDS as LEAD_WORDS
from saas.crm.leads.models import Lead
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities.models import RESULT_WORDS, Opportunity
from saas.crm.products import queries as products
from saas.crm.relations.models import COOPERATION_WORDS, Cooperation
from saas.crm.relations.models import STATE_WORDS as COOPERATION_STATES
from saas.groups import Group, Sum
from saas.tenants import queries as tenants


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


def _owner(model: Any, label: Any) -> Group:
    return Group("owner", label, model.owner_id, _members, "owner")


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
            Group("result", _l("Result"), Opportunity.result, lambda: RESULT_WORDS, "result"),
            Group("product", _l("Product"), Opportunity.product_id, lambda: dict(products.names()), "product"),
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
