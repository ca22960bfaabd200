"""Taking back what was billed, and the notes that say so."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import money, ui
from saas.crm.papers import pages, prints
from saas.crm.papers.record import address
from saas.crm.receivables import credit_actions as actions
from saas.crm.receivables import figures, queries, settlement_record
from saas.crm.receivables import settlement_queries as ledger
from saas.crm.receivables.figures import Row
from saas.crm.receivables.forms import CreditForm, SendForm
from saas.crm.receivables.models import Invoice
from saas.forms import attempt
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require

bp = Blueprint("credit_notes", __name__, url_prefix="/credit-notes")

P = Permission


@bp.get("/<uuid:note_id>")
@allow(P.INVOICE_VIEW)
def show(note_id: UUID) -> ResponseReturnValue:
    note = ledger.note(note_id)
    lines = ledger.note_lines(note.id)
    return render_template(
        "receivables/note.html",
        note=note,
        about=settlement_record.about_note(note),
        rows=prints.rows(lines, note.currency),
        sums=pages.told(ledger.note_sums(note, lines, note.rule), note.currency),
        has_discount=any(line.discount for line in lines),
        can_send=may(P.INVOICE_ISSUE, note),
    )


@bp.route("/of/<uuid:invoice_id>/new", methods=["GET", "POST"])
@allow(P.INVOICE_ISSUE)
def create(invoice_id: UUID) -> ResponseReturnValue:
    """Say of which lines how much is taken back; all that is left of them is offered."""
    invoice = queries.invoice(invoice_id)
    require(P.INVOICE_ISSUE, invoice)
    form, rows = CreditForm(data={"to": address(invoice)}), _rows(invoice)
    if request.method == "POST":
        rows = figures.read(rows, request.form)
    if form.validate_on_submit():
        verb = partial(actions.credit_invoice, invoice, reason=str(form.reason.data), by=me())
        made = figures.tried(form, rows, lambda: verb(figures.chosen(rows)))
        if made is not None:
            if form.to.data:
                words = settlement_record.note_letter(made, me())
                actions.send_note(made, to=form.to.data, words=words, by=me())
            flash(_("%(number)s is issued.", number=made.number), "good")
            return redirect(url_for(".show", note_id=made.id))
    page = render_template("receivables/credit.html", form=form, rows=rows, invoice=invoice)
    return page, figures.status(form, rows)


@bp.route("/<uuid:note_id>/send", methods=["GET", "POST"])
@allow(P.INVOICE_ISSUE)
def send(note_id: UUID) -> ResponseReturnValue:
    """Mail it, or mail it again."""
    note = ledger.note(note_id)
    require(P.INVOICE_ISSUE, note)
    to = note.sent_to or address(note)
    form = SendForm(data={"to": to, "words": settlement_record.note_letter(note, me())})
    if form.validate_on_submit():
        verb = partial(actions.send_note, note, to=str(form.to.data), words=form.words.data or "", by=me())
        if attempt(form, lambda: (verb(),)) is not None:
            flash(_("%(number)s is on its way to %(to)s.", number=note.number, to=note.sent_to), "good")
            return redirect(url_for(".show", note_id=note.id))
    return render_template("receivables/send_note.html", form=form, note=note), form.status


def _rows(invoice: Invoice) -> list[Row]:
    return [
        Row(
            line.id,
            line.text,
            _(
                "%(many)s at %(price)s",
                many=f"{ui.exact(many)} {line.unit or ''}".strip(),
                price=prints.price(line, invoice.currency),
            ),
            money.plain(many),
        )
        for line, many in actions.left(invoice)
    ]
