"""What a person may type about who gets which customers of a pool."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from saas.crm.customers import territory_queries as territories
from saas.crm.customers.models import KIND_WORDS
from saas.crm.fields import queries as words
from saas.crm.fields.models import Dictionary
from saas.crm.pool.route_models import COUNTRY, KIND, PROPERTY_WORDS, REGION, TERRITORY, TYPED, Route
from saas.forms import Form, several
from saas.tenants.models import Member

TYPED_HELP = {
    COUNTRY: _l("As they stand with customers, one to a line."),
    REGION: _l("How they begin, one to a line: Bav takes Bavaria."),
}


class RouteForm(Form):
    """Who gets what a rule takes."""

    members = several(_l("Who gets them?"), description=_l("In turn, as long as they have room."))

    def offer(self, people: Sequence[Member]) -> None:
        """Those who may be chosen."""
        self.members.choices = [SelectChoice(str(one.id), one.name) for one in people]

    def said(self) -> list[str]:
        """What the property is, as the rule keeps it; the rule for everybody else asks for nothing."""
        return []

    def people(self) -> list[UUID]:
        """Who gets them."""
        return [UUID(one) for one in self.members.data or ()]

    def differences(self, route: Route) -> list[dict[str, Any]]:
        """What the reader typed beside what a colleague saved meanwhile."""
        mine, theirs = _(", ").join(self.said()) or "—", _(", ").join(route.values) or "—"
        return [{"label": PROPERTY_WORDS.get(route.property or "", ""), "mine": mine, "theirs": theirs}]


class TypedRouteForm(RouteForm):
    """A rule whose values are typed."""

    which = TextAreaField("", [Length(max=3000)])

    def said(self) -> list[str]:
        """What was typed one to a line or with commas."""
        typed = (self.which.data or "").replace("，", ",").replace("、", ",")
        return [part.strip() for line in typed.splitlines() for part in line.split(",") if part.strip()]


class ChosenRouteForm(RouteForm):
    """A rule whose values are ticked."""

    which = several("")

    def said(self) -> list[str]:
        """The keys that were ticked."""
        return list(self.which.data or ())


def route_form(
    property: str | None, people: Sequence[Member], *, values: Sequence[str] = (), members: Sequence[UUID] = ()
) -> RouteForm:
    """The form of a rule by this property.

    Args:
        property: of PROPERTY_WORDS; None: of the rule for everybody else.
        people: who may be chosen.
        values, members: what stands there so far.
    """
    given = {"members": [str(one) for one in members]}
    if property is None:
        form = RouteForm(data=given)
    elif property in TYPED:
        form = typed = TypedRouteForm(data=given | {"which": "\n".join(values)})
        typed.which.label.text, typed.which.description = PROPERTY_WORDS[property], TYPED_HELP[property]
    else:
        form = chosen = ChosenRouteForm(data=given | {"which": list(values)})
        known = {str(key): word for key, word in _known(property)}
        chosen.which.choices = [SelectChoice(key, word) for key, word in ({one: one for one in values} | known).items()]
        chosen.which.label.text = PROPERTY_WORDS[property]
    form.offer(people)
    return form


def _known(property: str) -> Sequence[tuple[str, Any]]:
    if property == KIND:
        return [(one.value, word) for one, word in KIND_WORDS.items()]
    return territories.choices() if property == TERRITORY else words.choices(Dictionary(property))
