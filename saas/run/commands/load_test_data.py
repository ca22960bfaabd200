"""`saas load-test-data`."""

from __future__ import annotations

import os
import secrets
import time
from multiprocessing import get_context

import click
from sqlalchemy import make_url

from saas import config
from saas.config import Config
from saas.db import db
from saas.demo.crowd import Crowd
from saas.errors import SetupError
from saas.run.commands._app import app
from saas.tenants import queries, scope
from saas.tenants.actions import users, workspaces

MARKS = ("test", "bench", "load")  # one of them stands in the name of a database that is for trying
SAID = 20_000  # customers from one line of progress to the next


@click.command(name="load-test-data")
@click.option("--tenants", type=click.IntRange(1, 100_000), default=1, show_default=True, help="Workspaces to make.")
@click.option("--accounts", type=click.IntRange(1), default=10_000, show_default=True, help="Customers in each.")
@click.option("--cases", type=click.IntRange(0), default=2_000, show_default=True, help="Cases in each.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed makes the same data.")
def load_test_data(tenants: int, accounts: int, cases: int, seed: int) -> None:
    """Make workspaces load-SEED-1, load-SEED-2 … with made-up customers, contacts, deals and cases."""
    refuse_real(config.load())
    password = secrets.token_urlsafe(12)
    email = f"load-{seed}@example.com"
    with app():
        users.register(email, "Load Tester", password)
        db.session.commit()
    jobs = [(email, f"load-{seed}-{number}", accounts, cases) for number in range(1, tenants + 1)]
    # One process makes rows while another's are being written. Spawned: a connection would not survive a fork.
    with get_context("spawn").Pool(min(tenants, os.cpu_count() or 1), maxtasksperchild=100) as pool:
        for _ in pool.imap_unordered(fill, jobs):
            pass
    click.echo(f"Sign in as {email} with {password}")


def refuse_real(settings: Config) -> None:
    """Keep made-up customers out of a database that people may be working in.

    Raises:
        SetupError: this is production, and the database isn't named as one for trying.
    """
    name = make_url(settings.database_url).database or ""
    if not settings.local and not any(mark in name.lower() for mark in MARKS):
        raise SetupError(
            f"{name!r} may hold real customers. Made-up data goes into a local run, or into a database whose name "
            f"says that it is for trying ({', '.join(MARKS)})."
        )


def fill(job: tuple[str, str, int, int]) -> None:
    """Make one workspace and its crowd, saying how far it is.

    Args:
        job: the owner's address, the workspace's place in the address, how many customers, how many cases.
    """
    email, slug, accounts, cases = job
    began = time.monotonic()

    def said(written: int) -> None:
        if written == accounts or written % SAID == 0:
            click.echo(f"/{slug}/  {written:,} of {accounts:,} customers, {time.monotonic() - began:.0f} s")

    with app():
        owner = queries.user_by_email(email)
        assert owner is not None
        db.session.commit()
        made = workspaces.create(slug, slug.replace("-", " ").capitalize(), owner)
        with scope.enter(made.id):
            member = queries.active_member_of(owner.id)
            assert member is not None
            Crowd(member, slug).fill(accounts, cases, said)
