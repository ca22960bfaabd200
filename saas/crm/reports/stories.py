"""How the making of a report is told, and who wants it mailed."""

from __future__ import annotations

from flask_babel import gettext as _
from markupsafe import Markup

from saas.crm.reports import actions
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, said, story


@story(actions.ASKED, "file-type-pdf")
def _asked(event: Event, who: str) -> Markup:
    return said(_("%(who)s asked for this PDF", who=ACTOR), who)


@story(actions.RETRIED, "refresh")
def _retried(event: Event, who: str) -> Markup:
    return said(_("%(who)s had this PDF tried again", who=ACTOR), who)


@story(actions.MADE, "check")
def _made(event: Event, who: str) -> str:
    return _("The PDF was made")


@story(actions.CHOSEN, "mail")
def _chosen(event: Event, who: str) -> Markup:
    _before, mails = event.changed["mails"]
    if mails:
        return said(_("%(who)s has the report of each month mailed again", who=ACTOR), who)
    return said(_("%(who)s wants no reports by mail", who=ACTOR), who)
