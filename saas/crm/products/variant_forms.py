"""What a person may type about variants."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from saas.crm.products.variants import MOST_ATTRIBUTES, Wrong, read
from saas.forms import Form


class VariantsForm(Form):
    """The attributes in which variants differ, a line each."""

    attributes = TextAreaField(
        _l("In what they differ"),
        [InputRequired(_l("Say in what they differ.")), Length(max=3000)],
        description=_l("A line for each attribute, its values behind it. Colour: red, blue"),
    )
    most_values: int | None = None

    def said(self) -> list[tuple[str, list[str]]]:
        """(attribute, its values)."""
        return read(self.attributes.data or "")

    def validate_attributes(self, field: TextAreaField) -> None:
        """Each line names an attribute and its values."""
        try:
            found = self.said()
        except Wrong as wrong:
            raise ValidationError(_("“%(line)s”: write it as Colour: red, blue.", line=str(wrong)[:80])) from None
        if not found or len(found) > MOST_ATTRIBUTES:
            raise ValidationError(_("One attribute at least, and at most %(most)s.", most=MOST_ATTRIBUTES))
        if self.most_values and any(len(values) > self.most_values for _name, values in found):
            raise ValidationError(_("A variant has one value of each attribute."))


class DescribeForm(VariantsForm):
    """What tells one variant apart."""

    most_values = 1
