"""The ledger: who took what, who lost what, and what became of it. Open to all who may see the pool."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import clock, ui
from saas.crm.pool import ledger_queries, stories
from saas.crm.pool.models import MOVE_WORDS, MoveKind
from saas.tenants.permissions import Permission, allow

bp = Blueprint("pool_ledger", __name__)

SPANS = (30, 90, 365)  # days


@bp.get("/pool/ledger")
@allow(Permission.POOL_VIEW)
def index() -> ResponseReturnValue:
    asked = request.args.get("days", "")
    days = int(asked) if asked in {str(one) for one in SPANS} else 90
    since = clock.now() - timedelta(days=days)
    found = ledger_queries.shares(since)
    steps = ledger_queries.steps(since, ui.asked_id("before"))
    shown, total = steps[: ledger_queries.PAGE], sum(one.taken for one in found)
    return render_template(
        "pool/ledger.html",
        shares=[_row(one, total) for one in found],
        warned=ledger_queries.concentration(found),
        total=total,
        steps=[_step(row) for row in shown],
        next=shown[-1].Move.id if len(steps) > len(shown) else None,
        days=days,
        spans=SPANS,
    )


def _row(one: ledger_queries.Share, total: int) -> dict[str, Any]:
    counts = one.counts
    return {
        "name": one.name,
        "claimed": counts.get(MoveKind.CLAIMED, 0),
        "assigned": counts.get(MoveKind.ASSIGNED, 0),
        "handed": counts.get(MoveKind.HANDED_OVER, 0),
        "back": counts.get(MoveKind.RELEASED, 0),
        "lost": one.lost,
        "share": round(100 * one.taken / total) if total else 0,
        "value": one.value,
        "won": one.won,
        "conversion": round(100 * one.won / one.taken) if one.taken else None,
        "promised": one.promised,
        "kept": counts.get(MoveKind.KEPT, 0),
        "missed": max(0, one.missed),
    }


def _step(row: Any) -> dict[str, Any]:
    move = row.Move
    said: list[str | None] = [stories.word(move.reason)]
    said += [_("%(name)s had it", name=row.giver)] if row.giver else []
    if not row.is_covered:
        said += [move.step, move.note if move.kind is MoveKind.RESTORED else None]
        said += [_("By the rule “%(rule)s”", rule=stories.rule_words(move.rule))] if move.rule else []
    return {
        "at": move.created_at,
        "account": row.account,
        "account_id": move.account_id,
        "member": row.member,
        "what": MOVE_WORDS[move.kind],
        "kind": move.kind,
        "more": " · ".join(one for one in said if one) or _("—"),
    }
