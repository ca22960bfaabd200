"""How surely a deal counts in the forecast: as its owner says, or by its probability while he says nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

SETTING = "opportunities.forecast"


class Category(StrEnum):
    """What an owner says of a deal that is open."""

    COMMIT = "commit"
    BEST = "best"
    PIPELINE = "pipeline"
    OMITTED = "omitted"


CATEGORY_WORDS = {
    Category.COMMIT: _l("Commit"),
    Category.BEST: _l("Best case"),
    Category.PIPELINE: lazy_pgettext("forecast", "Pipeline"),
    Category.OMITTED: lazy_pgettext("forecast", "Left out"),
}


@dataclass(frozen=True)
class Marks:
    """From which probability (%) on a deal of which its owner says nothing is committed, or in the best case."""

    commit_from: int = 80
    best_from: int = 50

    def category(self, probability: int) -> Category:
        """What a deal of this probability counts as."""
        if probability >= self.commit_from:
            return Category.COMMIT
        return Category.BEST if probability >= self.best_from else Category.PIPELINE
