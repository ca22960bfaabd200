"""Taking away what was sold, as a file: noted, since it leaves the house."""

from __future__ import annotations

from collections.abc import Mapping

from saas.tenants import events, scope
from saas.tenants.scope import Actor

TAKEN = "workspace.sales_taken"


def note_taken(rows: int, asked: Mapping[str, str], *, by: Actor) -> None:
    """Write down who took how many lines away, and by which filters they were chosen."""
    events.record(TAKEN, scope.workspace(), by=by, changed={"rows": rows, "filters": dict(asked)})
