"""The list of cooperations: columns, sorts, filters."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import ColumnElement

from saas.crm.customers.lists import owned_by, owners
from saas.crm.relations.models import (
    COOPERATION_WORDS,
    STATE_LOOKS,
    STATE_WORDS,
    Cooperation,
    CooperationKind,
    CooperationState,
)
from saas.crm.relations.queries import ACCOUNT_NAME, OWNER_NAME
from saas.lists import Column, Filter, Listing


def _state(value: str) -> ColumnElement[bool] | None:
    return Cooperation.state == CooperationState(value) if value in set(CooperationState) else None


def _kind(value: str) -> ColumnElement[bool] | None:
    return Cooperation.kind == CooperationKind(value) if value in set(CooperationKind) else None


def state_badge(value: CooperationState) -> tuple[Any, str]:
    """A state's word and look."""
    return STATE_WORDS[value], STATE_LOOKS[value]


COOPERATIONS = Listing(
    Cooperation,
    columns=(
        Column("subject", _l("Cooperation"), Cooperation.subject, "name", sort=Cooperation.subject),
        Column("account", lazy_pgettext("cooperation", "With"), ACCOUNT_NAME),
        Column("kind", _l("Kind"), Cooperation.kind, words=lambda value: COOPERATION_WORDS[value]),
        Column("state", _l("State"), Cooperation.state, "badge", words=state_badge),
        Column("starts", _l("Begins"), Cooperation.starts_on, "day"),
        Column("ends", _l("Ends"), Cooperation.ends_on, "day"),
        Column("owner", _l("Looked after by"), OWNER_NAME),
        Column("result", _l("What came of it"), Cooperation.result),
        Column("created", _l("Added"), Cooperation.created_at, "moment", sort=Cooperation.created_at, shown=False),
    ),
    filters=(
        Filter("state", _l("State"), lambda: [(s.value, STATE_WORDS[s]) for s in CooperationState], _state),
        Filter("kind", _l("Kind"), lambda: [(k.value, COOPERATION_WORDS[k]) for k in CooperationKind], _kind),
        Filter("owner", _l("Looked after by"), owners, owned_by(Cooperation)),
    ),
    sort="-created",
)
