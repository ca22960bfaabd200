"""What the public layout shows on every page."""

from __future__ import annotations

from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _

from saas import i18n, ui


def shown() -> dict[str, Any]:
    """The menu, the languages and the ways in; nothing on pages of a workspace's people."""
    if g.get("member") or g.get("portal_user"):
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
            {"label": name, "url": ui.here(lang=key) if request else "/", "active": key == here, "lang": key}
            for key, name in i18n.LOCALES.items()
        ],
        "sign_in_url": url_for("signing.workspaces") if signed_in else url_for("signing.sign_in"),
        "sign_up_url": url_for("signing.sign_up"),
    }
