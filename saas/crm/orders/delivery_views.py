"""What is to be delivered, and the notes of what went out and came back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from saas import grids, money, ui
from saas.crm.orders import delivery_actions as actions
from saas.crm.orders import delivery_queries as notes
from saas.crm.orders import queries, record
from saas.crm.orders import stock_queries as stock
from saas.crm.orders.forms import DeliverForm, ReturnForm, UndoForm
from saas.crm.orders.lists import TO_DELIVER, number_cell
from saas.crm.orders.models import NOTE_ICONS, NOTE_WORDS, OrderState
from saas.crm.orders.quantities import Row, attempt, offered, quantities, ready
from saas.crm.orders.queries import KIND
from saas.crm.papers import prints
from saas.crm.papers.lists import account_cell
from saas.forms import Form
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require, today

bp = Blueprint("deliveries", __name__, url_prefix="/deliveries")

P = Permission


@bp.get("/")
@allow(P.ORDER_VIEW)
def index() -> ResponseReturnValue:
    """What is still to be delivered, what is due first on top."""
    where = queries.to_deliver()
    page = TO_DELIVER.page(request.args, *where)
    open_lines = queries.open_lines([row.id for row in page.rows])
    cells: dict[str, Callable[[Any, Any], Any]] = {
        "number": number_cell,
        "account": account_cell,
        "open": lambda _id, row: record.open_cell(open_lines.get(row.id, [])),
    }
    shown = grids.shown(page, ui.record_url("orders.show", "order_id"), **cells)
    found = TO_DELIVER.count(request.args, *where)
    note = ngettext(
        "%(count)s order, what is due first on top",
        "%(count)s orders, what is due first on top",
        found,
        count=grids.tally(found),
    )
    return render_template("orders/to_deliver.html", list=shown, note=note)


@bp.get("/<uuid:note_id>")
@allow(P.ORDER_VIEW)
def show(note_id: UUID) -> ResponseReturnValue:
    """A delivery note or return note."""
    note = notes.note(note_id)
    undone = notes.undoing(note.id)
    can_undo = undone is None and note.undoes_id is None and note.order.state is not OrderState.CLOSED
    return render_template(
        "orders/note.html",
        note=note,
        order=note.order,
        kind=NOTE_WORDS[note.kind],
        icon_name=NOTE_ICONS[note.kind],
        rows=prints.rows(notes.lines(note.id), note.currency, has_prices=False),
        undone=undone,
        undoes=notes.note(note.undoes_id) if note.undoes_id else None,
        can_undo=can_undo and may(P.ORDER_EDIT, note.order),
    )


@bp.route("/of/<uuid:order_id>/new", methods=["GET", "POST"])
@allow(P.ORDER_EDIT)
def deliver(order_id: UUID) -> ResponseReturnValue:
    """Say what has left."""
    order = KIND.own(order_id)
    lines = queries.lines(order.id)
    now = ready(lines, stock.reserved(order))
    rows = [
        Row(line.id, line.text, line.unit, line.open, money.plain(now[line.id]), line.product_id)
        for line in lines
        if line.open > 0
    ]
    form = DeliverForm(data={"day": today()})
    rows = offered(rows, request.form if request.method == "POST" else None)
    if _is_right(form, rows):
        said = {"day": form.day.data, "tracking": form.tracking.data, "by": me()}
        made = attempt(rows, partial(actions.deliver, order, quantities(rows), **said))
        if made is not None:
            flash(_("%(number)s is written.", number=made.number), "good")
            return redirect(KIND.url(order))
    return render_template("orders/deliver.html", form=form, order=order, rows=rows), _status(form, rows)


@bp.route("/of/<uuid:order_id>/return", methods=["GET", "POST"])
@allow(P.ORDER_EDIT)
def take_back(order_id: UUID) -> ResponseReturnValue:
    """Say what has come back."""
    order = KIND.own(order_id)
    rows = [Row(line.id, line.text, line.unit, line.kept, "") for line in queries.lines(order.id) if line.kept > 0]
    form = ReturnForm(data={"day": today()} if request.method == "GET" else None)
    rows = offered(rows, request.form if request.method == "POST" else None)
    if _is_right(form, rows):
        said = {"day": form.day.data, "reason": form.reason.data, "to_stock": bool(form.to_stock.data), "by": me()}
        made = actions.take_back(order, quantities(rows), **said)
        flash(_("%(number)s is written.", number=made.number), "good")
        return redirect(KIND.url(order))
    return render_template("orders/return.html", form=form, order=order, rows=rows), _status(form, rows)


@bp.route("/<uuid:note_id>/undo", methods=["GET", "POST"])
@allow(P.ORDER_EDIT)
def undo(note_id: UUID) -> ResponseReturnValue:
    """Undo a wrong note by a counter-note."""
    note = notes.note(note_id)
    require(P.ORDER_EDIT, note.order)
    form = UndoForm()
    if form.validate_on_submit():
        made = actions.undo_note(note, reason=str(form.reason.data), day=today(), by=me())
        flash(_("%(made)s undoes %(number)s.", made=made.number, number=note.number), "good")
        return redirect(KIND.url(note.order))
    back = url_for(".show", note_id=note.id)
    return render_template("orders/undo.html", form=form, note=note, back=back, label=note.number), form.status


def _is_right(form: Form, rows: list[Row]) -> bool:
    return bool(form.validate_on_submit()) and not any(row.error for row in rows)


def _status(form: Form, rows: list[Row]) -> int:
    return 422 if any(row.error for row in rows) else form.status
