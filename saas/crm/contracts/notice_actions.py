"""Who hears of a contract that ends: whoever looks after it behind his bell, the customer by mail where that was
chosen."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from saas import mail, ui
from saas.crm.contracts import queries
from saas.crm.contracts import state_actions as states
from saas.crm.contracts.models import Contract
from saas.crm.papers import prints
from saas.crm.papers.record import address, addressee
from saas.db import db
from saas.tenants import notices, scope
from saas.tenants.models import Event, MemberStatus
from saas.tenants.permissions import Permission
from saas.tenants.scope import today


def tell_owner(event: Event) -> None:
    """Tell whoever looks after a contract that it ends soon, or has come to its end."""
    contract = queries.contract_row(event.subject_id)
    if contract.owner is None or contract.owner.status is not MemberStatus.ACTIVE or contract.archived_at is not None:
        return
    about: dict[str, object] = {"number": contract.label, "customer": contract.account.name}
    if event.name == states.ENDS_SOON:
        about |= {"days": int(event.changed["days"])}
    url = f"/{scope.workspace().slug}/contracts/{contract.id}"
    notices.tell(contract.owner, event.name, f"{event.name}:{event.id}", url, **about)


def mail_customer(event: Event) -> None:
    """Remind the customer of the end of his contract, where that was chosen and somebody can be written to.

    Raises:
        MailError: the server didn't take it.
    """
    contract = queries.contract_row(event.subject_id)
    to = address(contract)
    if not contract.tells_customer or not contract.is_running or contract.ends_on is None or not to:
        return
    words, company = _letter(contract, contract.ends_on), scope.workspace().name
    db.session.commit()  # no transaction waits for the mail server
    mail.send(to, words, message_id=f"contract-{contract.id}-{event.id}", sender=company)


def _letter(contract: Contract, ends_on: date) -> mail.Words:
    company = scope.workspace().name
    with prints.in_language(contract.language):
        day = ui.words().full_day(ends_on)
        left = ngettext("%(num)s day", "%(num)s days", max((ends_on - today()).days, 0))
    return mail.written(
        "contract_ends",
        contract.language,
        number=contract.label,
        what=contract.name,
        name=addressee(contract),
        day=day,
        left=left,
        from_name=contract.owner.name if contract.owner else company,
        company=company,
    )


@notices.sentence(
    states.ENDS_SOON,
    "bell-ringing",
    _l("A contract of yours ends soon"),
    notices.Topic.CUSTOMERS,
    mail=notices.Mail.NOW,
    right=Permission.CONTRACT_VIEW,
)
def _ends_soon(number: str, customer: str, days: int) -> str:
    return ngettext(
        "%(number)s with %(customer)s ends in %(num)s day",
        "%(number)s with %(customer)s ends in %(num)s days",
        days,
        number=number,
        customer=customer,
    )


@notices.sentence(
    states.EXPIRED,
    "clock",
    _l("A contract of yours has come to its end"),
    notices.Topic.CUSTOMERS,
    right=Permission.CONTRACT_VIEW,
)
def _expired(number: str, customer: str) -> str:
    return _("%(number)s with %(customer)s has come to its end", number=number, customer=customer)
