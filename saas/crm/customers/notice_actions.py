"""Who is told when customers change hands."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from saas.crm.customers import queries
from saas.tenants import notices, scope
from saas.tenants import queries as tenants
from saas.tenants.models import Event, Member, MemberStatus
from saas.tenants.permissions import Permission

ASSIGNED, HANDED_OVER = "account.assigned", "account.handed_over"  # the notices of one and of several at once


def key_of(event_id: UUID) -> str:
    """What makes the notice of one that was given away once, by its event."""
    return f"{ASSIGNED}:{event_id}"


def key_of_many(batch_id: UUID) -> str:
    """What makes the notice of several at once, for each who gets some, and by which it is taken back."""
    return f"{HANDED_OVER}:{batch_id}"


def tell_assigned(event: Event) -> None:
    """Tell a colleague which customer is his now, unless he gave it to himself.

    What goes over with many others is told once all of it is through, by whoever gives.
    """
    if event.batch_id is not None or event.changed.get("is_book"):
        return
    owner = tenants.member(event.changed["owner_id"])
    if owner.id == event.actor_id or owner.status is not MemberStatus.ACTIVE:
        return
    home = f"/{scope.workspace().slug}/customers/"
    for account in queries.accounts([event.subject_id]):  # none when it is gone by now
        if account.owner_id == owner.id:  # unless it was taken back meanwhile
            notices.tell(owner, ASSIGNED, key_of(event.id), f"{home}{account.id}", customer=account.name)


def tell_many(owner: Member, by: Member, many: int, name: str, key: str) -> None:
    """Tell a colleague in one line how many customers are his now.

    Args:
        owner: whose they are.
        by: who gave them; himself he needs no line.
        many: how many.
        name: of one of them.
        key: what makes it once, and by which it is taken back.
    """
    if many and owner.id != by.id and owner.status is MemberStatus.ACTIVE:
        url = f"/{scope.workspace().slug}/customers/?owner=me"
        notices.tell(owner, HANDED_OVER, key, url, many=many, name=name, by=by.name)


@notices.sentence(
    ASSIGNED,
    "user-check",
    _l("A customer was given to you"),
    notices.Topic.CUSTOMERS,
    right=Permission.ACCOUNT_VIEW,
)
def _assigned(customer: str) -> str:
    return _("%(customer)s was given to you: you look after them now.", customer=customer)


@notices.sentence(
    HANDED_OVER,
    "users",
    _l("Several customers were given to you"),
    notices.Topic.CUSTOMERS,
    right=Permission.ACCOUNT_VIEW,
)
def _handed_over(many: int = 0, name: str = "", by: str = "") -> str:
    if not many:  # as it was told before it was counted
        return _("A colleague's customers are yours now.")
    if many == 1:
        return _("%(by)s gave you %(name)s.", by=by, name=name)
    return ngettext(
        "%(by)s gave you %(name)s and %(num)s other customer.",
        "%(by)s gave you %(name)s and %(num)s other customers.",
        many - 1,
        by=by,
        name=name,
    )
