"""The file of refused rows: as they came, with two columns of ours that are left out when it is sent back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from saas import sheets
from saas.crm.transfer import queries
from saas.crm.transfer.kinds.words import both
from saas.crm.transfer.models import ImportRun, RowState
from saas.crm.transfer.reasons import sentence
from saas.search import fold

OURS = (_l("Row"), _l("Reason"))


def lines(run: ImportRun) -> Iterator[bytes]:
    """The refused rows of an import as a CSV, each with its number in the file and why it was refused."""
    rows = ([*row.cells, row.number, sentence(row.reason)] for row in queries.each_row(run.id, RowState.REFUSED))
    return sheets.csv_lines([*map(str, run.header), _("Row"), _("Reason")], rows)


def width(header: Sequence[str]) -> int:
    """How many columns of a file are its own: without the two of ours at its end, in either language."""
    end = [fold(name) for name in header[-len(OURS) :]]
    is_ours = len(end) == len(OURS) and all(name in both(ours) for name, ours in zip(end, OURS, strict=True))
    return len(header) - len(OURS) if is_ours else len(header)
