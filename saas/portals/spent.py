"""The way on from a link of a letter that works no more."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from saas.http import error_page
from saas.tenants.actions.links import LinkSpent

ASK, SIGN_IN = _l("Ask for a new link"), _l("Sign in")
_SIGN_IN = {"links": "signing.sign_in"}  # where it isn't the blueprint's own


def leads_on(bp: Blueprint, ways: dict[str, str]) -> None:
    """Offer on the page of a dead link where to ask for a new one, or to sign in where only others can send one.

    Args:
        bp: whose links they are.
        ways: view → the view in the same blueprint that mails another link; the rest lead to signing in.
    """

    def tell(spent: LinkSpent) -> ResponseReturnValue:
        ask = ways.get((request.endpoint or "").rpartition(".")[2])
        url = url_for(f".{ask}") if ask else url_for(_SIGN_IN.get(bp.name, ".sign_in"))
        return error_page(spent.status, spent.sentence, home_url=url, home_label=ASK if ask else SIGN_IN)

    bp.register_error_handler(LinkSpent, tell)
