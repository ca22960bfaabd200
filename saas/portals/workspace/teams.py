"""Teams: the tree that the reach "team" follows."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas.forms import done
from saas.tenants import queries, scope
from saas.tenants.actions import teams
from saas.tenants.forms import TeamForm
from saas.tenants.permissions import Permission, allow

bp = Blueprint("teams", __name__, url_prefix="/settings/teams")


@bp.route("", methods=["GET", "POST"])
@allow(Permission.MEMBER_EDIT)
def index() -> ResponseReturnValue:
    """The tree, and a form for one more."""
    form = TeamForm()
    if form.validate_on_submit() and done(form, lambda: teams.create(form.name.data, form.parent.data, by=scope.me())):
        return redirect(url_for(".index"), 303)
    people = queries.members()
    return render_template(
        "workspace/teams.html",
        form=form,
        tree=queries.team_tree(),
        people={team.id: [one for one in people if one.team_id == team.id] for team in queries.teams()},
    ), form.status


@bp.route("/<uuid:team_id>", methods=["GET", "POST"])
@allow(Permission.MEMBER_EDIT)
def edit(team_id: UUID) -> ResponseReturnValue:
    """Another name, another place."""
    team = queries.team(team_id)
    form = TeamForm(team)
    if form.validate_on_submit() and done(
        form, lambda: teams.change(team, name=form.name.data, parent_id=form.parent.data, by=scope.me())
    ):
        flash(_("Saved."), "good")
        return redirect(url_for(".index"), 303)
    return render_template("workspace/team.html", form=form, team=team), form.status


@bp.post("/<uuid:team_id>/remove")
@allow(Permission.MEMBER_EDIT)
def remove(team_id: UUID) -> ResponseReturnValue:
    """Take an empty team away."""
    team = queries.team(team_id)
    teams.remove(team, by=scope.me())
    flash(_("%(name)s is gone.", name=team.name), "good")
    return redirect(url_for(".index"), 303)
