"""What a person may type about stock and warehouses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from wtforms import BooleanField, DecimalField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from saas.crm.inventory import queries
from saas.crm.inventory.models import Warehouse
from saas.crm.inventory.quantities import COST_STEP, STEP, plain
from saas.forms import Form, RecordForm, between, needed, optional, trimmed

MOST = 10**9  # of a product, at once
WAYS = {
    "in": _l("Put in"),
    "out": lazy_pgettext("stock", "Take out"),
    "adjust": _l("Set right"),
    "transfer": _l("Transfer"),
}


def quantity_field(label: Any, *checks: Any, **options: Any) -> DecimalField:
    """A field for a quantity with up to three digits behind the mark."""
    return DecimalField(label, [*checks, between(0, MOST)], places=None, filters=[_three_digits], **options)


def some_field(label: Any, **options: Any) -> DecimalField:
    """A field for a quantity that is more than nothing."""
    more = NumberRange(STEP, MOST, _l("Please type a number above 0."))
    checks = [InputRequired(_l("Say how many.")), more]
    return DecimalField(label, checks, places=None, filters=[_three_digits], **options)


def _three_digits(value: Any) -> Any:
    return plain(value.quantize(STEP)) if isinstance(value, Decimal) and abs(value) < MOST * 10 else value


def _four_digits(value: Any) -> Any:
    return value.quantize(COST_STEP) if isinstance(value, Decimal) and abs(value) < MOST * 10 else value


class WarehouseForm(RecordForm):
    """A warehouse."""

    name = StringField(_l("Name"), [needed(), Length(max=100)], filters=[trimmed])
    code = StringField(
        lazy_pgettext("warehouse", "Code"),
        [needed(), Length(max=12), Regexp(r"^[\w.-]+$", message=_l("Letters, digits and marks, without spaces."))],
        filters=[trimmed],
        description=_l("Short, such as MAIN or HH2."),
    )
    address = TextAreaField(_l("Address"), [Optional(), Length(max=500)], filters=[optional])


class RulesForm(Form):
    """What the workspace allows."""

    below_zero = BooleanField(
        _l("Sell below zero"),
        description=_l("Orders may then reserve and deliver more than there is. Usually that is a mistake."),
    )


class MovementForm(Form):
    """One movement by hand. Which fields there are depends on what happens."""

    warehouse_id = SelectField(_l("Warehouse"))
    to_id = SelectField(lazy_pgettext("warehouse", "To"))
    quantity = some_field(_l("How many"))
    on_hand = quantity_field(
        _l("On hand, really"), InputRequired(_l("Say how many.")), description=_l("The difference becomes a movement.")
    )
    unit_cost = DecimalField(
        _l("Cost of one"),
        [Optional(), between(0, 10**11)],
        places=None,
        filters=[_four_digits],
        description=_l("Without tax. The average is kept by it."),
    )
    on_its_way = BooleanField(_l("It is on its way"), description=_l("It comes in once you say that it has arrived."))
    reason = StringField(
        _l("Reason"),
        [Optional(), Length(max=200)],
        filters=[optional],
        description=_l("Colleagues read it in the list."),
    )

    def __init__(self, way: str, warehouses: list[Warehouse], **options: Any) -> None:
        super().__init__(**options)
        choices = [SelectChoice(str(one.id), one.name) for one in warehouses]
        self.warehouse_id.choices = self.to_id.choices = choices
        self.leave_out(*_left_out(way))
        if way == "transfer":
            self.warehouse_id.label.text = lazy_pgettext("warehouse", "From")
            self.to_id.data = self.to_id.data or next((str(one.id) for one in warehouses[1:]), None)
        if way == "adjust":
            self.reason.validators = (needed(), *self.reason.validators)

    def place(self) -> UUID:
        """The warehouse that was chosen."""
        return UUID(self.warehouse_id.data)


def _left_out(way: str) -> set[str]:
    own = {
        "in": {"quantity", "unit_cost"},
        "out": {"quantity"},
        "adjust": {"on_hand"},
        "transfer": {"to_id", "quantity", "on_its_way"},
    }
    return set().union(*own.values()) - own[way]


class CorrectionForm(Form):
    """Why a movement was wrong."""

    reason = StringField(_l("Why was it wrong?"), [needed(), Length(max=200)], filters=[trimmed])


class WarningForm(Form):
    """When stock is low, and what is then bought."""

    warn_below = quantity_field(
        _l("Warn below"), Optional(), description=_l("Available pieces under which you are told. Empty: never.")
    )
    fill_to = quantity_field(
        _l("Fill up to"), Optional(), description=_l("What a suggested purchase aims at. Empty: the level above.")
    )
    pack_size = quantity_field(_l("Pack size"), Optional(), description=_l("A suggested purchase is a multiple of it."))


class CountForm(Form):
    """What is going to be counted."""

    warehouse_id = SelectField(_l("Warehouse"))
    category = SelectField(_l("Category"))
    note = StringField(
        _l("What for"),
        [Optional(), Length(max=200)],
        filters=[optional],
        description=_l("It becomes the reason of the movements."),
    )

    def __init__(self, categories: list[str], **options: Any) -> None:
        super().__init__(**options)
        self.warehouse_id.choices = [SelectChoice(str(one.id), one.name) for one in queries.warehouses()]
        self.category.choices = [SelectChoice("", _("Everything")), *(SelectChoice(c, c) for c in categories)]
