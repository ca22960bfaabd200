"""The workspace's mailbox: set, tried, read."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, update

from saas import clock, fetch, imap, messages, sealing
from saas.crm.mails import actions, people_queries
from saas.crm.mails.models import Mailbox, MailFolder
from saas.db import db
from saas.errors import Refused
from saas.imap import Server, Why
from saas.tenants import events
from saas.tenants.models import Member
from saas.tenants.scope import SYSTEM
from saas.versions import Overtaken

SET, REMOVED, FAILED = "mailbox.set", "mailbox.removed", "mailbox.failed"
USE = "mailbox"  # what its password is sealed for
EACH, START = timedelta(minutes=10), datetime(2000, 1, 1, tzinfo=UTC)  # how often it is read, counted from when
BACK = timedelta(days=30)  # of mails that are there when it is read first
AT_ONCE = 40  # messages of a folder in one go
LONGEST = 40.0  # seconds of one go
TRIAL = 20.0  # seconds to try whether it can be read
WHERE = ("host", "port", "security", "username")  # what its password is for

WHY_WORDS = {
    Why.UNREACHABLE: _l(
        "Nothing answers at this server and port. Check both, and whether it is on the public internet."
    ),
    Why.CERTIFICATE: _l("The server's certificate isn't for this name, or nobody vouches for it. Check the name."),
    Why.REFUSED: _l(
        "The server refuses this user and password. Many providers want a password of its own for programs."
    ),
    Why.FOLDER: _l("The mailbox has no folder of this name. Leave it empty, or write it as your mail program does."),
    Why.BROKEN: _l("What answers there doesn't speak IMAP as we know it. Check the port."),
}
FIELDS = {Why.UNREACHABLE: "host", Why.CERTIFICATE: "host", Why.REFUSED: "password", Why.FOLDER: "sent_folder"}


def set_mailbox(values: Mapping[str, Any], *, password: str | None, version: int | None, by: Member) -> Mailbox:
    """Have a mailbox read, once it was seen that it can be.

    Args:
        values: columns of Mailbox that a person may type.
        password: None leaves the one that is kept, for the same user of the same server.
        version: the one that the form was made from; None: there was none.
        by: who sets it.

    Raises:
        Refused: it can't be read, or a password is missing.
        Overtaken: a colleague changed it meanwhile.
    """
    found = people_queries.mailbox()
    if found is not None and version is not None and version != found.version:
        raise Overtaken(found)
    is_same = found is not None and all(getattr(found, name) == values[name] for name in WHERE)
    if not password and not is_same:
        raise Refused(_("Type the password: it is kept for the same user of the same server only."), field="password")
    said = password or _password(found)  # type: ignore[arg-type]  # it is the same one, so there is one
    try_out(Server(values["host"], values["port"], values["security"], values["username"], said), values["sent_folder"])
    mailbox = found or Mailbox()
    changed = [name for name, value in values.items() if getattr(mailbox, name, None) != value]
    for name, value in values.items():
        setattr(mailbox, name, value)
    if password:
        mailbox.password_sealed = sealing.sealed(_key(), USE, password)
    mailbox.failure, mailbox.failing_since = None, None
    db.session.add(mailbox)
    db.session.flush()
    if found is None or not is_same:
        db.session.execute(delete(MailFolder).where(MailFolder.mailbox_id == mailbox.id))
    facts = {"address": mailbox.address, "host": mailbox.host, "fields": changed + (["password"] if password else [])}
    events.record(SET, mailbox, by=by, changed=facts)
    return mailbox


def try_out(server: Server, sent_folder: str | None) -> None:
    """See whether a mailbox can be read.

    Raises:
        Refused: it can't, with a sentence that says what to look at.
    """
    try:
        with imap.opened(server, seconds=TRIAL) as box:
            box.open("INBOX")
            if sent_folder:
                box.open(sent_folder)
    except imap.NotRead as error:
        raise Refused(str(WHY_WORDS[error.why]), field=FIELDS.get(error.why, "port")) from error


def remove(mailbox: Mailbox, *, by: Member) -> None:
    """Read the mailbox no more, and forget its password; what was filed stays."""
    events.record(REMOVED, mailbox, by=by, changed={"address": mailbox.address})
    db.session.delete(mailbox)
    db.session.flush()


def is_host(host: str) -> bool:
    """True of a server's name that could be on the public internet."""
    return fetch.is_public_name(host)


def plan(job: str) -> None:
    """Have the mailbox, if there is one, read at the next of the times that lie `EACH` apart; asked again, once."""
    mailbox = people_queries.mailbox()
    if mailbox is not None:
        now = clock.now()
        at = now - (now - START) % EACH + EACH
        events.deliver(job, key=f"{mailbox.id}:{at.isoformat()}", due_at=at)


def read(job: str) -> Iterator[None]:
    """Bring in what is new in the mailbox, message by message; the caller commits at each yield.

    Args:
        job: the one that this is: it is planned anew, first of all, and goes on at once where much is left.
    """
    mailbox = people_queries.mailbox()
    if mailbox is None:
        return
    plan(job)
    try:
        password = _password(mailbox)
    except ValueError:  # the service has another key now
        _note_failure(mailbox, Why.REFUSED)
        return
    server = Server(mailbox.host, mailbox.port, mailbox.security, mailbox.username, password)
    folders = {name: _folder(mailbox, name) for name in mailbox.folders}
    yield  # no transaction waits for somebody else's server
    ends, is_more = time.monotonic() + LONGEST, False
    try:
        with imap.opened(server) as box:
            for folder in folders.values():
                with closing(_read_folder(mailbox, folder, box, ends)) as steps:
                    is_more = (yield from steps) or is_more
    except imap.NotRead as error:
        _note_failure(mailbox, error.why)
        return
    now = clock.now()
    _note(mailbox, read_at=now, failure=None, failing_since=None)
    if is_more:
        at = "-".join(str(folder.last_uid) for folder in folders.values())
        events.deliver(job, key=f"{mailbox.id}:{at}", due_at=now)


def _read_folder(mailbox: Mailbox, folder: MailFolder, box: imap.Mailbox, ends: float) -> Generator[None, None, bool]:
    """Read one folder; returns whether something is left there."""
    validity = box.open(folder.name)
    if validity != folder.validity:  # its ids mean other messages now; those that came before are known by their keys
        folder.validity, folder.last_uid = validity, 0
    since = None if folder.last_uid else (clock.now() - BACK).date()
    ids = box.ids(after=folder.last_uid, since=since)
    for place, one in enumerate(ids):
        if place == AT_ONCE or time.monotonic() > ends:
            return True
        size = box.size(one) or 0
        raw = box.message(one, size) if 0 < size <= messages.LARGEST else None
        if not _bring(raw, is_there=size > 0):
            _note(mailbox, refused=Mailbox.refused + 1)
        folder.last_uid = one
        yield
    return False


def _bring(raw: bytes | None, *, is_there: bool) -> bool:
    """False where the message is there and can't be taken; the next ones are read all the same."""
    if raw is None:
        return not is_there
    try:
        with db.session.begin_nested():
            actions.bring(raw)
    except Refused:
        return False
    return True


def _folder(mailbox: Mailbox, name: str) -> MailFolder:
    mine = (MailFolder.mailbox_id == mailbox.id, MailFolder.name == name)
    found = db.session.scalars(select(MailFolder).where(*mine)).one_or_none()
    if found is None:
        found = MailFolder(mailbox_id=mailbox.id, name=name, validity=0, last_uid=0)
        db.session.add(found)
        db.session.flush()
    return found


def _note_failure(mailbox: Mailbox, why: Why) -> None:
    """Keep why it can't be read, and since when; said once, until it can be again."""
    if mailbox.failure is None:
        facts = {"address": mailbox.address, "why": why}
        events.record(FAILED, mailbox, by=SYSTEM, changed=facts)
    _note(mailbox, failure=why, failing_since=mailbox.failing_since or clock.now())


def _note(mailbox: Mailbox, **values: Any) -> None:
    """Past its version: a form that is open loses nothing by what a worker notes."""
    noted = update(Mailbox).where(Mailbox.id == mailbox.id).values(**values)
    db.session.execute(noted.execution_options(synchronize_session=False))
    db.session.expire(mailbox, list(values))


def _password(mailbox: Mailbox) -> str:
    return sealing.opened(_key(), USE, mailbox.password_sealed)


def _key() -> str:
    key: str = current_app.config["SECRET_KEY"]
    return key
