"""What a person may type about a territory."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from saas.crm.customers.territory_models import FRESH_WORDS, Fresh, Territory
from saas.crm.fields import queries as words
from saas.crm.fields.models import Dictionary
from saas.forms import RecordForm, between, choices, optional, several
from saas.tenants import queries as tenants

LISTS = ("countries", "regions", "postcodes")
LARGEST = 10_000_000  # employees


def _list(label: Any, help: Any) -> TextAreaField:
    return TextAreaField(label, [Length(max=3000)], description=help)


class TerritoryForm(RecordForm):
    """A territory. Lists are typed one to a line, or with commas."""

    name = StringField(_l("Name"), [InputRequired(_l("A territory needs a name.")), Length(max=80)], filters=[optional])
    countries = _list(_l("Countries"), _l("As they stand with customers, one to a line. Empty: all."))
    regions = _list(_l("Regions and cities"), _l("How they begin: Bav takes Bavaria. Empty: all."))
    postcodes = _list(_l("Postcodes"), _l("How they begin: 20 takes 20457. Read from the address. Empty: all."))
    industries = several(_l("Industries"))
    employees_from = IntegerField(_l("Employees from"), [Optional(), between(0, LARGEST)])
    employees_to = IntegerField(_l("Employees to"), [Optional(), between(0, LARGEST)])
    manager_id = SelectField(_l("Manager"), [Optional()], filters=[optional])
    members = several(_l("Who sells there"))
    fresh = RadioField(_l("New customers"), choices=choices(FRESH_WORDS), coerce=Fresh, default=Fresh.LEFT)

    def __init__(self, *args: Any, territory: Territory | None = None, members: set[UUID] | None = None, **o: Any):
        given: dict[str, Any] = {}
        if territory is not None:
            names = ("name", "industries", "employees_from", "employees_to", "fresh")
            given = {name: getattr(territory, name) for name in names}
            given |= {name: "\n".join(getattr(territory, name)) for name in LISTS}
            given |= {"manager_id": str(territory.manager_id or ""), "members": [str(one) for one in members or ()]}
        super().__init__(*args, data=given, **o)
        people = {str(key): name for key, name in tenants.member_names()}
        self.manager_id.choices = choices(people, empty=True)
        self.members.choices = list(people.items())
        known = dict(words.choices(Dictionary.INDUSTRY))
        known |= {key: key for key in (territory.industries if territory else ()) if key not in known}
        self.industries.choices = list(known.items())

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb; the members are apart."""
        found = {name: value for name, value in super().values().items() if name != "members"}
        found |= {name: _read(found[name]) for name in LISTS}
        return found | {"manager_id": UUID(found["manager_id"]) if found["manager_id"] else None}

    def people(self) -> set[UUID]:
        """Who sells there."""
        return {UUID(key) for key in self.members.data or ()}


def _read(text: str | None) -> list[str]:
    """What was typed one to a line or with commas, each once."""
    parts = (part.strip() for line in (text or "").splitlines() for part in line.replace("，", ",").split(","))
    return list(dict.fromkeys(part for part in parts if part))
