"""Asking for a discount to be let pass, and letting it."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import money
from saas.crm.products import discount_queries as limits
from saas.crm.quotes import approval_actions as actions
from saas.crm.quotes import queries
from saas.crm.quotes.forms import AskForm, DecideForm
from saas.forms import done
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me, require

bp = Blueprint("quote_approval", __name__, url_prefix="/quotes")

P = Permission


@bp.route("/<uuid:quote_id>/ask", methods=["GET", "POST"])
@allow(P.QUOTE_EDIT)
def ask(quote_id: UUID) -> ResponseReturnValue:
    """Choose whom to ask."""
    quote = queries.quote(quote_id)
    require(P.QUOTE_EDIT, quote)
    found = actions.off(quote)
    people = [one for one in limits.approvers(found) if one.id != me().id]
    form = AskForm(people)
    if form.validate_on_submit() and done(form, lambda: actions.ask(quote, of=form.chosen, by=me())):
        flash(_("%(name)s is asked. You are told of the answer.", name=form.chosen.name), "good")
        return redirect(url_for("quotes.show", quote_id=quote.id))
    told = {"off": money.plain(found), "limit": money.plain(limits.limit_of(me())), "people": people}
    return render_template("quotes/ask.html", form=form, quote=quote, **told), form.status


@bp.post("/<uuid:quote_id>/approve")
@allow(P.QUOTE_VIEW)
def approve(quote_id: UUID) -> ResponseReturnValue:
    """Let it pass."""
    return _decided(quote_id, passes=True)


@bp.post("/<uuid:quote_id>/disapprove")
@allow(P.QUOTE_VIEW)
def disapprove(quote_id: UUID) -> ResponseReturnValue:
    """Don't."""
    return _decided(quote_id, passes=False)


def _decided(quote_id: UUID, *, passes: bool) -> ResponseReturnValue:
    quote, form = queries.quote(quote_id), DecideForm()
    verb = partial(actions.decide, quote, passes=passes, by=me())
    if form.validate_on_submit():
        verb(words=form.words.data or "")
        flash(_("Whoever asked is told."), "good")
    return redirect(url_for("quotes.show", quote_id=quote.id), 303)
