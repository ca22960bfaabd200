"""`saas restore`."""

from __future__ import annotations

from pathlib import Path

import click

from saas.run import restore as restores


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="What is here now may go.")
@click.option("--check", is_flag=True, help="Only look whether the backup is whole.")
def restore(folder: Path, *, replace: bool, check: bool) -> None:
    """Bring database and files back from the backup in DIR; a backup that isn't whole changes nothing."""
    source = folder.absolute()
    found = restores.look(source) if check else restores.restore(source, replace=replace)
    rows = sum(table.rows for table in found.tables.values())
    stored = sum(name.startswith("files/") for name in found.parts)
    taken = f"{found.taken_at:%Y-%m-%d %H:%M} UTC"
    what = f"{rows} rows in {len(found.tables)} tables, {stored} files, as of {taken}"
    click.echo(f"{folder} is whole: {what}" if check else f"Restored from {folder}: {what}")
    for sentence in found.lacks:
        click.echo(f"When the backup was taken: {sentence}", err=True)
