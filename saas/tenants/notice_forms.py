"""How somebody wants to be told, as he types it."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from saas.forms import Form, choices
from saas.tenants.models import Digest

DIGEST_WORDS = {
    Digest.NEVER: _l("Not at all"),
    Digest.WEEKDAYS: _l("Monday to Friday"),
    Digest.DAILY: _l("Every day"),
}
_HOURS = choices({hour: f"{hour:02}:00" for hour in range(24)})


def _hour(value: Any) -> int | None:
    return None if value in (None, "", "None") else int(value)


class NoticesForm(Form):
    mails = BooleanField(
        _l("Mail me"), description=_l("Without it nothing below is mailed; what appears behind the bell stays there.")
    )
    digest = RadioField(
        _l("A letter about my day"),
        choices=choices(DIGEST_WORDS),
        description=_l("What is planned and late, cases that wait, customers who return to the pool."),
    )
    digest_hour = SelectField(
        _l("In the morning means"),
        choices=choices({hour: f"{hour:02}:00" for hour in range(5, 12)}),
        coerce=int,
        description=_l("By the clock of your time zone."),
    )
    quiet_from = SelectField(
        _l("Leave me alone from"),
        choices=[SelectChoice("", "—"), *_HOURS],
        coerce=_hour,
        description=_l("In these hours nothing is mailed and no reminder comes; it waits, or comes before."),
    )
    quiet_until = SelectField(_l("until"), choices=[SelectChoice("", "—"), *_HOURS], coerce=_hour)

    def quiet(self) -> tuple[int, int] | None:
        """From which hour to which nothing is mailed."""
        begins, ends = self.quiet_from.data, self.quiet_until.data
        return None if begins is None or ends is None else (begins, ends)

    def validate_quiet_until(self, field: SelectField) -> None:
        """Both hours or none, and not the same."""
        if (field.data is None) != (self.quiet_from.data is None):
            raise ValidationError(_l("Say from when and until when."))
        if field.data is not None and field.data == self.quiet_from.data:
            raise ValidationError(_l("This is the hour at which it begins."))
