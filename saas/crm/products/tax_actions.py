"""The verbs of tax rates."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.dialects.postgresql import insert as upsert

from saas import clock, taxes
from saas.crm.products import tax_queries as queries
from saas.crm.products.models import TaxRate
from saas.db import current_tenant, db, new_id
from saas.errors import Refused
from saas.kept import forget
from saas.tenants import events, scope
from saas.tenants.scope import Actor
from saas.versions import Overtaken

ADDED, CHANGED = "tax_rate.added", "tax_rate.changed"
ARCHIVED, RESTORED = "tax_rate.archived", "tax_rate.restored"
MOST = 40  # rates of a workspace

FULL, REDUCED, LOW, LOWEST, FREE = (
    _l("Standard rate"),
    _l("Reduced rate"),
    _l("Second reduced rate"),
    _l("Lowest rate"),
    _l("Without tax"),
)
# Country → its rates in percent, the usual one first; as of 2026. Elsewhere a workspace begins without tax and says so.
RATES: dict[str, tuple[tuple[Any, str], ...]] = {
    "CN": ((FULL, "13"), (REDUCED, "9"), (LOW, "6"), (FREE, "0")),
    "DE": ((FULL, "19"), (REDUCED, "7"), (FREE, "0")),
    "AT": ((FULL, "20"), (REDUCED, "13"), (LOW, "10"), (FREE, "0")),
    "FR": ((FULL, "20"), (REDUCED, "10"), (LOW, "5.5"), (LOWEST, "2.1"), (FREE, "0")),
    "GB": ((FULL, "20"), (REDUCED, "5"), (FREE, "0")),
    "NL": ((FULL, "21"), (REDUCED, "9"), (FREE, "0")),
    "CH": ((FULL, "8.1"), (REDUCED, "3.8"), (LOW, "2.6"), (FREE, "0")),
    "JP": ((FULL, "10"), (REDUCED, "8"), (FREE, "0")),
    "SG": ((FULL, "9"), (FREE, "0")),
}
LANDS = {"CNY": "CN", "GBP": "GB", "CHF": "CH", "JPY": "JP", "SGD": "SG"}  # of currencies that one country has


def begun() -> list[queries.Rate]:
    """The rates that one may choose, the default first; a workspace that nobody has given any gets its country's."""
    if queries.every():
        return queries.offered()
    workspace = scope.workspace()
    land = taxes.country(None, workspace.timezone) or LANDS.get(workspace.currency, "")
    with force_locale(workspace.locale):
        rates = [(str(name), Decimal(percent)) for name, percent in RATES.get(land, ((FREE, "0"),))]
    now = clock.now()
    rows = [
        {
            "tenant_id": current_tenant(),
            "id": new_id(),
            "name": name,
            "percent": percent,
            "is_default": number == 0,
            "created_at": now,
            "updated_at": now,
            "version": 1,
        }
        for number, (name, percent) in enumerate(rates)
    ]
    db.session.execute(upsert(TaxRate).values(rows).on_conflict_do_nothing())  # two may look at once
    forget()
    return queries.offered()


def add(values: Mapping[str, Any], *, by: Actor) -> TaxRate:
    """Add a rate.

    Args:
        values: name, percent (19 is 19 %).
        by: who adds it.

    Raises:
        Refused: another rate has the name, or there are as many as there may be.
    """
    begun()
    found = queries.lock_rates()
    if len(found) >= MOST:
        raise Refused(_("These are many rates already. Change one that is archived."), field="name")
    _refuse_taken(values["name"], found)
    made = TaxRate(id=new_id(), name=values["name"], percent=values["percent"])
    db.session.add(made)
    db.session.flush()
    events.record(ADDED, made, by=by, changed={"name": made.name, "percent": made.percent})
    return made


def change(rate: TaxRate, values: Mapping[str, Any], *, version: int | None, by: Actor) -> None:
    """Give a rate another name or percentage: what is written from now on has it, papers keep what they said.

    Raises:
        Overtaken: the rate is no longer at `version`.
        Refused: another rate has the name.
    """
    if version is not None and version != rate.version:
        raise Overtaken(rate)
    _refuse_taken(values["name"], [one for one in queries.lock_rates() if one.id != rate.id])
    changed = {name: [getattr(rate, name), value] for name, value in values.items() if getattr(rate, name) != value}
    for name, (_before, after) in changed.items():
        setattr(rate, name, after)
    if changed:
        db.session.flush()
        events.record(CHANGED, rate, by=by, changed={"rate": rate.name, **changed})


def make_default(rate: TaxRate, *, by: Actor) -> None:
    """Let this be the rate of what names none.

    Raises:
        Refused: it is archived.
    """
    if rate.archived_at is not None:
        raise Refused(_("%(name)s is archived. Restore it first.", name=rate.name))
    before = next((one for one in queries.lock_rates() if one.is_default), None)
    if before is not None and before.id == rate.id:
        return
    if before is not None:
        before.is_default = False
        db.session.flush()  # one default at any time
    rate.is_default = True
    db.session.flush()
    events.record(CHANGED, rate, by=by, changed={"rate": rate.name, "is_default": [False, True]})


def archive(rate: TaxRate, *, by: Actor) -> None:
    """Offer a rate no longer; products and papers that have it keep it.

    Raises:
        Refused: it is the default.
    """
    if rate.is_default:
        raise Refused(_("%(name)s is the default. Make another one the default first.", name=rate.name))
    if rate.archived_at is None:
        rate.archived_at = clock.now()
        db.session.flush()
        events.record(ARCHIVED, rate, by=by, changed={"rate": rate.name})


def restore(rate: TaxRate, *, by: Actor) -> None:
    """Offer a rate again.

    Raises:
        Refused: another one took its name meanwhile.
    """
    if rate.archived_at is not None:
        _refuse_taken(rate.name, queries.lock_rates())
        rate.archived_at = None
        db.session.flush()
        events.record(RESTORED, rate, by=by, changed={"rate": rate.name})


def _refuse_taken(name: str, others: list[TaxRate]) -> None:
    if any(one.name.casefold() == name.casefold() and one.archived_at is None for one in others):
        raise Refused(_("There is a rate of this name already."), field="name")
