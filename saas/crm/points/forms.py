"""What a person may type about points."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField, StringField
from wtforms.validators import InputRequired, Length

from saas.forms import Form, between, choices, needed, trimmed

MOST = 1_000_000  # points of one line
GIVE, TAKE = "give", "take"


class PointsForm(Form):
    """Points given or taken."""

    way = RadioField(
        _l("What happens"), choices=choices({GIVE: _l("Give points"), TAKE: _l("Take points")}), default=GIVE
    )
    points = IntegerField(_l("How many points"), [InputRequired(_l("Say how many.")), between(1, MOST)])
    reason = StringField(
        _l("Reason"), [needed(), Length(max=200)], filters=[trimmed], description=_l("Colleagues read it in the list.")
    )
