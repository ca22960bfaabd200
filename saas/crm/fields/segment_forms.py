"""What a person may type about a segment."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length

from saas.crm.fields.segment_models import AUDIENCE_WORDS, Audience
from saas.forms import RecordForm, choices, optional


class SegmentForm(RecordForm):
    """The name of a view, and who finds it."""

    name = StringField(_l("Name"), [InputRequired(_l("A view needs a name.")), Length(max=40)], filters=[optional])
    audience = RadioField(
        _l("Who finds it above the list?"),
        choices=choices(AUDIENCE_WORDS),
        default=Audience.MINE.value,
        description=_l("Everyone sees in it only the customers that he may see."),
    )
