"""Who else sells a deal, as a person types it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DecimalField, FieldList, FormField, SelectField
from wtforms.validators import NumberRange, Optional, ValidationError

from saas.forms import Fields, Form, choices
from saas.tenants import queries as tenants

BLANK = 2  # rows that wait to be filled
MOST = 10


class ShareFields(Fields):
    """One colleague and his share."""

    member_id = SelectField(_l("Colleague"), [Optional()])
    percent = DecimalField(
        _l("Share in %"), [Optional(), NumberRange(Decimal("0.01"), 100, _l("A share above 0, up to 100."))], places=2
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)  # type: ignore[no-untyped-call]
        self.member_id.choices = choices(dict(tenants.member_names()), empty=True)

    def validate_percent(self, field: DecimalField) -> None:
        """Whoever is named has a share."""
        if self.member_id.data and field.data is None and not field.errors:
            raise ValidationError(_("Say how much."))


class SharesForm(Form):
    """All who sell a deal beside its owner."""

    shares = FieldList(FormField(ShareFields), max_entries=MOST)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        if not self.is_submitted():
            for _blank in range(min(BLANK, MOST - len(self.shares))):
                self.shares.append_entry()

    def values(self) -> dict[UUID, Decimal]:
        """Member → share; of one who is named twice both together."""
        found: dict[UUID, Decimal] = {}
        for row in self.shares:
            if row.form.member_id.data and row.form.percent.data:
                key = UUID(row.form.member_id.data)
                found[key] = found.get(key, Decimal()) + row.form.percent.data
        return found
