"""The page that says what went wrong, in the frame of whoever is signed in there, with ways on."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, g, request, url_for
from flask_babel import gettext as _

from saas.portals import guard
from saas.portals.guard import Audience

FRAMES = {
    Audience.STAFF: ("layouts/staff.html", "today.index"),
    Audience.CUSTOMER: ("layouts/portal.html", "customer.home"),
    Audience.PARTNER: ("layouts/portal.html", "partner.home"),
}
"""For whom → the layout, and where he begins."""


def init_app(app: Flask) -> None:
    """Let the answer to an error ask here for its frame."""
    app.extensions["error_frame"] = shown


def shown() -> dict[str, Any]:
    """The context of `errors/_page.html`; nothing for strangers, whose page is the same wherever they are."""
    audience = guard.recognise()
    if audience not in FRAMES:
        return {}
    frame, home = FRAMES[audience]
    label = _("Go to Today") if audience is Audience.STAFF else _("Go to the start page")
    return {"frame": frame, "home_url": url_for(home), "home_label": label, "back_url": _back()}


def _back() -> str | None:
    """The page of the same workspace from which one came, unless it is this one."""
    came = urlsplit(request.referrer or "")
    if came.netloc != request.host or not came.path.startswith(f"/{g.slug}/"):
        return None
    if request.method == "GET" and came.path == request.path:
        return None
    return f"{came.path}?{came.query}" if came.query else came.path
