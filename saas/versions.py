"""Saving over what somebody else may have saved: both values are shown instead of one of them getting lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _

from saas.errors import Conflict
from saas.forms import done

MOST_DIGITS = 9  # of a version


class Overtaken(Conflict):
    """Somebody saved the record while the form was open; `theirs` is how it is now."""

    def __init__(self, theirs: Any) -> None:
        super().__init__(_("This was changed while you were writing."))
        self.theirs = theirs


def refuse_overtaken(record: Any, version: int | None) -> None:
    """Raises Overtaken unless the record is still at this version; None: whatever it is at."""
    if version is not None and version != record.version:
        raise Overtaken(record)


@dataclass(frozen=True)
class Edit:
    """How saving a form went; what its page needs when it comes back.

    is_saved: the record is as the form says.
    status: of the answer that shows the form again.
    version: that the form is made from now.
    clash: what was typed beside what a colleague saved meanwhile.
    """

    is_saved: bool
    status: int
    version: int
    clash: list[dict[str, Any]] | None = None


def edited(form: Any, record: Any, verb: Callable[[int], object]) -> Edit:
    """Save a form over a record, unless somebody else has saved it since the form was opened.

    Args:
        form: a refusal that belongs to one of its fields is written there.
        record: what it changes.
        verb: takes the version that the form was made from; raises Overtaken where it is no longer that.
    """
    version = version_sent(record)
    if not form.validate_on_submit():
        return Edit(False, form.status, version)
    try:
        return Edit(done(form, lambda: verb(version)), form.status, version)
    except Overtaken:
        return Edit(False, 409, record.version, form.differences(record))


def version_sent(record: Any, name: str = "version") -> int:
    """The version that the form was made from; the present one when none was sent, and 0, which no record is at, when
    what was sent is none."""
    sent = request.form.get(name, "")
    if not sent:
        return int(record.version)
    return int(sent) if sent.isdecimal() and len(sent) <= MOST_DIGITS else 0
