"""Which blueprint opens which door."""

from __future__ import annotations

import importlib

from flask import Flask

from saas.portals.guard import Audience, mount

DOORS: list[tuple[str, Audience]] = []  # module with a `bp`, and for whom


def open_all(app: Flask) -> None:
    """Mount every blueprint for its audience."""
    for module, audience in DOORS:
        mount(app, importlib.import_module(module).bp, audience)
