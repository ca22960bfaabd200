"""What is done about the numbers of customers."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from saas.crm.customers.models import Account
from saas.db import db
from saas.errors import Refused
from saas.tenants import numbers
from saas.tenants.actions import settings
from saas.tenants.models import Member

KIND = "account"
AHEAD = 1000  # numbers that must be free


def set_rule(rule: str, following: int, *, by: Member) -> None:
    """Number new customers by `rule`, going on with `following`; those that are here keep their numbers.

    Raises:
        Refused: the number was given already, or somebody has one of those ahead.
    """
    ahead = [numbers.preview(rule, following + n) for n in range(AHEAD)]
    taken = db.session.scalar(select(Account.number).where(Account.number.in_(ahead)).limit(1))
    if taken is not None:
        text = _("A customer has the number %(number)s already. Go on with a higher one.", number=taken)
        raise Refused(text, field="following")
    numbers.begin_at(KIND, rule, following)
    settings.choose(f"numbers.{KIND}", {"rule": rule}, by=by)
