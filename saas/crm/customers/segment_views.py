"""Segments of the list of customers: its menu, and the pages that keep them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from saas import grids, toasts, ui
from saas.crm.customers import queries
from saas.crm.customers.lists import ACCOUNTS
from saas.crm.fields import segment_actions as actions
from saas.crm.fields import segment_queries
from saas.crm.fields.segment_forms import SegmentForm
from saas.crm.fields.segment_models import Audience, Segment
from saas.errors import Forbidden
from saas.forms import attempt
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me
from saas.versions import edited

bp = Blueprint("segments", __name__, url_prefix="/customers/views")

P = Permission
SHAPE = ("sort", "columns")  # arguments of the address that make a view, beside those of filters


@bp.get("")
@allow(P.ACCOUNT_VIEW)
def index() -> ResponseReturnValue:
    found = segment_queries.segments()
    shown = [(one, address(one), segment_queries.may_change(one)) for one in found]
    return render_template("customers/segments.html", segments=shown, is_first=segment_queries.is_first)


@bp.route("/new", methods=["GET", "POST"])
@allow(P.ACCOUNT_VIEW)
def create() -> ResponseReturnValue:
    form = SegmentForm()
    if form.validate_on_submit():
        audience, asked = Audience(form.audience.data), kept_of(request.args)
        made = attempt(form, lambda: actions.save(form.name.data or "", asked, audience=audience, by=me()))
        if made is not None:
            flash(_("“%(name)s” stands above the list now.", name=made.name), "good")
            return redirect(address(made))
    return render_template("customers/segment.html", form=form), form.status


@bp.route("/<uuid:segment_id>", methods=["GET", "POST"])
@allow(P.ACCOUNT_VIEW)
def edit(segment_id: UUID) -> ResponseReturnValue:
    segment = _mine(segment_id)
    form = SegmentForm(name=segment.name, audience=segment.audience.value)

    def verb(version: int) -> None:
        actions.change(segment, form.name.data or "", Audience(form.audience.data), version=version, by=me())

    edit = edited(form, segment, verb)
    if edit.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for(".index"))
    shown = {"form": form, "segment": segment, "version": edit.version, "clash": edit.clash}
    return render_template("customers/segment.html", **shown), edit.status


@bp.get("/<uuid:segment_id>/count")
@allow(P.ACCOUNT_VIEW)
def count(segment_id: UUID) -> ResponseReturnValue:
    segment = segment_queries.segment(segment_id)
    return grids.tally(ACCOUNTS.count(MultiDict(segment.asked), *queries.listed(segment.asked)))


@bp.post("/<uuid:segment_id>/keep")
@allow(P.ACCOUNT_VIEW)
def keep(segment_id: UUID) -> ResponseReturnValue:
    """The view is from now on what the list shows."""
    segment = _mine(segment_id)
    actions.keep(segment, kept_of(request.args), by=me())
    flash(_("“%(name)s” shows this from now on.", name=segment.name), "good")
    return redirect(address(segment))


@bp.post("/<uuid:segment_id>/place")
@allow(P.ACCOUNT_VIEW)
def place(segment_id: UUID) -> ResponseReturnValue:
    """Before or behind its neighbour in the reader's menu, or to where it was dropped there."""
    segment, to = _mine(segment_id), request.form.get("to", "")
    menu = [one.id for one in segment_queries.segments()]
    here = menu.index(segment.id) if segment.id in menu else 0
    wanted = int(to) if to.isdecimal() and len(to) < 4 else here + {"up": -1, "down": 1}.get(to, 0)
    neighbour = segment_queries.segment(menu[max(0, min(wanted, len(menu) - 1))]) if menu else segment
    actions.place(segment, neighbour.position, by=me())
    return redirect(url_for(".index"))


@bp.post("/<uuid:segment_id>/first")
@allow(P.ACCOUNT_VIEW)
def first(segment_id: UUID) -> ResponseReturnValue:
    """The list opens with this view, or with everything again."""
    segment = segment_queries.segment(segment_id)
    actions.open_with(None if request.form.get("off") else segment, by=me())
    return redirect(url_for(".index"))


@bp.post("/<uuid:segment_id>/archive")
@allow(P.ACCOUNT_VIEW)
def archive(segment_id: UUID) -> ResponseReturnValue:
    segment = _mine(segment_id)
    actions.archive(segment, by=me())
    toasts.undoable(_("“%(name)s” is taken out.", name=segment.name), url_for(".restore", segment_id=segment.id))
    return redirect(url_for(".index"))


@bp.post("/<uuid:segment_id>/restore")
@allow(P.ACCOUNT_VIEW)
def restore(segment_id: UUID) -> ResponseReturnValue:
    segment = _mine(segment_id)
    actions.restore(segment, by=me())
    flash(_("“%(name)s” is back.", name=segment.name), "good")
    return redirect(url_for(".index"))


def menu() -> dict[str, Any]:
    """What stands above the list: the reader's segments, and what can be kept of the view at hand."""
    found, here = segment_queries.segments(), ui.asked_id("segment")
    now = kept_of(request.args)
    active = next((one for one in found if one.id == here), None)
    first = next((one for one in found if segment_queries.is_first(one)), None)
    items = [
        {"label": one.name, "url": address(one), "active": one is active, "count_url": _count_url(one)} for one in found
    ]
    is_changed = now != (active.asked if active else {})
    keeps = active is not None and is_changed and segment_queries.may_change(active)
    return {
        "segments": items,
        "is_all": active is None,
        "new_url": ui.asking(url_for("segments.create"), now) if is_changed else None,
        "keep_url": ui.asking(url_for("segments.keep", segment_id=active.id), now) if keeps and active else None,
        "opens_with": address(first) if first is not None and not request.args else None,
    }


def address(one: Segment | Any) -> str:
    """The list as a segment shows it."""
    return ui.asking(url_for("customers.index"), {**one.asked, "segment": str(one.id)})


def kept_of(asked: Mapping[str, str]) -> dict[str, str]:
    """The arguments of an address that make a view."""
    return {key: asked[key] for key in (*SHAPE, *(f.key for f in ACCOUNTS.all_filters())) if asked.get(key)}


def _count_url(one: Any) -> str:
    return url_for("segments.count", segment_id=one.id)


def _mine(segment_id: UUID) -> Segment:
    segment = segment_queries.segment(segment_id)
    if not segment_queries.may_change(segment):
        raise Forbidden
    return segment
