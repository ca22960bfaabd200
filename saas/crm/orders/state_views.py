"""The steps of an order: confirm, cancel, close, take up again."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from flask import Blueprint, flash, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas.crm.orders import queries, stock_actions, stock_queries
from saas.crm.orders import state_actions as actions
from saas.crm.orders.forms import CancelForm, ConfirmForm
from saas.crm.orders.queries import KIND
from saas.crm.papers.paper_views import step
from saas.crm.papers.record import address
from saas.forms import attempt, done
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me

bp = Blueprint("order_steps", __name__, url_prefix="/orders")

P = Permission


@bp.route("/<uuid:order_id>/confirm", methods=["GET", "POST"])
@allow(P.ORDER_EDIT)
def confirm(order_id: UUID) -> ResponseReturnValue:
    """Promise it, once it was seen what that does."""
    order = KIND.own(order_id)
    form = ConfirmForm(data={"to": address(order)})
    verb = partial(actions.confirm_order, order, to=form.to.data or None, later=bool(form.later.data), by=me())
    if form.validate_on_submit() and attempt(form, verb) is not None:
        told = {"number": order.label, "to": order.sent_to}
        mailed = _("%(number)s is confirmed. The confirmation is on its way to %(to)s.", **told)
        flash(mailed if order.sent_to else _("%(number)s is confirmed.", number=order.label), "good")
        return redirect(KIND.url(order))
    lacking = [stock_actions.told(one) for one in stock_queries.lacking(queries.lines(order.id))]
    return step(KIND, "confirm", form, order, lacking=lacking)


@bp.route("/<uuid:order_id>/cancel", methods=["GET", "POST"])
@allow(P.ORDER_EDIT)
def cancel(order_id: UUID) -> ResponseReturnValue:
    """Call it off, with a reason."""
    order = KIND.own(order_id)
    form = CancelForm()
    verb = partial(actions.cancel_order, order, reason=str(form.reason.data), by=me())
    if form.validate_on_submit() and done(form, verb):
        flash(_("%(number)s is cancelled.", number=order.number), "good")
        return redirect(KIND.url(order))
    return step(KIND, "cancel", form, order)


@bp.post("/<uuid:order_id>/reserve")
@allow(P.ORDER_EDIT)
def reserve(order_id: UUID) -> ResponseReturnValue:
    """Reserve what has come in since."""
    order = KIND.own(order_id)
    lacking = actions.reserve_order(order, by=me())
    told = _("Some still lacks: it is delivered later.") if lacking else _("All that is open is reserved.")
    flash(told, "waiting" if lacking else "good")
    return redirect(KIND.url(order))


@bp.post("/<uuid:order_id>/close")
@allow(P.ORDER_EDIT)
def close(order_id: UUID) -> ResponseReturnValue:
    order = KIND.own(order_id)
    actions.close_order(order, by=me())
    flash(_("%(number)s is closed.", number=order.number), "good")
    return redirect(KIND.url(order))


@bp.post("/<uuid:order_id>/reopen")
@allow(P.ORDER_EDIT)
def reopen(order_id: UUID) -> ResponseReturnValue:
    order = KIND.own(order_id)
    actions.reopen_order(order, by=me())
    flash(_("%(number)s is open again.", number=order.number), "good")
    return redirect(KIND.url(order))
