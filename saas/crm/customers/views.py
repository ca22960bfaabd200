"""Pages of customers."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from saas import drawn, grids, panels, phones, search, toasts, ui
from saas.archive import asks_for_archived, refuse_archived
from saas.crm.customers import actions, cell_views, facts, giving, queries, segment_views, signatures, timelines, veil
from saas.crm.customers.forms import AccountForm, NewAccountForm, OwnerForm
from saas.crm.customers.hints import hints
from saas.crm.customers.lists import ACCOUNTS
from saas.crm.customers.models import (
    DECISION_WORDS,
    STANDING_LOOKS,
    STANDING_WORDS,
    Account,
    AccountKind,
)
from saas.crm.customers.opening import opened
from saas.crm.fields.custom_forms import with_fields
from saas.crm.fields.custom_views import show_on
from saas.errors import NotFound
from saas.forms import attempt, done
from saas.http import is_fragment
from saas.tenants import pages, scope
from saas.tenants import queries as tenants
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require
from saas.versions import edited

bp = Blueprint("customers", __name__, url_prefix="/customers")

P = Permission
READ = ("email", "fax", "website", "city", "region", "country", "tax_number")  # of a card, called as the form calls it


@bp.get("/")
@allow(P.ACCOUNT_VIEW)
def index() -> ResponseReturnValue:
    menu = segment_views.menu()
    if menu["opens_with"]:
        return redirect(menu["opens_with"])
    page = ACCOUNTS.page(request.args, *queries.listed(request.args), hidden=scope.who().hidden_fields)
    shown = grids.shown(page, ui.record_url(".show", "account_id"))
    shown.clear_url += "?all=1"  # not what the list opens with
    shown.change(url_for("cells.account", account_id=ui.NOBODY, field="field"), cell_views.of_accounts())
    note = Markup('<span hx-get="{}" hx-trigger="load"></span>').format(ui.here_on(url_for(".count")))
    is_away = asks_for_archived(request.args)
    batch = [] if is_away else _batch()
    if batch or (not is_away and may(P.TRANSFER_EXPORT) and ui.has_page("exports.chosen")):
        shown.choose()
    return render_template(
        "customers/index.html",
        list=shown,
        **menu,
        batch=batch,
        count_note=note,
        can_create=may(P.ACCOUNT_CREATE),
        can_merge=may(P.ACCOUNT_EDIT) and ui.has_page("merges.index"),
        can_import=may(P.TRANSFER_IMPORT) and ui.has_page("transfer.start"),
    )


@bp.get("/count")
@allow(P.ACCOUNT_VIEW)
def count() -> ResponseReturnValue:
    found = ACCOUNTS.count(request.args, *queries.listed(request.args))
    told = Markup.escape(ngettext("%(count)s customer", "%(count)s customers", found, count=grids.tally(found)))
    if not (veil.is_on() and may(P.POOL_VIEW) and ui.has_page("pool.index")):
        return told
    others = Markup('<a href="{}">{}</a>').format(url_for("pool.index"), _("others lie in the pool until claimed"))
    return Markup(" · ").join([told, others])


@bp.get("/suggest")
@allow(P.ACCOUNT_VIEW)
def suggest() -> ResponseReturnValue:
    """Customers for a box that asks for one, while one types."""
    return render_template("customers/_suggested.html", found=queries.named_like(next(iter(request.args.values()), "")))


@bp.route("/new", methods=["GET", "POST"])
@allow(P.ACCOUNT_CREATE)
def create() -> ResponseReturnValue:
    form = with_fields(NewAccountForm, "account", name=request.args.get("name"))
    if not form.validate_on_submit():
        return render_template("customers/form.html", form=form), form.status
    twin = queries.same_name(search.fold(form.name.data or ""))
    if twin is not None and "twin" not in request.form:
        return render_template("customers/form.html", form=form, twin=twin), 422
    wanted = form.owner()
    account = attempt(form, lambda: actions.create_for(form.values(), owner=wanted, by=me()))
    if account is None:
        return render_template("customers/form.html", form=form), 422
    if person := form.person():
        actions.create_contact(account, person, by=me())
    _tell_odd(form, None)
    flash(_told_added(account), "good")
    if wanted is not None and wanted.id == me().id and (said := giving.own_sentence(me(), account.owner)):
        flash(said, "waiting")
    return redirect(url_for(".show", account_id=account.id))


@bp.post("/new/card")
@allow(P.ACCOUNT_CREATE)
def read_card() -> ResponseReturnValue:
    """Fill what is empty in the form of a new customer from a card or a signature; nothing is saved."""
    form, card = with_fields(NewAccountForm, "account"), request.form.get("card", "")
    read = signatures.read(card, phones.region(scope.workspace().timezone))
    person = read.name if read.company else None
    proposed = form.propose(
        {
            "name": read.company or read.name,
            "phone": read.phone or read.mobile,
            "address": read.street,
            "remarks": read.beside(*READ, *_placed(read)),
            **{name: getattr(read, name) for name in READ},
        }
    )
    if person:
        form.propose({f"person_{name}": getattr(read, name) for name in ("name", "title", "mobile", "email")})
    if read.name and not read.company and form.name.data == read.name:
        form.kind.data = AccountKind.PERSON
    return render_template("customers/form.html", form=form, card=card, proposed=proposed, person=person)


@bp.get("/<uuid:account_id>")
@allow(P.ACCOUNT_VIEW)
def show(account_id: UUID) -> ResponseReturnValue:
    account = queries.card(account_id)
    if account.merged_into_id is not None:
        return redirect(url_for(".show", account_id=account.merged_into_id))
    opened(account)
    if hidden := veil.here().hides(account):
        return _card(account, hidden)
    rights, parts = scope.who().rights, partial(pages.drawn, "account", record_id=account.id)
    key = request.args.get("tab", "timeline")
    tabs = panels.of("account", "tab", rights)
    panel = next((p for p in tabs if p.key == key), None)
    may_edit, may_add = may(P.ACCOUNT_EDIT, account), may(P.CONTACT_CREATE)
    may_assign, may_archive = may(P.ACCOUNT_ASSIGN, account), may(P.ACCOUNT_ARCHIVE, account)
    people = queries.people_of(account.id) if may(P.CONTACT_VIEW) else []
    return render_template(
        "customers/show.html",
        account=account,
        standing=STANDING_WORDS[account.standing],
        standing_look=STANDING_LOOKS[account.standing],
        about=partial(facts.about, account),
        words=partial(facts.words, account),
        people=people,
        prefers=facts.prefers,
        decisions=DECISION_WORDS,
        known=drawn.of(
            account, account.owner, account.parent, *people, more=(may_edit, may_add, may_assign, may_archive)
        ),
        tabs_known=(panel and panel.key, *[one.key for one in tabs]),
        tab_items=partial(_tabs, account, tabs, panel.key if panel else "timeline"),
        tab_html=panel.draw(account.id) if panel else timelines.drawn(account.id),
        marks=Markup("").join(parts("marks")),
        left=parts("left"),
        side=parts("side"),
        can_edit=account.archived is None and may_edit,
        can_assign=account.archived is None and may_assign,
        can_archive=may_archive,
        can_add_contact=account.archived_at is None and may_add,
    )


@bp.get("/<uuid:account_id>/tab/<key>")
@allow(P.ACCOUNT_VIEW)
def tab(account_id: UUID, key: str) -> ResponseReturnValue:
    account = opened(queries.account(account_id))
    panel = None if key == "timeline" else panels.named("account", key)
    if key != "timeline" and (panel is None or panel.place != "tab"):
        raise NotFound
    if panel is not None:
        require(Permission(panel.right))
    if not is_fragment() or "HX-History-Restore-Request" in request.headers:  # loaded again, or come back to
        return redirect(ui.asking(url_for(".show", account_id=account.id), request.args.to_dict() | {"tab": key}))
    return panel.draw(account.id) if panel else timelines.drawn(account.id)


@bp.route("/<uuid:account_id>/edit", methods=["GET", "POST"])
@allow(P.ACCOUNT_EDIT)
def edit(account_id: UUID) -> ResponseReturnValue:
    account = queries.account(account_id)
    require(P.ACCOUNT_EDIT, account)
    refuse_archived(opened(account))
    form, before = with_fields(AccountForm, "account", account), account.tax_number
    edit = edited(
        form, account, lambda version: actions.change_account(account, form.values(), version=version, by=me())
    )
    if edit.is_saved:
        flash(_("Saved."), "good")
        _tell_odd(form, before)
        return redirect(url_for(".show", account_id=account.id))
    page = render_template("customers/form.html", form=form, account=account, version=edit.version, clash=edit.clash)
    return page, edit.status


@bp.route("/<uuid:account_id>/assign", methods=["GET", "POST"])
@allow(P.ACCOUNT_ASSIGN)
def assign(account_id: UUID) -> ResponseReturnValue:
    account = queries.account(account_id)
    require(P.ACCOUNT_ASSIGN, account)
    refuse_archived(account)
    form = OwnerForm(owner_id=str(account.owner_id))
    if not form.validate_on_submit():
        return render_template("customers/assign.html", form=form, account=account), form.status
    owner = tenants.member(UUID(form.owner_id.data))
    if not done(form, lambda: actions.assign(queries.lock_account(account.id), owner, by=me(), beyond=form.is_beyond)):
        return render_template("customers/assign.html", form=form, account=account), 422
    flash(_("%(owner)s now looks after %(name)s.", owner=owner.name, name=account.name), "good")
    return redirect(url_for(".show", account_id=account.id))


@bp.post("/<uuid:account_id>/archive")
@allow(P.ACCOUNT_ARCHIVE)
def archive(account_id: UUID) -> ResponseReturnValue:
    account = queries.account(account_id)
    require(P.ACCOUNT_ARCHIVE, account)
    actions.archive_account(account, by=me())
    text = _("%(name)s is archived, with all its history.", name=account.name)
    toasts.undoable(text, url_for(".restore", account_id=account.id))
    return redirect(url_for(".show", account_id=account.id))


@bp.post("/<uuid:account_id>/restore")
@allow(P.ACCOUNT_ARCHIVE)
def restore(account_id: UUID) -> ResponseReturnValue:
    account = queries.account(account_id)
    require(P.ACCOUNT_ARCHIVE, account)
    actions.restore_account(account, by=me())
    flash(_("%(name)s is back.", name=account.name), "good")
    return redirect(url_for(".show", account_id=account.id))


def _placed(read: signatures.Signature) -> set[str]:
    """The parts of a card that have a place in the form of a new customer, beside those that it calls as cards do."""
    numbers = {"phone", "mobile"} if read.company else {"phone"} if read.phone else {"mobile"}
    return {"name", "company", "address", *numbers, *(("title",) if read.company and read.name else ())}


def _told_added(account: Account) -> str:
    if account.owner is None:
        return _("%(name)s lies in the public pool.", name=account.name)
    if account.owner.id != me().id:
        return _("%(name)s is added; %(owner)s looks after it.", name=account.name, owner=account.owner.name)
    return _("%(name)s is in your book.", name=account.name)


def _tell_odd(form: AccountForm, before: str | None) -> None:
    """Say it where a tax number that was typed just now looks wrong; it is saved all the same."""
    values = form.values()
    if values["tax_number"] != before and (odd := hints(values).get("tax_number")):
        flash(odd, "waiting")


def _batch() -> list[dict[str, Any]]:
    """What can be done with the rows that are chosen, and with all that the filters leave."""
    if not (may(P.ACCOUNT_EDIT) and ui.has_page("batches.choose")):
        return []
    chosen, every = (ui.here_on(url_for(f"batches.{name}")) for name in ("choose", "choose_all"))
    planned = ui.here_on(url_for("batches.choose_for", deed="plan"))
    return [
        {"label": _("Change these"), "url": chosen, "icon": "pencil", "kind": "primary"},
        {"label": _("Plan for these"), "url": planned, "icon": "calendar-plus"},
        {"label": _("Change all that match"), "url": every},
    ]


show_on("account", P.ACCOUNT_EDIT, lambda account_id: url_for("customers.edit", account_id=account_id))


# ── parts of the record page ────────────────────────────────────────────────────────────────────────────────────────


def _card(account: Account, hidden: frozenset[veil.Hidden]) -> str:
    """The page of a customer whose pool hides something from the reader until he claims it."""
    shows_people = may(P.CONTACT_VIEW) and veil.Hidden.PEOPLE not in hidden
    return render_template(
        "customers/card.html",
        account=account,
        standing=STANDING_WORDS[account.standing],
        standing_look=STANDING_LOOKS[account.standing],
        hidden=hidden,
        facts=facts.on_card(account, hidden),
        words=facts.words(account),
        people=queries.people_on_card(account.id) if shows_people else None,
        lines=facts.lines if veil.Hidden.LINES not in hidden else None,
        left=pages.drawn("account", "card", account.id),
    )


def _tabs(account: Account, tabs: list[panels.Panel], active: str) -> list[dict[str, Any]]:
    every = [("timeline", _("Timeline")), *((p.key, p.label) for p in tabs)]
    return [
        {"label": label, "url": url_for(".tab", account_id=account.id, key=key), "active": key == active}
        for key, label in every
    ]
