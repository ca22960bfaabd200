"""Counts: begun, filled in by keyboard, looked at, posted or given up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from saas import ui
from saas.crm.inventory import count_actions, count_queries, tabs
from saas.crm.inventory.count_forms import GridLine, ProductForm, read
from saas.crm.inventory.forms import CountForm
from saas.crm.inventory.models import COUNT_LOOKS, COUNT_WORDS, CountState, StockCount
from saas.crm.inventory.quantities import said, signed
from saas.crm.products import queries as products
from saas.forms import attempt, done
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me

bp = Blueprint("stock_counts", __name__, url_prefix="/stock/counts")

P = Permission


@bp.get("/")
@allow(P.STOCK_VIEW)
def index() -> ResponseReturnValue:
    """All counts, and the form that begins one."""
    return _list(_form(), 200)


@bp.post("/")
@allow(P.STOCK_EDIT)
def start() -> ResponseReturnValue:
    """Begin one."""
    form = _form()
    if form.validate_on_submit():
        chosen = {"category": form.category.data or None, "note": form.note.data}
        made = attempt(form, lambda: count_actions.start(UUID(form.warehouse_id.data), **chosen, by=me()))
        if made is not None:
            return redirect(url_for(".show", count_id=made.id))
    return _list(form, 422)


@bp.get("/<uuid:count_id>")
@allow(P.STOCK_VIEW)
def show(count_id: UUID) -> ResponseReturnValue:
    """What it counts, a page at a time."""
    count = count_queries.count(count_id)
    lines = [GridLine(one) for one in count_queries.page_of(count_id, ui.asked_id("after"))]
    return _page(count, lines, ProductForm(formdata=None), 200)


@bp.post("/<uuid:count_id>")
@allow(P.STOCK_EDIT)
def enter(count_id: UUID) -> ResponseReturnValue:
    """Keep what was found; what can't be read comes back as it was typed."""
    count = count_queries.count(count_id)
    lines = _typed(count_id)
    wrong = [line for line in lines if line.error]
    ready = {line.id: line.counted for line in lines if not line.error}
    count_actions.enter(count_id, ready, by=me())
    if wrong:
        return _page(count, lines, ProductForm(formdata=None), 422)
    flash(_("Saved. Nothing is changed in stock until you post the count."), "good")
    following = request.form.get("what") == "next" and count_queries.after(count_id, lines[-1].id if lines else None)
    after = lines[-1].id if following else ui.asked_id("after")
    return redirect(url_for(".show", count_id=count_id, after=after))


@bp.post("/<uuid:count_id>/check")
@allow(P.STOCK_EDIT)
def check(count_id: UUID) -> ResponseReturnValue:
    """The differences while one types: row → column → {kind, text}."""
    count_queries.count(count_id)
    return jsonify({f"r{line.id.hex}": {"counted": line.remark()} for line in _typed(count_id) if line.remark()})


@bp.post("/<uuid:count_id>/add")
@allow(P.STOCK_EDIT)
def add(count_id: UUID) -> ResponseReturnValue:
    """Count one more product."""
    count, form = count_queries.count(count_id), ProductForm()
    found = products.spelled([form.product.data or ""]) if form.validate_on_submit() else {}
    product = next(iter(found.values()), None)
    if product is not None and done(form, lambda: count_actions.add_product(count_id, product.id, by=me())):
        flash(_("%(name)s is counted too.", name=product.name), "good")
        return redirect(url_for(".show", count_id=count_id))
    if product is None and not form.product.errors:
        form.product.errors = (_("There is no such product."),)
    lines = [GridLine(one) for one in count_queries.page_of(count_id, None)]
    return _page(count, lines, form, 422)


@bp.post("/<uuid:count_id>/post")
@allow(P.STOCK_EDIT)
def post(count_id: UUID) -> ResponseReturnValue:
    """Write the differences as movements."""
    count_queries.count(count_id)
    many = len(count_actions.post(count_id, by=me()))
    flash(
        ngettext("The count is posted: %(num)s difference.", "The count is posted: %(num)s differences.", many), "good"
    )
    return redirect(url_for(".show", count_id=count_id))


@bp.post("/<uuid:count_id>/cancel")
@allow(P.STOCK_EDIT)
def cancel(count_id: UUID) -> ResponseReturnValue:
    """Give it up."""
    count_queries.count(count_id)
    count_actions.cancel(count_id, by=me())
    flash(_("The count is given up. Nothing was changed."), "good")
    return redirect(url_for(".index"))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _form() -> CountForm:
    return CountForm(products.categories())


def _typed(count_id: UUID) -> list[GridLine]:
    typed = read(request.form)
    return [GridLine(one, typed[one.id]) for one in count_queries.lines_with(count_id, typed)]


def _list(form: CountForm, status: int) -> ResponseReturnValue:
    found = count_queries.counts(ui.asked_id("before"), count_queries.SIZE + 1)
    shown = found[: count_queries.SIZE]
    progress = count_queries.progress([one.id for one in shown])
    page = render_template(
        "inventory/counts.html",
        views=tabs.views("stock_counts.index"),
        form=form if may(P.STOCK_EDIT) else None,
        counts=[(one, progress.get(one.id)) for one in shown],
        words=COUNT_WORDS,
        looks=COUNT_LOOKS,
        more_url=ui.here(before=str(shown[-1].id)) if len(found) > count_queries.SIZE else None,
    )
    return page, status


def _page(count: StockCount, lines: list[GridLine], form: ProductForm, status: int) -> ResponseReturnValue:
    progress = count_queries.progress([count.id]).get(count.id)
    last = lines[-1].id if lines else None
    page = render_template(
        "inventory/count.html",
        count=count,
        word=COUNT_WORDS[count.state],
        look=COUNT_LOOKS[count.state],
        is_open=count.state is CountState.OPEN and may(P.STOCK_EDIT),
        lines=lines,
        form=form,
        progress=progress,
        differences=[_difference(one) for one in count_queries.differing(count.id)],
        next_url=url_for(".show", count_id=count.id, after=last) if count_queries.after(count.id, last) else None,
        action=url_for(".enter", count_id=count.id, after=request.args.get("after")),
    )
    return page, status


def _difference(line: Any) -> dict[str, str]:
    found: Decimal = line.difference
    return {
        "name": line.product.name,
        "expected": said(line.expected),
        "counted": said(line.counted),
        "difference": signed(found),
    }
