"""A list on paper: looked at, printed by the browser, or made a PDF by a worker."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import ui
from saas.crm.reports import actions, print_queries, sheets
from saas.crm.reports.models import Report
from saas.crm.reports.pdf_views import Kind, add_pages
from saas.crm.reports.sheets import MOST
from saas.db import has_scope
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me

bp = Blueprint("list_prints", __name__, url_prefix="/printed")

P = Permission
OF_PAGE = ("after", "all")  # what an address says of the page, not of the list


@bp.get("/<key>")
@allow(P.TRANSFER_EXPORT)
def look(key: str) -> ResponseReturnValue:
    """The list as paper shows it."""
    source, asked = sheets.source(key), _asked()
    return render_template(
        "reports/list.html",
        sheet=sheets.read(source, asked),
        most=MOST,
        back_url=ui.asking(url_for(source.endpoint), asked),
        make_url=ui.asking(url_for(".make", key=key), asked),
    )


@bp.post("/<key>")
@allow(P.TRANSFER_EXPORT)
def make(key: str) -> ResponseReturnValue:
    """Have it made a PDF."""
    report = actions.ask_list(sheets.source(key), _asked(), by=me())
    return redirect(url_for(".show", report_id=report.id), 303)


def _asked() -> dict[str, str]:
    return {name: value for name, value in request.args.items() if name not in OF_PAGE}


def _about(report: Report) -> dict[str, Any]:
    source = sheets.source(report.options["list"])
    return {
        "title": _("%(name)s as PDF", name=source.title),
        "note": None,
        "back_url": ui.asking(url_for(source.endpoint), report.options["asked"]),
        "back_label": source.title,
        "leave": _("It is ready in a moment."),
    }


add_pages(
    bp, "/pdf/<uuid:report_id>", Kind(print_queries.list_print, _about, have=P.TRANSFER_EXPORT, make=P.TRANSFER_EXPORT)
)


def list_links() -> tuple[tuple[str, str], ...]:
    """(label, address) of what else can be done with the list at hand; nothing on other pages."""
    source = sheets.at(request.endpoint) if has_scope() else None
    if source is None or not may(P.TRANSFER_EXPORT):
        return ()
    return ((_("Print, or download as PDF"), ui.asking(url_for("list_prints.look", key=source.key), _asked())),)


@bp.app_context_processor
def _shown() -> dict[str, Any]:
    return {"list_links": list_links}
