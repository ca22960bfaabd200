"""What a person may choose of reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice

from saas import months, ui
from saas.forms import Form


class MonthForm(Form):
    month = SelectField(_l("Month"))

    def __init__(self, offered: Sequence[date], **options: Any) -> None:
        super().__init__(**options)
        self.month.choices = [SelectChoice(f"{first:%Y-%m}", ui.month(first)) for first in offered]

    def first(self) -> date:
        """The first day of the month that was chosen."""
        found = months.read(self.month.data)
        assert found is not None  # one of those offered
        return found


class PrintForm(Form):
    with_notes = BooleanField(_l("With our notes"), description=_l("Then it is for colleagues only."))
