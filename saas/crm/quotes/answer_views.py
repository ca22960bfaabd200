"""What the customer opens from his mail: the quote, its PDF, the two answers. He needs no sign-in: the link is his."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas import limits
from saas.crm.papers import line_actions, pages, prints
from saas.crm.papers.views import given
from saas.crm.quotes import actions, queries
from saas.crm.quotes.forms import AcceptForm, DeclineForm
from saas.crm.quotes.models import STATE_WORDS, Quote
from saas.errors import NotFound
from saas.tenants.permissions import anyone
from saas.tenants.scope import today

bp = Blueprint("quote_answer", __name__, url_prefix="/offer")

GUESSED = "120/hour"  # that one caller asks at all


@bp.get("/<secret>")
@anyone
def show(secret: str) -> ResponseReturnValue:
    """The quote as the customer reads it."""
    quote = _quote(secret)
    return _page(quote, secret, AcceptForm(formdata=None), DeclineForm(formdata=None)), 200


@bp.post("/<secret>/seen")
@anyone
def seen(secret: str) -> ResponseReturnValue:
    """Note that the page was opened: by a browser that runs it, not by a program that looks through mails for links."""
    actions.see_quote(_quote(secret))
    return "", 204


@bp.get("/<secret>/pdf")
@anyone
def file(secret: str) -> ResponseReturnValue:
    """The PDF that went out."""
    quote = _quote(secret)
    if quote.printed is None:
        raise NotFound
    return given(quote.printed)


@bp.post("/<secret>/accept")
@anyone
def accept(secret: str) -> ResponseReturnValue:
    """He takes the offer."""
    quote = _quote(secret)
    form = AcceptForm()
    if not form.validate_on_submit():
        return _page(quote, secret, form, DeclineForm(formdata=None)), 422
    options = {UUID(key) for key in request.form.getlist("option") if _is_id(key)}
    actions.accept_quote(quote.id, name=str(form.name.data), options=options, words=form.words.data or "")
    return redirect(url_for(".show", secret=secret), 303)


@bp.post("/<secret>/decline")
@anyone
def decline(secret: str) -> ResponseReturnValue:
    """He doesn't take it."""
    quote = _quote(secret)
    form = DeclineForm()
    if not form.validate_on_submit():
        return _page(quote, secret, AcceptForm(formdata=None), form), 422
    actions.decline_quote(quote.id, name=str(form.name.data), words=form.words.data or "")
    return redirect(url_for(".show", secret=secret), 303)


def _quote(secret: str) -> Quote:
    limits.take(GUESSED, "quote-caller", request.remote_addr or "")
    return queries.by_secret(secret)


def _page(quote: Quote, secret: str, accept_form: AcceptForm, decline_form: DeclineForm) -> str:
    found = queries.lines(quote.id)
    with prints.in_language(quote.language):
        return render_template(
            "quotes/offer.html",
            quote=quote,
            told=prints.kind("quote").told(quote),  # type: ignore[union-attr]
            rows=prints.rows(found, quote.currency),
            sums=pages.told(line_actions.found(quote, found), quote.currency),
            has_discount=any(line.discount for line in found),
            state=STATE_WORDS[quote.state],
            can_answer=quote.is_good(today()),
            accept_form=accept_form,
            decline_form=decline_form,
            chosen=set(request.form.getlist("option")),
            seen_url=url_for(".seen", secret=secret) if quote.seen_at is None and quote.link_hash else None,
            accept_url=url_for(".accept", secret=secret),
            decline_url=url_for(".decline", secret=secret),
            pdf_url=url_for(".file", secret=secret) if quote.printed and quote.printed.file_id else None,
        )


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
