"""Who is told what: colleagues behind the bell and by mail, customers by mail; once each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from saas import mail
from saas.crm.customers import veil
from saas.crm.customers.models import Contact
from saas.crm.service_desk import queries
from saas.crm.service_desk.models import KIND_WORDS, Case, CaseKind, CaseMessage
from saas.db import db
from saas.tenants import notices, scope
from saas.tenants import queries as tenants
from saas.tenants.models import Event, Member, MemberStatus, PortalKind, PortalUserStatus
from saas.tenants.permissions import Permission, Who


def tell_filed(event: Event) -> None:
    """Tell whoever has the new case, or all who deal with cases while nobody has; not the one who wrote it down.
    Of what came with a file nobody is told.
    """
    if event.batch_id is not None:
        return
    case = queries.case_row(event.subject_id)
    for member in _concerned(case, but=event.actor_id):
        _tell(member, case, "case.filed", f"case.filed:{case.id}", customer=case.account.name, case_kind=case.kind)


def tell_replied(event: Event) -> None:
    """Tell whoever has the case that the customer wrote."""
    case = queries.case_row(event.subject_id)
    for member in _concerned(case, but=None):
        _tell(member, case, "case.replied", f"case.replied:{event.id}", customer=case.account.name)


def tell_assigned(event: Event) -> None:
    """Tell a colleague that a case is his now, unless he took it himself."""
    case = queries.case_row(event.subject_id)
    if case.owner is not None and case.owner_id != event.actor_id and case.owner.status is MemberStatus.ACTIVE:
        _tell(case.owner, case, "case.assigned", f"case.assigned:{event.id}", customer=case.account.name)


def tell_rated(event: Event) -> None:
    """Tell whoever has the case how satisfied the customer is."""
    case = queries.case_row(event.subject_id)
    if case.owner is not None and case.owner.status is MemberStatus.ACTIVE:
        rating = event.changed["rating"]
        _tell(case.owner, case, "case.rated", f"case.rated:{event.id}", customer=case.account.name, rating=rating)


def mail_answer(event: Event) -> None:
    """Mail an answer to the customer, with the way to the portal if he has one. Commits before it speaks to the mail
    server, so that no transaction waits for that.

    Raises:
        MailError: the server didn't take it.
    """
    case, said = queries.case_row(event.subject_id), queries.message(UUID(event.changed["message_id"]))
    letter = _letter(case, said)
    if letter is None:
        return
    to, words, sender = letter
    db.session.commit()
    mail.send(to, words, message_id=f"case-answer-{said.id}", sender=sender)


def _letter(case: Case, said: CaseMessage) -> tuple[str, mail.Words, str] | None:
    """(address, words, sender) of an answer; None where the customer has no address, or wants no mail."""
    contact = _contact(case)
    person = tenants.portal_user_of(PortalKind.CUSTOMER, contact.id) if contact else None
    is_in = person is not None and person.status is PortalUserStatus.ACTIVE
    if contact is None or (is_in and person is not None and not person.mails):
        return None
    to = person.email if is_in and person is not None else contact.email
    if not to:
        return None
    workspace = scope.workspace()
    words = mail.written(
        "case_answer",
        person.locale if is_in and person is not None else workspace.locale,
        name=contact.name,
        number=case.number,
        case_subject=case.subject,
        text=said.text,
        author=said.member.name if said.member else workspace.name,
        company=workspace.name,
        from_name=workspace.name,
        link=mail.link(f"/{workspace.slug}/portal/requests/{case.id}") if is_in else None,
    )
    return to, words, workspace.name


def _contact(case: Case) -> Contact | None:
    """The contact of a case, as long as he is still with its customer."""
    wanted = (Contact.id == case.contact_id, Contact.account_id == case.account_id, Contact.archived_at.is_(None))
    return db.session.scalars(select(Contact).where(*wanted)).one_or_none()


def _concerned(case: Case, *, but: UUID | None) -> list[Member]:
    if case.owner is not None and case.owner.status is MemberStatus.ACTIVE:
        return [case.owner] if case.owner_id != but else []
    found = tenants.members_with(Permission.CASE_EDIT)
    return [m for m in found if m.id != but and _may_see(tenants.who_is(m), case)]


def _may_see(who: Who, case: Case) -> bool:
    return who.may(Permission.CASE_VIEW, case) and not veil.over(who).covers(case.account)


def _tell(member: Member, case: Case, kind: str, key: str, **params: Any) -> None:
    url = f"/{scope.workspace().slug}/cases/{case.id}"
    notices.tell(member, kind, key, url, number=case.number, subject=case.subject, **params)


@notices.sentence(
    "case.filed",
    "headset",
    _l("A customer asks something of us"),
    notices.Topic.SERVICE,
    mail=notices.Mail.NOW,
    right=Permission.CASE_VIEW,
)
def _filed(number: str, subject: str, customer: str, case_kind: str) -> str:
    about = {"customer": customer, "kind": KIND_WORDS[CaseKind(case_kind)], "number": number, "subject": subject}
    return _("%(kind)s from %(customer)s: %(subject)s (%(number)s)", **about)


@notices.sentence(
    "case.replied",
    "message-circle",
    _l("A customer wrote again in a case of yours"),
    notices.Topic.SERVICE,
    mail=notices.Mail.NOW,
    right=Permission.CASE_VIEW,
)
def _replied(number: str, subject: str, customer: str) -> str:
    return _("%(customer)s wrote in %(number)s: %(subject)s", customer=customer, number=number, subject=subject)


@notices.sentence(
    "case.assigned",
    "headset",
    _l("A case was given to you"),
    notices.Topic.SERVICE,
    mail=notices.Mail.NOW,
    right=Permission.CASE_VIEW,
)
def _assigned(number: str, subject: str, customer: str) -> str:
    about = {"customer": customer, "number": number, "subject": subject}
    return _("%(number)s from %(customer)s is yours now: %(subject)s", **about)


@notices.sentence(
    "case.rated",
    "star",
    _l("A customer rated a case of yours"),
    notices.Topic.SERVICE,
    mail=notices.Mail.NOW,
    right=Permission.CASE_VIEW,
)
def _rated(number: str, subject: str, customer: str, rating: int) -> str:
    about = {"customer": customer, "number": number, "subject": subject, "rating": rating}
    return _("%(customer)s closed %(number)s with %(rating)s of 5: %(subject)s", **about)
