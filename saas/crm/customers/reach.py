"""Numbers and addresses by which one reaches people: each a link, and behind it the offer to write down what was done.

Whoever asked not to be reached one way has no link there, but words that say so.
"""

from __future__ import annotations

import re
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from saas import ui
from saas.assets import icon
from saas.crm.customers import private
from saas.crm.customers.models import CALL_LINES, LINE_WORDS, MAIL_LINES, Account, Channel, Contact, Wish
from saas.tenants.permissions import Permission
from saas.tenants.scope import may

NOT_DIALLED = re.compile(r"[^\d+*#]")


def call(number: str | None, log: Markup, *, refused: bool, texts: bool = False) -> Markup | None:
    """A number to call, and with `texts` to write a message to."""
    if not number:
        return None
    if refused:
        return _refused(number, _("no calls"))
    dialled = NOT_DIALLED.sub("", number)
    shown = Markup('<a href="tel:{}" data-reached>{}</a>').format(dialled, number)
    if texts:
        text = _("Message to %(number)s", number=number)
        shown += Markup(' <a href="sms:{}" class="quiet" title="{}" aria-label="{}" data-reached>{}</a>').format(
            dialled, text, text, icon("message")
        )
    return shown + log


def mail(address: str | None, log: Markup, *, refused: bool) -> Markup | None:
    """An address to write to."""
    if not address:
        return None
    if refused:
        return _refused(address, _("no mails"))
    return Markup('<a href="mailto:{}" data-reached>{}</a>').format(address, ui.breakable(address)) + log


def written_to(contact: Contact | None, account: Account) -> str:
    """The address that a paper is mailed to unless somebody says otherwise: the person's, else the customer's; "" where
    there is none, or that person doesn't want mails.
    """
    if contact is not None and contact.refuses(Channel.MAIL):
        return ""
    return (contact.email if contact else None) or account.email or ""


def why_unwritten(contact: Contact | None) -> str | None:
    """Why no address is proposed, where the person a paper is for doesn't want mails."""
    if contact is None or not contact.refuses(Channel.MAIL):
        return None
    return _("%(name)s doesn't want mails from you.", name=contact.name)


def _refused(value: str, why: str) -> Markup:
    return Markup('{} <span class="chip chip-waiting">{}</span>').format(ui.breakable(value), why)


def log_link(kind: str, about_kind: str, about_id: Any) -> Markup:
    """The offer to write down a call or mail, shown once its link was used; nothing where the reader may not."""
    if not may(Permission.ACTIVITY_EDIT) or not ui.has_page("activities.create"):
        return Markup("")
    url = url_for("activities.create", past=1, kind=kind, about_kind=about_kind, about_id=about_id)
    return Markup(' <a class="reached small" href="{}" hidden>{}</a>').format(url, _("Write it down"))


def of_contact(contact: Any, contact_id: Any) -> list[tuple[Any, Markup]]:
    """All numbers and addresses of a contact (or a row of the phone book), with what each is."""
    calls, mails = (log_link(kind, "contact", contact_id) for kind in ("call", "mail"))
    sees_home = private.HOME_PHONE not in private.hidden()
    quiet, unwritten = contact.phone_wish == Wish.NO, contact.mail_wish == Wish.NO
    rows = [
        (_("Phone"), call(contact.phone, calls, refused=quiet)),
        (_("Mobile"), call(contact.mobile, calls, refused=quiet, texts=True)),
        (_("Phone at home"), call(contact.home_phone if sees_home else None, calls, refused=quiet)),
        (_("Mail"), mail(contact.email, mails, refused=unwritten)),
    ]
    for line in contact.lines or ():
        kind, value = line["kind"], line["value"]
        if kind in MAIL_LINES:
            shown = mail(value, mails, refused=unwritten)
        elif kind in CALL_LINES:
            shown = call(value, calls, refused=quiet, texts=kind == "cell")
        else:
            shown = Markup("{}").format(value)
        rows.append((LINE_WORDS.get(kind, kind), shown))
    return [(label, value) for label, value in rows if value]


def of_account(account: Any) -> list[tuple[Any, Markup]]:
    """The number and address of a customer itself."""
    calls, mails = (log_link(kind, "account", account.id) for kind in ("call", "mail"))
    rows = [
        (_("Phone"), call(account.phone, calls, refused=False)),
        (_("Mail"), mail(account.email, mails, refused=False)),
    ]
    return [(label, value) for label, value in rows if value]
