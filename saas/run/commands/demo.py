"""`saas demo`."""

from __future__ import annotations

import json

import click

from saas import config
from saas.demo import signins


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A list of {workspace, audience, role, url, email, password}.")
@click.option("--fill", is_flag=True, help="Make the demo workspaces where they are missing.")
def demo(*, as_json: bool, fill: bool) -> None:
    """Show who can sign in to the demo workspaces, in a local run."""
    settings = config.load()
    if fill:
        from saas.demo import fill as story  # the CRM is loaded for filling alone
        from saas.run.commands._app import app

        with app():
            story.fill(settings)
        return
    rows = signins.table(settings)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        click.echo(f"{row['url']:<48} {row['role']:<9} {row['email']:<28} {row['password']}")
