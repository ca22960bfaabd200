"""Messages that can be undone: said once more than plain ones, with a button."""

from __future__ import annotations

from typing import Any

from flask import flash


def undoable(text: Any, undo_url: str | None) -> None:
    """Tell what was done, with a button that undoes it.

    Args:
        text: one sentence.
        undo_url: where the button posts to; None where it cannot be undone.
    """
    flash({"text": text, "undo_url": undo_url}, "good")  # type: ignore[arg-type]  # base.html draws the button
