"""How often deals are won: a share with its count, and nothing where too few are over to say."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from saas import ui

ENOUGH = 5  # of anything, before a share or a middle says something


@dataclass
class Wins:
    """How many deals ended which way."""

    won: int = 0
    lost: int = 0

    @property
    def ended(self) -> int:
        """How many are over."""
        return self.won + self.lost

    @property
    def rate(self) -> float | None:
        """The share that was won, from 0 to 1; None while too few are over to say."""
        return self.won / self.ended if self.ended >= ENOUGH else None


def told(wins: Wins) -> str:
    """A rate with its count, or that it is too early to say."""
    if wins.rate is None:
        return _("no data")
    return str(ngettext("%(share)s of %(num)s", "%(share)s of %(num)s", wins.ended, share=ui.percent(wins.rate)))
