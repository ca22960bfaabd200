"""Cases that wait for a member, in the letter of the morning."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from saas.crm.service_desk.models import IS_TO_DO, Case
from saas.db import db
from saas.tenants.digest import Part, Reader, cut, part

MOST = 100


@part("cases", 30)
def waiting(reader: Reader) -> Part | None:
    """His cases in which it is our turn, the first in his queue first."""
    asked = select(Case).where(Case.owner_id == reader.member.id, IS_TO_DO).options(joinedload(Case.account))
    found = db.session.scalars(asked.order_by(Case.turn, Case.id).limit(MOST))
    lines = [
        _("%(number)s from %(customer)s: %(subject)s", number=c.number, customer=c.account.name, subject=c.subject)
        for c in found
    ]
    return cut(_("Cases that wait for you"), lines)
