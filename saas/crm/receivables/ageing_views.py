"""How old what is owed is, and by whom."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from saas import ui
from saas.crm.receivables import ageing_queries as queries
from saas.crm.receivables.ageing_queries import BAND_WORDS, MOST, Aged, Band
from saas.tenants import scope
from saas.tenants.permissions import Permission, allow

bp = Blueprint("ageing", __name__, url_prefix="/ageing")


@bp.get("/")
@allow(Permission.INVOICE_VIEW)
def index() -> ResponseReturnValue:
    """Sums per currency, and the customers behind those of one."""
    whole, asked = queries.whole(), request.args.get("currency", scope.workspace().currency)
    known = [one.currency for one in whole]
    currency = asked if asked in known else next(iter(known), asked)
    customers = queries.by_customer(currency) if whole else []
    advance = queries.in_advance()
    return render_template(
        "receivables/ageing.html",
        bands=[BAND_WORDS[band] for band in Band],
        sums=[
            {
                "currency": one.currency,
                "url": url_for(".index", currency=one.currency),
                "is_shown": one.currency == currency,
                "cells": _cells(one),
                "advance": ui.money(advance[one.currency], one.currency) if one.currency in advance else "",
            }
            for one in whole
        ],
        currency=currency,
        rows=[
            {"name": name, "url": url_for("customers.show", account_id=key), "cells": _cells(one, customer=str(key))}
            for key, name, one in customers
        ],
        most=MOST if len(customers) == MOST else None,
    )


def _cells(aged: Aged, **more: str) -> list[Markup | str]:
    """The sums of each band and of all, each leading to its invoices."""
    asked: dict[str, Any] = {"state": "open", "currency": aged.currency, "sort": "due", **more}
    cells = [
        _link(ui.money(amount, aged.currency), url_for("receivables.index", band=band.value, **asked))
        if amount
        else "—"
        for band, amount in aged.bands.items()
    ]
    return [*cells, _link(ui.money(aged.whole, aged.currency), url_for("receivables.index", **asked))]


def _link(text: str, url: str) -> Markup:
    return Markup('<a class="quiet" href="{}">{}</a>').format(url, text)
