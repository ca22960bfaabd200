"""Where somebody wants to be told as well: what each service asks for, as he types it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField
from wtforms.validators import Length, Optional, ValidationError

from saas.chat_services import Blank, Service
from saas.forms import Form, needed, trimmed

LONGEST = 1_000


class ChatForm(Form):
    """A place in a service; `made_for` gives it the service's blanks."""

    name = StringField(
        _l("What you call it"),
        [Length(max=60)],
        filters=[trimmed],
        description=_l("Such as Team channel. Left empty, it bears the service's name."),
    )

    def given(self) -> dict[str, str]:
        """Blank → what was typed, without those left empty."""
        return {f.short_name: f.data for f in self if f.short_name not in ("name", "csrf_token") and f.data}


def made_for(service: Service) -> ChatForm:
    """The form of a service, empty or as it was sent."""
    off = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
    fields: dict[str, Any] = {
        blank.name: StringField(
            blank.label,
            [needed() if blank.is_needed else Optional(), Length(max=LONGEST), _of_the_form(service, blank)],
            filters=[trimmed],
            description=blank.help,
            render_kw=off,
        )
        for blank in service.blanks
    }
    made: ChatForm = type("ChatForm", (ChatForm,), fields)()
    return made


def _of_the_form(service: Service, blank: Blank) -> Any:
    def check(_form: Form, field: Field) -> None:
        if blank.parts(field.data) is None:
            raise ValidationError(
                _("%(service)s gives something of another form. Copy it whole.", service=service.label)
            )

    return check
