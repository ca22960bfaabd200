"""How the form of an activity is filled and read, wherever it stands."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext as _

from saas import clock
from saas.crm.activities import actions, kind_queries, queries, targets
from saas.crm.activities import guest_actions as guests
from saas.crm.activities import series_actions as series
from saas.crm.activities.forms import MINUTES, ActivityForm
from saas.crm.activities.models import Activity, ActivityKind
from saas.crm.activities.repeat_forms import RepeatedForm
from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account, Contact
from saas.errors import Refused
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import Member
from saas.tenants.permissions import Permission, Reach
from saas.tenants.scope import may, me

P = Permission


def made_form(
    account: Account | None,
    *,
    is_past: bool,
    activity: Activity | None = None,
    may_repeat: bool = False,
    **given: Any,
) -> ActivityForm:
    """The form of an activity, with what the reader may choose among.

    Args:
        account: the customer, where it is known.
        is_past: it has happened.
        activity: the one to be changed.
        may_repeat: it is asked whether it comes again.
        given: how fields are filled at first.
    """
    people = _people(account.id, activity) if account and may(P.CONTACT_VIEW) else [] if account else None
    if people is None and activity is not None:
        people = []
    reaches_all = scope.who().reach(P.ACTIVITY_EDIT) is Reach.ALL
    team = tenants.members()
    colleagues = list(team) if reaches_all else []
    if activity is not None:
        known = queries.guests(activity.id)
        given["members_in"] = [guest.member_id for guest in known if guest.member_id]
        given["contacts_in"] = [guest.contact_id for guest in known if guest.contact_id]
    if activity is not None and colleagues and activity.owner not in colleagues:
        colleagues.append(activity.owner)
    return (RepeatedForm if may_repeat else ActivityForm)(
        zone=me().timezone,
        is_past=is_past,
        people=people,
        colleagues=colleagues,
        team=[m for m in team if activity or m.id != me().id],
        activity=activity,
        **given,
    )


def proposed(target: targets.Target, *, is_past: bool) -> dict[str, Any]:
    """How a new form is filled: the next whole hour, or the moment that was clicked in the calendar."""
    zone = me().timezone
    now = clock.local(clock.now(), zone)
    begins = now.replace(second=0, microsecond=0) if is_past else now.replace(minute=0) + timedelta(hours=1)
    asked = day_asked("on")
    kinds = [kind.key for kind in kind_queries.open_to_choose() if is_past or kind.key != ActivityKind.NOTE]
    asked_kind = request.args.get("kind", "")
    return {
        "kind": asked_kind if asked_kind in kinds else kinds[0],
        "subject": request.args.get("subject", "")[:200] or None,
        "day": asked or begins.date(),
        "hour": None if asked else begins.time().replace(second=0, microsecond=0),
        "minutes": MINUTES,
        "contact_id": str(target.contact.id) if target.contact else None,
        "owner_id": str(me().id),
    }


def owner_in(form: ActivityForm) -> Member | None:
    """The colleague who is to do it, where one was chosen."""
    return actions.owner_of(UUID(form.owner_id.data)) if "owner_id" in form and form.owner_id.data else None


def written(form: ActivityForm, target: targets.Target, *, is_past: bool) -> Activity:
    """What a new form says, planned or written down; the first, where it comes again.

    Raises:
        Refused: no customer is called so.
    """
    values = target.values() | form.values()
    if "customer" in form and form.customer.data:
        account = customers.account_called(form.customer.data)
        if account is None:
            raise Refused(_("No customer has this name or number. Add the customer first."), field="customer")
        values["account_id"] = account.id
    owner = owner_in(form) or me()
    rule = form.rule() if isinstance(form, RepeatedForm) else None
    if rule is not None:
        made = series.begin(values, rule, owner=owner, by=me())
    else:
        made = (actions.log if is_past else actions.plan)(values, owner=owner, by=me())
    set_guests(form, made)
    follow(made)
    return made


def follow(made: Activity) -> None:
    """Make those that follow the first of a series, once it is known who takes part."""
    if made.series_id is not None:
        series.prolong(made.series_id)


def set_guests(form: ActivityForm, activity: Activity) -> None:
    """Write who takes part."""
    members, contacts = form.guest_ids()
    chosen = [member for member in tenants.members() if member.id in members]
    people = _people(activity.account_id, activity) if contacts and activity.account_id else []
    guests.set_guests(activity, chosen, [one for one in people if one.id in contacts], by=me())


def _people(account_id: UUID, activity: Activity | None) -> list[Contact]:
    """The people of a customer, and those who take part already: where the others are hidden, they stay."""
    people = {one.id: one for one in customers.people_of(account_id)}
    taking_part = [activity.contact, *(guest.contact for guest in queries.guests(activity.id))] if activity else []
    return [*people.values(), *(one for one in taking_part if one is not None and one.id not in people)]


def seen_from(target: targets.Target, day: date) -> str:
    """Where one sees what was just written: on its record, else in the calendar at its day."""
    url = target.url()
    return url_for("activities.calendar", on=day.isoformat()) if url == url_for("activities.calendar") else url


def day_asked(name: str) -> date | None:
    """The day that the address names."""
    return clock.day_of(request.args.get(name, "")[:10])
