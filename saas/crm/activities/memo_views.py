"""The memo book: notes for oneself, each on a day; what lies behind is history."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from saas import panels, toasts, ui
from saas.crm.activities import memo_actions, memo_queries
from saas.crm.activities.forms import MemoForm
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me
from saas.versions import edited

bp = Blueprint("memos", __name__, url_prefix="/memos")

P = Permission


@bp.route("/", methods=["GET", "POST"])
@allow(P.ACTIVITY_VIEW)
def index() -> ResponseReturnValue:
    """Write a memo; below it those of today and later, and the history."""
    today, words = ui.words().today, request.args.get("q", "")[:200]
    form = MemoForm(on=today)
    if form.validate_on_submit():
        memo_actions.write(form.text.data, form.on.data, by=me())
        flash(_("Noted."), "good")
        return redirect(url_for(".index"))
    past, last = memo_queries.past(today, words, _before())
    page = render_template(
        "activities/memos.html",
        form=form,
        q=words,
        current=memo_queries.current(today, words),
        past=past,
        more_url=ui.here(before=f"{last.on.isoformat()}~{last.id}") if last else None,
        today=today,
    )
    return page, form.status


@bp.route("/<uuid:memo_id>", methods=["GET", "POST"])
@allow(P.ACTIVITY_VIEW)
def edit(memo_id: UUID) -> ResponseReturnValue:
    memo = memo_queries.memo(memo_id)
    form = MemoForm(text=memo.text, on=memo.on)
    edit = edited(
        form,
        memo,
        lambda version: memo_actions.change(memo, form.text.data, form.on.data, version=version, by=me()),
    )
    if edit.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for(".index"))
    page = render_template("activities/memo.html", form=form, memo=memo, version=edit.version, clash=edit.clash)
    return page, edit.status


@bp.post("/<uuid:memo_id>/remove")
@allow(P.ACTIVITY_VIEW)
def remove(memo_id: UUID) -> ResponseReturnValue:
    memo = memo_queries.memo(memo_id)
    memo_actions.remove(memo, by=me())
    toasts.undoable(_("The memo is gone."), url_for(".put_back", memo_id=memo.id))
    return redirect(url_for(".index"))


@bp.post("/<uuid:memo_id>/put-back")
@allow(P.ACTIVITY_VIEW)
def put_back(memo_id: UUID) -> ResponseReturnValue:
    memo_actions.put_back(memo_queries.memo(memo_id), by=me())
    return redirect(url_for(".index"))


def _before() -> tuple[date, UUID] | None:
    on, mark, key = request.args.get("before", "").partition("~")
    try:
        return (date.fromisoformat(on), UUID(key)) if mark else None
    except ValueError:
        return None


def _on_today(member_id: UUID) -> Markup:
    found = memo_queries.of_day(ui.words().today)
    return ui.fragment("activities/_memos.html", memos=found) if found else Markup("")


panels.add("today", panels.Panel("memos", _l("Memos of today"), _on_today, P.ACTIVITY_VIEW, "main", 25))
