"""What identity asks of the clock."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from saas import search
from saas.jobs import runner
from saas.jobs.triggers import due, every
from saas.tenants import digest, notices
from saas.tenants.actions import attachments, chats, invitations, portal_links, trail

KEPT = timedelta(days=30)


@every(cron="40 3 * * *")
def forget_done_work() -> None:
    """Remove what was done long ago from the list of work; the trail keeps what happened."""
    while trail.forget_done(older_than=KEPT):
        runner.heartbeat()


@every(cron="50 3 * * *")
def forget_removed_files() -> None:
    """Forget files that were taken off and not put back."""
    while attachments.forget_removed():
        runner.heartbeat()


@due
def rewrite_search() -> None:
    """Write what can be searched for as it is written now, some at a time; from the beginning when tried again."""
    for _some in search.rewrite():
        runner.heartbeat()


@due
def mail_invitation(invitation_id: UUID) -> None:
    """Send the letter that lets a member in."""
    invitations.mail_invitation(invitation_id)


@due
def mail_portal_link(invitation_id: UUID) -> None:
    """Send the letter that lets somebody into a portal, or choose a new password there."""
    portal_links.mail_link(invitation_id)


@due
def mail_portal_password_changed(portal_user_id: UUID, epoch: int) -> None:
    """Tell somebody that his password for a portal was changed."""
    portal_links.mail_password_changed(portal_user_id, epoch)


@due
def mail_notice(notice_id: UUID) -> None:
    """Mail a line of the bell."""
    notices.mail_notice(notice_id)


@due
def chat_notice(notice_id: UUID, address_id: UUID) -> None:
    """Send a line of the bell to a place in a chat or SMS service."""
    chats.send_notice(notice_id, address_id)


@every(minutes=15)
def plan_digests() -> None:
    """Have the letters of the morning written whose readers' hour has come."""
    digest.plan()


@due
def mail_digest(member_id: UUID, day: date) -> None:
    """Mail somebody what his day brings."""
    digest.send(member_id, day)
