"""How events about rates of exchange and PDFs are told."""

from __future__ import annotations

from flask_babel import gettext as _
from markupsafe import Markup

from saas.crm.papers import print_actions, rate_actions
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, said, story


@story(rate_actions.NOTED, "currency-euro")
def _noted(event: Event, who: str) -> Markup:
    about = {"currency": event.changed["currency"], "rate": event.changed["rate"][1]}
    return said(_("%(who)s noted the rate of %(currency)s: %(rate)s", who=ACTOR, **about), who)


@story(rate_actions.DROPPED, "currency-euro")
def _dropped(event: Event, who: str) -> Markup:
    return said(_("%(who)s forgot a rate of %(currency)s", who=ACTOR, currency=event.changed["currency"]), who)


@story(print_actions.ASKED, "file-type-pdf")
def _asked(event: Event, who: str) -> Markup:
    return said(_("%(who)s had %(paper)s made as PDF", who=ACTOR, paper=event.changed.get("paper")), who)


@story(print_actions.MADE, "file-type-pdf")
def _made(event: Event, who: str) -> Markup:
    return said(_("%(who)s made the PDF", who=ACTOR), who)
