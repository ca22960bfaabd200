"""What comes again: changed or called off with all that follow."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from saas import toasts
from saas.crm.activities import queries, series_queries, targets
from saas.crm.activities import series_actions as actions
from saas.crm.activities.form_views import follow, made_form, owner_in, set_guests
from saas.crm.activities.models import Activity
from saas.crm.activities.repeat_forms import RepeatedForm
from saas.errors import NotFound
from saas.forms import attempt
from saas.tenants import scope
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me, require

bp = Blueprint("activity_series", __name__, url_prefix="/activities/<uuid:activity_id>/series")

P = Permission


@bp.route("", methods=["GET", "POST"])
@allow(P.ACTIVITY_EDIT)
def edit(activity_id: UUID) -> ResponseReturnValue:
    """Change one of a series, and all that follow."""
    activity = _own(activity_id)
    series = series_queries.series(activity.series_id) if activity.series_id else None
    form = made_form(activity.account, is_past=False, activity=activity, may_repeat=True, series=series)
    if form.validate_on_submit() and isinstance(form, RepeatedForm):
        said = {"owner": owner_in(form) or activity.owner, "by": me()}
        made = attempt(form, lambda: actions.begin_anew(activity, form.values(), form.rule(), **said))
        if made is not None:
            set_guests(form, made)
            follow(made)
            flash(_("This and all that follow are changed."), "good")
            return redirect(url_for("activities.show", activity_id=made.id))
    page = render_template(
        "activities/form.html",
        form=form,
        activity=activity,
        title=_("Change this and all that follow"),
        account=activity.account,
        back_url=url_for("activities.show", activity_id=activity.id),
        currency=scope.workspace().currency,
    )
    return page, form.status


@bp.post("/end")
@allow(P.ACTIVITY_EDIT)
def end(activity_id: UUID) -> ResponseReturnValue:
    """Call off one of a series, and all that follow."""
    activity = _own(activity_id)
    many = actions.end(activity, by=me())
    said = ngettext("It comes no more; %(num)s is called off.", "It comes no more; %(num)s are called off.", many)
    toasts.undoable(said, url_for(".resume", activity_id=activity.id))
    return redirect(targets.of_activity(activity).url())


@bp.post("/resume")
@allow(P.ACTIVITY_EDIT)
def resume(activity_id: UUID) -> ResponseReturnValue:
    """Let a series go on that was ended."""
    activity = _own(activity_id)
    actions.resume(activity, by=me())
    flash(_("It comes again."), "good")
    return redirect(url_for("activities.show", activity_id=activity.id))


def _own(activity_id: UUID) -> Activity:
    """One of a series that the reader may change, locked.

    Raises:
        NotFound: it comes only once.
    """
    activity = queries.activity(activity_id)
    require(P.ACTIVITY_EDIT, activity)
    if activity.series_id is None:
        raise NotFound
    return queries.lock_activity(activity.id)
