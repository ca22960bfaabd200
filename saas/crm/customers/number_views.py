"""How customers are numbered: a rule of the workspace's own, seen before it is saved."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, Optional, Regexp

from saas.crm.customers.number_actions import KIND, set_rule
from saas.forms import Form, between, done
from saas.tenants import numbers
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me

bp = Blueprint("numbers", __name__, url_prefix="/settings/numbers")

SHOWN = 3


class NumberForm(Form):
    """A rule for numbers."""

    prefix = StringField(
        _l("In front"),
        [Optional(), Length(max=12), Regexp(r"^[^{}\s]*$", message=_l("Letters, digits and marks, without spaces."))],
        description=_l("Such as C, or the initials of your company."),
    )
    has_year = BooleanField(_l("With the year"), description=_l("Each year then counts from 1."))
    width = IntegerField(_l("Digits"), [InputRequired(), between(1, 9)], description=_l("Filled up with zeros."))
    following = IntegerField(_l("Next number"), [InputRequired(), between(1, 999_999_999)])

    def rule(self) -> str:
        """What was typed, as a rule."""
        return numbers.composed(self.prefix.data or "", has_year=self.has_year.data, width=self.width.data)


@bp.route("", methods=["GET", "POST"])
@allow(Permission.WORKSPACE_SET)
def index() -> ResponseReturnValue:
    text = numbers.rule(KIND)
    prefix, has_year, width = numbers.parts(text) or ("C", True, 5)
    kept = {"prefix": prefix, "has_year": has_year, "width": width, "following": numbers.upcoming(KIND, text)}
    form = NumberForm(data=kept)
    if form.validate_on_submit() and done(form, lambda: set_rule(form.rule(), form.following.data or 1, by=me())):
        flash(_("Saved. The next customer gets %(number)s.", number=_ahead(form)[0]), "good")
        return redirect(url_for(".index"))
    return render_template("customers/numbers.html", form=form, ahead=_ahead(form)), form.status


@bp.get("/preview")
@allow(Permission.WORKSPACE_SET)
def preview() -> ResponseReturnValue:
    form = NumberForm(formdata=request.args, meta={"csrf": False})
    is_whole = form.validate()  # type: ignore[no-untyped-call]  # Flask-WTF carries no types
    return render_template("customers/_numbers.html", ahead=_ahead(form) if is_whole else [])


def _ahead(form: NumberForm) -> list[str]:
    if form.width.data is None or form.following.data is None or form.errors:
        return []
    return [numbers.preview(form.rule(), form.following.data + n) for n in range(SHOWN)]
