"""One row of the grid in which several customers or contacts are typed at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import InputRequired, Length, Optional

from saas.crm.customers.forms import AccountForm, ContactForm, ReachedForm
from saas.crm.customers.grid_cells import DictionaryField, KindField, SpelledField, own_cell
from saas.crm.customers.models import AccountKind
from saas.crm.fields.custom_actions import by_field
from saas.crm.fields.custom_models import PREFIX, Applies, Definition
from saas.crm.fields.models import Dictionary
from saas.forms import optional


class RowForm(ReachedForm):
    """A row: those of its fields that the grid shows."""

    usual_kind: AccountKind | None = None  # where nobody says which; None: there are no kinds

    def __init__(self, shown: Sequence[str], *args: Any, **options: Any) -> None:
        super().__init__(*args, meta={"csrf": False}, **options)
        self.leave_out(*[name for name in self._fields if name not in shown])
        self.fields_of_its_own = tuple(field for field in self.fields_of_its_own if field.column in self)

    @property
    def is_blank(self) -> bool:
        """True when nothing was typed in it."""
        return not any(text.strip() for one in self for text in one.raw_data or ())

    def validate(self, extra_validators: Any = None) -> bool:
        """True when nothing in it is wrong; notes what is."""
        super().validate(extra_validators)  # type: ignore[no-untyped-call]
        for field in self.fields_of_its_own:
            self._check(field)
        return not self.errors

    def said(self) -> dict[str, Any]:
        """Column → what was meant, of the cells in which nothing is wrong."""
        return {one.short_name: _meant(one) for one in self if not one.errors}

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb; what was left empty isn't said."""
        said = {name: value for name, value in super().values().items() if name != "custom"}
        said |= {one.short_name: one.meant for one in self if isinstance(one, SpelledField)}
        found = {name: value for name, value in said.items() if value is not None and not name.startswith(PREFIX)}
        own = {field.column: _meant(self[field.column]) for field in self.fields_of_its_own}
        own = {name: value for name, value in own.items() if value is not None}
        return found | {"custom": by_field(own)} if own else found

    def _check(self, field: Definition) -> None:
        """Refuse what isn't for such customers, and nothing where something is needed."""
        box, suits = self[field.column], field.suits(self._kind)
        if box.errors:
            return
        if box.data not in (None, "") and not suits:
            wrong = _("Only persons have this.") if field.applies is Applies.PERSON else _("Only companies have this.")
            box.errors = [wrong]
        elif field.is_required and suits and box.data in (None, ""):
            box.errors = [_("Please fill this in.")]

    @property
    def _kind(self) -> str | None:
        """Company or person; of contacts neither."""
        return (self["kind"].meant if "kind" in self else None) or self.usual_kind


@lru_cache(maxsize=256)
def with_own(row: type[RowForm], own: tuple[Definition, ...]) -> type[RowForm]:
    """A row with the fields that the workspace has made."""
    cells = {one.column: own_cell(one) for one in own}
    made: type[RowForm] = type(row.__name__, (row,), {"fields_of_its_own": own, **cells})
    return made


def _meant(box: Any) -> Any:
    return box.meant if isinstance(box, SpelledField) else box.data


class AccountRow(RowForm):
    """A customer in a row."""

    usual_kind = AccountKind.COMPANY
    name = AccountForm.name
    kind = KindField(_l("Kind"))
    phone = AccountForm.phone
    email = AccountForm.email
    website = AccountForm.website
    tax_number = AccountForm.tax_number
    address = AccountForm.address
    city = AccountForm.city
    region = AccountForm.region
    country = AccountForm.country
    level = DictionaryField(Dictionary.LEVEL)
    industry = DictionaryField(Dictionary.INDUSTRY)
    source = DictionaryField(Dictionary.SOURCE)
    party_role = DictionaryField(Dictionary.ROLE)
    remarks = StringField(_l("Remarks"), [Optional(), Length(max=5000)], filters=[optional])


class ContactRow(RowForm):
    """A contact in a row."""

    customer = StringField(
        _l("Customer"), [InputRequired(_l("Say at which customer.")), Length(max=250)], filters=[optional]
    )
    name = ContactForm.name
    title = ContactForm.title
    department = ContactForm.department
    mobile = ContactForm.mobile
    phone = ContactForm.phone
    email = ContactForm.email
    address = ContactForm.address
    language = ContactForm.language
    remarks = StringField(_l("Remarks"), [Optional(), Length(max=5000)], filters=[optional])
