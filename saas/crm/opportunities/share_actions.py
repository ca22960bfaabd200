"""What can be done with shares in a deal."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext

from saas.archive import refuse_archived
from saas.crm.opportunities import share_queries as queries
from saas.crm.opportunities.models import Opportunity
from saas.crm.opportunities.share_models import WHOLE, DealShare
from saas.db import db
from saas.errors import Refused
from saas.tenants import events, handover
from saas.tenants.handover import ALL, Holding, Part
from saas.tenants.models import Member
from saas.tenants.scope import Actor

SHARED = "opportunity.shared"


def share(opportunity: Opportunity, shares: Mapping[Member, Decimal], *, by: Actor) -> None:
    """Say who else sells a deal, and to what part; whoever is left out has no share any more.

    Args:
        opportunity: the deal.
        shares: colleague → his share in %, above 0.
        by: who says so.

    Raises:
        Archived: it was put away.
        Refused: the owner is among them, it has no owner, or they come to more than 100 %.
    """
    refuse_archived(opportunity)
    if shares and opportunity.owner is None:
        raise Refused(_("Nobody owns this deal. Give it to a colleague first."))
    if any(one.id == opportunity.owner_id for one in shares):
        raise Refused(_("The deal's owner has what the others leave; name the others only."))
    if sum(shares.values()) > WHOLE:
        raise Refused(_("Together the shares come to more than 100%."))
    known = {one.owner_id: one for one in queries.shares_of(opportunity.id)}
    before = _told({one.owner: one.percent for one in known.values()})
    for member, percent in shares.items():
        row = known.pop(member.id, None) or DealShare(opportunity_id=opportunity.id, owner_id=member.id)
        row.team_id, row.percent = member.team_id, percent
        db.session.add(row)
    for row in known.values():
        db.session.delete(row)
    db.session.flush()
    after = _told(shares)
    if before != after:
        facts = {"name": opportunity.name, "shares": [before, after]}
        events.record(SHARED, opportunity, by=by, changed=facts)


def _told(shares: Mapping[Member, Decimal]) -> list[str]:
    """ "Ann 30%", each, by name."""
    return [f"{one.name} {percent.normalize():f}%" for one, percent in sorted(shares.items(), key=lambda x: x[0].name)]


def hand_over(leaver_id: UUID, heir: Member, by: Actor, batch_id: UUID, part: Part = ALL) -> list[UUID]:
    """Give the shares of a leaver in open deals to `heir`; where he owns the deal or has a share, they are joined."""
    found = queries.held_by(leaver_id, *part.of(Opportunity))
    rows = []
    for one in found:
        deal, shares = one.opportunity, queries.shares_of(one.opportunity_id)
        before = _told({each.owner: each.percent for each in shares})
        own = next((each for each in shares if each.owner_id == heir.id), None)
        if deal.owner_id == heir.id or own is not None:
            if own is not None:
                own.percent += one.percent
            db.session.delete(one)
        else:
            one.owner, one.owner_id, one.team_id = heir, heir.id, heir.team_id
        db.session.flush()
        after = _told({each.owner: each.percent for each in queries.shares_of(deal.id)})
        rows.append((deal, {"name": deal.name, "shares": [before, after]}))
    if rows:
        events.record_many(SHARED, rows, by=by, batch_id=batch_id)
    return [one.id for one in found]


handover.register(
    Holding(
        "deal_share.owner_id",
        words=lambda n: ngettext("%(num)s share in a deal", "%(num)s shares in deals", n),
        count=queries.count_held,
        pass_on=hand_over,
    )
)
