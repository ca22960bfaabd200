"""`saas role`."""

from __future__ import annotations

import json

import click
from flask_babel import force_locale

from saas.run.commands._app import inside
from saas.tenants import queries
from saas.tenants.permissions import ROLE_NAMES


@click.group()
def role() -> None:
    """List a workspace's roles."""


@role.command(name="list")
@click.argument("workspace")
@click.option("--json", "as_json", is_flag=True, help="For programs, with the rights of each.")
def list_(workspace: str, as_json: bool) -> None:
    """The roles of WORKSPACE: their keys and names."""
    with inside(workspace), force_locale("en"):
        found = [
            {"key": one.key, "name": one.name or str(ROLE_NAMES.get(one.key, one.key)), "rights": one.rights}
            for one in queries.roles()
        ]
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for one in found:
        click.echo(f"{one['key']:20} {one['name']}")
