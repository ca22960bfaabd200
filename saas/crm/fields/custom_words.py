"""Values of a workspace's own fields as a reader sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from saas import ui
from saas.crm.fields import custom_queries as queries
from saas.crm.fields.custom_models import NAMED, Definition, FieldKind
from saas.crm.fields.custom_sets import BIRTHDAY
from saas.crm.fields.custom_values import typed
from saas.tenants import scope


def said(field: Definition, value: Any, names: Mapping[str, str] | None = None) -> Any:
    """A value (as JSON keeps it) in words; None where there is nothing to say.

    Args:
        field: whose it is.
        value: what a record holds.
        names: of records that are named by id, from `queries.names`.
    """
    if field.kind in NAMED:
        return (names or {}).get(str(value)) if value else None
    if field.kind is FieldKind.CHOICES:
        return _(", ").join(_word(field, key) for key in value or ()) or None
    found = typed(field, value)
    if found is None:
        return None
    if field.kind is FieldKind.CHOICE:
        return _word(field, found)
    if field.kind is FieldKind.NUMBER:
        return ui.number(found)
    if field.kind is FieldKind.MONEY:
        return ui.money(found, scope.workspace().currency)
    return ui.day(found) if field.kind is FieldKind.DATE else found


def chips(field: Definition, held: Any) -> Any:
    """The word of a field that a record holds, or all that it holds, each with the look of its chip."""
    if isinstance(held, str):
        return _word(field, held), "neutral"
    return [(_word(field, key), "neutral") for key in held or ()]


def facts(record: Any) -> list[tuple[str, Any]]:
    """(name of a field, what the record holds in it), for its page; those that hold nothing are left out."""
    pairs = [(one, (record.custom or {}).get(one.key)) for one in queries.fields_for(record)]
    names = queries.names(pairs)
    found = [(field, value, said(field, value, names)) for field, value in pairs]
    return [(field.label, _aged(field, value, word)) for field, value, word in found if word not in (None, "")]


def told_apart(
    fields: Sequence[Definition], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[tuple[Definition, Any, Any]]:
    """(field, one side, other side), in words, of the fields in which two records, or one before and after, differ."""
    differing = [one for one in fields if before.get(one.key) != after.get(one.key)]
    names = queries.names([(one, side.get(one.key)) for one in differing for side in (before, after)])
    return [(one, *(said(one, side.get(one.key), names) for side in (before, after))) for one in differing]


def _word(field: Definition, key: str) -> str:
    found = field.choice(key)
    return found.label if found else key


def _aged(field: Definition, value: Any, word: Any) -> Any:
    """Beside a birthday stands how old somebody is."""
    born = typed(field, value) if field.origin == BIRTHDAY else None
    if not isinstance(born, date):
        return word
    today = ui.words().today
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return Markup("{} {}").format(word, _("(%(years)s)", years=years)) if years >= 0 else word
