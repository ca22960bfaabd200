"""A cell of a list that is changed where it stands: its box, and the cell as it is afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from saas.forms import done


def changed(
    record: Any, form: Any, field: str, verb: Callable[[], object], told: Callable[[], Markup]
) -> ResponseReturnValue:
    """The cell with its box; once that was sent, the cell as it is now.

    What stood there when the box was opened comes along: if it is no longer that, a colleague was faster, and both are
    shown.

    Args:
        record: whose row it is; has a `name`.
        form: with the one field.
        field: its name in the form and of the record.
        verb: keeps what the form holds.
        told: the cell as it is now.
    """
    now = str(_kept(record, field))
    before = request.form.get("before", now)
    if not form.validate_on_submit():
        return _box(record, form, field, before), form.status
    if before != now:
        return _box(record, form, field, now, theirs=told()), 409
    if not done(form, verb):
        return _box(record, form, field, before), 422
    return told()


def _kept(record: Any, field: str) -> Any:
    value = getattr(record, field)
    return "" if value is None else value


def _box(record: Any, form: Any, field: str, before: str, theirs: Markup | None = None) -> str:
    shown = {"one": form[field], "form": form, "before": before, "theirs": theirs}
    return render_template("lists/_cell.html", **shown, name=record.name, url=request.path)
