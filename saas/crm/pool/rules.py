"""The workspace's rules of the pool, as numbers; nothing here reads or writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

KEY = "pool.rules"  # of the setting


@dataclass(frozen=True)
class Rules:
    """What the workspace allows.

    days: without contact, until a customer returns to the pool; 0: never.
    daily: claims a member may make in one day of the workspace's clock; 0: any number.
    holdings: tracked customers a member may hold; 0: any number.
    rest: days for which whoever lost a customer can't claim it again.
    """

    days: int = 15
    daily: int = 10
    holdings: int = 100
    rest: int = 7

    @classmethod
    def of(cls, kept: Mapping[str, object]) -> Rules:
        """The rules that a setting holds; what it lacks is the default."""
        known = {name: value for name, value in kept.items() if name in asdict(cls()) and isinstance(value, int)}
        return cls(**known)

    def free_on(self, lost_at: datetime) -> datetime:
        """When someone who lost a customer at `lost_at` may claim it again."""
        return lost_at + timedelta(days=self.rest)

    def left_today(self, claimed: int) -> int | None:
        """How many more a member may claim today; None: any number."""
        return max(0, self.daily - claimed) if self.daily else None


def days_left(reclaim_at: datetime, now: datetime) -> int:
    """Whole days until a customer returns, rounded up; 0 once it is due."""
    return max(0, -((now - reclaim_at) // timedelta(days=1)))
