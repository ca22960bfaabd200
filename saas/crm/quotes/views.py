"""Pages of quotes for colleagues. What the customer opens is in `answer_views.py`."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from saas.crm.papers import paper_views as papers
from saas.crm.papers.lists import amount_cell
from saas.crm.papers.record import address
from saas.crm.quotes import actions, approval_actions, queries, record
from saas.crm.quotes.forms import DecideForm, QuoteForm, SendForm
from saas.crm.quotes.lists import QUOTES, number_cell
from saas.crm.quotes.models import HOLDS_FOR, Quote
from saas.crm.quotes.queries import KIND
from saas.forms import attempt
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me, today

bp = Blueprint("quotes", __name__, url_prefix="/quotes")

P = Permission


@bp.get("/")
@allow(P.QUOTE_VIEW)
def index() -> ResponseReturnValue:
    return papers.index(KIND, QUOTES, gross=amount_cell, number=number_cell)


@bp.get("/count")
@allow(P.QUOTE_VIEW)
def count() -> ResponseReturnValue:
    return papers.count(KIND, QUOTES, lambda n, many: ngettext("%(count)s quote", "%(count)s quotes", n, count=many))


@bp.route("/new", methods=["GET", "POST"])
@allow(P.QUOTE_EDIT)
def create() -> ResponseReturnValue:
    source = papers.asked()
    form = source.form(QuoteForm, {"valid_until": today() + timedelta(days=HOLDS_FOR)}, today=today())
    verb = partial(actions.create_quote, opportunity=source.deal, owner=me(), by=me())
    return papers.create(KIND, form, verb, _is_written, source)


def _is_written(quote: Quote) -> str:
    return _("%(number)s is written. Look it over, then send it.", number=quote.label)


@bp.get("/<uuid:quote_id>")
@allow(P.QUOTE_VIEW)
def show(quote_id: UUID) -> ResponseReturnValue:
    quote = queries.quote(quote_id)
    return papers.page(
        KIND,
        quote,
        queries.lines(quote.id),
        record.steps(quote, papers.can_edit(KIND, quote)),
        about=record.about(quote),
        versions=[one for one in queries.versions(quote.number) if one.id != quote.id],
        answer=record.answer(quote),
        approval=record.approval(quote, me()) if quote.is_draft else None,
        decide_form=DecideForm(formdata=None),
    )


@bp.route("/<uuid:quote_id>/edit", methods=["GET", "POST"])
@allow(P.QUOTE_EDIT)
def edit(quote_id: UUID) -> ResponseReturnValue:
    quote = KIND.own(quote_id)
    form = QuoteForm(obj=quote, account=quote.account, contact=quote.contact, today=today())
    return papers.edit(KIND, quote, form, partial(actions.change_quote, by=me()))


@bp.post("/lines/check")
@allow(P.QUOTE_EDIT)
def check() -> ResponseReturnValue:
    return papers.check(KIND)


@bp.route("/<uuid:quote_id>/send", methods=["GET", "POST"])
@allow(P.QUOTE_EDIT)
def send(quote_id: UUID) -> ResponseReturnValue:
    """Let it go out, once the words of the mail were seen."""
    quote = KIND.own(quote_id)
    if approval_actions.is_needed(quote, by=me()):
        return redirect(url_for("quote_approval.ask", quote_id=quote.id))
    form = SendForm(data={"to": address(quote), "words": record.letter(quote, me())})
    if form.validate_on_submit():
        verb = partial(actions.send_quote, quote, to=str(form.to.data), words=form.words.data or "", by=me())
        if attempt(form, verb) is not None:
            flash(_("%(number)s is on its way to %(to)s.", number=quote.label, to=quote.sent_to), "good")
            return redirect(KIND.url(quote))
    return papers.step(KIND, "send", form, quote)


@bp.post("/<uuid:quote_id>/revise")
@allow(P.QUOTE_EDIT)
def revise(quote_id: UUID) -> ResponseReturnValue:
    made = actions.revise_quote(KIND.own(quote_id), by=me())
    flash(_("This is %(number)s. The version before can't be accepted any more.", number=made.label), "good")
    return redirect(KIND.url(made, "edit"))


@bp.post("/<uuid:quote_id>/copy")
@allow(P.QUOTE_EDIT)
def copy(quote_id: UUID) -> ResponseReturnValue:
    made = actions.copy_quote(queries.quote(quote_id), by=me())
    flash(_("%(number)s says the same and is yours.", number=made.label), "good")
    return redirect(KIND.url(made, "edit"))


@bp.post("/<uuid:quote_id>/withdraw")
@allow(P.QUOTE_EDIT)
def withdraw(quote_id: UUID) -> ResponseReturnValue:
    quote = KIND.own(quote_id)
    actions.withdraw_quote(quote, by=me())
    flash(_("%(number)s is taken back. Its link says so.", number=quote.label), "good")
    return redirect(KIND.url(quote))


@bp.post("/<uuid:quote_id>/discard")
@allow(P.QUOTE_EDIT)
def discard(quote_id: UUID) -> ResponseReturnValue:
    quote = KIND.own(quote_id)
    actions.discard_quote(quote, by=me())
    flash(_("%(number)s is thrown away.", number=quote.label), "good")
    return redirect(url_for(".index"))


papers.add_panels(KIND, account=45, deal=20)
