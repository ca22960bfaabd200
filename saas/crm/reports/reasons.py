"""Why a PDF was not made, in words for whoever waits for it; what is kept is the key."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from saas import charts, pdf
from saas.charts import Undrawable
from saas.errors import BusinessError
from saas.pdf import Unprintable

NO_ROOM, TRIED = "room", "tried"
SENTENCES: dict[str, Any] = {
    **{f"pdf.{why}": sentence for why, sentence in pdf.SENTENCES.items()},
    **{f"chart.{why}": sentence for why, sentence in charts.SENTENCES.items()},
    NO_ROOM: _l("There is no room for more files. Take some off first."),
    TRIED: _l("It could not be made after five tries."),
}


def key_of(error: BusinessError) -> str | None:
    """The key of what went wrong for good; None where it is worth another try."""
    if isinstance(error, Unprintable | Undrawable):
        name = "pdf" if isinstance(error, Unprintable) else "chart"
        return None if error.why == "busy" else f"{name}.{error.why}"
    return NO_ROOM


def sentence(key: str | None) -> str:
    """What is said to a person."""
    return str(SENTENCES.get(key or TRIED, SENTENCES[TRIED]))
