"""Which known name an unknown one is likely to mean. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from saas.search import fold

LIKELY = 0.82  # share of letters in the same order from which a name is offered


@dataclass(frozen=True)
class Guess:
    """A known name for an unknown one."""

    target: Any
    name: str
    is_sure: bool  # they differ in spaces, marks and case only


def bare(words: str) -> str:
    """The letters and digits alone, folded: "GTX Pro" and "gtx-pro" are one."""
    return "".join(c for c in fold(words) if c.isalnum())


def guess(said: str, known: Mapping[str, Any]) -> Guess | None:
    """The known name that `said` most likely stands for; None when none is near.

    Args:
        said: as the file writes it.
        known: name → what it stands for.
    """
    wanted = bare(said)
    if not wanted:
        return None
    best, best_share = None, LIKELY
    for name, target in known.items():
        mine = bare(name)
        if mine == wanted:
            return Guess(target, name, True)
        matcher = SequenceMatcher(None, wanted, mine)
        if matcher.real_quick_ratio() < best_share or matcher.quick_ratio() < best_share:
            continue
        if (share := matcher.ratio()) >= best_share:
            best, best_share = Guess(target, name, False), share
    return best
