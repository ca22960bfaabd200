"""What the web server runs: `granian --interface wsgi wsgi:app`."""

from saas.app import create_app

app = create_app()
