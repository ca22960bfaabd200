"""`saas config`."""

from __future__ import annotations

import json

import click

from saas import config as settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def config(as_json: bool) -> None:
    """Show the settings as this shell's commands see them; a secret is shown as `set`."""
    shown = settings.load(with_admin=True).shown()
    if as_json:
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    width = max(map(len, shown))
    for name, value in shown.items():
        click.echo(f"{name:{width}}  {' '.join(value) if isinstance(value, list | tuple) else value}")
