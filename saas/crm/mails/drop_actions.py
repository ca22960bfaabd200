"""The secret address of a member, to which copies of mails are sent to have them filed."""

from __future__ import annotations

from base64 import b32encode

from flask import current_app

from saas.crm.mails import people_queries
from saas.crm.mails.models import DropAddress
from saas.db import current_tenant, db, new_id
from saas.tenants import events, tokens
from saas.tenants.models import Member

MADE, REVOKED = "drop_address.made", "drop_address.revoked"
PURPOSE = "mail-drop"


def make(member: Member) -> DropAddress:
    """Make a member's address, in place of the one he had: what is sent to that one isn't filed any more."""
    found = people_queries.drop_address(member.id)
    if found is not None:
        db.session.delete(found)
        db.session.flush()
        events.record(REVOKED, found, by=member)
    made = DropAddress(id=new_id(), member_id=member.id)
    made.secret_hash = tokens.digest(secret_of(made))
    db.session.add(made)
    db.session.flush()
    events.record(MADE, made, by=member)
    return made


def secret_of(drop: DropAddress) -> str:
    """The secret in the address, which is kept nowhere."""
    return tokens.of_mail_address(current_app.config["SECRET_KEY"], PURPOSE, drop.id)


def address_of(drop: DropAddress) -> str | None:
    """The whole address: in the service's own domain, else in the workspace's mailbox; None where there is neither.

    In the service's domain it names the workspace first, so that whoever takes the mail in need not look into others.
    """
    domain = current_app.extensions["config"].mail_domain
    if domain:
        workspace = b32encode(current_tenant().bytes).decode().rstrip("=").lower()
        return f"{workspace}{secret_of(drop)}@{domain}"
    mailbox = people_queries.mailbox()
    if mailbox is None:
        return None
    name, _at, host = mailbox.address.rpartition("@")
    return f"{name}+{secret_of(drop)}@{host}"


def can_receive() -> bool:
    """True when mail to such addresses reaches us."""
    return bool(current_app.extensions["config"].mail_domain) or people_queries.mailbox() is not None
