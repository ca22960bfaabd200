"""What a person may say of the forecast."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DecimalField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, Optional

from saas.crm.products.forms import DEAREST
from saas.forms import Form, RecordForm, between, optional


class CallForm(Form):
    """A number for a month."""

    amount = DecimalField(
        _l("What will be won in this month?"),
        [InputRequired(_l("Type a number; 0 if nothing will be won.")), between(0, DEAREST)],
        places=2,
        description=_l("All of the month, with what is won already."),
    )
    reason = StringField(_l("Why?"), [Optional(), Length(max=300)], filters=[optional])


class MarksForm(RecordForm):
    """From which probabilities on deals count as sure while nobody says so."""

    commit_from = IntegerField(
        _l("Commit from, in %"),
        [InputRequired(_l("A share from 0 to 100.")), between(0, 100)],
        description=_l("Deals of at least this probability are committed."),
    )
    best_from = IntegerField(
        _l("Best case from, in %"),
        [InputRequired(_l("A share from 0 to 100.")), between(0, 100)],
        description=_l("Those of at least this one are in the best case; the others are pipeline."),
    )
