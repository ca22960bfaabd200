"""Who is told when customers change hands."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from saas.crm.customers import queries
from saas.tenants import notices, scope
from saas.tenants import queries as tenants
from saas.tenants.models import Event, MemberStatus
from saas.tenants.permissions import Permission


def tell_assigned(event: Event) -> None:
    """Tell a colleague which customer is his now, unless he gave it to himself; of many at once, one line.

    What goes over with a leaver's whole book is told once all of it is through.
    """
    if event.changed.get("is_book"):
        return
    owner = tenants.member(event.changed["owner_id"])
    if owner.id == event.actor_id or owner.status is not MemberStatus.ACTIVE:
        return
    home = f"/{scope.workspace().slug}/customers/"
    if event.batch_id is not None:
        notices.tell(owner, "account.handed_over", f"account.handed_over:{event.batch_id}", f"{home}?owner=me")
        return
    for account in queries.accounts([event.subject_id]):  # none when it is gone by now
        url = f"{home}{account.id}"
        notices.tell(owner, "account.assigned", f"account.assigned:{event.id}", url, customer=account.name)


@notices.sentence(
    "account.assigned",
    "user-check",
    _l("A customer was given to you"),
    notices.Topic.CUSTOMERS,
    right=Permission.ACCOUNT_VIEW,
)
def _assigned(customer: str) -> str:
    return _("%(customer)s was given to you: you look after them now.", customer=customer)


@notices.sentence(
    "account.handed_over",
    "users",
    _l("A colleague's customers were given to you"),
    notices.Topic.CUSTOMERS,
    right=Permission.ACCOUNT_VIEW,
)
def _handed_over() -> str:
    return _("A colleague's customers are yours now.")
