"""Who is told what: colleagues behind the bell and by mail, the partner's person by mail; once each."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from saas import mail
from saas.crm.partners import queries
from saas.crm.partners.models import Registration, RegistrationState
from saas.db import db
from saas.tenants import notices, scope
from saas.tenants import queries as tenants
from saas.tenants.models import Event, Member, MemberStatus, PortalUserStatus
from saas.tenants.permissions import Permission


def tell_registered(event: Event) -> None:
    """Tell those who may answer that a partner registered a lead: whoever looks after the partner, or all of them."""
    registration = queries.registration_row(event.subject_id)
    url = f"/{scope.workspace().slug}/partners/registrations/{registration.id}"
    about = {"partner": registration.partner.account.name, "company": registration.company}
    for member in _concerned(registration):
        notices.tell(member, "registration.filed", f"registration.filed:{registration.id}", url, **about)


def mail_decided(event: Event) -> None:
    """Mail our answer to the partner's person. Commits before it speaks to the mail server, so that no transaction
    waits for that.

    Raises:
        MailError: the server didn't take it.
    """
    registration = queries.registration_row(event.subject_id)
    person, workspace = registration.portal_user, scope.workspace()
    if not person.mails or person.status is not PortalUserStatus.ACTIVE:
        return
    words = mail.written(
        "registration_decided",
        person.locale,
        name=person.name,
        prospect=registration.company,
        is_accepted=registration.state is RegistrationState.ACCEPTED,
        reason=registration.reason,
        company=workspace.name,
        from_name=workspace.name,
        link=mail.link(f"/{workspace.slug}/partner/leads/"),
    )
    to, sender = person.email, workspace.name
    db.session.commit()
    mail.send(to, words, message_id=f"registration-{event.id}", sender=sender)


def _concerned(registration: Registration) -> list[Member]:
    account = registration.partner.account
    found = [m for m in tenants.members_with(Permission.PARTNER_EDIT) if m.status is MemberStatus.ACTIVE]
    able = [m for m in found if tenants.who_is(m).may(Permission.PARTNER_EDIT, account)]
    return [m for m in able if m.id == account.owner_id] or able


@notices.sentence(
    "registration.filed",
    "file-plus",
    _l("A partner registers a lead"),
    notices.Topic.CUSTOMERS,
    mail=notices.Mail.NOW,
    right=Permission.PARTNER_EDIT,
)
def _filed(partner: str, company: str) -> str:
    return _("%(partner)s registered a lead: %(company)s", partner=partner, company=company)
