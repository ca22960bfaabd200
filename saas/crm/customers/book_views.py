"""The phone book, and cards of people that go out and come in."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from saas import http, ui
from saas.crm.customers import cards, contact_actions, contact_queries, private, queries, reach
from saas.crm.customers.contact_queries import PRINTED, Place
from saas.crm.customers.forms import LONGEST_CARDS, CardsForm, KeepCardsForm
from saas.crm.customers.models import Account
from saas.crm.customers.opening import opened
from saas.forms import attempt
from saas.search import fold
from saas.tenants.permissions import Permission, allow, asks_password_by_way_of
from saas.tenants.scope import may, me

bp = Blueprint("phone_book", __name__, url_prefix="/phone-book")

P = Permission
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@bp.get("/")
@allow(P.CONTACT_VIEW)
def index() -> ResponseReturnValue:
    """Everybody who can be reached, by name."""
    words, start = request.args.get("q", "")[:200], request.args.get("from", "")[:1]
    rows, following = contact_queries.book(words, start=start, after=_after())
    shown = {
        "entries": [_entry(row) for row in rows],
        "more_url": ui.here(after=f"{following.id}~{following.key}") if following else None,
        "q": words,
    }
    if http.is_fragment():
        return render_template("contacts/_book.html", **shown)
    letters = [
        {"label": one, "url": ui.asking(url_for(".index"), {"from": one}), "active": one == start} for one in LETTERS
    ]
    return render_template(
        "contacts/book.html",
        letters=letters,
        start=start,
        may_bring=may(P.CONTACT_CREATE),
        may_take=may(P.TRANSFER_EXPORT),
        **shown,
    )


@bp.get("/print")
@allow(P.CONTACT_VIEW)
def paper() -> ResponseReturnValue:
    """The phone book as a plain table for the printer."""
    words, start = request.args.get("q", "")[:200], request.args.get("from", "")[:1]
    rows, following = contact_queries.book(words, start=start, many=PRINTED)
    return render_template("contacts/book_print.html", entries=[_entry(row) for row in rows], is_cut=following)


@bp.get("/cards")
@allow(P.TRANSFER_EXPORT)
@asks_password_by_way_of("phone_book.index")
def take() -> ResponseReturnValue:
    """The cards of all contacts within reach."""
    return _file(cards.written(contact_queries.at_hand(), without=private.hidden()), "contacts.vcf")


@bp.get("/cards/<uuid:contact_id>")
@allow(P.CONTACT_VIEW)
def card(contact_id: UUID) -> ResponseReturnValue:
    """The card of one contact."""
    contact = queries.contact(contact_id)
    opened(contact.account)
    return _file(cards.written([contact], without=private.hidden()), f"{contact.name}.vcf")


@bp.route("/bring", methods=["GET", "POST"])
@allow(P.CONTACT_CREATE)
def bring() -> ResponseReturnValue:
    """Read a file of cards and show whom it holds; nothing is kept yet."""
    form = CardsForm()
    if not form.validate_on_submit():
        return render_template("contacts/bring.html", form=form), form.status
    text = form.file.data.read(LONGEST_CARDS + 1).decode("utf-8", errors="replace")
    if len(text) > LONGEST_CARDS:
        form["file"].errors = [_("This file is too large. Take it in parts.")]
        return render_template("contacts/bring.html", form=form), 422
    people = attempt(form, lambda: _people(text))
    if people is None:
        return render_template("contacts/bring.html", form=form), 422
    chosen = [n for n, one in enumerate(people) if not one["is_known"]]
    keep = KeepCardsForm(formdata=None, text=text, chosen=chosen)
    return render_template("contacts/bring_check.html", form=keep, people=people)


@bp.post("/keep")
@allow(P.CONTACT_CREATE)
def keep() -> ResponseReturnValue:
    """Add those of a file who were chosen."""
    form = KeepCardsForm()
    people = _people(form.text.data or "")
    other = queries.account_called(form.customer.data) if form.customer.data else None
    if not form.validate_on_submit() or (form.customer.data and other is None):
        if form.customer.data and other is None:
            form["customer"].errors = [_("No customer has this name or number. Add the customer first.")]
        return render_template("contacts/bring_check.html", form=form, people=people), 422
    wanted = set(form.chosen.data or ())
    rows = [
        (account, one["values"])
        for n, one in enumerate(people)
        if n in wanted and (account := one["account"] or other) is not None
    ]
    made = contact_actions.bring_cards(rows, by=me())
    left = len(wanted) - len(made)
    said = ngettext("%(num)s contact is in your book.", "%(num)s contacts are in your book.", len(made))
    if left:
        said += " " + ngettext("%(num)s was left out: no customer.", "%(num)s were left out: no customer.", left)
    flash(said, "good" if made else "waiting")
    return redirect(url_for(".index"))


# ── parts of the pages ──────────────────────────────────────────────────────────────────────────────────────────────


def _people(text: str) -> list[dict[str, Any]]:
    """Whom a file holds: his values, his customer if we know it, whether we know him."""
    found = cards.read(text)
    accounts = contact_queries.accounts_called([one["company"] for one in found])
    known = contact_queries.known_mails([one["email"] for one in found if one.get("email")])
    people = []
    for values in found:
        company = values.pop("company")
        account: Account | None = accounts.get(fold(company)) if company else None
        is_known = (values.get("email") or "").lower() in known
        people.append({"values": values, "company": company, "account": account, "is_known": is_known})
    return people


def _entry(row: Any) -> dict[str, Any]:
    is_person = row.kind == "contact"
    own = url_for("customers.show", account_id=row.account_id)
    at = {"name": row.account, "url": own} if is_person else None
    return {
        "name": row.name,
        "url": url_for("contacts.show", contact_id=row.id) if is_person else own,
        "is_person": is_person,
        "at": at,
        "note": None if is_person else row.account,
        "ways": reach.of_contact(row, row.id) if is_person else reach.of_account(row),
    }


def _after() -> Place | None:
    key, mark, name = request.args.get("after", "").partition("~")
    try:
        return Place(name, UUID(key)) if mark else None
    except ValueError:
        return None


def _file(text: str, name: str) -> Response:
    return send_file(io.BytesIO(text.encode()), mimetype="text/vcard", as_attachment=True, download_name=name)
