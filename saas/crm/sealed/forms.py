"""What a person may type as confidential details; what is kept is not shown again."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, StringField
from wtforms.validators import Length, Optional

from saas.crm.sealed.models import DETAIL_WORDS, DETAILS, Detail
from saas.forms import Form, optional

LONGEST = 100


class DetailsForm(Form):
    """Confidential details of any record; `made_for` leaves those of one kind."""

    def pairs(self) -> list[tuple[Field, Field | None]]:
        """Each detail's field, and the one that takes it away, where something is kept."""
        return [(self[d], self._fields.get(f"{d}_gone")) for d in Detail if d in self]

    def values(self) -> dict[Detail, str | None]:
        """Detail → text for what was typed, None for what is taken away."""
        typed: dict[Detail, str | None] = {d: self[d].data for d in Detail if d in self and self[d].data}
        gone = {d for d in Detail if f"{d}_gone" in self and self[f"{d}_gone"].data and d not in typed}
        return typed | dict.fromkeys(gone)


def made_for(kind: str, covers: dict[Detail, str | None]) -> DetailsForm:
    """The form of a kind of record.

    Args:
        kind: the record's table.
        covers: detail → how what is kept is shown; absent where nothing is.
    """
    fields: dict[str, Any] = {}
    for detail in DETAILS[kind]:
        kept = covers.get(detail)
        said = _("Kept: %(mask)s. Leave it empty to keep that.", mask=kept or "••••") if detail in covers else ""
        rules = [Optional(), Length(max=LONGEST)]
        off = {"autocomplete": "off", "spellcheck": "false"}
        fields[detail.value] = StringField(
            DETAIL_WORDS[detail], rules, filters=[optional], description=said, render_kw=off
        )
        if detail in covers:
            fields[f"{detail}_gone"] = BooleanField(_l("Take it away"))
    made: DetailsForm = type("DetailsForm", (DetailsForm,), fields)()
    return made
