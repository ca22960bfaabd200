"""What a person may type about a customer."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID

from email_validator import validate_email
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    EmailField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
    URLField,
)
from wtforms.validators import Email, InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from saas import phones
from saas.crm.customers import likeness, private
from saas.crm.customers.contact_words import told
from saas.crm.customers.models import (
    CALL_LINES,
    CHANNEL_WORDS,
    DECISION_WORDS,
    KIND_WORDS,
    LINE_WORDS,
    MAIL_LINES,
    WISH_WORDS,
    AccountKind,
    Channel,
    DecisionRole,
    Wish,
)
from saas.crm.fields import queries as words
from saas.crm.fields.custom_forms import CustomForm
from saas.crm.fields.forms import WordField
from saas.crm.fields.models import OF_CUSTOMERS, Dictionary
from saas.forms import Fields, Form, between, choices, optional
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.forms import beyond_field
from saas.tenants.models import Member
from saas.tenants.permissions import Permission, Reach

BLANK = 2  # rows that wait to be filled
LONGEST_CARDS = 500_000  # characters of a file of cards
DIGITS = r"^[\d\s()+./#*x-]{3,}$"
PHONE = Regexp(DIGITS, message=_l("A phone number has digits, blanks and + ( ) - only."))

PERSON = "person_"  # how the fields of the person beside a new customer begin


def _text(label: Any, most: int = 200, field: type = StringField, **options: Any) -> Any:
    rules = [*options.pop("rules", []), Length(max=most)]
    return field(label, [Optional(), *rules], filters=[optional], **options)


def _choice(label: Any, words: Any, kind: Any) -> Any:
    """A choice among the words of an enum, or none."""
    return SelectField(label, [Optional()], choices=choices(words, empty=True), coerce=lambda v: kind(v) if v else None)


class ReachedForm(CustomForm):
    """Somebody with phones, a mail address, a tax number, which are kept as they are written everywhere."""

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb."""
        found = super().values()
        zone = scope.workspace().timezone
        written: dict[str, Any] = {
            name: phones.written(found[name], zone)
            for name in ("phone", "mobile", "fax")
            if found.get(name) and found[name] != self[name].object_data  # what nobody typed stays as it came
        }
        if mail := found.get("email"):
            written["email"] = validate_email(mail, check_deliverability=False).normalized
        if found.get("tax_number"):
            written["tax_number"] = likeness.tax_written(found, zone)
        return found | written


class AccountForm(ReachedForm):
    """A customer."""

    name = StringField(_l("Name"), [InputRequired(_l("A customer needs a name.")), Length(max=200)], filters=[optional])
    kind = SelectField(_l("Kind"), choices=choices(KIND_WORDS), coerce=AccountKind)
    party_role = WordField(_l("Role"), Dictionary.ROLE)
    level = WordField(_l("Level"), Dictionary.LEVEL)
    value_class = WordField(_l("Value class"), Dictionary.VALUE)
    company_type = WordField(_l("Company type"), Dictionary.TYPE)
    nature = WordField(_l("Ownership"), Dictionary.NATURE)
    credit = WordField(_l("Credit standing"), Dictionary.CREDIT)
    industry = WordField(_l("Industry"), Dictionary.INDUSTRY)
    source = WordField(_l("Source"), Dictionary.SOURCE, description=_l("How they came to you."))
    phone = _text(_l("Phone"), 40, TelField, rules=[PHONE])
    fax = _text(_l("Fax"), 40, TelField, rules=[PHONE])
    email = _text(_l("Mail"), 254, EmailField, rules=[Email(_l("This is not a whole mail address."))])
    website = _text(_l("Website"), 200, URLField)
    tax_number = _text(
        _l("Tax number"),
        40,
        description=_l("As the customer's country has it; the country of the workspace without one."),
    )
    country = _text(_l("Country"), 100)
    region = _text(_l("Region"), 100)
    city = _text(_l("City"), 100)
    address = _text(_l("Address"), 300)
    employees = IntegerField(_l("Employees"), [Optional(), between(0, 10_000_000)])
    revenue = DecimalField(_l("Yearly revenue (millions)"), [Optional(), between(0, 10**12)], places=2)
    founded = IntegerField(_l("Founded"), [Optional(), NumberRange(1000, 2100, _l("A year, such as 1998."))])
    remarks = _text(_l("Remarks"), 5000, TextAreaField)

    def differences(self, record: Any) -> list[dict[str, Any]]:
        """What the reader typed beside what a colleague saved meanwhile, dictionary words by their names."""
        rows, known = super().differences(record), {str(self[d.value].label.text): d for d in OF_CUSTOMERS}
        for row in rows:
            if row["label"] in known:
                row |= {side: words.label(known[row["label"]], row[side]) for side in ("mine", "theirs")}
        return rows


class NewAccountForm(AccountForm):
    """A customer, and at once the person one talks to there."""

    owner_id = SelectField(_l("Who looks after it?"))
    person_name = _text(_l("Who is it?"))
    person_title = _text(_l("Position"), 100)
    person_mobile = _text(_l("Mobile"), 40, TelField, rules=[PHONE])
    person_email = AccountForm.email

    def __init__(self, *args: Any, **options: Any) -> None:
        me = scope.me()
        super().__init__(*args, **{"owner_id": str(me.id)} | options)
        others = [one for one in tenants.heirs() if one.id != me.id] if scope.may(Permission.ACCOUNT_ASSIGN) else []
        words = {str(me.id): _l("Me"), "": _l("Nobody: it lies in the public pool")}
        self.owner_id.choices = choices(words | {str(one.id): one.name for one in others})
        if not scope.may(Permission.CONTACT_CREATE):
            self.leave_out(*(name for name in self._fields if name.startswith(PERSON)))

    def values(self) -> dict[str, Any]:
        """Column → value of the customer, for the verb; who looks after it is apart."""
        said = {name: value for name, value in super().values().items() if not name.startswith(PERSON)}
        return {name: value for name, value in said.items() if name != "owner_id"}

    def owner(self) -> Member | None:
        """Who looks after it; None: it lies in the pool."""
        return tenants.member(UUID(self.owner_id.data)) if self.owner_id.data else None

    def person(self) -> dict[str, Any] | None:
        """Column → value of the person, for the verb; None where nobody was named."""
        if "person_name" not in self or not self.person_name.data:
            return None
        said = {name: self[f"{PERSON}{name}"].data for name in ("name", "title", "mobile", "email")}
        if said["mobile"]:
            said["mobile"] = phones.written(said["mobile"], scope.workspace().timezone)
        if said["email"]:
            said["email"] = validate_email(said["email"], check_deliverability=False).normalized
        return said | {"is_main": True}

    def validate(self, extra_validators: Any = None) -> bool:
        """True when nothing is wrong; of somebody who can be reached the name is asked for."""
        is_right = bool(super().validate(extra_validators))  # type: ignore[no-untyped-call]
        said = [name for name, one in self._fields.items() if name.startswith(PERSON) and one.data]
        if said and "person_name" not in said:
            self.person_name.errors = [_l("A contact needs a name.")]
            return False
        return is_right


class OwnerForm(Form):
    """Who looks after a customer."""

    owner_id = SelectField(_l("Who looks after it?"))
    beyond = beyond_field()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if scope.who().reach(Permission.ACCOUNT_ASSIGN) is not Reach.ALL:
            del self.beyond
        self.owner_id.choices = choices({m.id: m.name for m in tenants.heirs()})

    @property
    def is_beyond(self) -> bool:
        """True where the limit is gone beyond knowingly, by one who may."""
        return "beyond" in self and bool(self.beyond.data)


class LineForm(Fields):
    """One more number or address of a contact."""

    kind = SelectField(_l("Kind"), choices=choices(LINE_WORDS))
    value = StringField(_l("Number or address"), [Optional(), Length(max=254)], filters=[optional])

    def is_filled(self) -> bool:
        """True when something was typed."""
        return bool(self.value.data)

    def value_of(self) -> dict[str, Any]:
        """The row as it is kept."""
        return {"kind": self.kind.data, "value": self.value.data}

    def validate_value(self, field: StringField) -> None:
        """A mail address holds an @, a number digits."""
        if field.data and self.kind.data in MAIL_LINES and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", field.data):
            raise ValidationError(_l("This is not a whole mail address."))
        if field.data and self.kind.data in CALL_LINES and not re.fullmatch(DIGITS, field.data):
            raise ValidationError(_l("A phone number has digits, blanks and + ( ) - only."))


def _day(value: Any) -> Any:
    """A filter: a day that is kept as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


class DayForm(Fields):
    """A day that comes again each year."""

    word = StringField(_l("Which day"), [Optional(), Length(max=60)], filters=[optional])
    on = DateField(_l("Date"), [Optional()], filters=[_day])

    def is_filled(self) -> bool:
        """True when a day was chosen."""
        return self.on.data is not None

    def value_of(self) -> dict[str, Any]:
        """The row as it is kept."""
        return {"word": self.word.data or "", "on": self.on.data.isoformat() if self.on.data else None}

    def validate_word(self, field: StringField) -> None:
        """A day has a name, and a name a day."""
        if bool(field.data) != (self.on.data is not None):
            raise ValidationError(_l("Say what the day is, and when."))


class ContactForm(ReachedForm):
    """A person at a customer."""

    name = StringField(_l("Name"), [InputRequired(_l("A contact needs a name.")), Length(max=200)], filters=[optional])
    title = _text(_l("Position"), 100)
    phone = AccountForm.phone
    mobile = _text(_l("Mobile"), 40, TelField, rules=[PHONE])
    email = AccountForm.email
    address = _text(_l("Address"), 300)
    birthday = DateField(_l("Birthday"), [Optional()])
    department = _text(_l("Department"), 100)
    decision = _choice(_l("Part in the decision"), DECISION_WORDS, DecisionRole)
    lines = FieldList(FormField(LineForm))
    home_phone = _text(_l("Phone at home"), 40, TelField, rules=[PHONE])
    home_address = _text(_l("Address at home"), 300)
    hobbies = _text(_l("Hobbies and interests"), 500)
    days = FieldList(FormField(DayForm))
    channel = _choice(_l("Prefers"), CHANNEL_WORDS, Channel)
    language = _text(_l("Language"), 50)
    phone_wish = _choice(_l("Calls"), WISH_WORDS, Wish)
    mail_wish = _choice(_l("Mails"), WISH_WORDS, Wish)
    post_wish = _choice(_l("Post"), WISH_WORDS, Wish)
    wish_on = DateField(_l("Said on"), [Optional()])
    wish_source = _text(_l("Said where"), 200, description=_l("At a fair, on a form, on the phone…"))
    is_main = BooleanField(_l("Main contact"), description=_l("The one to call first."))
    remarks = AccountForm.remarks

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.leave_out(*private.hidden())
        if not self.is_submitted():
            for rows in (self.lines, self.days):
                for _blank in range(BLANK if rows else 0):
                    rows.append_entry()

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb; rows that were left empty are none."""
        values = super().values()
        values["lines"] = [row.form.value_of() for row in self.lines if row.form.is_filled()]
        if "days" in values:
            values["days"] = [row.form.value_of() for row in self.days if row.form.is_filled()]
        return values

    def differences(self, record: Any) -> list[dict[str, Any]]:
        """What the reader typed beside what a colleague saved meanwhile."""
        rows = super().differences(record)
        return [{**row, "mine": told(row["mine"]), "theirs": told(row["theirs"])} for row in rows]


class CardsForm(Form):
    """A file of cards, as an address book writes them."""

    file = FileField(
        _l("File"),
        [FileRequired(_l("Choose a file."))],
        description=_l("A .vcf file, as phones and address books write it; up to 200 cards."),
    )


class KeepCardsForm(Form):
    """Which of the cards come in, and where those go whose company nobody knows."""

    text = HiddenField(validators=[Length(max=LONGEST_CARDS)])
    chosen = SelectMultipleField(_l("Who comes in"), validate_choice=False, coerce=int)
    customer = StringField(
        _l("Customer of those whose company isn't in your book"),
        [Optional(), Length(max=200)],
        filters=[optional],
        description=_l("Name or number; without one they are left out."),
    )


class AffiliationForm(Form):
    """A further customer at which a contact is somebody."""

    customer = StringField(
        _l("Customer"), [InputRequired(_l("Say at which customer.")), Length(max=200)], filters=[optional]
    )
    title = _text(_l("Position"), 100)
    decision = _choice(_l("Part in the decision"), DECISION_WORDS, DecisionRole)
