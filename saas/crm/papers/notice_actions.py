"""Mailing a paper with its PDF."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

from saas import mail
from saas.crm.papers import print_actions
from saas.db import db
from saas.tenants import scope


def mail_with_pdf(
    print_id: UUID, letter: Callable[[], tuple[str, mail.Words] | None], message_id: str
) -> Iterator[None]:
    """Make the PDF of a paper, then mail it. The caller commits at each yield, so that no transaction waits for a child
    or the mail server.

    Args:
        print_id: of the PDF.
        letter: asked once the PDF is made: mail address and words; None: it is to go out no more.
        message_id: the same for the same mail.

    Raises:
        NotReady: this machine can't make PDFs yet.
        MailError: the server didn't take it.
    """
    yield from print_actions.make(print_id)
    yield
    found = letter()
    if found is None:
        return
    enclosed, company = print_actions.enclosed(print_id), scope.workspace().name
    db.session.commit()
    mail.send(found[0], found[1], message_id=message_id, sender=company, enclosed=enclosed)
