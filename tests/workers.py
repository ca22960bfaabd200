"""What workers do with the work of a workspace, in the test's own process."""

from __future__ import annotations

from flask import Flask

from saas import clock
from saas.jobs import runner
from saas.tenants.models import Tenant

# Seconds from the first try at which the tries of a job that fails each time are due; see `trail.FIRST_WAIT`.
TRIES_AT = (0, 40, 160, 640, 2560)


def work(app: Flask, tenant: Tenant) -> None:
    """Do all that is due by now."""
    with app.app_context():
        while runner.run_tenant(str(tenant.id)):
            pass


def give_up(app: Flask, tenant: Tenant) -> None:
    """Try what fails each time until it is given up."""
    for seconds in TRIES_AT:
        clock.shift(seconds)
        work(app, tenant)
