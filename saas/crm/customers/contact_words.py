"""The fields of a contact in words, as timelines and conflicts show them."""

from __future__ import annotations

from datetime import date
from typing import Any

from markupsafe import Markup

from saas import ui
from saas.crm.customers.models import CHANNEL_WORDS, DECISION_WORDS, LINE_WORDS, WISH_WORDS, Channel, DecisionRole, Wish

FIELDS: dict[str, Any] = {
    "decision": DECISION_WORDS,
    "channel": CHANNEL_WORDS,
    "phone_wish": WISH_WORDS,
    "mail_wish": WISH_WORDS,
    "post_wish": WISH_WORDS,
}


def told(value: Any, field: str = "") -> Any:
    """A value in words: of an enum its word, of rows each row; anything else as it is."""
    if isinstance(value, list):
        return Markup("; ").join(_row(row) for row in value) or "—"
    if field in FIELDS and value:
        return FIELDS[field].get(value, value)
    words: Any = {DecisionRole: DECISION_WORDS, Channel: CHANNEL_WORDS, Wish: WISH_WORDS}.get(type(value))
    return words[value] if words else value


def _row(row: dict[str, Any]) -> Markup:
    if "on" in row:
        return Markup("{} {}").format(row["word"], ui.day(date.fromisoformat(row["on"])))
    return Markup("{} {}").format(LINE_WORDS.get(row["kind"], ""), row["value"])
