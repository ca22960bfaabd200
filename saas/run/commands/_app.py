"""What commands that work on the data share: the app, and the workspace they are about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from email_validator import EmailNotValidError, validate_email
from psycopg.errors import UndefinedTable
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy.exc import OperationalError, ProgrammingError

from saas.app import create_app
from saas.db import db
from saas.errors import SetupError
from saas.run import postgres
from saas.tenants import queries, scope
from saas.tenants.models import Tenant


@contextmanager
def app() -> Iterator[None]:
    """The app's context; what the block leaves uncommitted is rolled back.

    Raises:
        SetupError: the database or Redis doesn't answer or refuses us, or the database holds no Seaport yet.
    """
    try:
        with create_app().app_context():
            yield
            db.session.rollback()
    except OperationalError as error:
        said = postgres.said(error.orig)
        if postgres.is_refusal(said):
            raise SetupError(f"The database doesn't let us in: {said}") from error
        raise SetupError("The database doesn't answer. Is Seaport running?") from error
    except ProgrammingError as error:
        if isinstance(error.orig, UndefinedTable):
            raise SetupError("The database holds no Seaport yet. Run `saas migrate` first.") from error
        raise
    except RedisAway as error:
        raise SetupError("Redis doesn't answer. Is Seaport running?") from error


@contextmanager
def inside(slug: str) -> Iterator[Tenant]:
    """The app's context, in the workspace called `slug`.

    Raises:
        SetupError: there is none.
    """
    with app():
        tenant = queries.tenant_by_slug(slug)
        db.session.commit()  # ends the transaction; after a rollback the row would be read again
        if tenant is None:
            raise SetupError(f"There is no workspace {slug!r}.")
        with scope.enter(tenant.id):
            yield tenant


def mail_address(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """Read an option as a whole mail address; no look at whether its host exists.

    Raises:
        click.BadParameter: it is none.
    """
    try:
        validate_email(value.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise click.BadParameter(f"{value!r} is not a whole mail address") from None
    return value.strip()
