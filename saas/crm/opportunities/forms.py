"""What a person may type about a deal, its end, and the stages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, DecimalField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from saas import clock, ui
from saas.crm.activities import kind_queries
from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account, Contact
from saas.crm.fields import queries as fields
from saas.crm.fields.forms import WordField
from saas.crm.fields.models import Dictionary
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities.models import COLOUR_WORDS, Opportunity, Pipeline, Result, Stage
from saas.crm.opportunities.needs import NEED_CHOICES, Need
from saas.crm.opportunities.rival_models import DealRival
from saas.crm.products import queries as products
from saas.crm.products.forms import DEAREST
from saas.crm.products.models import Product
from saas.forms import Form, RecordForm, between, choices, optional, several
from saas.tenants import queries as tenants
from saas.tenants.forms import currency_choices


def stage_choices(stages: Sequence[Stage]) -> list[Any]:
    """Stages to choose from, under the names of their pipelines where the workspace has several."""
    names = {one.id: one.label for one in pipelines.pipelines()}
    several = len(names) > 1
    return [
        SelectChoice(str(stage.id), stage.label, optgroup=names[stage.pipeline_id] if several else None)
        for stage in stages
    ]


SOLD_BY_PARTNER = "partner"  # the channel of a deal with a partner, unless another is said
LINKS = {"csrf_token", "customer", "contact_id", "product_id", "stage_id"}


DONE = ("kind", "subject")
FILLED = {  # need → the fields in which it is said
    Need.ACCOUNT: ("customer",),
    Need.CONTACT: ("contact_id",),
    Need.DECIDER: ("decider_id",),
    Need.PRODUCT: ("product_id",),
    Need.AMOUNT: ("amount",),
    Need.EXPECTED: ("expected_on",),
    Need.NEXT_STEP: ("next_step",),
    Need.ACTIVITY: DONE,
    Need.RIVAL: ("rival",),
}


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
        self.stage_id.choices = stage_choices(pipelines.stages())
        self._sold = {str(p.id): p for p in [*products.products(ui.words().today), *([product] if product else [])]}
        self.product_id.choices = choices({key: p.name for key, p in self._sold.items()}, empty=True)
        self._meet(account, contact)

    def _meet(self, account: Account | None, contact: Contact | None = None) -> None:
        """Offer the people of a customer, and the one who is named already where they are hidden."""
        people = customers.contacts_of(account.id) if account else []
        his = [contact] if account and contact and contact.account_id == account.id else []
        self._people = {str(p.id): p for p in [*people, *his]}
        names = choices({key: p.name for key, p in self._people.items()}, empty=True)
        for field in self:
            if field.short_name in {"contact_id", "decider_id"}:
                field.choices = names

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb; the links are attributes of the form."""
        values = {name: value for name, value in super().values().items() if name not in LINKS}
        if values.get("probability", 0) is None:
            del values["probability"]
        if "partner_id" in values:
            values["partner_id"] = self.partner.id if self.partner else None
        return values

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
        self._meet(found)

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


class SwitchForm(Form):
    """To which stage of another pipeline a deal goes."""

    stage_id = SelectField(_l("Where does it go on?"))

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage_id.choices = stage_choices([s for s in pipelines.stages() if s.pipeline_id != stage.pipeline_id])


class FillForm(DealForm):
    """Just what a deal lacks before it may go on."""

    decider_id = SelectField(_l("Who decides there?"), validate_choice=False, filters=[optional])
    kind = SelectField(_l("What was done?"))
    subject = StringField(_l("About what?"), [Length(max=200)], filters=[optional])
    rival = StringField(_l("Which competitor?"), [Length(max=200)], filters=[optional])

    def __init__(self, deal: Opportunity, needs: Collection[Need]) -> None:
        super().__init__(obj=deal, account=deal.account, contact=deal.contact, product=deal.product)
        self.kind.choices = [SelectChoice(kind.key, kind.word) for kind in kind_queries.open_to_choose()]
        asked = {name for need in needs for name in FILLED[need]}
        if {Need.CONTACT, Need.DECIDER} & set(needs) and deal.account is None:
            asked.add("customer")
        self.leave_out(*(f.short_name for f in self if f.short_name not in {*asked, "csrf_token"}))
        for name in asked:
            self[name].flags.required = True

    def validate(self, extra_validators: Any = None) -> bool:
        """True when each thing that was asked for is there."""
        is_right = bool(super().validate(extra_validators))  # type: ignore[no-untyped-call]
        for field in self:
            if field.flags.required and field.data in (None, "") and not field.errors:
                field.errors = [_("Please fill this in.")]
                is_right = False
        return is_right

    def values(self) -> dict[str, Any]:
        """Column → value of what was asked for, for the verb."""
        return {name: value for name, value in super().values().items() if name not in {*DONE, "rival", "decider_id"}}

    def decider(self) -> Contact | None:
        """Who decides at the customer, if that was asked for."""
        return self._people.get(self.decider_id.data or "") if "decider_id" in self else None

    def validate_decider_id(self, field: SelectField) -> None:
        """Take somebody who works at the customer; with another customer the field falls empty."""
        if field.data not in self._people:
            field.data = None

    def done(self) -> dict[str, Any] | None:
        """What was done, if that was asked for."""
        return {name: self[name].data for name in DONE} if "subject" in self else None


class CloseForm(Form):
    """How a deal ended."""

    loss = SelectField(
        _l("Why was it lost?"),
        [InputRequired(_l("Say why it was lost: that is what the next deal learns from."))],
        filters=[optional],
    )
    winner_id = SelectField(_l("Who won it?"), filters=[optional])
    reason = StringField(_l("Why?"), [Optional(), Length(max=300)], filters=[optional])
    on = DateField(_l("On"), [InputRequired(_l("Say on which day."))])

    def __init__(self, result: Result, opportunity: Opportunity, zone: str, against: Sequence[DealRival]) -> None:
        self.today = clock.local(clock.now(), zone).date()
        super().__init__(on=self.today)
        self.opened_on = opportunity.opened_on
        self.reason.label.text = _("Why was it won?") if result is Result.WON else _("In your words")
        self.loss.choices = choices({one.key: one.label for one in fields.offered(Dictionary.LOSS)}, empty=True)
        self._against = {str(one.id): one for one in against}
        self.winner_id.choices = choices({key: one.rival.name for key, one in self._against.items()}, empty=True)
        if result is Result.WON:
            self.leave_out("loss")
        if result is Result.WON or not against:
            self.leave_out("winner_id")

    def values(self) -> dict[str, Any]:
        """What the verb takes."""
        return {one.short_name: one.data for one in self if one.short_name not in {"csrf_token", "winner_id"}}

    def winner(self) -> DealRival | None:
        """To whom it was lost, of those who are named."""
        return self._against.get(self.winner_id.data or "") if "winner_id" in self else None

    def validate_on(self, field: DateField) -> None:
        """A deal ends between its first day and today."""
        if field.data and field.data > self.today:
            raise ValidationError(_("This day has yet to come."))
        if field.data and field.data < self.opened_on:
            raise ValidationError(_("The deal was opened later than this."))


class ReopenForm(Form):
    """Why a deal that was over is open again."""

    reason = StringField(
        _l("Why is it open again?"),
        [InputRequired(_l("Say why it is open again.")), Length(max=300)],
        filters=[optional],
    )


class OwnerForm(Form):
    """Whose deal it is."""

    owner_id = SelectField(_l("Whose deal is it?"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.owner_id.choices = choices({m.id: m.name for m in tenants.heirs()})


class PipelineForm(Form):
    """What a pipeline is called."""

    name = StringField(_l("Name"), [InputRequired(_l("A pipeline needs a name.")), Length(max=60)], filters=[optional])


class NewPipelineForm(PipelineForm):
    """A pipeline, and whose stages it begins with."""

    pattern_id = SelectField(
        _l("Begin with the stages of"), description=_l("Change them afterwards; the other pipeline keeps its own.")
    )

    def __init__(self, known: Sequence[Pipeline]) -> None:
        super().__init__()
        self.pattern_id.choices = choices({one.id: one.label for one in known})


class StageForm(RecordForm):
    """One stage of a pipeline."""

    name = StringField(_l("Name"), [InputRequired(_l("A stage needs a name.")), Length(max=60)], filters=[optional])
    probability = IntegerField(
        _l("Probability in %"),
        [InputRequired(_l("A share from 0 to 100.")), NumberRange(0, 100, _l("A share from 0 to 100."))],
    )
    colour = SelectField(_l("Colour"), choices=choices(COLOUR_WORDS))


class StageRulesForm(StageForm):
    """One stage, and what it asks of its deals."""

    @classmethod
    def of(cls, stage: Stage) -> StageRulesForm:
        """A form with what a stage has now; a starting one by its translated name."""
        kept = ("probability", "colour", "needs", "most", "patience")
        return cls(name=stage.label, **{name: getattr(stage, name) for name in kept})

    needs = several(
        _l("Before a deal goes on from here, it must have"),
        choices=choices(NEED_CHOICES),
        description=_l("Whoever moves it on is asked for what is missing. Back, and to lost, it may go at any time."),
    )
    most = IntegerField(
        _l("At most so many open deals"),
        [Optional(), between(1, 9999)],
        description=_l("The board says when there are more; nothing is refused."),
    )
    patience = IntegerField(
        _l("Stuck after so many days"),
        [Optional(), between(1, 3650)],
        description=_l("Left empty, it is twice what won deals need, or 30 days while few are won."),
    )


class RemoveForm(Form):
    """Where the deals of a stage or a pipeline go that is taken out."""

    heir_id = RadioField(_l("Its open deals go to"))

    def __init__(self, others: list[Stage]) -> None:
        super().__init__(heir_id=str(others[0].id) if others else None)
        titles = pipelines.titles()
        self.heir_id.choices = choices({s.id: titles[s.id] for s in others})

    def heir(self) -> UUID:
        """The stage that takes them."""
        return UUID(self.heir_id.data)
