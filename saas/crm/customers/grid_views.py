"""Several customers or contacts typed in rows, or pasted from a sheet, and saved at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from saas import ui
from saas.crm.customers import giving, grid_actions
from saas.crm.customers.grid_queries import MOST
from saas.crm.customers.grid_rows import ACCOUNT_GRID, BLANK, CONTACT_GRID, Grid, Row
from saas.crm.customers.models import Account, Contact
from saas.rows import remarks
from saas.tenants.models import Member
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me

bp = Blueprint("grid", __name__)

P = Permission


@dataclass(frozen=True)
class Place:
    """One of the two pages, and what is saved from it."""

    noun: str  # in the addresses: customers, contacts
    grid: Grid
    model: type[Account] | type[Contact]
    add: Callable[..., UUID]
    title: Any
    show: tuple[str, str]  # the page of a record: endpoint, name of its id


ACCOUNTS = Place(
    "customers",
    ACCOUNT_GRID,
    Account,
    grid_actions.add_accounts,
    _l("Several customers at once"),
    ("customers.show", "account_id"),
)
CONTACTS = Place(
    "contacts",
    CONTACT_GRID,
    Contact,
    grid_actions.add_contacts,
    _l("Several contacts at once"),
    ("contacts.show", "contact_id"),
)


@bp.route("/customers/grid", methods=["GET", "POST"])
@allow(P.ACCOUNT_CREATE)
def customers() -> ResponseReturnValue:
    return _page(ACCOUNTS)


@bp.route("/contacts/grid", methods=["GET", "POST"])
@allow(P.CONTACT_CREATE)
def contacts() -> ResponseReturnValue:
    return _page(CONTACTS)


@bp.post("/customers/grid/check")
@allow(P.ACCOUNT_CREATE)
def check_customers() -> ResponseReturnValue:
    return _checked(ACCOUNTS)


@bp.post("/contacts/grid/check")
@allow(P.CONTACT_CREATE)
def check_contacts() -> ResponseReturnValue:
    return _checked(CONTACTS)


@bp.post("/customers/grid/<uuid:batch_id>/undo")
@allow(P.ACCOUNT_CREATE)
def undo_customers(batch_id: UUID) -> ResponseReturnValue:
    return _undone(ACCOUNTS, batch_id)


@bp.post("/contacts/grid/<uuid:batch_id>/undo")
@allow(P.CONTACT_CREATE)
def undo_contacts(batch_id: UUID) -> ResponseReturnValue:
    return _undone(CONTACTS, batch_id)


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _page(place: Place) -> ResponseReturnValue:
    grid, wish = place.grid, request.form.get("what", "save")
    asked = request.form.getlist("column") or [key for key in request.args.get("columns", "").split(",") if key]
    shown = grid.shown(asked, request.form)
    rows = grid.rows(shown, request.form) if request.method == "POST" else []
    if request.method == "GET":
        return _drawn(place, shown, rows, batch_id=ui.asked_id("added"))
    if wish != "save":
        return _drawn(place, shown, rows, more=BLANK if wish == "rows" else 0)
    grid.check(rows)
    ready = [row for row in rows if row.is_ready]
    rest = [row for row in rows if not row.is_ready]
    if not ready:
        return _drawn(place, shown, rest, told=True), 422
    batch_id = place.add([row.values() for row in ready], by=me())
    if place is ACCOUNTS:
        _tell_full(grid_actions.added(Account, batch_id, by=me()))
    if not rest:
        return redirect(url_for(f".{place.noun}", added=batch_id, columns=",".join(shown)))
    return _drawn(place, shown, rest, batch_id=batch_id, told=True)


def _drawn(
    place: Place,
    shown: Sequence[str],
    rows: Sequence[Row],
    *,
    batch_id: UUID | None = None,
    told: bool = False,
    more: int = 0,
) -> str:
    for row in rows:
        row.twin = row.name_key if told and "name" in row.hints else row.twin
    needed = place.grid.always
    every = place.grid.form(place.grid.columns, None, prefix="all")
    pattern = place.grid.form(shown, None, prefix="r__row")
    blank = place.grid.blanks(shown, rows, max(BLANK - len(rows), 2) + more)
    return render_template(
        "customers/grid.html",
        place=place,
        shown=shown,
        rows=[*rows, *blank],
        waiting=len(rows) if told else 0,
        is_empty=told and not rows,
        pattern=Row(0, pattern),
        most=MOST,
        choices=[(name, every[name].label.text, name in shown, name in needed) for name in every._fields],
        needed=needed,
        action=url_for(f".{place.noun}", columns=",".join(shown)),
        check_url=url_for(f".check_{place.noun}", columns=",".join(shown)),
        added=_added(place, batch_id, me()) if batch_id else [],
        undo_url=url_for(f".undo_{place.noun}", batch_id=batch_id) if batch_id else None,
        import_url=_import_url(place),
    )


def _added(place: Place, batch_id: UUID, by: Member) -> list[dict[str, Any]]:
    endpoint, key = place.show
    made = grid_actions.added(place.model, batch_id, by=by)
    return [
        {"name": one.name, "url": url_for(endpoint, **{key: one.id}), "number": getattr(one, "number", None)}
        for one in made
        if one.archived_at is None
    ]


def _tell_full(added: Sequence[Account]) -> None:
    """Say it where the member holds as many as he may with them, or more."""
    owner = me() if all(one.owner_id for one in added) else None
    if said := giving.own_sentence(me(), owner):
        flash(said, "waiting")


def _import_url(place: Place) -> str | None:
    if not (may(P.TRANSFER_IMPORT) and ui.has_page("transfer.start")):
        return None
    return url_for("transfer.start", kind="accounts" if place is ACCOUNTS else "contacts")


def _checked(place: Place) -> ResponseReturnValue:
    """What is wrong or odd in the rows as they stand: row → column → {kind, text}."""
    shown = place.grid.shown(request.args.get("columns", "").split(","), request.form)
    rows = place.grid.rows(shown, request.form)
    place.grid.check(rows)
    wrong = remarks({row.number: row.form for row in rows})
    return jsonify({f"r{row.number}": _odd(row) | wrong[f"r{row.number}"] for row in rows})


def _odd(row: Row) -> dict[str, dict[str, str]]:
    return {name: {"kind": "waiting", "text": str(text)} for name, text in row.hints.items()}


def _undone(place: Place, batch_id: UUID) -> ResponseReturnValue:
    away, stay = grid_actions.undo(place.model, batch_id, by=me())
    text = ngettext("%(num)s row is put away again.", "%(num)s rows are put away again.", away)
    if stay:
        kept = ngettext(
            "%(num)s stays, since something has happened there.",
            "%(num)s stay, since something has happened there.",
            stay,
        )
        text = f"{text} {kept}"
    flash(text, "good" if away else "waiting")
    return redirect(url_for(f".{place.noun}"))
