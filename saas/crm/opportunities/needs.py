"""What a stage asks of a deal before it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from babel.lists import format_list
from flask_babel import get_locale, lazy_pgettext
from flask_babel import lazy_gettext as _l

from saas.crm.opportunities.models import Opportunity


class Need(StrEnum):
    """One thing that must be known or done."""

    ACCOUNT = "account"
    CONTACT = "contact"
    DECIDER = "decider"
    PRODUCT = "product"
    AMOUNT = "amount"
    EXPECTED = "expected"
    NEXT_STEP = "next_step"
    ACTIVITY = "activity"
    RIVAL = "rival"


NEED_WORDS: dict[Need, Any] = {  # as they stand in a sentence
    Need.ACCOUNT: lazy_pgettext("need", "the customer"),
    Need.CONTACT: lazy_pgettext("need", "the contact"),
    Need.DECIDER: lazy_pgettext("need", "who decides"),
    Need.PRODUCT: lazy_pgettext("need", "the product"),
    Need.AMOUNT: lazy_pgettext("need", "the amount"),
    Need.EXPECTED: lazy_pgettext("need", "the expected day"),
    Need.NEXT_STEP: lazy_pgettext("need", "the next step"),
    Need.ACTIVITY: lazy_pgettext("need", "something done in this stage"),
    Need.RIVAL: lazy_pgettext("need", "a competitor"),
}
NEED_CHOICES: dict[Need, Any] = {
    Need.ACCOUNT: _l("Customer"),
    Need.CONTACT: _l("Contact"),
    Need.DECIDER: _l("Somebody at the customer who decides"),
    Need.PRODUCT: _l("Product"),
    Need.AMOUNT: _l("Amount"),
    Need.EXPECTED: _l("Expected on"),
    Need.NEXT_STEP: _l("Next step"),
    Need.ACTIVITY: _l("Something done in this stage: a call, a visit…"),
    Need.RIVAL: _l("A competitor is named"),
}
COLUMNS = {  # need → the column of a deal that holds it
    Need.ACCOUNT: "account_id",
    Need.CONTACT: "contact_id",
    Need.PRODUCT: "product_id",
    Need.AMOUNT: "amount",
    Need.EXPECTED: "expected_on",
    Need.NEXT_STEP: "next_step",
}


def unsaid(deal: Opportunity, asked: set[Need], given: Mapping[str, Any]) -> list[Need]:
    """Those of `asked` that lie in the deal's own columns and are empty there, and in what is about to be written."""
    found = [need for need in COLUMNS if need in asked]
    return [need for need in found if given.get(COLUMNS[need], getattr(deal, COLUMNS[need])) is None]


def told(needs: list[Need]) -> str:
    """Needs as a part of a sentence: "the amount and the contact"."""
    return format_list([str(NEED_WORDS[need]) for need in needs], locale=get_locale())
