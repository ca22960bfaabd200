"""What people type about themselves and their workspace."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import IO, Any
from uuid import UUID
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_global
from babel.numbers import get_territory_currencies
from flask import request
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    EmailField,
    FileField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Regexp, ValidationError

from saas import i18n
from saas.errors import Refused
from saas.forms import Form, choices, email_checks, lowered, needed, trimmed
from saas.search import fold
from saas.tenants import passwords, queries, slugs
from saas.tenants.models import Member, Role, Team
from saas.tenants.permissions import ROLE_NAMES
from saas.tenants.seats import Offer

MOST_USED = (
    "USD",
    "EUR",
    "CNY",
    "GBP",
    "JPY",
    "HKD",
    "SGD",
    "TWD",
    "KRW",
    "INR",
    "AUD",
    "CAD",
    "CHF",
    "SEK",
    "NOK",
    "DKK",
)


class SignInForm(Form):
    email = EmailField(_l("Mail address"), [needed(), Length(max=254)], filters=[lowered])
    password = PasswordField(_l("Password"), [needed(), Length(max=4096)])


class SignUpForm(Form):
    company = StringField(_l("Company"), [needed(), Length(max=80)], filters=[trimmed])
    slug = StringField(
        _l("Address of your workspace"),
        [
            needed(),
            Length(min=2, max=40, message=_l("Use 2 to 40 characters.")),
            Regexp(slugs.SHAPE, message=_l("Use small letters a-z, figures and hyphens between them.")),
        ],
        filters=[lowered],
        description=_l("Colleagues and customers type it to reach you. It can't be changed later."),
    )
    name = StringField(_l("Your name"), [needed(), Length(max=80)], filters=[trimmed])
    email = EmailField(_l("Your mail address"), email_checks(), filters=[lowered])
    locale = SelectField(_l("Language"), choices=choices(i18n.LOCALES))
    timezone = SelectField(_l("Time zone"), validate_choice=True)
    currency = SelectField(_l("Currency"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.timezone.choices = timezone_choices()
        self.currency.choices = currency_choices()


class AddressForm(Form):
    email = EmailField(_l("Mail address"), email_checks(), filters=[lowered])


class PasswordForm(Form):
    """A known person proves himself."""

    password = PasswordField(_l("Password"), [needed(), Length(max=4096)])


class CodeForm(Form):
    code = StringField(
        _l("Code"),
        [needed(), Length(max=40)],
        filters=[trimmed],
        description=_l("The six figures your phone shows, or one of the codes you keep on paper."),
    )


class NewPasswordForm(Form):
    password = PasswordField(
        _l("New password"),
        [needed(), Length(max=4096)],
        description=_l("At least %(n)s characters; a few words in a row work well.", n=passwords.SHORTEST),
    )


class JoinForm(NewPasswordForm):
    name = StringField(_l("Your name"), [needed(), Length(max=80)], filters=[trimmed])

    def __init__(self, member_id: UUID | None) -> None:
        super().__init__(data={"name": queries.member(member_id).name} if member_id else None)


class ProfileForm(Form):
    name = StringField(_l("Name"), [needed(), Length(max=80)], filters=[trimmed])
    locale = SelectField(_l("Language"), choices=choices(i18n.LOCALES))
    timezone = SelectField(_l("Time zone"), description=_l("Times are shown, and reminders sent, by its clock."))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.timezone.choices = timezone_choices()


class LookForm(Form):
    theme = RadioField(
        _l("Light or dark"),
        choices=choices({"auto": _l("As this device is set"), "light": _l("Light"), "dark": _l("Dark")}),
    )
    shortcuts = BooleanField(
        _l("Keyboard shortcuts of one key"), description=_l("Off, if you speak to your computer or miss keys at times.")
    )


class PictureForm(Form):
    file = FileField(_l("Picture"), description=_l("PNG or JPEG; it is cut to a square."))

    def source(self) -> IO[bytes] | None:
        """What was uploaded; None when the picture is to go.

        Raises:
            Refused: neither was asked for.
        """
        if "remove" in request.form:
            return None
        upload = request.files.get("file")
        if upload is None or not upload.filename:
            raise Refused(_("Choose a picture first."), field="file")
        return upload.stream


class ChangePasswordForm(Form):
    old = PasswordField(_l("Present password"), [needed(), Length(max=4096)])
    password = PasswordField(
        _l("New password"),
        [needed(), Length(max=4096)],
        description=_l("At least %(n)s characters; a few words in a row work well.", n=passwords.SHORTEST),
    )


class PasskeyForm(Form):
    """What a browser's script answers with a passkey."""

    credential = HiddenField(validators=[needed(), Length(max=20_000)])


class NewPasskeyForm(PasskeyForm):
    """A passkey just made, and what its owner calls it."""

    name = StringField(
        _l("Name"),
        [needed(), Length(max=60)],
        filters=[trimmed],
        description=_l("So that you know it again: “Laptop”, “Key on my ring”."),
    )


class FactorForm(Form):
    """The secret that the phone was shown comes back sealed: this page alone could have made it."""

    sealed = HiddenField()
    code = StringField(_l("Code"), [needed(), Length(max=40)], filters=[trimmed])


class WorkspaceForm(Form):
    name = StringField(_l("Name"), [needed(), Length(max=80)], filters=[trimmed])
    locale = SelectField(
        _l("Language"),
        choices=choices(i18n.LOCALES),
        description=_l("Of letters to people who haven't chosen one."),
    )
    timezone = SelectField(_l("Time zone"), description=_l("Of nightly work, reports and days counted."))
    currency = SelectField(_l("Currency"), description=_l("Of new deals; those there are keep theirs."))
    idle_minutes = SelectField(_l("Sign people out after doing nothing for"), coerce=int)
    session_hours = SelectField(_l("Sign people out in any case after"), coerce=int)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.timezone.choices = timezone_choices()
        self.currency.choices = currency_choices()
        self.idle_minutes.choices = choices({minutes: _span(minutes) for minutes in IDLE})
        self.session_hours.choices = choices({hours: _span(hours * 60) for hours in WHOLE})


def an_id(value: str | None) -> UUID | None:
    """What a field whose choices are ids, or none, holds."""
    return UUID(str(value)) if value else None


class InviteForm(Form):
    email = EmailField(_l("Mail address"), email_checks(), filters=[lowered])
    name = StringField(_l("Name"), [needed(), Length(max=80)], filters=[trimmed])
    role = SelectField(_l("Role"))
    team = SelectField(_l("Team"), coerce=an_id)
    known = SelectField(
        _l("Known from an import as"),
        coerce=an_id,
        description=_l("What stands under that name will be this person's."),
    )
    asked = HiddenField()  # the name, folded, at which it was asked whether it is the one known from an import
    takes_offer = BooleanField(_l("Yes, take one more seat"))

    def __init__(self, placeholders: list[Member], known_id: UUID | None = None) -> None:
        self._by_name = {fold(one.name): one for one in placeholders}
        one = next((one for one in placeholders if one.id == known_id), None)
        super().__init__(data=self._of(one) if one else {"role": "agent"})
        self.offer: Offer | None = None  # set when every seat is taken and one more can be had
        self.role.choices = role_choices(queries.staff_roles())
        self.team.choices = team_choices()
        self.known.choices = choices({one.id: one.name for one in placeholders}, empty=True)
        if not placeholders:
            del self.known

    @staticmethod
    def _of(one: Member) -> dict[str, Any]:
        return {"email": one.email, "name": one.name, "role": one.role.key, "team": one.team_id, "known": one.id}

    def validate_known(self, field: SelectField) -> None:
        """Ask once whether he is the one of his name known from an import, with that one chosen beforehand."""
        name = fold(self.name.data or "")
        like = self._by_name.get(name)
        if like is None or field.data or self.asked.data == name or like.email == self.email.data:
            return
        self.asked.data, field.data = name, like.id
        raise ValidationError(
            _(
                "Is this the %(name)s known from an import? Send it again if so; if not, choose “—” first.",
                name=like.name,
            )
        )

    @property
    def known_id(self) -> UUID | None:
        """Who of those known from an import this is; none: somebody new."""
        return self.known.data if self.known else None


class MemberForm(Form):
    role = SelectField(_l("Role"))
    team = SelectField(_l("Team"), coerce=an_id)
    manager = SelectField(_l("Superior"), coerce=an_id)

    def __init__(self, member: Member) -> None:
        super().__init__(data={"role": member.role.key, "team": member.team_id, "manager": member.manager_id})
        self.role.choices = role_choices(queries.staff_roles())
        self.team.choices = team_choices()
        self.manager.choices = member_choices(but=member.id)


def beyond_field() -> Any:
    """The box by which somebody gives customers to whoever holds as many as he may, knowing it."""
    return BooleanField(
        _l("Go beyond the limit"),
        description=_l("Even if it is more customers than one may hold. The history says that you did."),
    )


class RemoveForm(Form):
    successor = SelectField(_l("Who takes over"), coerce=an_id)
    beyond = beyond_field()

    def __init__(self, member: Member) -> None:
        super().__init__()
        others = {one.id: one.name for one in queries.heirs() if one.id != member.id}
        self.successor.choices = choices(others, empty=True)

    def chosen(self) -> Member | None:
        """The member who takes over, if one was chosen."""
        return queries.member(self.successor.data) if self.successor.data else None


class TeamForm(Form):
    name = StringField(_l("Name"), [needed(), Length(max=60)], filters=[trimmed])
    parent = SelectField(_l("Belongs to"), coerce=an_id)

    def __init__(self, team: Team | None = None) -> None:
        super().__init__(data={"name": team.name, "parent": team.parent_id} if team else None)
        self.parent.choices = team_choices(but=team.id if team else None)


class NewRoleForm(Form):
    name = StringField(_l("Name"), [needed(), Length(max=60)], filters=[trimmed])
    like = SelectField(_l("Starts as a copy of"))

    def __init__(self) -> None:
        super().__init__()
        self.like.choices = role_choices(role for role in queries.staff_roles() if role.key != "owner")


def role_choices(roles: Iterable[Role]) -> list[Any]:
    """Roles by their names."""
    return choices({role.key: role.name or ROLE_NAMES.get(role.key, role.key) for role in roles})


def team_choices(but: UUID | None = None) -> list[Any]:
    """All teams, and none."""
    return choices({team.id: team.name for team in queries.teams() if team.id != but}, empty=True)


def member_choices(but: UUID | None = None) -> list[Any]:
    """All active members, and none."""
    return choices({one.id: one.name for one in queries.members() if one.id != but}, empty=True)


IDLE = (15, 30, 60, 120, 240, 480, 720)  # minutes
WHOLE = (8, 12, 24, 72, 168)  # hours


def _span(minutes: int) -> str:
    if minutes < 60:
        return ngettext("%(num)s minute", "%(num)s minutes", minutes)
    if minutes < 24 * 60:
        return ngettext("%(num)s hour", "%(num)s hours", minutes // 60)
    return ngettext("%(num)s day", "%(num)s days", minutes // (24 * 60))


def timezone_choices() -> list[SelectChoice]:
    """All time zones, as their places are called."""
    return [SelectChoice(zone, zone.replace("_", " ")) for zone in _zones()]


def currency_choices() -> list[SelectChoice]:
    """All currencies in the reader's language, the widely used first."""
    return [SelectChoice(code, shown) for code, shown in _currencies(str(get_locale() or "en"))]


@lru_cache(maxsize=1)
def _zones() -> tuple[str, ...]:
    areas = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    return ("UTC", *sorted(zone for zone in available_timezones() if zone.startswith(areas)))


@lru_cache(maxsize=1)
def _current() -> frozenset[str]:
    return frozenset(code for land in get_global("territory_currencies") for code in get_territory_currencies(land))


@lru_cache(maxsize=4)
def _currencies(locale: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(locale).currencies
    rest = sorted(code for code in _current() if code in names and code not in MOST_USED)
    return tuple((code, f"{code} · {names.get(code, code)}") for code in (*MOST_USED, *rest))
