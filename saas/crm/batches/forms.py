"""What is done with many customers at once."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import Length, Optional, ValidationError

from saas.crm.batches.actions import FIELDS
from saas.crm.customers.forms import OwnerForm
from saas.crm.customers.stories import FIELD_WORDS
from saas.crm.fields import custom_queries as custom
from saas.crm.fields import queries as fields
from saas.crm.fields.custom_models import NAMED, Definition
from saas.crm.fields.custom_values import kept
from saas.crm.fields.custom_words import said
from saas.crm.fields.models import Dictionary
from saas.crm.transfer.kinds.custom import reader
from saas.crm.transfer.reasons import sentence
from saas.crm.transfer.values import Reading, Wrong
from saas.errors import Refused
from saas.forms import Form, choices, optional

__all__ = ["EditForm", "OwnerForm"]


class EditForm(Form):
    """One field of many customers."""

    field = SelectField(_l("Which field?"))
    value = StringField(
        _l("New value"),
        [Optional(), Length(max=100)],
        filters=[optional],
        description=_l("Left empty, the field is emptied."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.own = custom.by_column("account")
        words = {name: FIELD_WORDS[name] for name in FIELDS}
        self.field.choices = choices(words | {name: one.label for name, one in self.own.items()})

    def said(self) -> str | None:
        """The new value in words."""
        own = self.own.get(self.field.data)
        return str(said(own, self.value.data, custom.names([(own, self.value.data)])) or "") if own else self.value.data

    def validate_value(self, field: Any) -> None:
        """A word of the dictionary, where the field has one, or what a field of the workspace's own holds."""
        if (own := self.own.get(self.field.data)) is not None:
            field.data = _own_value(own, field.data)
            return
        if self.field.data not in set(Dictionary) or field.data is None:
            return
        try:
            field.data = fields.meant(Dictionary(self.field.data), field.data).key
        except Refused as refusal:
            raise ValidationError(refusal.sentence) from None


def _own_value(field: Definition, text: str | None) -> Any:
    """What somebody typed for one of the workspace's own fields, as JSON keeps it.

    Raises:
        ValidationError: the field can't hold it.
    """
    if text is None:
        if field.is_required:
            raise ValidationError(_("“%(field)s” must be filled in.", field=field.label))
        return None
    if field.kind in NAMED:
        found = custom.target(field.kind).find(text)
        if found is None:
            raise ValidationError(_("Nobody here is called so."))
        return str(found.id)
    try:
        return kept(field, reader(field)(text, Reading()))
    except Wrong as wrong:
        facts = {"why": wrong.why, "column": field.label, **wrong.facts}
        raise ValidationError(sentence(facts)) from wrong
