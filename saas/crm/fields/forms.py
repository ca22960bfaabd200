"""What a person may type about a word, and the field that offers a dictionary's words."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from saas.crm.fields import queries
from saas.crm.fields.models import COLOUR_WORDS, MOST_PLACES, Dictionary
from saas.forms import RecordForm, between, choices, optional


class WordForm(RecordForm):
    """One word of a dictionary."""

    name = StringField(_l("Name"), [InputRequired(_l("A word needs a name.")), Length(max=60)], filters=[optional])
    colour = SelectField(_l("Colour"), choices=choices(COLOUR_WORDS))
    places = IntegerField(
        _l("Digits after the point"),
        [InputRequired(_l("Say how many; 0 where only whole ones are sold.")), between(0, MOST_PLACES)],
        default=0,
        description=_l("2: one can sell 1.25 of it. 0: only whole ones."),
    )

    def __init__(self, dictionary: Dictionary, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.leave_out("colour" if dictionary is Dictionary.UNIT else "places")  # a unit stands nowhere on a chip


class WordField(SelectField):
    """A word of a dictionary; one that is retired, or that no dictionary knows, stays where it stands."""

    def __init__(self, label: Any, dictionary: Dictionary, **options: Any) -> None:
        super().__init__(label, [Optional()], choices=[], filters=[optional], **options)  # type: ignore[no-untyped-call]
        self.dictionary = dictionary

    def process(self, *args: Any, **options: Any) -> None:
        """Read the value, and offer the words there are now."""
        super().process(*args, **options)  # type: ignore[no-untyped-call]
        found = {e.key: e.label for e in queries.offered(self.dictionary)}
        if self.object_data and self.object_data not in found:
            found[self.object_data] = queries.label(self.dictionary, self.object_data) or ""
        self.choices = [SelectChoice("", "—"), *(SelectChoice(key, word) for key, word in found.items())]
