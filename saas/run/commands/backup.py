"""`saas backup`."""

from __future__ import annotations

from pathlib import Path

import click

from saas.run import backup as backups


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def backup(folder: Path) -> None:
    """Write database and files into the new folder DIR, with checksums, while everybody goes on working."""
    made = backups.take(folder.absolute())
    rows, size = sum(t.rows for t in made.tables.values()), sum(p.size for p in made.parts.values())
    stored = sum(name.startswith("files/") for name in made.parts)
    click.echo(f"{folder}: {rows} rows in {len(made.tables)} tables, {stored} files, {size / 1024**2:.1f} MB")
    for name in made.damaged:
        click.echo(f"{name} is damaged in the store, and was left out.", err=True)
