"""What mails say on the pages of others, and how people in them are shown."""

from __future__ import annotations

from uuid import UUID

from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from saas import ui
from saas.crm.mails import queries
from saas.crm.mails.models import Mail
from saas.tenants.scope import me

REPLIES = _l("New replies")


def replies(_member_id: UUID) -> Markup:
    """What was written to the reader's customers and waits for an answer; whatever the address says, the reader's."""
    found = queries.replies_to(me().id)
    shown = found[: queries.REPLIES]
    return ui.fragment("mails/_replies.html", rows=shown, has_more=len(found) > len(shown)) if found else Markup("")


def person(name: str, address: str) -> Markup:
    """Somebody in the head of a mail."""
    if not name:
        return Markup("{}").format(ui.breakable(address))
    return Markup('{} <span class="muted">{}</span>').format(name, ui.breakable(address))


def laid_out(mail: Mail) -> Markup | None:
    """A mail's HTML; the child that read the message left only harmless tags in it."""
    return Markup(mail.html) if mail.html else None  # noqa: S704 - cleaned in saas.inside.messages
