"""What the frame of the operators' pages shows."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, has_request_context, request, url_for
from flask_babel import gettext as _

from saas import i18n, ui
from saas.portals import guard
from saas.tenants.models import Operator
from saas.tenants.permissions import ANYONE


def shown() -> dict[str, Any]:
    """The context of the layouts on the operators' pages; nothing for strangers, whose 404 looks as any other."""
    if not has_request_context() or "operator" not in g:
        return {}
    operator: Operator | None = g.operator
    if operator is None and guard.right_of(current_app, str(request.endpoint)) != ANYONE:
        return {}
    home = url_for("platform.index")
    if operator is None:
        return {"home_url": home, "public_menu": [], "sign_in_url": None, "sign_up_url": None}
    places = (("platform.index", _("Workspaces")), ("platform.jobs", _("Jobs")), ("platform.stripe", _("Stripe")))
    here = i18n.locale()
    return {
        "home_url": home,
        "portal_home_url": home,
        "portal_name": _("Operations"),
        "portal_menu": [
            {"label": label, "url": url_for(endpoint), "active": request.endpoint == endpoint}
            for endpoint, label in places
        ],
        "me": {"name": operator.name, "company": None},
        "me_items": [
            {"label": name, "url": ui.here(lang=key), "icon": "language", "active": key == here}
            for key, name in i18n.LOCALES.items()
        ],
        "sign_out_url": url_for("platform_door.sign_out"),
        "has_billing": current_app.extensions["config"].has_billing,
    }
