"""The roof: wires everything, decides nothing."""

from __future__ import annotations

import importlib
import pkgutil

from flask import Flask

import saas.crm
from saas import assets, clock, config, db, drawn, http, i18n, limits, ui, wake
from saas.config import Config
from saas.http import SeaportApp
from saas.portals import guard


def create_app(settings: Config | None = None) -> Flask:
    """The WSGI application.

    Raises:
        SetupError: the environment lacks something.
        RuntimeError: a route declares no right.
    """
    settings = settings or config.load()
    clock.shift(settings.clock_offset)
    app = SeaportApp("saas", static_folder=None)
    app.extensions["config"] = settings
    db.init_app(app, settings)
    wake.init_app(app, settings)
    limits.init_app(app, settings)
    http.init_app(app, settings)
    i18n.init_app(app)
    assets.init_app(app)
    ui.init_app(app)
    drawn.init_app(app)
    guard.init_app(app)
    load_models()
    portals = importlib.import_module("saas.portals.doors")
    portals.open_all(app)
    importlib.import_module("saas.jobs.triggers").load()
    guard.check_routes(app)
    return app


def load_models() -> None:
    """Import every model, story and part of the morning's letter: the metadata is whole, each event can be told."""
    importlib.import_module("saas.search")
    importlib.import_module("saas.tenants.models")
    for package in ("saas.billing", *(f"saas.crm.{name}" for name in saas.crm.CAPABILITIES)):
        found = {module.name for module in pkgutil.iter_modules(importlib.import_module(package).__path__)}
        for module in ("models", "stories", "digest"):
            if module in found:
                importlib.import_module(f"{package}.{module}")
