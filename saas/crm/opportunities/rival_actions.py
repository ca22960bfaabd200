"""What can be done with competitors, and with those that stand against a deal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from saas import clock
from saas.archive import refuse_archived
from saas.crm.customers.actions import apply
from saas.crm.customers.models import Account
from saas.crm.opportunities import rival_queries as queries
from saas.crm.opportunities.models import Opportunity
from saas.crm.opportunities.rival_models import DealRival, Rival
from saas.db import db
from saas.errors import Refused
from saas.search import fold
from saas.tenants import events, scope
from saas.tenants.scope import Actor
from saas.versions import Overtaken

CREATED, CHANGED, ARCHIVED, RESTORED = "rival.created", "rival.changed", "rival.archived", "rival.restored"
NAMED, TOLD = "opportunity.rival_named", "opportunity.rival_changed"
TAKEN_OFF, BEATEN = "opportunity.rival_removed", "opportunity.lost_to_rival"


def add(values: Mapping[str, Any], *, by: Actor, account: Account | None = None) -> Rival:
    """Note a competitor.

    Args:
        values: columns of Rival that a person may type.
        by: who notes it.
        account: where it is a customer of ours as well.

    Raises:
        Refused: there is one of this name.
    """
    _refuse_twice(values["name"], None)
    made = Rival(**values, name_key=fold(values["name"]), account_id=account.id if account else None)
    db.session.add(made)
    db.session.flush()
    events.record(CREATED, made, by=by, changed={"name": made.name})
    return made


def change(rival: Rival, values: Mapping[str, Any], *, version: int | None, by: Actor, account: Account | None) -> None:
    """Write what a form holds.

    Raises:
        Overtaken: it is no longer at `version`.
        Archived: it was put away.
        Refused: another one has this name.
    """
    refuse_archived(rival)
    if version is not None and version != rival.version:
        raise Overtaken(rival)
    _refuse_twice(values["name"], rival)
    changed = apply(rival, {**values, "account_id": account.id if account else None})
    if changed:
        rival.name_key = fold(rival.name)
        db.session.flush()
        events.record(CHANGED, rival, by=by, changed={"name": rival.name} | changed)


def archive(rival: Rival, *, by: Actor) -> None:
    """Put a competitor away: it is offered no more; deals keep it."""
    if rival.archived_at is None:
        rival.archived_at = clock.now()
        events.record(ARCHIVED, rival, by=by, changed={"name": rival.name})


def restore(rival: Rival, *, by: Actor) -> None:
    """Bring a competitor back.

    Raises:
        Refused: another one has its name by now.
    """
    if rival.archived_at is not None:
        _refuse_twice(rival.name, rival)
        rival.archived_at = None
        events.record(RESTORED, rival, by=by, changed={"name": rival.name})


def name(deal: Opportunity, rival: str, values: Mapping[str, Any], *, by: Actor) -> DealRival:
    """Say who stands against a deal; whom the workspace doesn't know yet it knows from then on.

    Args:
        deal: an open deal, or one that is over.
        rival: the competitor's name.
        values: columns of DealRival that a person may type.
        by: who says so.

    Raises:
        Archived: the deal was put away.
        Refused: the deal names it already.
    """
    refuse_archived(deal)
    known = queries.named(rival) or add({"name": rival.strip()}, by=by)
    if any(one.rival_id == known.id for one in queries.against(deal.id)):
        raise Refused(_("%(name)s is named already.", name=known.name), field="rival")
    made = DealRival(opportunity_id=deal.id, rival_id=known.id, said_on=_today(), **values)
    db.session.add(made)
    db.session.flush()
    events.record(NAMED, deal, by=by, changed={"name": deal.name, "rival": known.name} | _facts(deal, made))
    return made


def tell(entry: DealRival, deal: Opportunity, values: Mapping[str, Any], *, version: int | None, by: Actor) -> None:
    """Say how a competitor stands now; from today on that is what is known.

    Raises:
        Overtaken: it is no longer at `version`.
        Archived: the deal was put away.
    """
    refuse_archived(deal)
    if version is not None and version != entry.version:
        raise Overtaken(entry)
    if apply(entry, values):
        entry.said_on = _today()
        db.session.flush()
        facts = {"name": deal.name, "rival": entry.rival.name} | _facts(deal, entry)
        events.record(TOLD, deal, by=by, changed=facts)


def take_off(entry: DealRival, deal: Opportunity, *, by: Actor) -> None:
    """Say that a competitor does not stand against a deal after all.

    Raises:
        Archived: the deal was put away.
    """
    refuse_archived(deal)
    events.record(TAKEN_OFF, deal, by=by, changed={"name": deal.name, "rival": entry.rival.name})
    db.session.delete(entry)


def note_winner(deal: Opportunity, entry: DealRival | None, *, by: Actor) -> None:
    """Say to whom a lost deal was lost; None: to none of those who are named."""
    for one in queries.against(deal.id):
        one.has_won = entry is not None and one.id == entry.id
    if entry is not None:
        events.record(BEATEN, deal, by=by, changed={"name": deal.name, "rival": entry.rival.name})


def _facts(deal: Opportunity, entry: DealRival) -> dict[str, Any]:
    return {"standing": entry.standing, "price": entry.price, "currency": deal.currency}


def _refuse_twice(name: str, rival: Rival | None) -> None:
    known = queries.named(name)
    if known is not None and (rival is None or known.id != rival.id):
        raise Refused(_("There is a competitor of this name already."), field="name")


def _today() -> Any:
    return clock.local(clock.now(), scope.workspace().timezone).date()
