"""What an owner says of a deal in the forecast, and from when on it is said by the probability."""

from __future__ import annotations

from flask_babel import gettext as _

from saas.archive import refuse_archived
from saas.crm.customers.actions import apply
from saas.crm.opportunities.actions import CHANGED, Closed
from saas.crm.opportunities.categories import SETTING, Category
from saas.crm.opportunities.models import Opportunity
from saas.db import db
from saas.errors import Refused
from saas.tenants import events
from saas.tenants.actions import settings
from saas.tenants.models import Member
from saas.tenants.scope import Actor


def count_as(opportunity: Opportunity, category: Category | None, *, by: Actor) -> None:
    """Say as what a deal counts in the forecast; None leaves it to its probability.

    Raises:
        Archived: it was put away.
        Closed: it is won or lost.
    """
    refuse_archived(opportunity)
    if not opportunity.is_open:
        raise Closed(_("%(name)s is closed. Reopen it first.", name=opportunity.name))
    changed = apply(opportunity, {"forecast": category})
    if changed:
        db.session.flush()
        events.record(CHANGED, opportunity, by=by, changed=changed | {"name": opportunity.name})


def set_marks(commit_from: int, best_from: int, *, by: Member) -> None:
    """Choose from which probabilities (%) on deals are committed, or in the best case, while their owners say nothing.

    Raises:
        Refused: the best case would begin above what is committed.
    """
    if best_from > commit_from:
        raise Refused(_("The best case begins at or below what is committed."), field="best_from")
    settings.choose(SETTING, {"commit_from": commit_from, "best_from": best_from}, by=by)
