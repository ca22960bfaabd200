"""Who is told of mails, and of a mailbox that can't be read."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from saas import clock
from saas.crm.mails import queries
from saas.errors import NotFound
from saas.tenants import notices, scope
from saas.tenants import queries as tenants
from saas.tenants.models import Event, MemberStatus
from saas.tenants.permissions import Permission

REPLIED, FAILING = "mail.received", "mailbox.failing"
LATE = timedelta(days=2)  # older mails that come in are no news


def tell_received(event: Event) -> None:
    """Tell whose customer it is that one of its people wrote; once, under how many customers it may be filed."""
    try:
        mail = queries.lock_mail(event.subject_id)
    except NotFound:  # thrown away and forgotten
        return
    owner = mail.owner
    if owner is None or owner.status is not MemberStatus.ACTIVE or owner.id in {mail.member_id, event.actor_id}:
        return
    if mail.settled_at is not None or mail.sent_at < clock.now() - LATE:
        return
    url = f"/{scope.workspace().slug}/mails/{mail.id}"
    about = {"author": mail.author, "subject": mail.subject}
    notices.tell(owner, REPLIED, f"{REPLIED}:{mail.id}", url, **about)


def tell_failing(event: Event) -> None:
    """Tell those who set it up that the mailbox can't be read."""
    url = f"/{scope.workspace().slug}/settings/mailbox"
    for member in tenants.members_with(Permission.WORKSPACE_SET):
        notices.tell(member, FAILING, f"{FAILING}:{event.id}", url, address=event.changed["address"])


@notices.sentence(
    REPLIED,
    "mail",
    _l("A customer of yours wrote a mail"),
    notices.Topic.CUSTOMERS,
    right=Permission.ACTIVITY_VIEW,
)
def _received(author: str, subject: str) -> str:
    if not subject:
        return _("%(author)s wrote to us.", author=author)
    return _("%(author)s wrote: %(subject)s", author=author, subject=subject)


@notices.sentence(
    FAILING,
    "alert-triangle",
    _l("The mailbox can't be read"),
    notices.Topic.WORKSPACE,
    mail=notices.Mail.NOW,
    right=Permission.WORKSPACE_SET,
)
def _failing(address: str) -> str:
    return _("The mailbox %(address)s can't be read any more. New mails wait there until it can.", address=address)
