"""What the owner types about seats."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from saas.billing import plan
from saas.forms import Form


class SeatsForm(Form):
    seats = IntegerField(
        _l("Seats"),
        [
            InputRequired(_l("Please say how many seats you want.")),
            NumberRange(1, plan.MOST_SEATS, _l("Choose a number from %(min)s to %(max)s.")),
        ],
        description=_l("One for each colleague who signs in. Customers and partners need none."),
    )
