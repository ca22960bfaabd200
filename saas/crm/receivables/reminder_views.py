"""Reminding customers of what they are late with: whom, the letters, the steps, and what is disputed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from saas import ui
from saas.crm.papers import prints
from saas.crm.papers.paper_views import step
from saas.crm.papers.prints import Told
from saas.crm.receivables import reminder_actions as actions
from saas.crm.receivables import reminder_queries as reminders
from saas.crm.receivables.models import Invoice
from saas.crm.receivables.queries import KIND
from saas.crm.receivables.reminder_forms import DisputeForm, StepsForm
from saas.crm.receivables.reminder_models import PaymentReminder
from saas.crm.receivables.reminder_queries import Due, Steps
from saas.forms import done
from saas.tenants import scope
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, today

bp = Blueprint("payment_reminders", __name__, url_prefix="/payment-reminders")

P = Permission
SHOWN = 20  # of the letters that were written


@bp.get("/")
@allow(P.INVOICE_VIEW)
def index() -> ResponseReturnValue:
    """Whom to remind today, and whom we wrote to last."""
    how = reminders.steps()
    found = reminders.due(how, _within_reach(P.INVOICE_VIEW))
    return render_template(
        "receivables/reminders.html",
        how=how,
        rows=[_row(one, how) for one in found],
        is_full=len(found) == reminders.MOST,
        letters=[_shown(one) for one in reminders.latest(SHOWN)],
        can_send=may(P.INVOICE_ISSUE),
        can_set=may(P.WORKSPACE_SET),
    )


@bp.post("/")
@allow(P.INVOICE_ISSUE)
def send() -> ResponseReturnValue:
    """Write to those who were chosen, as far as they still owe it."""
    chosen, reach = set(request.form.getlist("customer")), _within_reach(P.INVOICE_ISSUE)
    found = [one for one in reminders.due(reminders.steps(), reach) if one.key in chosen]
    made = [actions.remind(one.account, one.currency, reach, by=me()) for one in found]
    letters = [one for one in made if one is not None]
    if not letters:
        flash(
            _("Choose whom to remind.") if not chosen else _("Nobody of those is to be reminded any more."), "waiting"
        )
        return redirect(url_for(".index"))
    mailed = sum(one.sent_to is not None for one in letters)
    parts = (
        [ngettext("%(num)s reminder is on its way.", "%(num)s reminders are on their way.", mailed)] if mailed else []
    )
    if by_post := len(letters) - mailed:
        parts.append(
            ngettext(
                "%(num)s customer has no mail address: print the letter below.",
                "%(num)s customers have no mail address: print their letters below.",
                by_post,
            )
        )
    flash(" ".join(parts), "good")
    return redirect(url_for(".index"))


@bp.get("/<uuid:reminder_id>")
@allow(P.INVOICE_VIEW)
def show(reminder_id: UUID) -> ResponseReturnValue:
    letter = reminders.reminder(reminder_id)
    return render_template("receivables/reminder.html", letter=letter, title=_title(letter), **_named(letter))


@bp.route("/steps", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def steps() -> ResponseReturnValue:
    how = reminders.steps()
    form = StepsForm(data={"days": list(how.days), "within": how.within, "by_itself": how.by_itself})
    if form.validate_on_submit():
        actions.choose_steps(form.steps(), by=me())
        flash(_("Saved."), "good")
        return redirect(url_for(".steps"))
    return render_template("receivables/reminder_steps.html", form=form), form.status


@bp.route("/invoices/<uuid:invoice_id>/dispute", methods=["GET", "POST"])
@allow(P.INVOICE_ISSUE)
def dispute(invoice_id: UUID) -> ResponseReturnValue:
    invoice = KIND.own(invoice_id, P.INVOICE_ISSUE)
    form = DisputeForm(data={"why": invoice.disputed_why})
    if form.validate_on_submit() and done(form, lambda: actions.dispute(invoice, form.why.data, by=me())):
        flash(_("%(number)s is disputed: nobody is reminded of it.", number=invoice.number), "good")
        return redirect(KIND.url(invoice))
    return step(KIND, "dispute", form, invoice)


@bp.post("/invoices/<uuid:invoice_id>/settle")
@allow(P.INVOICE_ISSUE)
def settle(invoice_id: UUID) -> ResponseReturnValue:
    invoice = KIND.own(invoice_id, P.INVOICE_ISSUE)
    actions.settle_dispute(invoice, by=me())
    flash(_("The dispute about %(number)s is settled.", number=invoice.number), "good")
    return redirect(KIND.url(invoice))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _within_reach(right: Permission) -> Any:
    return scope.visible(Invoice, right)


def _row(one: Due, how: Steps) -> dict[str, Any]:
    day, newest = today(), one.invoices[-1]
    late = (day - one.invoices[0].due_on).days
    return {
        "key": one.key,
        "name": one.account.name,
        "url": url_for("customers.show", account_id=one.account.id),
        "invoices": [(of.number, url_for("receivables.show", invoice_id=of.id)) for of in one.invoices],
        "owed": ui.money(one.owed, one.currency),
        "late": ngettext("%(num)s day", "%(num)s days", late),
        "step": max(reminders.next_step(of, how, day) for of in one.invoices),
        "to": reminders.address(newest),
    }


def _shown(letter: PaymentReminder) -> dict[str, Any]:
    return {
        "name": letter.account.name,
        "title": _title(letter),
        "url": url_for(".show", reminder_id=letter.id),
        "day": letter.issued_on,
        "owed": ui.money(letter.owed, letter.currency),
        "to": letter.sent_to,
    }


def _title(letter: PaymentReminder) -> str:
    words = {1: _("Payment reminder"), 2: _("Second payment reminder")}
    return words.get(letter.step, _("Last payment reminder"))


def _asks(letter: PaymentReminder) -> list[str]:
    """What the letter says, in the language of the moment."""
    about = {"total": ui.money(letter.owed, letter.currency), "day": ui.words().full_day(letter.pay_by)}
    first = {
        1: _("It may have slipped your mind: these have not been paid yet. Please pay %(total)s by %(day)s.", **about),
        2: _("We wrote to you about these before. Please pay %(total)s by %(day)s.", **about),
    }
    last = _("This is our last reminder. Please pay %(total)s by %(day)s, or tell us what keeps you from it.", **about)
    return [
        first.get(letter.step, last),
        _("Should your payment be on its way already, please take this as settled."),
    ]


def _named(letter: PaymentReminder) -> dict[str, Any]:
    """The invoices of a letter in words."""
    rows = [
        {
            "number": one.invoice.number,
            "id": one.invoice_id,
            "issued": ui.words().full_day(one.invoice.issued_on) if one.invoice.issued_on else "",
            "due": ui.words().full_day(one.invoice.due_on),
            "late": ngettext("%(num)s day", "%(num)s days", (letter.issued_on - one.invoice.due_on).days),
            "owed": ui.money(one.owed, letter.currency),
        }
        for one in reminders.lines(letter.id)
    ]
    return {"invoices": rows, "whole": ui.money(letter.owed, letter.currency), "asks": _asks(letter)}


def _told(letter: PaymentReminder) -> Told:
    full_day = ui.words().full_day
    facts = [
        (_("Date"), full_day(letter.issued_on)),
        (_("Please pay by"), full_day(letter.pay_by)),
        (_("Your number with us"), letter.account.number),
    ]
    return Told(_title(letter), facts)


prints.add(
    prints.Printed(
        table=PaymentReminder.__tablename__,
        find=reminders.reminder,
        take=reminders.reminder_row,
        lines=lambda _id: [],
        told=_told,
        url=("payment_reminders.show", "reminder_id"),
        view=Permission.INVOICE_VIEW,
        template="pdf/payment_reminder.html",
        more=_named,
    )
)
