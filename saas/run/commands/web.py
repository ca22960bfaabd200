"""`saas web`."""

from __future__ import annotations

import gc
import signal
from collections.abc import Callable
from importlib import import_module
from typing import Any

import click
from granian.constants import Interfaces
from granian.server import Server
from sqlalchemy.orm import configure_mappers

from saas import config, i18n
from saas.crm.transfer import register
from saas.http import SeaportApp
from saas.run import child, logs, ports, servers

APP = "wsgi:app"
THREADS = 2  # per process: one waits for the database while the other works
PATIENCE = 10.0  # s for the database to answer at the start
GARBAGE = (20_000, 20, 50)  # a page makes some ten thousand objects that live as long as it; Python looks every 700
READY = (
    "base.html",
    "layouts/staff.html",
    "macros/forms.html",
    "macros/grid.html",
    "macros/tables.html",
    "macros/ui.html",
    "customers/index.html",
    "customers/show.html",
    "opportunities/board.html",
    "workspace/today.html",
)
"""Templates that everyone sees soon; the others are compiled when first asked for."""
LAST_REQUESTS = 2  # s a worker has to finish what it began


@click.command()
def web() -> None:
    """Serve pages on HOST and PORT with WEB_PROCESSES processes, until stopped."""
    settings = config.load()
    if settings.local:
        child.die_with_parent(signal.SIGTERM)
    logs.to_stdout("web")
    ports.check(settings.host, settings.port, shared=True)
    servers.check(settings, PATIENCE)
    server = Server(
        APP,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.web_processes,
        blocking_threads=THREADS,
        log_dictconfig=logs.granian(),
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=LAST_REQUESTS,
    )
    preload()
    server.serve(target_loader=load)


def preload() -> None:
    """Make the app once, before the workers fork: they start sooner and share that memory.

    It connects to nothing before its first request: a connection or a thread would not survive the fork.
    """
    module, _, name = APP.partition(":")
    app: SeaportApp = getattr(import_module(module), name)
    configure_mappers()
    for language in i18n.LOCALES:
        with app.test_request_context(headers={"Accept-Language": language}):
            i18n.make_ready()
            for template in READY:
                app.jinja_env.get_template(template)
    app.url_map.update()
    register.kinds()
    gc.collect()
    gc.freeze()


def load(target: str) -> Callable[..., Any]:
    """The app inside a worker, which must not outlive its parent."""
    child.die_with_parent(signal.SIGKILL)
    module, _, name = target.partition(":")
    app: Callable[..., Any] = getattr(import_module(module), name)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    return app
