"""`saas reseal`."""

from __future__ import annotations

import click

from saas.crm.sealed import actions
from saas.db import db
from saas.run.commands._app import app
from saas.tenants import queries, scope


@click.command()
def reseal() -> int:
    """Seal all confidential details with the first of SEAL_KEYS, so that the older keys can go; safe to run twice.

    Exit status 1 when some can't be opened with any of the keys.
    """
    done = lost = 0
    with app():
        for tenant_id, _slug in queries.tenants():
            with scope.enter(tenant_id):
                after = None
                while True:
                    some, unread, after = actions.seal_anew(after)
                    db.session.commit()
                    done, lost = done + some, lost + unread
                    if after is None:
                        break
    click.echo(f"{done} sealed anew, {lost} can't be opened with these keys.")
    return 1 if lost else 0
