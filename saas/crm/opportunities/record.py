"""What the page of a deal says beside its fields, and what deals say on the pages of customers and products."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from flask import g, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from saas import archive, clock, drawn, ui
from saas.crm.fields import queries as fields
from saas.crm.fields.models import Dictionary
from saas.crm.opportunities import lists, queries, tabs
from saas.crm.opportunities.models import RESULT_WORDS, Opportunity, Result, Stage
from saas.tenants import brought, scope
from saas.tenants.permissions import Permission


def about(deal: Opportunity) -> list[tuple[Any, Any]]:
    """What the deal is about, and whose it is."""

    def link(record: Any, endpoint: str, **ids: Any) -> Markup | None:
        return Markup('<a href="{}">{}</a>').format(url_for(endpoint, **ids), record.name) if record else None

    rows = [
        (_("Customer"), link(deal.account, "customers.show", account_id=deal.account_id) or _("Not known")),
        (_("Contact"), link(deal.contact, "contacts.show", contact_id=deal.contact_id)),
        (_("Product"), link(deal.product, "products.show", product_id=deal.product_id)),
        (_("Channel"), fields.label(Dictionary.CHANNEL, deal.channel)),
        (_("Partner"), link(deal.partner, "customers.show", account_id=deal.partner_id)),
        (_("Owner"), deal.owner.name if deal.owner else _("Nobody")),
        (_("Opened"), ui.day(deal.opened_on)),
        (_("Closed"), ui.day(deal.closed_on) if deal.closed_on else None),
        (_("Put off"), _put_off(deal.slips) if deal.slips else None),
        (_("Reason"), " · ".join(filter(None, (fields.label(Dictionary.LOSS, deal.loss), deal.reason)))),
        (_("Opened again"), ngettext("%(num)s time", "%(num)s times", deal.reopened) if deal.reopened else None),
        brought.fact(deal),
    ]
    return [(label, value) for label, value in rows if value not in (None, "")]


def _put_off(times: int) -> str:
    return str(ngettext("%(num)s time to a later month", "%(num)s times to a later month", times))


def track(deal: Opportunity, stages: Sequence[Stage]) -> list[dict[str, Any]]:
    """The stages with where the deal stands; a stage that was taken out meanwhile stands at its old place."""
    shown = list(stages)
    if all(stage.id != deal.stage_id for stage in stages):
        shown.insert(min(deal.stage.position, len(shown)), deal.stage)
    at = next(place for place, stage in enumerate(shown) if stage.id == deal.stage_id)
    return [
        {
            "column": lists.column_id(stage.id),
            "name": stage.label,
            "is_done": place <= at or deal.result is Result.WON,
            "is_now": place == at and deal.is_open,
        }
        for place, stage in enumerate(shown)
    ]


def way(deal: Opportunity) -> list[dict[str, Any]]:
    """The steps of the deal with how long each lasted, in days."""
    steps = queries.changes(deal.id)
    ends = [*(step.changed_at for step in steps[1:]), clock.now()]
    return [
        {
            "name": step.stage.label if step.result is Result.OPEN else RESULT_WORDS[step.result],
            "at": step.changed_at,
            "days": (end - step.changed_at).days if step.result is Result.OPEN else 0,
        }
        for step, end in zip(steps, ends, strict=True)
    ]


def hints(deal: Opportunity) -> list[str]:
    """What would help this deal on, the most pressing first."""
    now = clock.now()
    found = []
    if deal.expected_on is not None and deal.expected_on < clock.local(now, g.tenant.timezone).date():
        found.append(_("The expected day has passed. Close it, or set a new day."))
    if not deal.next_step:
        found.append(_("Note what happens next, so that it doesn't go quiet."))
    if now - deal.stage_since > deal.stage.limit:
        days = deal.stage.limit.days
        found.append(
            ngettext(
                "It has stood here for more than %(num)s day. A call now often tells which way it goes.",
                "It has stood here for more than %(num)s days. A call now often tells which way it goes.",
                days,
            )
        )
    if deal.account_id is None:
        found.append(_("It names no customer. Edit it to say whose it is."))
    if deal.amount is None:
        found.append(_("It names no amount, so it counts for nothing in the sums."))
    return found[:3]


def deals_tab(account_id: UUID) -> Markup:
    """All deals of a customer, for its page."""
    deals = queries.of_account(account_id)
    mine = (*queries.listed(), Opportunity.account_id == account_id)
    return ui.fragment(
        "opportunities/_of_account.html",
        deals=deals,
        marks={result: tabs.mark(result) for result in Result},
        sums={RESULT_WORDS[r]: lists.monies(a) for r, a in queries.sums_by_result(*mine).items() if a},
        account_id=account_id,
        can_create=scope.may(Permission.OPPORTUNITY_CREATE) and archive.is_open("account", account_id),
    )


def open_deals(account_id: UUID) -> Markup:
    """The open deals of a customer, for the side of its page."""
    deals = queries.of_account(account_id, only_open=True, many=6)
    can_create = scope.may(Permission.OPPORTUNITY_CREATE) and archive.is_open("account", account_id)

    def draw() -> Markup:
        shown: dict[str, Any] = {"deals": deals, "account_id": account_id, "can_create": can_create}
        return ui.fragment("opportunities/_open_deals.html", **shown)

    known = drawn.of(*deals, *[deal.stage for deal in deals], more=("open deals", account_id, can_create))
    return cast(Markup, drawn.once(known, draw))


def with_product(product_id: UUID) -> Markup:
    """How a product sells, for the side of its page."""
    mine = (*queries.listed(), Opportunity.product_id == product_id)
    sums = queries.sums_by_result(*mine)
    rows = [
        (
            RESULT_WORDS[result],
            ui.number(many),
            lists.monies(sums[result]),
            url_for("opportunities.index", result=result.value, product=product_id),
        )
        for result, many in queries.counts_by_result(*mine).items()
    ]
    return ui.fragment("opportunities/_with_product.html", rows=rows)
