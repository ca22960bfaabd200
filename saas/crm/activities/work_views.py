"""Who called, visited and missed what: for managers, by person and day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import clock, sheets, ui
from saas.crm.activities import times, work_queries
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me

bp = Blueprint("team_work", __name__, url_prefix="/team-work")

P = Permission
LONGEST = timedelta(days=92)  # of a period


@bp.get("/")
@allow(P.REPORT_VIEW)
def index() -> ResponseReturnValue:
    first, last = _period()
    people = work_queries.sums_of(_rows(first, last))
    today = ui.words().today
    monday = today - timedelta(days=today.weekday())
    month = today.replace(day=1)
    periods = [
        (_("This week"), monday, today),
        (_("Last week"), monday - timedelta(days=7), monday - timedelta(days=1)),
        (_("This month"), month, today),
        (_("Last month"), (month - timedelta(days=1)).replace(day=1), month - timedelta(days=1)),
    ]
    links = [
        {
            "label": label,
            "url": ui.here(**{"from": start.isoformat(), "to": end.isoformat()}),
            "active": (start, end) == (first, last),
        }
        for label, start, end in periods
    ]
    csv_url = ui.asking(f"{request.path}csv", {"from": first.isoformat(), "to": last.isoformat()})
    shown = {"people": people, "first": first, "last": last, "periods": links, "csv_url": csv_url}
    return render_template("activities/team_work.html", **shown)


@bp.get("/csv")
@allow(P.REPORT_VIEW)
def table() -> ResponseReturnValue:
    """The same as a file."""
    first, last = _period()
    head = [_("Who"), _("Day"), _("Calls"), _("Visits"), _("Others done"), _("Missed")]
    rows = [[row[0], row[1].isoformat(), *(int(n) for n in row[2:])] for row in _rows(first, last)]
    answer = Response(b"".join(sheets.csv_lines(head, rows)), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=f"team-{first}-{last}.csv")
    return answer


def _rows(first: date, last: date) -> list[Any]:
    zone = me().timezone
    return work_queries.days(times.day(first, zone).start, times.day(last, zone).end, clock.now(), zone)


def _period() -> tuple[date, date]:
    """The days asked for, else this week."""
    today = ui.words().today
    start = _day("from") or today - timedelta(days=today.weekday())
    end = max(_day("to") or today, start)
    return start, min(end, start + LONGEST)


def _day(name: str) -> date | None:
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None
