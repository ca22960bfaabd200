"""Pages of relations and cooperations, and what they say on a customer's page."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext, pgettext
from markupsafe import Markup

from saas import archive, grids, panels, ui
from saas.archive import refuse_archived
from saas.crm.customers import queries as customers
from saas.crm.relations import actions, queries
from saas.crm.relations.forms import CooperationForm, RelationForm
from saas.crm.relations.lists import COOPERATIONS
from saas.crm.relations.models import (
    BACK_WORDS,
    COOPERATION_WORDS,
    KIND_WORDS,
    STATE_LOOKS,
    STATE_WORDS,
    Cooperation,
    Relation,
    RelationKind,
)
from saas.forms import attempt
from saas.tenants import scope
from saas.tenants.pages import record_parts
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require
from saas.versions import edited

bp = Blueprint("relations", __name__, url_prefix="/cooperations")

P = Permission


# ── who stands between ──────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/relations/new/<uuid:account_id>", methods=["GET", "POST"])
@allow(P.ACCOUNT_EDIT)
def relate(account_id: UUID) -> ResponseReturnValue:
    """Note what another company is to a customer."""
    account = customers.account(account_id)
    require(P.ACCOUNT_EDIT, account)
    refuse_archived(account)
    form = RelationForm()
    made = None
    if form.validate_on_submit():
        kind = RelationKind(form.kind.data)
        made = attempt(form, lambda: actions.relate(account, kind, form.known(), form.values(), by=me()))
    if made is None:
        return render_template("relations/relate.html", form=form, account=account), form.status
    flash(_("%(kind)s %(name)s: noted.", kind=KIND_WORDS[made.kind], name=made.name), "good")
    return redirect(url_for("customers.show", account_id=account.id))


@bp.post("/relations/<uuid:relation_id>/remove")
@allow(P.ACCOUNT_EDIT)
def part(relation_id: UUID) -> ResponseReturnValue:
    """Take such a note away again."""
    relation = queries.relation(relation_id)
    require(P.ACCOUNT_EDIT, relation.account)
    refuse_archived(relation.account)
    account_id = relation.account_id
    actions.part(relation, by=me())
    flash(_("Taken away."), "good")
    return redirect(url_for("customers.show", account_id=account_id), 303)


def _related(account_id: UUID) -> Markup:
    """Who stands between a customer and others, for the side of its page."""
    account = customers.account(account_id)
    may_edit = may(P.ACCOUNT_EDIT, account) and account.archived is None
    relations = queries.relations_of(account_id)
    seen = {other.id for other in customers.accounts_within(_ids(relations, account_id))}
    lines = [_line(relation, account_id, seen, may_edit) for relation in relations]
    belongs = [(_("Belongs to"), [account.parent])] if account.parent else []
    children = queries.children_of(account_id)
    return ui.fragment(
        "relations/_related.html",
        lines=lines,
        groups=[*belongs, *([(_("Belonging to it"), children)] if children else [])],
        add_url=url_for("relations.relate", account_id=account_id) if may_edit else None,
    )


def _ids(relations: list[Relation], account_id: UUID) -> set[UUID]:
    return {key for r in relations for key in (r.account_id, r.other_id) if key is not None and key != account_id}


def _line(relation: Relation, account_id: UUID, seen: set[UUID], may_edit: bool) -> dict[str, Any]:
    is_own = relation.account_id == account_id
    other_id = relation.other_id if is_own else relation.account_id
    return {
        "word": (KIND_WORDS if is_own else BACK_WORDS)[relation.kind],
        "name": relation.name if is_own else relation.account.name,
        "url": url_for("customers.show", account_id=other_id) if other_id in seen else None,
        "since": relation.since,
        "until": relation.until,
        "note": relation.note,
        "remove_url": url_for("relations.part", relation_id=relation.id) if is_own and may_edit else None,
    }


# ── what is done together ───────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/")
@allow(P.ACCOUNT_VIEW)
def index() -> ResponseReturnValue:
    """All cooperations within reach."""
    page = COOPERATIONS.page(request.args, *queries.listed(), hidden=scope.who().hidden_fields)
    shown = grids.shown(page, ui.record_url(".show", "cooperation_id"))
    note = Markup('<span hx-get="{}" hx-trigger="load"></span>').format(ui.here_on(url_for(".count")))
    return render_template("relations/index.html", list=shown, count_note=note)


@bp.get("/count")
@allow(P.ACCOUNT_VIEW)
def count() -> ResponseReturnValue:
    """How many the list holds."""
    found = COOPERATIONS.count(request.args, *queries.listed())
    return ngettext("%(count)s cooperation", "%(count)s cooperations", found, count=grids.tally(found))


@bp.route("/new/<uuid:account_id>", methods=["GET", "POST"])
@allow(P.ACCOUNT_EDIT)
def begin(account_id: UUID) -> ResponseReturnValue:
    """Note something that is done together with a customer."""
    account = customers.account(account_id)
    require(P.ACCOUNT_EDIT, account)
    refuse_archived(account)
    form = CooperationForm(account=account)
    made = None
    if form.validate_on_submit():
        made = attempt(form, lambda: actions.begin(account, form.values(), owner=me(), by=me()))
    if made is None:
        return render_template("relations/form.html", form=form, account=account), form.status
    flash(_("%(subject)s is noted.", subject=made.subject), "good")
    return redirect(url_for(".show", cooperation_id=made.id))


@bp.get("/<uuid:cooperation_id>")
@allow(P.ACCOUNT_VIEW)
def show(cooperation_id: UUID) -> ResponseReturnValue:
    """One cooperation."""
    cooperation = queries.cooperation(cooperation_id)
    return render_template(
        "relations/show.html",
        cooperation=cooperation,
        state=STATE_WORDS[cooperation.state],
        look=STATE_LOOKS[cooperation.state],
        kind=COOPERATION_WORDS[cooperation.kind],
        about=_about(cooperation),
        **record_parts("cooperation", cooperation.id, partial(url_for, ".show", cooperation_id=cooperation.id)),
        can_edit=may(P.ACCOUNT_EDIT, cooperation),
    )


@bp.route("/<uuid:cooperation_id>/edit", methods=["GET", "POST"])
@allow(P.ACCOUNT_EDIT)
def edit(cooperation_id: UUID) -> ResponseReturnValue:
    """Change it."""
    cooperation = queries.cooperation(cooperation_id)
    require(P.ACCOUNT_EDIT, cooperation)
    form = CooperationForm(obj=cooperation, account=cooperation.account)
    edit = edited(form, cooperation, lambda seen: actions.change(cooperation, form.values(), version=seen, by=me()))
    if edit.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for(".show", cooperation_id=cooperation.id))
    about = {"account": cooperation.account, "cooperation": cooperation, "version": edit.version, "clash": edit.clash}
    return render_template("relations/form.html", form=form, **about), edit.status


def _about(cooperation: Cooperation) -> list[tuple[Any, Any]]:
    def link(name: str, endpoint: str, right: Permission, **ids: Any) -> Any:
        return Markup('<a href="{}">{}</a>').format(url_for(endpoint, **ids), name) if may(right) else name

    deal, account = cooperation.opportunity, cooperation.account
    rows = [
        (pgettext("cooperation", "With"), link(account.name, "customers.show", P.ACCOUNT_VIEW, account_id=account.id)),
        (_("Looked after by"), cooperation.owner.name if cooperation.owner else _("Nobody")),
        (_("Begins"), ui.day(cooperation.starts_on) if cooperation.starts_on else None),
        (_("Ends"), ui.day(cooperation.ends_on) if cooperation.ends_on else None),
        (_("Deal"), deal and link(deal.name, "opportunities.show", P.OPPORTUNITY_VIEW, opportunity_id=deal.id)),
        (_("What came of it"), cooperation.result),
    ]
    return [(label, value) for label, value in rows if value]


def _tab(account_id: UUID) -> Markup:
    """What is done together with a customer, for its page."""
    account = customers.account(account_id)
    may_edit = may(P.ACCOUNT_EDIT, account) and archive.is_open("account", account_id)
    return ui.fragment(
        "relations/_of_account.html",
        cooperations=queries.cooperations_of(account_id),
        words=STATE_WORDS,
        looks=STATE_LOOKS,
        kinds=COOPERATION_WORDS,
        new_url=url_for("relations.begin", account_id=account_id) if may_edit else None,
    )


for panel in (
    panels.Panel("related", _l("Related companies"), _related, P.ACCOUNT_VIEW, "side", 60, is_later=True),
    panels.Panel("cooperations", _l("Cooperation"), _tab, P.ACCOUNT_VIEW, "tab", 60),
):
    panels.add("account", panel)
