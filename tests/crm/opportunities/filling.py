"""A board as full as a test needs it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import insert

from saas import clock
from saas.crm.opportunities import pipeline
from saas.crm.opportunities.models import Opportunity, Result
from saas.db import current_tenant, db, new_id
from saas.tenants.models import Member


def fill_board(many: int, owner: Member | None = None, each: int = 1) -> None:
    """`many` open deals, spread over the stages, every `each`th the owner's; rows alone, in one insert."""
    stages, now = pipeline.stages(), clock.now()
    same = {"result": Result.OPEN, "currency": "USD", "probability": 10, "opened_on": now.date(), "version": 1}
    rows = [
        {
            **same,
            "id": new_id(),
            "tenant_id": current_tenant(),
            "number": f"D-{n:06}",
            "name": f"Deal {n:05}",
            "name_key": f"deal {n:05}",
            "stage_id": stages[n % len(stages)].id,
            "stage_since": now - timedelta(minutes=n),
            "amount": Decimal(n),
            "owner_id": owner.id if owner and n % each == 0 else None,
        }
        for n in range(many)
    ]
    db.session.execute(insert(Opportunity), rows)
    db.session.commit()
