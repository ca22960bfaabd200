"""How the forecast is looked at: by month or quarter, by person or team, of everyone or one of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from flask import request, url_for

from saas import months, ui
from saas.crm.forecasts.actions import AHEAD

QUARTERS = 2  # that are shown, the running one included
ARGUMENTS = ("span", "by", "at", "owner", "team", "share")


@dataclass(frozen=True)
class Look:
    """What the address asks for.

    is_quarterly: spans are quarters, not months.
    is_by_team: groups are teams, not people.
    is_by_share: deals that several sell are divided by their shares, not counted whole to their owners.
    at: the first day of the span whose people are shown.
    owner_id, team_id: whose deals alone are counted; None: everyone's.
    today: the workspace's day.
    """

    is_quarterly: bool
    is_by_team: bool
    is_by_share: bool
    at: date
    owner_id: UUID | None
    team_id: UUID | None
    today: date

    @property
    def spans(self) -> list[date]:
        """The first days of the spans, the running one first."""
        first, many, step = (self.span_of(self.today), QUARTERS, 3) if self.is_quarterly else (self.month, AHEAD, 1)
        found = [first]
        while len(found) < many:
            following = found[-1]
            for _month in range(step):
                following = months.after(following)
            found.append(following)
        return found

    @property
    def month(self) -> date:
        """The first day of the running month."""
        return self.today.replace(day=1)

    @property
    def last(self) -> date:
        """The last day of all spans."""
        return months.span(self.key(self.spans[-1]))[1]  # type: ignore[index]

    def span_of(self, month: date) -> date:
        """The span in which a month lies."""
        return months.quarter_of(month) if self.is_quarterly else month

    def key(self, span: date) -> str:
        """A span as addresses name it: "2026-11", "2026-Q4"."""
        return f"{span.year}-Q{(span.month + 2) // 3}" if self.is_quarterly else f"{span:%Y-%m}"

    def holds(self, one: Any) -> bool:
        """True when a Part or Said is of those that are looked at."""
        if self.owner_id is not None and one.owner_id != self.owner_id:
            return False
        return self.team_id is None or one.team_id == self.team_id

    def group(self, one: Any) -> UUID | None:
        """Whose a Part or Said is."""
        found: UUID | None = one.team_id if self.is_by_team else one.owner_id
        return found

    def url(self, **changes: str | None) -> str:
        """The address of the forecast, looked at in another way."""
        kept: dict[str, str | None] = {name: request.args.get(name) for name in ARGUMENTS}
        asked = {name: value for name, value in (kept | changes).items() if value}
        return ui.asking(url_for("forecasts.index"), asked)


def asked() -> Look:
    """The look that the address of the page asks for."""
    today = ui.words().today
    draft = Look(
        request.args.get("span") == "quarter",
        request.args.get("by") == "team",
        "share" in request.args,
        today,
        ui.asked_id("owner"),
        ui.asked_id("team"),
        today,
    )
    wanted = months.span(request.args.get("at", ""))
    at = wanted[0] if wanted and wanted[0] in draft.spans else draft.spans[0]
    return replace(draft, at=at)
