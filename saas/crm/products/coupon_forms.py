"""What a person may type about a coupon."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from saas.crm.products import queries as products
from saas.crm.products.coupon_models import Coupon
from saas.crm.products.models import Product
from saas.forms import ExactField, RecordForm, between, choices, optional
from saas.search import fold
from saas.tenants.forms import currency_choices

PERCENT, AMOUNT = "percent", "amount"
CODE = re.compile(r"[\w-]{3,40}")
MOST_USES = 10**6
HIGHEST = 10**12
MOST_PRODUCTS = 200
LINES = {"way", "names", "category_names"}  # of the form, that are no columns


class CouponForm(RecordForm):
    """A coupon. The products that its lines name are read into `chosen`."""

    code = StringField(
        _l("Coupon code"),
        [InputRequired(_l("A coupon needs a code.")), Length(max=40)],
        filters=[optional],
        description=_l("As customers type it; capital or small letters are the same."),
    )
    title = StringField(
        _l("What it is for"), [Optional(), Length(max=200)], filters=[optional], description=_l("Colleagues read it.")
    )
    way = RadioField(
        _l("In which way"),
        choices=choices({PERCENT: _l("A percentage"), AMOUNT: _l("An amount")}),
        default=PERCENT,
    )
    percent_off = ExactField(_l("Percent"), [Optional(), between(0, 100)], most_places=3)
    amount_off = ExactField(_l("Amount"), [Optional(), between(0, HIGHEST)])
    currency = SelectField(_l("Currency"))
    starts_on = DateField(_l("Holds from"), [Optional()])
    ends_on = DateField(_l("Holds until"), [Optional()], description=_l("That day included."))
    least_order = ExactField(
        _l("From an order of"),
        [Optional(), between(0, HIGHEST)],
        description=_l("Without tax, of what it is for. Empty: of any worth."),
    )
    most_uses = IntegerField(
        _l("How often in all"), [Optional(), between(1, MOST_USES)], description=_l("Empty: as often as one likes.")
    )
    most_per_account = IntegerField(_l("How often for each customer"), [Optional(), between(1, MOST_USES)])
    names = TextAreaField(
        _l("For these products"),
        [Optional(), Length(max=20_000)],
        description=_l("A name or number each line. Empty, and no categories either: for all."),
    )
    category_names = TextAreaField(
        _l("For these categories"), [Optional(), Length(max=4000)], description=_l("One each line, with those in it.")
    )

    def __init__(self, coupon: Coupon | None = None, named: Sequence[Product] = (), **options: Any) -> None:
        if coupon is not None:
            options |= {
                "way": PERCENT if coupon.amount_off is None else AMOUNT,
                "names": "\n".join(one.name for one in named),
                "category_names": "\n".join(coupon.categories),
            }
        super().__init__(obj=coupon, **options)
        self.currency.choices = currency_choices()
        self.chosen: list[Product] = list(named)
        if coupon is not None:
            self.leave_out("code")

    def validate_code(self, field: StringField) -> None:
        """A code has no blanks, so that nobody has to guess at them."""
        if not CODE.fullmatch(field.data or ""):
            raise ValidationError(_("A code has 3 to 40 letters, digits, - and _."))

    def validate_category_names(self, field: TextAreaField) -> None:
        """Each line is a category that products have."""
        known = {fold(one) for one in products.categories()}
        for one in _lines(field.data):
            if fold(one) not in known:
                raise ValidationError(_("No product is in a category “%(name)s”.", name=one[:80]))

    def validate_names(self, field: TextAreaField) -> None:
        """Each line is a product."""
        lines = _lines(field.data)
        if len(lines) > MOST_PRODUCTS:
            raise ValidationError(_("At most %(most)s products; take categories instead.", most=MOST_PRODUCTS))
        found = products.spelled(lines) if lines else {}
        for one in lines:
            if fold(one) not in found:
                raise ValidationError(_("There is no product “%(name)s”.", name=one[:80]))
        self.chosen = list({found[fold(one)].id: found[fold(one)] for one in lines}.values())

    def validate(self, extra_validators: Any = None) -> bool:
        """True when nothing in it is wrong: what it takes off must be said."""
        super().validate(extra_validators)  # type: ignore[no-untyped-call]
        name = "percent_off" if self.way.data == PERCENT else "amount_off"
        if not self[name].data and not self[name].errors:
            self[name].errors = [_("Say how much.")]
        if not _lines(self.names.data):
            self.chosen = []
        return not self.errors

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb."""
        found = {name: value for name, value in super().values().items() if name not in LINES}
        found["amount_off" if self.way.data == PERCENT else "percent_off"] = None
        known = {fold(one): one for one in products.categories()}
        found["categories"] = list(dict.fromkeys(known[fold(one)] for one in _lines(self.category_names.data)))
        return found

    @property
    def product_ids(self) -> list[UUID]:
        """The products that it is for."""
        return [one.id for one in self.chosen]

    def differences(self, record: Any) -> list[dict[str, Any]]:
        """What the reader typed beside what a colleague saved meanwhile."""
        said = [(name, mine) for name, mine in self.values().items() if name in self]
        pairs = [(self[name].label.text, mine, getattr(record, name)) for name, mine in said]
        return [{"label": label, "mine": a or "—", "theirs": b or "—"} for label, a, b in pairs if a != b]


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]
