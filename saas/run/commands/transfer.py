"""`saas import` and `saas export`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from saas.crm.transfer import actions, column_actions, columns, export_actions, queries, register, values
from saas.crm.transfer import refused as refused_file
from saas.crm.transfer.kind import EMPTY, NEW, Kind
from saas.crm.transfer.models import ImportRun, RowState, RunState
from saas.crm.transfer.reasons import sentence
from saas.db import db
from saas.run.commands._app import inside
from saas.search import fold
from saas.tenants.scope import SYSTEM

HELP = f"""Bring FILE into WORKSPACE as KIND: {", ".join(key for keys in register.OF.values() for key in keys)}.

Rows that are here already are left as they are, so the same file twice adds nothing.
"""
TOLD = 20  # refused rows that are told where no file is written for them


@click.command("import", help=HELP)
@click.argument("workspace")
@click.argument("kind")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map", "mapping", multiple=True, metavar="COLUMN=FIELD", help="Which field a column holds; empty: none."
)
@click.option("--match", "matching", multiple=True, metavar='FIELD:NAME="MEANING"', help="What an unknown name means.")
@click.option("--date-format", metavar="F", help="mdy, dmy or ymd, also as MM/DD/YYYY; left out: as recognised.")
@click.option("--update-by", metavar="FIELD", help="Change what is here already, found by this field.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, change nothing.")
@click.option(
    "--refused",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where refused rows are written; left out: beside FILE.",
)
def import_(
    workspace: str,
    kind: str,
    file: Path,
    mapping: tuple[str, ...],
    matching: tuple[str, ...],
    date_format: str | None,
    update_by: str | None,
    dry_run: bool,
    refused: Path | None,
) -> None:
    """Bring a file into a workspace."""
    order = values.order_named(date_format) if date_format else ""
    if order is None:
        raise click.BadParameter("name the order of day, month and year, such as mdy", param_hint="--date-format")
    with inside(workspace):
        declared = register.kind_named(kind)
        with file.open("rb") as source:
            run = actions.start(declared, source, file.name, by=SYSTEM)
        run_id = run.id
        run = _proceed(run_id)
        if run.state is RunState.FAILED:
            _leave(run)
            raise click.ClickException(run.reason or "")
        _settle(run, declared, mapping, matching, {"order": order, "update_by": _field(declared, update_by)})
        actions.check(run)
        run = _proceed(run_id)
        if not dry_run:
            actions.bring_in(run)
            run = _proceed(run_id)
        beside = None if dry_run else file.with_name(f"{file.stem}.refused.csv")
        _tell(run, refused or beside)
        if dry_run:
            _leave(queries.run(run_id))


def _proceed(run_id: UUID) -> ImportRun:
    """Work the present phase off, here instead of in a worker."""
    db.session.commit()
    for _chunk in actions.proceed(run_id, queries.run(run_id).state):
        db.session.commit()
    db.session.commit()
    return queries.run(run_id)


def _leave(run: ImportRun) -> None:
    actions.discard(run)
    db.session.commit()


def _settle(
    run: ImportRun, kind: Kind, mapping: Iterable[str], matching: Iterable[str], options: dict[str, Any]
) -> None:
    chosen = list(run.columns)
    names = {columns.plain(name): place for place, name in enumerate(run.header)}
    for one in mapping:
        column, _equals, key = one.partition("=")
        place = names.get(columns.plain(column))
        if place is None:
            raise click.BadParameter(f"the file has no column {column!r}", param_hint="--map")
        field = _field(kind, key)
        chosen = ["" if old == field else old for old in chosen]
        chosen[place] = field
    column_actions.set_columns(run, chosen, options)
    said: dict[str, dict[str, str]] = {}
    for one in matching:
        about, _colon, rest = one.partition(":")
        name, _equals, meaning = rest.partition("=")
        said.setdefault(_field(kind, about), {})[fold(name)] = _token(kind, about, meaning.strip('"'))
    for key, entries in run.matches.items():
        match = kind.field(key).match
        for name, entry in entries.items():
            if not entry["sure"] and match is not None:
                said.setdefault(key, {}).setdefault(name, match.fallback)  # nobody is here to confirm a likeness
    _tell_names(run, kind, said)
    column_actions.set_names(run, said, by=SYSTEM)


def _field(kind: Kind, key: str | None) -> str:
    if key and key not in kind.keys:
        raise click.BadParameter(f"{key!r} is no field of {kind.key}; there are: {', '.join(kind.keys)}")
    return key or ""


def _token(kind: Kind, about: str, meaning: str) -> str:
    match = kind.field(about).match
    if match is None:
        raise click.BadParameter(f"{about} names nothing of the workspace", param_hint="--match")
    if meaning in {NEW, EMPTY}:
        return meaning
    found = {fold(name): token for name, token in match.known().items()}.get(fold(meaning))
    if found is None:
        raise click.BadParameter(f"there is no {about} {meaning!r}", param_hint="--match")
    return found


def _tell_names(run: ImportRun, kind: Kind, said: dict[str, dict[str, str]]) -> None:
    for key, entries in run.matches.items():
        match = kind.field(key).match
        names = {token: name for name, token in match.known().items()} if match is not None else {}
        for name, entry in entries.items():
            means = said.get(key, {}).get(name, entry["means"])
            shown = names.get(means, {NEW: "(new)", EMPTY: "(left empty)"}.get(means, "(refused)"))
            if fold(shown) != name:
                click.echo(f"{key}: {entry['said']} → {shown} ({entry['rows']} rows)")


def _tell(run: ImportRun, path: Path | None) -> None:
    counts = {state: run.counts.get(state.value, 0) for state in RowState}
    words = {"created": RowState.NEW, "updated": RowState.UPDATED, "skipped": RowState.SKIPPED}
    for word, state in words.items():
        click.echo(f"{word}: {counts[state]}")
    click.echo(f"refused: {counts[RowState.REFUSED]}")
    if bought := run.counts.get("bought"):
        click.echo(f"customers who have bought by it: {bought}, given an owner: {run.counts.get('given', 0)}")
    if run.reason:
        click.echo(run.reason, err=True)
    if counts[RowState.REFUSED] and path is not None:
        path.write_bytes(b"".join(refused_file.lines(run)))
        click.echo(f"refused rows: {path}")
    elif counts[RowState.REFUSED]:
        _tell_refused(run)


def _tell_refused(run: ImportRun) -> None:
    """Where no file is written: the first refused rows, and why."""
    rows = queries.rows_after(run.id, 0, TOLD + 1, RowState.REFUSED)
    for row in rows[:TOLD]:
        click.echo(f"row {row.number}: {sentence(row.reason)}")
    if len(rows) > TOLD:
        click.echo("… and more; --refused names a file for all of them")


@click.command()
@click.argument("workspace")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Left out: WORKSPACE-date.zip, here.")
def export(workspace: str, out: Path | None) -> None:
    """Write everything in WORKSPACE into a ZIP of CSVs and files, with checksums."""
    with inside(workspace) as tenant:
        path = out or Path(export_actions.file_name(tenant))
        for _part in export_actions.write_workspace(path, by=SYSTEM):
            db.session.commit()
        db.session.commit()
        click.echo(path)
