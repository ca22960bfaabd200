"""The numbers that were stated for somebody's month: his own, and what those above him made of it."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import months, ui
from saas.crm.forecasts import actions, queries
from saas.crm.forecasts.forms import CallForm
from saas.crm.forecasts.models import Call
from saas.errors import NotFound
from saas.forms import attempt
from saas.tenants.models import Member
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require

bp = Blueprint("forecast_calls", __name__, url_prefix="/deals/forecast")

P = Permission


@bp.get("/<month>/<uuid:member_id>")
@allow(P.FORECAST_VIEW)
def show(month: str, member_id: UUID) -> ResponseReturnValue:
    """All that was stated, and room for another number."""
    return _page(CallForm(formdata=None), _month(month), queries.seller(member_id), 200)


@bp.post("/<month>/<uuid:member_id>")
@allow(P.FORECAST_ADJUST)
def state(month: str, member_id: UUID) -> ResponseReturnValue:
    """State another."""
    first, owner, form = _month(month), queries.seller(member_id), CallForm()
    require(P.FORECAST_ADJUST, queries.of(owner))
    if form.validate_on_submit():
        given = (owner, first, form.amount.data, form.reason.data)
        made = attempt(form, lambda: actions.state(*given, by=me()))
        if made is not None:
            flash(_("Noted: %(amount)s.", amount=ui.money(made.amount, made.currency)), "good")
            return redirect(url_for("forecasts.index", at=month))
    return _page(form, first, owner, 422)


def _month(text: str) -> date:
    first = months.read(text)
    if first is None:
        raise NotFound
    return first


def _page(form: CallForm, month: date, owner: Member, status: int) -> ResponseReturnValue:
    is_own, is_over = owner.id == me().id, month < ui.words().today.replace(day=1)
    form.reason.flags.required = not is_own  # type: ignore[attr-defined]
    page = render_template(
        "forecasts/call.html",
        form=form,
        owner=owner,
        month=ui.month(month),
        currency=g.tenant.currency,
        is_own=is_own,
        lines=[_line(call) for call in queries.calls(owner.id, month)],
        can_state=not is_over and may(P.FORECAST_ADJUST, queries.of(owner)),
        state_url=url_for(".state", month=f"{month:%Y-%m}", member_id=owner.id),
        back_url=url_for("forecasts.index", at=f"{month:%Y-%m}"),
    )
    return page, status


def _line(call: Call) -> dict[str, Any]:
    return {
        "amount": ui.money(call.amount, call.currency),
        "by": call.said_by.name,
        "word": _("own number") if call.is_own else _("adjusted"),
        "at": call.created_at,
        "reason": call.reason,
    }
