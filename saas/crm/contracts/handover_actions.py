"""Giving the contracts of somebody who leaves to another."""

from __future__ import annotations

from flask_babel import ngettext

from saas.crm.contracts.models import RUNNING, Contract, ContractState
from saas.crm.contracts.queries import KIND
from saas.crm.papers import handover_actions as handover

ASSIGNED = "contract.assigned"

handover.register(
    KIND,
    ASSIGNED,
    Contract.state.in_((ContractState.DRAFT, *RUNNING)),
    words=lambda n: ngettext("%(num)s contract under way", "%(num)s contracts under way", n),
)
