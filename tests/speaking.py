"""An app that only translates, for tests of the ground that need no database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from saas import i18n


@pytest.fixture(scope="session")
def speaking_app() -> Flask:
    """The app."""
    app = Flask("speaking")
    i18n.init_app(app)
    return app


@pytest.fixture
def speaking(speaking_app: Flask) -> Iterator[Flask]:
    """A context in which sentences can be made."""
    with speaking_app.app_context():
        yield speaking_app
