"""`saas backup`."""

from __future__ import annotations

from pathlib import Path

import click

from saas.run import backup as backups

INCOMPLETE = 3  # exit status: written, and not all that should be in it was there


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def backup(folder: Path) -> int:
    """Write database and files into the new folder DIR, with checksums, while everybody goes on working.

    Exit status 3: the backup is written, but the store lacked files that records name. Each is named on stderr.
    """
    made = backups.take(folder.absolute())
    rows, size = sum(t.rows for t in made.tables.values()), sum(p.size for p in made.parts.values())
    stored = sum(name.startswith("files/") for name in made.parts)
    click.echo(f"{folder}: {rows} rows in {len(made.tables)} tables, {stored} files, {size / 1024**2:.1f} MB")
    for sentence in made.lacks:
        click.echo(sentence, err=True)
    if not made.lacks:
        return 0
    click.echo("All the rest is in the backup.", err=True)
    return INCOMPLETE
