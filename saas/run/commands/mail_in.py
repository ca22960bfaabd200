"""`saas mail-in`."""

from __future__ import annotations

import re
import sys
from base64 import b32decode
from uuid import UUID

import click

from saas import limits, messages
from saas.crm.mails import actions
from saas.crm.mails.people_queries import OF_SERVICE
from saas.db import db
from saas.errors import NotFound, NotReady, SetupError, TooMany
from saas.run.commands._app import app
from saas.search import fold
from saas.tenants import queries, scope

TRY_LATER = 75  # what mail servers take for "keep it and try again"
NOBODY = 67  # and for "there is no such address here"
OFTEN = "3000/hour"  # that a workspace is given mail; more waits at the mail server
HEAD = re.compile(rb"\r?\n\r?\n")
ADDRESS = re.compile(r"[a-z2-7]{52}@[a-z0-9.-]+")


@click.command("mail-in")
@click.option("--to", "envelope", multiple=True, metavar="ADDRESS", help="For whom it is; left out: as its head says.")
def mail_in(envelope: tuple[str, ...]) -> int:
    """Read one message from standard input and file it for the member whose secret address it came to.

    A mail server pipes into it what comes to the service's MAIL_DOMAIN. Exit status 67: nobody has the address; 75: try
    again later.
    """
    raw = sys.stdin.buffer.read(messages.LARGEST + 1)
    addresses = [fold(one) for one in envelope] or ADDRESS.findall(
        HEAD.split(raw, maxsplit=1)[0].decode("latin-1").lower()
    )
    try:
        with app():
            found = {workspace for one in addresses if (workspace := _workspace(one)) is not None}
            done = [_take(workspace, raw, addresses) for workspace in sorted(found)]
    except (SetupError, NotReady, TooMany) as error:
        click.echo(str(error), err=True)
        return TRY_LATER
    if not any(done):
        click.echo("Nobody has this address.", err=True)
        return NOBODY
    return 0


def _take(workspace: UUID, raw: bytes, addresses: list[str]) -> bool:
    """False where the workspace is closed, or nobody there has one of the addresses."""
    with scope.enter(workspace):
        try:
            limits.take(OFTEN, "mail-in", str(workspace))
            actions.bring(raw, envelope=addresses, is_dropped=True)
        except NotFound:
            return False
        db.session.commit()
    return True


def _workspace(address: str) -> UUID | None:
    """The open workspace that an address names."""
    name, _at, _domain = address.partition("@")
    whole = OF_SERVICE.fullmatch(name)
    if whole is None:
        return None
    named = UUID(bytes=b32decode(whole[1].upper() + "=" * 6))
    tenant = queries.tenants_by_id([named]).get(named)
    db.session.commit()
    return tenant.id if tenant is not None and tenant.is_open() else None
