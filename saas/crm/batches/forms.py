"""What is done with many customers at once."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import Length, Optional, ValidationError

from saas import search
from saas.crm.batches.actions import FIELDS
from saas.crm.customers.forms import OwnerForm
from saas.crm.customers.stories import FIELD_WORDS
from saas.crm.fields import queries as fields
from saas.crm.fields.models import Dictionary
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
        """A word of the dictionary, where the field has one; it is kept by its key."""
        if self.field.data not in set(Dictionary) or field.data is None:
            return
        dictionary = Dictionary(self.field.data)
        known = fields.spelled(dictionary).get(search.fold(field.data))
        if known is None:
            words = ", ".join(str(one.label) for one in fields.offered(dictionary))
            raise ValidationError(_("The dictionary doesn't have this word. It has: %(words)s.", words=words))
        field.data = known.key
