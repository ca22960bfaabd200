"""What the public layout shows on every page."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, has_request_context, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from saas import i18n, ui


def shown() -> dict[str, Any]:
    """The menu, the languages, the ways in, whether anything is charged; nothing on pages of a workspace's people."""
    if not has_request_context() or g.get("member") or g.get("portal_user"):
        return {}
    here = i18n.locale()
    signed_in = g.get("user") is not None
    return {
        "home_url": url_for("site.home"),
        "public_menu": [
            {"label": _("What it does"), "url": url_for("site.home", _anchor="what")},
            {"label": _("Prices"), "url": url_for("site.home", _anchor="prices")},
        ],
        "languages": [
            {"label": name, "url": ui.here(lang=key), "active": key == here, "lang": key}
            for key, name in i18n.LOCALES.items()
        ],
        "sign_in_url": url_for("signing.workspaces") if signed_in else url_for("signing.sign_in"),
        "sign_up_url": url_for("links.sign_up"),
        "has_billing": current_app.extensions["config"].has_billing,
    }


def keep_language(response: Response) -> Response:
    """Remember the language that somebody chose on the public site."""
    chosen = request.args.get("lang", "")
    if chosen in i18n.LOCALES and request.cookies.get("lang") != chosen:
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        name = "__Host-lang" if secure else "lang"
        response.set_cookie(name, chosen, max_age=31_536_000, path="/", secure=secure, httponly=True, samesite="Lax")
    return response
