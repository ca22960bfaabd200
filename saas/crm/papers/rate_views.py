"""The rates of exchange that a workspace notes."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, DecimalField, SelectField
from wtforms.validators import InputRequired, NumberRange

from saas import clock, money
from saas.crm.papers import rate_actions as actions
from saas.crm.papers import rate_queries as queries
from saas.forms import Form, done
from saas.tenants import scope
from saas.tenants.forms import currency_choices
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me

bp = Blueprint("exchange_rates", __name__, url_prefix="/settings/rates")

P = Permission


class RateForm(Form):
    """What one unit of a currency is worth."""

    currency = SelectField(_l("Currency"))
    valid_from = DateField(_l("From"), [InputRequired(_l("Say on which day."))])
    rate = DecimalField(
        _l("One is worth"),
        [
            InputRequired(_l("Please type a number.")),
            NumberRange(min=0.000001, max=1_000_000_000, message=_l("Please type a number above 0.")),
        ],
        places=None,
    )

    def __init__(self) -> None:
        super().__init__(valid_from=clock.local(clock.now(), scope.workspace().timezone).date())
        own = scope.workspace().currency
        self.currency.choices = [one for one in currency_choices() if one.value != own]
        self.rate.description = _("In %(currency)s.", currency=own)


@bp.route("", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def index() -> ResponseReturnValue:
    form = RateForm()
    if form.validate_on_submit():
        said = (form.currency.data, form.valid_from.data, form.rate.data)
        if done(form, lambda: actions.note(*said, by=me())):
            flash(_("Noted."), "good")
            return redirect(url_for(".index"))
    return render_template(
        "papers/rates.html", form=form, rates=[(one, money.plain(one.rate)) for one in queries.rates()]
    ), form.status


@bp.post("/<uuid:rate_id>/drop")
@allow(P.WORKSPACE_SET)
def drop(rate_id: UUID) -> ResponseReturnValue:
    actions.drop(queries.the_rate(rate_id), by=me())
    flash(_("Forgotten. Papers that were written with it keep it."), "good")
    return redirect(url_for(".index"))
