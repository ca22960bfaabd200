"""What a person may type about an activity that may come again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, IntegerField, SelectField
from wtforms.validators import Optional, ValidationError

from saas import ui
from saas.crm.activities.forms import ActivityForm
from saas.crm.activities.models import FREQUENCY_WORDS, Frequency, Series
from saas.crm.activities.repeats import Repeat
from saas.forms import between, choices, several

FARTHEST = timedelta(days=10 * 366)  # that a rule may end ahead


class RepeatedForm(ActivityForm):
    """An activity, and whether it comes again."""

    repeat = SelectField(_l("Repeat"), [Optional()], choices=choices({"": _l("Only once")} | FREQUENCY_WORDS))
    every = IntegerField(
        _l("Each how many"), [Optional(), between(1, 99)], description=_l("2 with weeks: every second week.")
    )
    weekdays = several(_l("On these weekdays"), int, description=_l("With weeks; the day above is one of them."))
    until = DateField(_l("Not after"), [Optional()])
    times = IntegerField(
        _l("How often in all"), [Optional(), between(2, 500)], description=_l("Without both it has no end.")
    )

    def __init__(self, *, series: Series | None = None, **given: Any) -> None:
        super().__init__(**given | (_shown(series) if series else {"every": 1}))
        names = ui.words().locale.days["stand-alone"]["wide"]
        self.weekdays.choices = choices({day: names[day] for day in range(7)})

    def rule(self) -> Repeat | None:
        """By which rule it comes again; None where it comes once."""
        if not self.repeat.data:
            return None
        frequency = Frequency(self.repeat.data)
        weekdays = tuple(sorted(self.weekdays.data or ())) if frequency is Frequency.WEEKLY else ()
        return Repeat(frequency, self.day.data, self.every.data or 1, weekdays, self.until.data, self.times.data)

    def validate_until(self, field: DateField) -> None:
        """It ends after it has begun, and within ten years."""
        begins: date | None = self.day.data
        if not self.repeat.data or field.data is None or begins is None:
            return
        if field.data < begins:
            raise ValidationError(_l("It ends before it begins."))
        if field.data > begins + FARTHEST:
            raise ValidationError(_l("Ten years ahead at most; without an end it goes on."))


def _shown(series: Series) -> dict[str, Any]:
    return {
        "repeat": series.frequency.value,
        "every": series.every,
        "weekdays": [int(day) for day in series.weekdays],
        "until": series.until,
        "times": None,
    }
