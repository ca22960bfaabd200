"""Deals whose day has passed, or that have stood for too long, in the letter of the morning."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities import queries
from saas.crm.opportunities.models import IS_OPEN, Opportunity
from saas.db import db
from saas.tenants.digest import Part, Reader, cut, part

MOST = 100


@part("deals", 40)
def overdue(reader: Reader) -> Part | None:
    """His open deals that should have been won by now, the oldest first."""
    mine = (Opportunity.owner_id == reader.member.id, IS_OPEN, Opportunity.archived_at.is_(None))
    asked = select(Opportunity).where(*mine, Opportunity.expected_on < reader.day)
    late = asked.order_by(Opportunity.expected_on, Opportunity.id).limit(MOST).options(joinedload(Opportunity.account))
    found = [(one, one.expected_on) for one in db.session.scalars(late)]
    lines = [_("%(deal)s, expected on %(day)s", deal=_called(one), day=reader.words.day(on)) for one, on in found if on]
    return cut(_("Deals whose day has passed"), lines)


@part("stuck", 41)
def stuck(reader: Reader) -> Part | None:
    """His open deals that have stood in their stage for longer than its limit, the longest first."""
    found, titles, day = queries.stuck_of(reader.member.id, many=MOST), pipelines.titles(), reader.words.day
    told = [(_called(one), titles[one.stage_id], day(one.stage_since.date())) for one in found]
    lines = [_("%(deal)s, in “%(stage)s” since %(day)s", deal=deal, stage=stage, day=on) for deal, stage, on in told]
    return cut(_("Deals that are stuck"), lines)


def _called(deal: Opportunity) -> str:
    """Its name and its customer's: several may be called alike."""
    if deal.account is None:
        return deal.name
    return _("%(deal)s (%(customer)s)", deal=deal.name, customer=deal.account.name)
