"""The workspace's mailbox, set by its owner."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import clock, limits
from saas.crm.mails import mailbox_actions, people_queries
from saas.crm.mails.forms import MailboxForm
from saas.crm.mails.models import Mailbox
from saas.db import current_tenant
from saas.errors import NotFound
from saas.forms import attempt
from saas.tenants import events
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me
from saas.versions import Overtaken, version_sent

bp = Blueprint("mailbox", __name__, url_prefix="/settings/mailbox")

OFTEN = "20/hour"  # that somebody has a server of his choice called
READ = "crm.read_mailbox"


@bp.route("", methods=["GET", "POST"])
@allow(Permission.WORKSPACE_SET)
def index() -> ResponseReturnValue:
    """Where it is; saving tries it out."""
    found = people_queries.mailbox()
    form = MailboxForm(obj=found)
    if not form.validate_on_submit():
        return _page(form, found, form.status)
    limits.take(OFTEN, "mailbox", str(current_tenant()))
    version = version_sent(found) if found else None
    try:
        saved = attempt(form, lambda: _save(form, version))
    except Overtaken as error:
        return _page(form, error.theirs, 409, clash=form.differences(error.theirs))
    if saved is None:
        return _page(form, found, 422)
    _read_soon(saved)
    flash(_("It works. The mails of the last 30 days are being read."), "good")
    return redirect(url_for(".index"), 303)


@bp.post("/read")
@allow(Permission.WORKSPACE_SET)
def read() -> ResponseReturnValue:
    """Look for new mails now."""
    found = _mailbox()
    limits.take(OFTEN, "mailbox", str(current_tenant()))
    _read_soon(found)
    flash(_("New mails are being read."), "good")
    return redirect(url_for(".index"), 303)


@bp.post("/remove")
@allow(Permission.WORKSPACE_SET)
def remove() -> ResponseReturnValue:
    """Read it no more."""
    found = _mailbox()
    mailbox_actions.remove(found, by=me())
    flash(_("%(address)s is read no more. What was filed stays.", address=found.address), "good")
    return redirect(url_for(".index"), 303)


def _save(form: MailboxForm, version: int | None) -> Mailbox:
    return mailbox_actions.set_mailbox(form.values(), password=form.password.data or None, version=version, by=me())


def _read_soon(mailbox: Mailbox) -> None:
    now = clock.now()
    events.deliver(READ, key=f"{mailbox.id}:{now.isoformat()}", due_at=now)


def _mailbox() -> Mailbox:
    found = people_queries.mailbox()
    if found is None:
        raise NotFound
    return found


def _page(form: MailboxForm, found: Mailbox | None, status: int, **more: object) -> ResponseReturnValue:
    version = (found.version if more else version_sent(found)) if found else None
    shown = {"form": form, "mailbox": found, "version": version, "whys": mailbox_actions.WHY_WORDS}
    return render_template("mails/mailbox.html", **shown, **more, is_sent=request.method == "POST"), status
