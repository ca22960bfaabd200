"""The list of quotes: columns, sorts, filters."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from saas.crm.papers import lists as papers
from saas.crm.quotes.models import Quote
from saas.crm.quotes.queries import KIND
from saas.lists import Column, Listing

QUOTES = Listing(
    Quote,
    columns=(
        *papers.head(KIND, Quote.state),
        papers.total(KIND),
        Column("valid", _l("Good until"), Quote.valid_until, "day", sort=Quote.valid_until),
        papers.written(KIND),
        Column("sent", _l("Sent"), Quote.sent_at, "moment", shown=False),
        Column("answered", _l("Answered"), Quote.answered_at, "moment", shown=False),
    ),
    filters=(papers.of_state(KIND), papers.of_owner(Quote), papers.of_customer(Quote)),
    always=(Quote.currency, Quote.account_id, Quote.edition, Quote.state, Quote.valid_until),
    sort="-created",
)


def number_cell(number: str, row: Any) -> str:
    """Its number, with the version where there is more than one."""
    return number if row.edition == 1 else f"{number}/{row.edition}"
