"""What is done with many customers at once."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import AnyOf, Length, Optional

from saas.crm.batches.actions import FIELDS
from saas.crm.customers.forms import LEVELS, OwnerForm
from saas.crm.customers.stories import FIELD_WORDS
from saas.forms import Form, choices, optional

__all__ = ["EditForm", "OwnerForm"]


class EditForm(Form):
    """One field of many customers."""

    field = SelectField(_l("Which field?"), choices=choices({name: FIELD_WORDS[name] for name in FIELDS}))
    value = StringField(
        _l("New value"),
        [Optional(), Length(max=100)],
        filters=[optional],
        description=_l("Left empty, the field is emptied."),
    )

    def validate_value(self, field: Any) -> None:
        """A level is one of the levels."""
        if self.field.data == "level" and field.data is not None:
            AnyOf(LEVELS, message=_l("A level is A, B or C."))(self, field)
