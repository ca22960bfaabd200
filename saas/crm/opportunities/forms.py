"""What a person may type about a deal, its end, and the stages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, DecimalField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from saas import clock, ui
from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account, Contact
from saas.crm.fields.forms import WordField
from saas.crm.fields.models import Dictionary
from saas.crm.opportunities.models import COLOUR_WORDS, Opportunity, Result, Stage
from saas.crm.products import queries as products
from saas.crm.products.forms import DEAREST
from saas.crm.products.models import Product
from saas.forms import Form, RecordForm, between, choices, optional
from saas.tenants import queries as tenants
from saas.tenants.forms import currency_choices

SOLD_BY_PARTNER = "partner"  # the channel of a deal with a partner, unless another is said
LINKS = {"csrf_token", "customer", "contact_id", "product_id", "stage_id"}


class DealForm(RecordForm):
    """A deal. Customer, contact and product are read into `account`, `contact` and `product`."""

    name = StringField(
        _l("What is it about?"),
        [InputRequired(_l("A deal needs a name.")), Length(max=200)],
        filters=[optional],
        description=_l("A few words that a colleague understands: 40 laptops, service contract…"),
    )
    customer = StringField(_l("Customer"), [Optional(), Length(max=300)], filters=[optional])
    contact_id = SelectField(_l("Contact"), validate_choice=False, filters=[optional])
    product_id = SelectField(_l("Product"), validate_choice=False, filters=[optional])
    channel = WordField(_l("Channel"), Dictionary.CHANNEL, description=_l("By which route it is sold."))
    partner_id = StringField(
        _l("Partner"),
        [Length(max=300)],
        filters=[optional],
        description=_l("The company through which it is sold, if one is."),
    )
    amount = DecimalField(
        _l("Amount"),
        [Optional(), between(0, DEAREST)],
        places=2,
        description=_l("Leave it empty while nobody knows."),
    )
    currency = SelectField(_l("Currency"))
    stage_id = SelectField(_l("Stage"), validate_choice=True)
    probability = IntegerField(
        _l("Probability in %"),
        [Optional(), NumberRange(0, 100, _l("A share from 0 to 100."))],
        description=_l("Left empty, it is the stage's."),
    )
    expected_on = DateField(_l("Expected on"), [Optional()], description=_l("The day you hope to win it."))
    next_step = StringField(
        _l("Next step"), [Optional(), Length(max=200)], filters=[optional], description=_l("Shown on its card.")
    )
    remarks = TextAreaField(_l("Remarks"), [Optional(), Length(max=5000)], filters=[optional])

    def __init__(
        self,
        *args: Any,
        stages: list[Stage],
        account: Account | None = None,
        contact: Contact | None = None,
        product: Product | None = None,
        **options: Any,
    ) -> None:
        given = {
            "customer": account.label if account else None,
            "contact_id": str(contact.id) if contact else "",
            "product_id": str(product.id) if product else "",
        }
        super().__init__(*args, **{**options, "data": {**options.get("data", {}), **given}})
        self.account, self.contact, self.product = account, contact, product
        self.partner: Account | None = getattr(options.get("obj"), "partner", None)
        if not self.is_submitted():
            self.partner_id.data = self.partner.label if self.partner else None
        self.currency.choices = currency_choices()
        self.stage_id.choices = [SelectChoice(str(s.id), s.label) for s in stages]
        self._sold = {str(p.id): p for p in [*products.products(ui.words().today), *([product] if product else [])]}
        self.product_id.choices = choices({key: p.name for key, p in self._sold.items()}, empty=True)
        people = customers.contacts_of(account.id) if account else []
        his = [contact] if account and contact and contact.account_id == account.id else []  # where they are hidden too
        self._people = {str(p.id): p for p in [*people, *his]}
        self.contact_id.choices = choices({key: p.name for key, p in self._people.items()}, empty=True)

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb; the links are attributes of the form."""
        values = {name: value for name, value in super().values().items() if name not in LINKS}
        if values["probability"] is None:
            del values["probability"]
        return values | {"partner_id": self.partner.id if self.partner else None}

    def differences(self, record: Any) -> list[dict[str, Any]]:
        """What the reader typed beside what a colleague saved meanwhile, partners by their names."""
        rows = super().differences(record)
        for row in rows:
            if row["label"] == self.partner_id.label.text:
                both = {"mine": self.partner, "theirs": record.partner}
                row |= {side: company.name if company else "—" for side, company in both.items()}
        return rows

    def links(self) -> dict[str, Any]:
        """The customer, contact and product that were named, for the verb."""
        return {"account": self.account, "contact": self.contact, "product": self.product}

    def validate_customer(self, field: StringField) -> None:
        """Find the customer by his number, in brackets or alone, or by his name."""
        words = str(field.data or "")
        if not words or (self.account is not None and words == self.account.label):
            self.account = self.account if words else None
            return
        found = customers.account_typed(words)
        if found is None:
            raise ValidationError(_("No customer has this name or number. Add the customer first, or leave it empty."))
        self.account = found

    def validate_partner_id(self, field: StringField) -> None:
        """Find the partner as a customer is found; whoever names one sells through him."""
        words = str(field.data or "")
        if self.partner is None or words != self.partner.label:
            self.partner = customers.account_typed(words) if words else None
        if words and self.partner is None:
            raise ValidationError(_("No company has this name or number. Add it as a customer first."))
        if words and not self.channel.data:
            self.channel.data = SOLD_BY_PARTNER

    def validate_contact_id(self, field: SelectField) -> None:
        """Take the contact if he works at the customer; with another customer the field falls empty."""
        chosen = self._people.get(field.data or "")
        self.contact = chosen if chosen and self.account and chosen.account_id == self.account.id else None

    def validate_product_id(self, field: SelectField) -> None:
        """Take the product if it is on offer, or was the deal's already."""
        self.product = self._sold.get(field.data or "")
        if field.data and self.product is None:
            raise ValidationError(_("This product is not on offer."))


class CloseForm(Form):
    """How a deal ended."""

    reason = StringField(_l("Why?"), [Optional(), Length(max=300)], filters=[optional])
    on = DateField(_l("On"), [InputRequired(_l("Say on which day."))])

    def __init__(self, result: Result, opportunity: Opportunity, zone: str) -> None:
        self.today = clock.local(clock.now(), zone).date()
        super().__init__(on=self.today)
        self.opened_on = opportunity.opened_on
        self.reason.label.text = _("Why was it won?") if result is Result.WON else _("Why was it lost?")
        self.reason.flags.required = result is Result.LOST  # type: ignore[attr-defined]

    def validate_on(self, field: DateField) -> None:
        """A deal ends between its first day and today."""
        if field.data and field.data > self.today:
            raise ValidationError(_("This day has yet to come."))
        if field.data and field.data < self.opened_on:
            raise ValidationError(_("The deal was opened later than this."))


class OwnerForm(Form):
    """Whose deal it is."""

    owner_id = SelectField(_l("Whose deal is it?"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.owner_id.choices = choices({m.id: m.name for m in tenants.members()})


class StageForm(RecordForm):
    """One stage of the pipeline."""

    name = StringField(_l("Name"), [InputRequired(_l("A stage needs a name.")), Length(max=60)], filters=[optional])
    probability = IntegerField(
        _l("Probability in %"),
        [InputRequired(_l("A share from 0 to 100.")), NumberRange(0, 100, _l("A share from 0 to 100."))],
    )
    colour = SelectField(_l("Colour"), choices=choices(COLOUR_WORDS))


class RemoveForm(Form):
    """Where the deals of a stage go that is taken out."""

    heir_id = RadioField(_l("Its open deals go to"))

    def __init__(self, others: list[Stage]) -> None:
        super().__init__(heir_id=str(others[0].id) if others else None)
        self.heir_id.choices = choices({s.id: s.label for s in others})

    def heir(self) -> UUID:
        """The stage that takes them."""
        return UUID(self.heir_id.data)
