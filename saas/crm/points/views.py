"""A customer's points: the balance on its page, and the account with all its lines."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup

from saas import panels, toasts, ui
from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account
from saas.crm.points import actions, queries
from saas.crm.points.forms import GIVE, PointsForm
from saas.crm.points.models import PointEntry
from saas.forms import attempt
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require

bp = Blueprint("points", __name__, url_prefix="/points")

P = Permission
LATEST = 3  # lines on the customer's page


@bp.get("/<uuid:account_id>")
@allow(P.ACCOUNT_VIEW)
def show(account_id: UUID) -> ResponseReturnValue:
    """The account with its lines."""
    return _page(customers.account(account_id), PointsForm())


@bp.post("/<uuid:account_id>")
@allow(P.POINTS_EDIT)
def change(account_id: UUID) -> ResponseReturnValue:
    """Give points, or take them."""
    account = customers.account(account_id)
    require(P.POINTS_EDIT, account)
    form = PointsForm()
    if form.validate_on_submit():
        verb = actions.give if form.way.data == GIVE else actions.take
        made = attempt(form, lambda: verb(account.id, form.points.data or 0, form.reason.data or "", by=me()))
        if made is not None:
            toasts.undoable(_told(made), url_for(".take_back", entry_id=made.id))
            return redirect(url_for(".show", account_id=account.id))
    return _page(account, form), 422


@bp.post("/lines/<uuid:entry_id>/back")
@allow(P.POINTS_EDIT)
def take_back(entry_id: UUID) -> ResponseReturnValue:
    """Take a line back."""
    entry = queries.entry(entry_id)
    require(P.POINTS_EDIT, customers.account(entry.account_id))
    actions.take_back(entry, by=me())
    return redirect(url_for(".show", account_id=entry.account_id))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _page(account: Account, form: PointsForm) -> str:
    before = ui.asked_id("before")
    found = queries.entries(account.id, before=before, many=queries.SIZE + 1)
    lines = found[: queries.SIZE]
    can_edit = account.archived is None and may(P.POINTS_EDIT, account)
    undone = queries.undone([one.id for one in lines])
    return render_template(
        "points/show.html",
        account=account,
        form=form if can_edit else None,
        balance=queries.balance(account.id),
        lines=[_line(one, undone, can_edit) for one in lines],
        more_url=ui.here(before=str(lines[-1].id)) if len(found) > queries.SIZE else None,
    )


def _line(one: PointEntry, undone: set[UUID], can_edit: bool) -> dict[str, Any]:
    is_plain = one.undoes_id is None and one.id not in undone
    return {
        "entry": one,
        "points": f"{'+' if one.points > 0 else '−'}{ui.number(abs(one.points))}",
        "reason": one.reason if one.undoes_id is None else _("Taken back: %(reason)s", reason=one.reason),
        "is_undone": one.id in undone,
        "back_url": url_for(".take_back", entry_id=one.id) if can_edit and is_plain else None,
    }


def _told(one: PointEntry) -> str:
    if one.points > 0:
        return ngettext("%(num)s point is given.", "%(num)s points are given.", one.points)
    return ngettext("%(num)s point is taken.", "%(num)s points are taken.", -one.points)


def _on_account(account_id: UUID) -> Markup:
    account = customers.account(account_id)
    lines = queries.entries(account.id, many=LATEST)
    return ui.fragment(
        "points/_account.html",
        account=account,
        balance=queries.balance(account.id),
        lines=[_line(one, set(), can_edit=False) for one in lines],
        can_edit=account.archived is None and may(P.POINTS_EDIT, account),
    )


panels.add("account", panels.Panel("points", _l("Points"), _on_account, P.ACCOUNT_VIEW, "side", 70, is_later=True))
