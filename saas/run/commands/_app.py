"""What commands that work on the data share: the app, and the workspace they are about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from saas.app import create_app
from saas.db import db
from saas.errors import SetupError
from saas.tenants import queries, scope
from saas.tenants.models import Tenant


@contextmanager
def app() -> Iterator[None]:
    """The app's context; what the block leaves uncommitted is rolled back."""
    with create_app().app_context():
        yield
        db.session.rollback()


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
