"""What machines ask, and the letters of a machine without a mail server."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from saas import mail
from saas.portals.public import health


class TestReady:
    def test_says_yes_when_all_is_there(self, client):
        assert client.get("/healthz").json == {"status": "ok"}
        assert client.get("/readyz").json == {"status": "ok"}

    def test_names_what_is_down(self, client, monkeypatch):
        monkeypatch.setattr(health.wake, "client", lambda: type("Away", (), {"ping": _away})())
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json) == (503, {"status": "down", "down": ["redis"]})

    def test_needs_the_newest_schema(self, client, monkeypatch):
        monkeypatch.setitem(health.CHECKS, "migrations", lambda: False)
        assert client.get("/readyz").json["down"] == ["migrations"]


def _away(_self):
    raise ConnectionError


class TestMetrics:
    def test_are_for_this_machine_or_the_token(self, app, client, config):
        far = {"REMOTE_ADDR": "203.0.113.9"}
        assert client.get("/metrics").status_code == 200
        assert client.get("/metrics", environ_base=far).status_code == 404
        app.extensions["config"] = replace(config, metrics_token="a token of some length")
        try:
            right = {"Authorization": "Bearer a token of some length"}
            assert client.get("/metrics", environ_base=far, headers=right).status_code == 200
            assert client.get("/metrics", environ_base=far, headers={"Authorization": "Bearer x"}).status_code == 404
        finally:
            app.extensions["config"] = config


class TestLetters:
    @pytest.fixture
    def local(self, app, config):
        app.extensions["config"] = replace(config, local=True)
        yield
        app.extensions["config"] = config

    def test_are_shown_on_this_machine_only(self, app, client, local):
        with app.app_context():
            mail.send(
                "a@example.com", mail.Words("Hello <b>", "Text https://seaport.test/x\n", "<p>"), message_id="m-1"
            )
        page = client.get("/_mail/").text
        assert "Hello &lt;b&gt;" in page
        name = re.search(r'href="/_mail/([0-9a-f]+)"', page)[1]
        assert '<a href="https://seaport.test/x">' in client.get(f"/_mail/{name}").text
        assert client.get("/_mail/", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 404
        assert client.get("/_mail/..%2F..%2Flocal.json").status_code == 404

    def test_are_nowhere_in_production(self, client):
        assert client.get("/_mail/").status_code == 404
