"""What the owner sets for the portals: open or closed, how they greet, what customers may file there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from wtforms import BooleanField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from saas import mail
from saas.crm.service_desk.models import KIND_WORDS, CaseKind, kinds_in
from saas.forms import Form, choices, trimmed
from saas.tenants import gates, portal_kinds, queries, scope
from saas.tenants.gates import Gate
from saas.tenants.models import PortalKind
from saas.tenants.permissions import Permission, allow

bp = Blueprint("portals", __name__, url_prefix="/settings/portals")

P = Permission
PEOPLE = {PortalKind.CUSTOMER: "contacts.index", PortalKind.PARTNER: "partners.index"}  # where they are invited


class GateForm(Form):
    """How a portal's gate is kept."""

    is_open = BooleanField(
        lazy_pgettext("portal", "Open"),
        description=_l("Closed, nobody gets in. What was written stays, and everything is back when it opens."),
    )
    welcome = TextAreaField(
        _l("Welcome text"),
        [Length(max=500)],
        filters=[trimmed],
        description=_l("Stands under the greeting on the first page."),
        render_kw={"rows": 2},
    )
    shows_logo = BooleanField(_l("Show the logo"))

    def gate(self) -> Gate:
        """What was chosen."""
        return Gate(self.is_open.data, self.welcome.data, self.shows_logo.data)


class CustomerGateForm(GateForm):
    """The customers' gate; it also says what they may file."""

    kinds = SelectMultipleField(
        _l("What customers may file"),
        [InputRequired(_l("Choose at least one, or close the portal."))],
        choices=choices(KIND_WORDS),
        coerce=CaseKind,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description=_l("What you leave out has no door in the portal. What was filed before goes on."),
    )

    def gate(self) -> Gate:
        """What was chosen."""
        return replace(super().gate(), kinds=sorted(self.kinds.data))


@bp.get("")
@allow(P.WORKSPACE_SET)
def index() -> ResponseReturnValue:
    """Both portals, each with its address and its gate."""
    return _page({})


@bp.post("/<any(customer, partner):kind>")
@allow(P.WORKSPACE_SET)
def keep(kind: str) -> ResponseReturnValue:
    """Keep one gate."""
    portal = PortalKind(kind)
    form = _form(portal)
    if not form.validate_on_submit():
        return _page({portal: form}), 422
    before = gates.gate(portal)
    gates.keep(portal, form.gate(), by=scope.me())
    flash(_told(portal, before, form.gate()), "good")
    return redirect(url_for(".index"), 303)


def _told(kind: PortalKind, before: Gate, after: Gate) -> str:
    label = portal_kinds.of(kind).label
    if before.is_open == after.is_open:
        return _("Saved.")
    if after.is_open:
        return _("%(portal)s: open.", portal=label)
    return _("%(portal)s: closed. Nobody gets in until you open it again.", portal=label)


def _form(kind: PortalKind, **options: Any) -> GateForm:
    given = gates.gate(kind)
    if kind is PortalKind.CUSTOMER:
        given = replace(given, kinds=sorted(kinds_in(given.kinds)))
        return CustomerGateForm(obj=given, prefix=kind.value, **options)
    return GateForm(obj=given, prefix=kind.value, **options)


def _page(sent: dict[PortalKind, GateForm]) -> str:
    counts = queries.count_portal_users()
    portals = []
    for kind in PortalKind:
        portal = portal_kinds.of(kind)
        portals.append(
            {
                "kind": kind.value,
                "label": portal.label,
                "is_open": gates.gate(kind).is_open,
                "address": mail.link(f"/{scope.workspace().slug}/{portal.path}/"),
                "count": counts.get(kind, 0),
                "people_url": url_for(PEOPLE[kind]),
                "form": sent.get(kind) or _form(kind, formdata=None),
            }
        )
    return render_template("workspace/portals.html", portals=portals)
