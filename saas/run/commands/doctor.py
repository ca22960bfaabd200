"""`saas doctor`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from saas import machine
from saas.errors import SetupError
from saas.run import doctor as doctors


@click.command()
@click.option("--install", is_flag=True, help="As root with apt: install the system packages that are missing.")
@click.option("--once", is_flag=True, help="With --install: don't try again what apt could not install last time.")
@click.option("--tests", is_flag=True, help="Look for what the tests need as well.")
def doctor(install: bool, once: bool, tests: bool) -> int:
    """Say what is missing on this machine, and the one command that mends it."""
    if install:
        _install(tests=tests, once=once)
        return 0
    found = doctors.examine(tests=tests)
    width = max(len(finding.name) for finding in found)
    for finding in found:
        sign = "ok     " if finding.is_good else "MISSING" if finding.is_required else "-      "
        click.echo(f"{sign}  {finding.name:{width}}  {finding.says}")
    if lacking := machine.missing(tests=tests):
        click.echo(f"\nThis installs what is missing of the system:\n{machine.remedy(lacking)}")
    if wanting := [finding.name for finding in found if finding.is_required and not finding.is_good]:
        raise SetupError(f"Missing or not fit: {', '.join(wanting)}.")
    return 0


def _install(*, tests: bool, once: bool) -> None:
    """Install what may be installed; what may not is named, and never an error: Seaport starts all the same."""
    lacking = machine.missing(tests=tests)
    if not lacking:
        return
    names = ", ".join(part.name for part in lacking)
    tried = Path(sys.prefix) / ".packages-tried"
    wanted = " ".join(part.package for part in lacking)
    if once and tried.is_file() and tried.read_text() == wanted:
        trouble = "apt could not install them last time."
    else:
        click.echo(f"Missing on this system: {names}. Asking apt for: {wanted}", err=True)
        trouble = doctors.install(lacking)
        tried.write_text(wanted if trouble else "")
    if trouble:
        click.echo(f"Still missing: {names}. {trouble}\nThis mends it: {machine.remedy(lacking)}", err=True)
