"""What may be done with an import in the state it is in."""

from __future__ import annotations

from flask_babel import gettext as _

from saas.crm.transfer.models import ImportRun, RunState
from saas.errors import Conflict


class NotNow(Conflict):
    """The import is at another step."""


def must_be(run: ImportRun, *states: RunState) -> None:
    """Raises NotNow unless the import is in one of these states."""
    if run.state not in states:
        raise NotNow(_("This import has gone on meanwhile. Load it again to see where it stands."))
