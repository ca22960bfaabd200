"""The next step of a deal, by the workspace's own play."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from saas.crm.activities import kind_queries
from saas.crm.opportunities import play_queries
from saas.crm.opportunities.models import Opportunity
from saas.crm.opportunities.needs import Need
from saas.crm.opportunities.play_models import PlayStep, Proof
from saas.tenants.permissions import Permission
from saas.tenants.scope import may

FIELDS = {  # need → the field of the form in which it is said
    Need.ACCOUNT: "customer",
    Need.CONTACT: "contact_id",
    Need.PRODUCT: "product_id",
    Need.AMOUNT: "amount",
    Need.EXPECTED: "expected_on",
    Need.NEXT_STEP: "next_step",
}


def next_step(deal: Opportunity, *, can_edit: bool) -> dict[str, Any] | None:
    """What the play says is to be done next, how far it is, and where that is done; None where nothing is left of it.

    Args:
        deal: an open deal.
        can_edit: the reader may change it.
    """
    undone = play_queries.undone(deal)
    if not undone:
        return None
    whole = len(play_queries.play(deal.stage_id))
    shown: dict[str, Any] = {"text": undone[0].label, "place": whole - len(undone) + 1, "whole": whole}
    return shown | (_door(deal, undone[0], can_edit=can_edit) or {})


def _door(deal: Opportunity, step: PlayStep, *, can_edit: bool) -> dict[str, Any] | None:
    """Where a step is done, and what its button says."""
    if step.proof is Proof.ACTIVITY:
        if not may(Permission.ACTIVITY_EDIT):
            return None
        kind = kind_queries.of(step.what)
        about: dict[str, Any] = {
            "about_kind": "opportunity",
            "about_id": deal.id,
            "kind": kind.key,
            "subject": step.label,
        }
        return {
            "url": url_for("activities.create", past=1, **about),
            "plan_url": url_for("activities.create", **about),
            "label": _("Write it down"),
            "icon": kind.icon,
        }
    if not can_edit:
        return None
    if step.what == Need.RIVAL:
        return {"url": url_for("rivals.name", opportunity_id=deal.id), "label": _("Name them"), "icon": "swords"}
    if step.what == Need.DECIDER and deal.account_id is not None:
        people = url_for("customers.show", account_id=deal.account_id, tab="contacts")
        return {"url": people, "label": _("Look at their people"), "icon": "users"}
    edit = url_for("opportunities.edit", opportunity_id=deal.id, _anchor=FIELDS.get(Need(step.what), "customer"))
    return {"url": edit, "label": _("Fill it in"), "icon": "pencil"}
