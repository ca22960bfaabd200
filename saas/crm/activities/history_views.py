"""What lies behind: past calls and visits, the late ones shown as late; memos and sales have lists of their own."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from saas import grids, ui
from saas.crm.activities import kind_queries, queries
from saas.crm.activities.lists import HISTORY, within
from saas.tenants import scope
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may

bp = Blueprint("activity_history", __name__, url_prefix="/activities/history")

P = Permission


@bp.get("")
@allow(P.ACTIVITY_VIEW)
def index() -> ResponseReturnValue:
    """Past activities within reach, by the day they were planned for or by when they were done."""
    page = HISTORY.page(request.args, *queries.listed(), *within(request.args), hidden=scope.who().hidden_fields)
    shown = grids.shown(
        page,
        ui.record_url("activities.show", "activity_id"),
        subject=_subject(ui.record_url("activities.show", "activity_id")),
        account=_account(ui.record_url("customers.show", "account_id", id_of="account_id")),
        planned=lambda at, row: ui.day(row.due_on) if row.due_on else ui.moment(at),
    )
    note = Markup('<span hx-get="{}" hx-trigger="load"></span>').format(ui.here_on(url_for(".count")))
    return render_template("activities/history.html", list=shown, count_note=note, others=_others(), orders=_orders())


@bp.get("/count")
@allow(P.ACTIVITY_VIEW)
def count() -> ResponseReturnValue:
    """How many the list holds."""
    found = HISTORY.count(request.args, *queries.listed(), *within(request.args))
    return ngettext("%(count)s activity", "%(count)s activities", found, count=grids.tally(found))


def _subject(url: Any) -> Any:
    """The name of one: what it is about, else its kind."""

    def draw(subject: str | None, row: Any) -> Markup:
        return Markup('<a class="name" href="{}">{}</a>').format(url(row), subject or kind_queries.word(row.kind))

    return draw


def _account(url: Any) -> Any:
    def draw(name: str | None, row: Any) -> Markup:
        return Markup('<a href="{}">{}</a>').format(url(row), name) if name else grids.EMPTY

    return draw


def _others() -> list[dict[str, Any]]:
    """What else lies behind, and where."""
    links = [{"label": _("Activities"), "url": url_for(".index"), "active": True}]
    links.append({"label": _("Memos"), "url": url_for("memos.index", _anchor="history"), "active": False})
    if may(P.OPPORTUNITY_VIEW) and ui.has_page("opportunities.index"):
        won = url_for("opportunities.index", result="won", sort="-closed", columns="name,account,amount,closed,owner")
        links.append({"label": _("Completed sales"), "url": won, "active": False})
    return links


def _orders() -> list[dict[str, Any]]:
    """By which day they follow each other."""
    asked = request.args.get("sort", "-planned")
    words = {"-planned": _("By the day planned"), "-done": _("By completion")}
    return [{"label": label, "url": ui.here(sort=key), "active": asked == key} for key, label in words.items()]
