"""Members: who belongs to the workspace, invited, changed, removed."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import toasts, ui
from saas.forms import attempt, done
from saas.portals.stepup import stepped_up
from saas.tenants import handover, queries, scope, seats
from saas.tenants.actions import invitations, people
from saas.tenants.forms import InviteForm, MemberForm, RemoveForm
from saas.tenants.models import Member, MemberStatus
from saas.tenants.permissions import Permission, allow

bp = Blueprint("members", __name__, url_prefix="/settings/members")


@bp.get("")
@allow(Permission.MEMBER_VIEW)
def index() -> ResponseReturnValue:
    """Everybody, by state."""
    everybody = queries.members(*MemberStatus)
    return render_template(
        "workspace/members.html",
        groups={status: [one for one in everybody if one.status is status] for status in MemberStatus},
        teams={team.id: team.name for team in queries.teams()},
        expiries=queries.expiries(),
        seats=queries.count_seats(),
        invited=queries.count_seats(invited=True) - queries.count_seats(),
        limit=queries.seat_limit(),
    )


@bp.route("/invite", methods=["GET", "POST"])
@allow(Permission.MEMBER_INVITE)
def invite() -> ResponseReturnValue:
    """Ask somebody to join; whoever buys a seat for it gives his password first."""
    return _invite_and_pay() if "takes_offer" in request.form else _invite_page()


def _invite_page() -> ResponseReturnValue:
    form = InviteForm(queries.members(MemberStatus.PLACEHOLDER), request.args.get("of", type=UUID))
    invited = None
    if form.validate_on_submit():
        invited = attempt(form, lambda: _invite(form))
    if invited is None:
        return render_template("workspace/invite.html", form=form), form.status
    flash(_("An invitation is on its way to %(email)s.", email=invited.email), "good")
    return redirect(url_for(".index"), 303)


_invite_and_pay = stepped_up(_invite_page)


def _invite(form: InviteForm) -> Member:
    try:
        return invitations.invite(
            form.email.data,
            form.name.data,
            form.role.data,
            by=scope.me(),
            team_id=form.team.data,
            known_id=form.known_id,
            takes_offer=form.takes_offer.data,
        )
    except seats.NoSeat as full:
        form.offer = full.offer  # the page asks whether to take it
        raise


@bp.post("/<uuid:member_id>/resend")
@allow(Permission.MEMBER_INVITE)
def resend(member_id: UUID) -> ResponseReturnValue:
    """Mail the invitation again."""
    member = queries.member(member_id)
    invitations.resend(member, by=scope.me())
    flash(_("The invitation is on its way to %(email)s again.", email=member.email), "good")
    return redirect(url_for(".index"), 303)


@bp.post("/<uuid:member_id>/revoke")
@allow(Permission.MEMBER_INVITE)
def revoke(member_id: UUID) -> ResponseReturnValue:
    """Take the invitation back."""
    member = queries.member(member_id)
    invitations.revoke(member, by=scope.me())
    flash(_("The invitation of %(name)s is taken back.", name=member.name), "good")
    return redirect(url_for(".index"), 303)


@bp.route("/<uuid:member_id>", methods=["GET", "POST"])
@allow(Permission.MEMBER_EDIT)
@stepped_up
def edit(member_id: UUID) -> ResponseReturnValue:
    """Role, team and superior."""
    member = queries.member(member_id)
    if member.status is MemberStatus.DISABLED:
        return _gone(member)
    form = MemberForm(member)
    if form.validate_on_submit() and done(
        form,
        lambda: people.change(
            member, by=scope.me(), role=form.role.data, team_id=form.team.data, manager_id=form.manager.data
        ),
    ):
        flash(_("Saved. It holds from the next click of %(name)s.", name=member.name), "good")
        return redirect(url_for(".index"), 303)
    return render_template("workspace/member.html", form=form, member=member), form.status


@bp.route("/<uuid:member_id>/remove", methods=["GET", "POST"])
@allow(Permission.MEMBER_EDIT)
@stepped_up
def remove(member_id: UUID) -> ResponseReturnValue:
    """End somebody's place and hand over what he holds."""
    member = queries.member(member_id)
    if member.status is MemberStatus.DISABLED:
        return _gone(member)
    form = RemoveForm(member)
    if form.validate_on_submit() and done(
        form, lambda: people.remove(member, by=scope.me(), successor=form.chosen(), beyond=form.beyond.data)
    ):
        text = _("%(name)s has no place here any more.", name=member.name)
        undo = url_for(".restore", member_id=member.id) if member.user_id else None
        toasts.undoable(text, undo)
        return redirect(url_for(".index"), 303)
    held = [holding.words(count) for holding, count in handover.held_by(member.id)]
    may_share = held and scope.may(Permission.ACCOUNT_ASSIGN) and ui.has_page("books.begin")
    book_url = url_for("books.begin", member_id=member.id) if may_share else None
    shown = {"member": member, "held": held, "book_url": book_url}
    return render_template("workspace/remove_member.html", form=form, **shown), form.status


@bp.post("/<uuid:member_id>/restore")
@allow(Permission.MEMBER_EDIT)
@stepped_up
def restore(member_id: UUID) -> ResponseReturnValue:
    """Give a removed member the place back."""
    member = queries.member(member_id)
    people.restore(member, by=scope.me())
    flash(_("%(name)s is back. What was handed over stays where it is.", name=member.name), "good")
    return redirect(url_for(".index"), 303)


def _gone(member: Member) -> ResponseReturnValue:
    """The page of somebody who has no place here any more: who ended it, and where his records went."""
    removal = queries.removal(member.id)
    facts = removal.changed if removal else {}
    words = {holding.key: holding.words for holding in handover.every()}
    moved = [words[key](count) for key, count in facts.get("moved", {}).items() if key in words]
    heir_id = UUID(facts["successor"]) if facts.get("successor") else None
    by_id = removal.actor_id if removal else None
    known = queries.members_by_id({one for one in (heir_id, by_id) if one})
    named = {"by": known.get(by_id) if by_id else None, "heir": known.get(heir_id) if heir_id else None}
    page = render_template("workspace/gone_member.html", member=member, removal=removal, moved=moved, **named)
    return page, 200 if request.method == "GET" else 409
