"""The play of a workspace: what is to be done with a deal in each stage, step by step."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped

from saas.crm.activities.models import ActivityKind
from saas.crm.opportunities.needs import Need
from saas.db import TenantModel, Versioned, link, unique


class Proof(StrEnum):
    """By what one sees that a step is done."""

    ACTIVITY = "activity"  # one of this kind was done since the deal came to its stage
    FIELD = "field"  # the deal says this


STARTING_PLAY: dict[str, dict[str, tuple[Any, Proof, str]]] = {  # key of a stage → key → (text, proof, of what)
    "prospecting": {
        "person": (_l("Find out who decides"), Proof.FIELD, Need.DECIDER),
        "call": (_l("Call and ask what they need"), Proof.ACTIVITY, ActivityKind.CALL),
    },
    "needs": {
        "product": (_l("Choose the product that fits"), Proof.FIELD, Need.PRODUCT),
        "budget": (_l("Ask for their budget"), Proof.FIELD, Need.AMOUNT),
        "day": (_l("Ask by when they want it"), Proof.FIELD, Need.EXPECTED),
        "visit": (_l("Visit them, and see where it will be used"), Proof.ACTIVITY, ActivityKind.VISIT),
    },
    "offer": {
        "send": (_l("Send the offer"), Proof.ACTIVITY, ActivityKind.MAIL),
        "demo": (_l("Show it to those who will use it"), Proof.ACTIVITY, ActivityKind.DEMO),
    },
    "negotiation": {
        "rival": (_l("Ask who else offers"), Proof.FIELD, Need.RIVAL),
        "talk": (_l("Talk through the terms"), Proof.ACTIVITY, ActivityKind.CALL),
    },
    "decision": {"ask": (_l("Ask for the decision"), Proof.ACTIVITY, ActivityKind.CALL)},
}


class PlayStep(Versioned, TenantModel):
    """One thing to do with a deal in a stage."""

    __tablename__ = "play_step"
    __kept__ = True
    __table_args__ = (unique("stage_id", "key", where="key is not null"),)

    stage_id: Mapped[UUID] = link("stage", index=True, ondelete="CASCADE")
    key: Mapped[str | None]  # of the steps that a workspace starts with: "stage.step"
    text: Mapped[str | None]  # what to do; None: the translated one of `key`
    position: Mapped[int]  # from 0, first to last
    proof: Mapped[Proof]
    what: Mapped[str]  # the key of a kind of activity, or a member of Need

    @property
    def label(self) -> str:
        """What to do, for the reader."""
        stage, _dot, step = (self.key or "").partition(".")
        return self.text or str(STARTING_PLAY[stage][step][0])
