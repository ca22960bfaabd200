"""What a person may type about the pools."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from saas.crm.customers.veil import HIDDEN_WORDS, whole
from saas.crm.fields import queries as fields
from saas.crm.fields.models import Dictionary
from saas.crm.pool.models import REASON_WORDS, ReleaseReason, Way
from saas.crm.pool.rules import Promise, Rules
from saas.forms import Form, between, choices, needed, optional, several, trimmed
from saas.tenants import queries as tenants
from saas.tenants.forms import beyond_field

WEEKDAYS = (_l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday"), _l("Saturday"), _l("Sunday"))
WAY_WORDS = {
    Way.TURNS: _l("One after the other"),
    Way.LOAD: _l("To whoever holds fewest"),
    Way.HISTORY: _l("Back to whoever had them, else to whoever holds fewest"),
    Way.PROPERTY: _l("By the pool's rules: by country, industry, level and so on"),
}
MOST_HOLIDAYS = 400


class ReleaseForm(Form):
    """Why a customer goes back."""

    reason = SelectField(_l("Why give it back?"), choices=choices(REASON_WORDS), coerce=ReleaseReason)
    note = TextAreaField(
        _l("Note for the next one"), [Length(max=500)], filters=[optional], description=_l("Only colleagues see it.")
    )


class ClaimForm(Form):
    """What whoever claims a customer does next."""

    step = StringField(_l("What do you do next?"), [Length(max=200)], filters=[trimmed])
    step_by = DateField(
        _l("Until when?"),
        [Optional()],
        description=_l("If this day passes without a call, a visit or a mail, the customer returns to the pool."),
    )

    def ask_for(self, *, must_promise: bool) -> None:
        """Mark both as required, where the pool's rules want them."""
        for one in (self.step, self.step_by):
            one.flags.required = must_promise  # type: ignore[attr-defined]

    def validate_step_by(self, typed: Any) -> None:
        """A step has its day, and a day its step."""
        if bool(self.step.data) != bool(typed.data):
            raise ValidationError(_l("Give both the step and its day, or neither."))

    def promise(self) -> Promise | None:
        """What was typed."""
        return Promise(self.step.data or "", self.step_by.data) if self.step_by.data else None


def _number(label: object, most: int, description: object = "") -> IntegerField:
    return IntegerField(label, [InputRequired(), between(0, most)], description=description)


class RulesForm(Form):
    """The rules of a pool."""

    days = _number(
        _l("Days without contact"), 3650, _l("After so many, a customer returns to the pool. 0: none ever does.")
    )
    deal_days = _number(_l("Days without a deal"), 3650, _l("Without an open deal since somebody has it. 0: any time."))
    won_days = _number(_l("Days until it is won"), 3650, _l("Counted from when somebody got it. 0: any time."))
    contract_days = _number(
        _l("Days after the last contract"),
        3650,
        _l("Counted from its end, for those that have bought too. While one runs they stay. 0: any time."),
    )
    is_working = BooleanField(_l("Count working days only"))
    weekend = several(_l("Days off"), int, choices=choices(dict(enumerate(WEEKDAYS))))
    holidays = TextAreaField(
        _l("Holidays"), filters=[trimmed], description=_l("One date a line, such as 2027-01-01. They don't count.")
    )
    rest = _number(_l("Rest in days"), 365, _l("For so long, whoever lost a customer leaves it to the others."))
    fresh = _number(_l("Days for newcomers"), 90, _l("For so long, a customer that has just come is only looked at."))
    daily = _number(_l("Claims a day"), 1000, _l("How many a member may claim in one day. 0: any number."))
    looks = _number(
        _l("Pages of free customers a day"),
        10_000,
        _l("How many a member may open, each with its contacts; admins of the pool open any. 0: any number."),
    )
    holdings = _number(
        _l("Customers a member may hold"), 100_000, _l("Those that have bought don't count. 0: any number.")
    )
    overflows = BooleanField(
        _l("New customers of whoever holds so many come into the pool"),
        description=_l(
            "Those that a member adds. Else they are his, and he is told that he holds more than the limit."
        ),
    )
    locks = _number(_l("Locks a member has"), 1000, _l("A locked customer doesn't return by itself. 0: none."))
    lock_days = IntegerField(_l("Days that a lock holds"), [InputRequired(), between(1, 365)])
    lock_rest = _number(
        _l("Days between two locks"),
        365,
        _l("For so long after a lock has ended, the same member can't lock the same customer again. 0: at once."),
    )
    must_promise = BooleanField(_l("Whoever claims says what he does next, and until when"))
    hides = several(
        _l("Hidden until claimed"),
        choices=choices(HIDDEN_WORDS),
        description=_l(
            "As long as a customer lies free here, members see nothing of what you tick, and nothing of what was said,"
            " because that names people and numbers. Name, number, place and kind are always shown. Admins of this"
            " pool, and those who may give customers to anybody, see all of it."
        ),
    )
    grace = _number(
        _l("Days of grace"),
        60,
        _l(
            "When rules end a clock sooner, nobody loses a customer by them for so many days from the one on which they"
            " begin to hold, and everybody is warned as ever. 0: what is due goes at once."
        ),
    )
    start = DateField(_l("Valid from"), [needed()], description=_l("Until then the rules stay as they are."))

    level_keys: ClassVar[tuple[str, ...]] = ()

    def __init__(self, kept: Rules, start: date, **options: Any) -> None:
        self._of_others = {key: days for key, days in kept.levels.items() if key not in self.level_keys}
        levels = {f"level_{key}": kept.levels.get(key) for key in self.level_keys}
        shown = {**kept.kept(), **levels, "holidays": "\n".join(kept.holidays), "start": start}
        super().__init__(data=shown, **options)

    @property
    def levels(self) -> list[Any]:
        """The fields of the limits by level."""
        return [self[f"level_{key}"] for key in self.level_keys]

    def validate_weekend(self, typed: Any) -> None:
        """Somebody works some time."""
        if len(set(typed.data or ())) > 6:
            raise ValidationError(_l("Leave at least one day on which people work."))

    def validate_holidays(self, typed: Any) -> None:
        """Each line is a date."""
        lines = (typed.data or "").split()
        if len(lines) > MOST_HOLIDAYS:
            raise ValidationError(_l("These are too many."))
        for line in lines:
            try:
                date.fromisoformat(line)
            except ValueError:
                raise ValidationError(_l("“%(line)s” is no date. Write 2027-01-01.", line=line[:40])) from None

    def rules(self) -> Rules:
        """What was typed."""
        typed = {key: self[f"level_{key}"].data for key in self.level_keys}
        limits = ("days", "deal_days", "won_days", "contract_days", "rest", "fresh", "daily", "looks", "holdings")
        numbers = (*limits, "locks", "lock_days", "lock_rest", "grace")
        return Rules(
            **{name: self[name].data for name in numbers},
            levels=self._of_others | {key: days for key, days in typed.items() if days is not None},
            is_working=self.is_working.data,
            weekend=tuple(sorted(set(self.weekend.data or ()))),
            holidays=tuple(
                sorted({date.fromisoformat(line).isoformat() for line in (self.holidays.data or "").split()})
            ),
            must_promise=self.must_promise.data,
            overflows=self.overflows.data,
            hides=whole(self.hides.data),
        )


def rules_form(kept: Rules, start: date) -> RulesForm:
    """The form with a field for each level of customers that the workspace has."""
    words = {key: str(name) for key, name in fields.choices(Dictionary.LEVEL)}
    named: dict[str, Any] = {
        f"level_{key}": IntegerField(_("Days for level %(level)s", level=name), [Optional(), between(0, 3650)])
        for key, name in words.items()
    }
    made: type[RulesForm] = type("RulesForm", (RulesForm,), named | {"level_keys": tuple(words)})
    return made(kept, start)


class PoolForm(Form):
    """A pool and who may use it."""

    name = StringField(_l("Name"), [needed(), Length(max=80)], filters=[trimmed])
    members = several(_l("Members"), description=_l("Name nobody, and it is everyone's."))
    teams = several(_l("Teams"))
    admins = several(_l("Admins"), description=_l("They also give its customers to others, and distribute them."))

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        people = [SelectChoice(str(key), name) for key, name in tenants.member_names()]
        self.members.choices = self.admins.choices = people
        self.teams.choices = [SelectChoice(str(team.id), team.name) for team in tenants.teams()]


class HandOutForm(Form):
    """Who gets the chosen customers."""

    members = several(_l("Who gets them?"))
    way = SelectField(_l("How?"), choices=choices(WAY_WORDS), coerce=Way)
    beyond = beyond_field()

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.members.choices = [SelectChoice(str(one.id), one.name) for one in tenants.heirs()]


class GiveBackForm(Form):
    """Why what the rules returned is given back."""

    why = TextAreaField(
        _l("Why?"),
        [needed(), Length(max=500)],
        filters=[trimmed],
        description=_l("It stands in the ledger and in the history of each customer."),
    )


class IntoForm(Form):
    """Where customers go."""

    into = SelectField(_l("Into which pool?"))
