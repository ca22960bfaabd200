"""Account statements: brought in, matched with what is owed, and booked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from saas import bank, ui
from saas.crm.receivables import bank_actions as actions
from saas.crm.receivables import bank_queries as queries
from saas.crm.receivables import csv_lines
from saas.crm.receivables.bank_forms import StatementForm, columns_form, layout
from saas.crm.receivables.bank_models import LINE_WORDS, BankFile, BankLine, LineState
from saas.crm.receivables.matching import Match, Reason
from saas.forms import Form, attempt
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me

bp = Blueprint("bank", __name__, url_prefix="/bank")

P = Permission
REASONS = {
    Reason.NUMBER: _l("its number stands in the text"),
    Reason.IBAN: _l("same amount, and this customer paid from this account before"),
    Reason.NAME: _l("same amount, and the customer's name"),
    Reason.AMOUNT: _l("the only one with this amount"),
}
VERBS = {"book": actions.book, "leave": actions.leave_out, "undo": actions.undo}
PREVIEW = 5  # rows


@bp.route("/", methods=["GET", "POST"])
@allow(P.PAYMENT_EDIT)
def index() -> ResponseReturnValue:
    """The statements so far, and room for another."""
    form = StatementForm()
    if form.validate_on_submit():
        content, name = form.file.data.read(bank.LARGEST + 1), form.file.data.filename or ""
        made = attempt(form, lambda: actions.bring(content, name, by=me()))
        if made is not None:
            return redirect(url_for(".columns" if made.table else ".show", statement_id=made.id))
    found = queries.files()
    counts = queries.counts([one.id for one in found])
    return render_template("receivables/bank.html", form=form, files=found, counts=counts), form.status


@bp.route("/<uuid:statement_id>/columns", methods=["GET", "POST"])
@allow(P.PAYMENT_EDIT)
def columns(statement_id: UUID) -> ResponseReturnValue:
    """Say which column of a CSV is what; it is remembered for the next with these columns."""
    file = queries.file(statement_id)
    if file.table is None:
        return redirect(url_for(".show", statement_id=file.id))
    form = columns_form(file.table["header"], csv_lines.guessed(file.table["header"]))
    if form.validate_on_submit():
        wrong = attempt(form, lambda: (actions.read_table(file, layout(form), by=me()),))
        if wrong is not None:
            flash(_read(wrong[0]), "waiting" if wrong[0] else "good")
            return redirect(url_for(".show", statement_id=file.id))
    rows = file.table["rows"][:PREVIEW]
    return render_template("receivables/bank_columns.html", form=form, file=file, rows=rows), form.status


@bp.get("/<uuid:statement_id>")
@allow(P.PAYMENT_EDIT)
def show(statement_id: UUID) -> ResponseReturnValue:
    """The lines of a statement, with what each seems to pay."""
    file = queries.file(statement_id)
    if file.table is not None:
        return redirect(url_for(".columns", statement_id=file.id))
    state = (
        LineState(request.args.get("state", "open")) if request.args.get("state") in set(LineState) else LineState.OPEN
    )
    lines = queries.lines(file.id, state, after=request.args.get("after", 0, type=int))
    found = queries.matches(lines) if state is LineState.OPEN else {}
    counts = queries.counts([file.id]).get(file.id, {})
    tabs = [
        {
            "label": LINE_WORDS[one],
            "url": url_for(".show", statement_id=file.id, state=one.value),
            "active": one is state,
            "count": counts.get(one, 0),
        }
        for one in LineState
    ]
    return render_template(
        "receivables/bank_file.html",
        file=file,
        state=state.value,
        tabs=tabs,
        rows=[_shown(line, found.get(line.id)) for line in lines],
        after=lines[-1].number if len(lines) == queries.SIZE else None,
        form=Form(formdata=None),
        note=_note(file),
    )


@bp.post("/<uuid:statement_id>/lines")
@allow(P.PAYMENT_EDIT)
def change(statement_id: UUID) -> ResponseReturnValue:
    """Book the chosen lines, leave them out, or undo that."""
    file = queries.file(statement_id)
    what = request.form.get("what", "book")
    many = VERBS[what if what in VERBS else "book"](file, _chosen(), by=me())
    words = {
        "book": ngettext("%(num)s line is booked.", "%(num)s lines are booked.", many),
        "leave": ngettext("%(num)s line is left out.", "%(num)s lines are left out.", many),
        "undo": ngettext("%(num)s line is open again.", "%(num)s lines are open again.", many),
    }
    flash(words.get(what, words["book"]), "good" if many else "waiting")
    return redirect(url_for(".show", statement_id=file.id, state=request.form.get("state")))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _chosen() -> set[UUID]:
    found = set()
    for text in request.form.getlist("line"):
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return found


def _read(wrong: int) -> str:
    if not wrong:
        return _("The statement is read.")
    return ngettext(
        "The statement is read; %(num)s row has no day or amount.",
        "The statement is read; %(num)s rows have no day or amount.",
        wrong,
    )


def _note(file: BankFile) -> str:
    parts = []
    if file.known:
        parts.append(ngettext("%(num)s line came in before", "%(num)s lines came in before", file.known))
    if file.out:
        parts.append(
            ngettext("%(num)s line went out and is not shown", "%(num)s lines went out and are not shown", file.out)
        )
    return " · ".join(parts)


def _shown(line: BankLine, found: Match | None) -> dict[str, Any]:
    return {
        "id": line.id,
        "day": ui.day(line.day),
        "payer": line.payer,
        "text": line.text,
        "iban": line.iban,
        "amount": ui.money(line.amount, line.currency),
        "payment_url": url_for("payments.show", payment_id=line.payment_id) if line.payment_id else None,
        "customer": found.invoices[0].customer if found else "",
        "invoices": [
            {
                "number": one.number,
                "url": url_for("receivables.show", invoice_id=one.id),
                "owed": ui.money(one.owed, one.currency),
            }
            for one in (found.invoices if found else ())
        ],
        "why": REASONS[found.reason] if found else "",
        "is_sure": bool(found) and found is not None and found.reason is not Reason.AMOUNT,
    }
