"""Messages as mail programs write them, and a colleague with an address to drop them at."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from saas import clock
from saas.crm.mails import actions, drop_actions, people_queries
from saas.crm.mails.models import Mail, Mailbox
from saas.db import db, new_id
from saas.imap import Security
from saas.tenants.models import Member

BOX = "sales@quay.example"


def message(
    sender: str, to: str, subject: str = "Offer", text: str = "How much is it?", **headers: str
) -> EmailMessage:
    """A message that was sent just now; `headers` by their names, `_` for `-`."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Date"] = format_datetime(clock.now())
    made["Message-ID"] = f"<{new_id().hex}@mail.example>"
    for name, value in headers.items():
        del made[name.replace("_", "-")]
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def identifier(made: EmailMessage) -> str:
    """Its Message-ID."""
    return str(made["Message-ID"])


def bring(made: EmailMessage, **options: Any) -> Mail | None:
    """Have it taken in."""
    return actions.bring(made.as_bytes(), **options)


def make_mailbox() -> Mailbox:
    """A flushed mailbox of the workspace in scope, which nobody tried."""
    made = Mailbox(
        address=BOX,
        host="imap.quay.example",
        port=993,
        security=Security.TLS,
        username="sales",
        password_sealed=b"",
    )
    db.session.add(made)
    db.session.flush()
    return made


def drop_of(member: Member) -> str:
    """The member's address in the mailbox of the workspace."""
    drop = people_queries.drop_address(member.id) or drop_actions.make(member)
    if people_queries.mailbox() is None:
        make_mailbox()
    address = drop_actions.address_of(drop)
    assert address is not None
    return address
