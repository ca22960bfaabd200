"""Seats: how many members are paid for, and the offer of one more, which billing makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from saas.errors import Refused
from saas.tenants import queries
from saas.tenants.models import Member


@dataclass(frozen=True)
class Offer:
    """One more seat: what it costs, in a sentence, and how the owner takes it.

    `take` is given who takes it and the invitation that needs the seat ({email, name, role, team_id}), which is sent by
    a worker if the page breaks in between. It commits.
    """

    sentence: str
    take: Callable[[Member, Mapping[str, str | None]], None]


class NoSeat(Refused):
    """Every seat is taken. `offer` is there where one more can be had by confirming its price."""

    def __init__(self, sentence: str, *, offer: Offer | None = None) -> None:
        super().__init__(sentence, field="takes_offer" if offer else "email")
        self.offer = offer


_offers: list[Callable[[], Offer | None]] = []


def offered_by(make: Callable[[], Offer | None]) -> None:
    """Have billing say what one more seat costs in the workspace in scope; None where none can be had."""
    _offers.append(make)


def check(*, invited: bool = False) -> None:
    """Refuse one more member when every seat is taken. Whoever counts waits for whoever counts before him.

    Args:
        invited: those invited count as well, since they are expected to come.

    Raises:
        NoSeat: says how many there are, with the offer of one more where there is one.
    """
    limit = queries.seat_limit(for_update=True)
    if limit is None or queries.count_seats(invited=invited) < limit:
        return
    offer = next((found for make in _offers if (found := make()) is not None), None)
    if offer is not None:
        raise NoSeat(_("All %(n)s seats are taken. Free one, or take one more.", n=limit), offer=offer)
    raise NoSeat(_("All %(n)s seats are taken. Free one, or ask the owner to add seats.", n=limit))
