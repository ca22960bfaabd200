"""What a person may type about a tag or group."""

from __future__ import annotations

from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from saas.crm.fields import label_queries as queries
from saas.crm.fields.label_actions import LONGEST
from saas.crm.fields.label_models import Label, LabelKind
from saas.crm.fields.models import COLOUR_WORDS
from saas.forms import RecordForm, choices, optional


class LabelForm(RecordForm):
    """One tag or group."""

    name = StringField(_l("Name"), [InputRequired(_l("Please fill this in.")), Length(max=LONGEST)], filters=[optional])
    colour = SelectField(_l("Colour"), choices=choices(COLOUR_WORDS))


class GroupForm(LabelForm):
    """A new group, or a new part of one."""

    parent_id = SelectField(_l("Part of"), [Optional()], filters=[optional])

    def __init__(self) -> None:
        super().__init__()
        tops = {tag.id: tag.name for tag in queries.of_kind(LabelKind.GROUP) if tag.parent_id is None}
        self.parent_id.choices = choices(tops, empty=True)

    def parent(self) -> Label | None:
        """The group that the new one is a part of."""
        return queries.label(UUID(self.parent_id.data)) if self.parent_id.data else None
