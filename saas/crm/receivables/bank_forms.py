"""Bringing an account statement in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField, SelectField

from saas.crm.receivables.csv_lines import COLUMNS, Layout
from saas.forms import Form, choices

COLUMN_WORDS = {
    "day": _l("Day"),
    "amount": _l("Amount"),
    "text": _l("Text written with it"),
    "payer": _l("Name of the payer"),
    "iban": _l("Account of the payer (IBAN)"),
    "currency": _l("Currency"),
}
ORDER_WORDS = {
    "dmy": _l("Day, month, year: 31.3.2026"),
    "mdy": _l("Month, day, year: 3/31/2026"),
    "ymd": _l("Year, month, day: 2026-03-31"),
}


class StatementForm(Form):
    """A statement of the bank."""

    file = FileField(
        _l("Statement of the bank"),
        [FileRequired(_l("Choose a file."))],
        description=_l("CAMT.053 (XML), or CSV with the names of the columns in its first row; up to 10 MB."),
    )


def columns_form(header: Sequence[str], likely: Layout) -> Any:
    """One choice for each thing that is needed, and how days are written."""
    offered = {str(at): name or _("Column %(n)s", n=at + 1) for at, name in enumerate(header)}
    fields: dict[str, Any] = {}
    for name in COLUMNS:
        at = likely.places.get(name)
        default = "" if at is None else str(at)
        fields[name] = SelectField(COLUMN_WORDS[name], choices=choices(offered, empty=True), default=default)
    fields["order"] = RadioField(_l("How are days written?"), choices=choices(ORDER_WORDS), default="ymd")
    return type("ColumnsForm", (Form,), fields)()


def layout(form: Any) -> Layout:
    """What was chosen."""
    return Layout({name: int(form[name].data) if form[name].data else None for name in COLUMNS}, form.order.data)
