"""What a person may type about a tax rate, and the field that offers the rates."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from saas import ui
from saas.crm.products import tax_queries
from saas.forms import ExactField, RecordForm, between, optional


class TaxRateForm(RecordForm):
    """A tax rate."""

    name = StringField(_l("Name"), [InputRequired(_l("A rate needs a name.")), Length(max=60)], filters=[optional])
    percent = ExactField(
        _l("Percent"), [InputRequired(_l("Say how much; 0 for none.")), between(0, 100)], most_places=3
    )


def told(rate: tax_queries.Rate) -> str:
    """A rate as one chooses it: `Standard rate, 19 %`."""
    return _("%(name)s, %(percent)s", name=rate.name, percent=ui.share(rate.percent))


class TaxField(SelectField):
    """A tax rate, or the workspace's default; one that is archived stays where it stands."""

    def __init__(self, label: Any, **options: Any) -> None:
        super().__init__(label, choices=[], coerce=lambda v: UUID(str(v)) if v else None, **options)  # type: ignore[no-untyped-call]

    def process(self, *args: Any, **options: Any) -> None:
        """Read the value, and offer the rates there are now."""
        super().process(*args, **options)  # type: ignore[no-untyped-call]
        usual = tax_queries.rate_of(None)
        shown = [rate for rate in tax_queries.every().values() if not rate.is_archived or rate.id == self.object_data]
        first = SelectChoice("", _("As usual: %(rate)s", rate=told(usual)))
        self.choices = [first, *(SelectChoice(str(rate.id), told(rate)) for rate in shown)]
