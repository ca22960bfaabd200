"""The embedded Redis."""

from __future__ import annotations

import pytest
import redis as client

from saas.errors import SetupError
from saas.run import redis
from saas.run.redis import Redis


def connect(url: str) -> client.Redis:
    return client.Redis.from_url(url, decode_responses=True)


class TestServer:
    def test_asks_for_its_password(self, open_folder, runner):
        with Redis(open_folder / "redis", "secret", runner, durable=False) as server:
            with pytest.raises(client.AuthenticationError):
                connect(server.url().replace("secret", "guess")).ping()
            assert server.socket.parent.stat().st_mode & 0o077 == 0
            assert connect(server.url()).config_get("port") == {"port": "0"}

    def test_keeps_what_it_was_told(self, open_folder, runner):
        server = Redis(open_folder / "redis", "secret", runner)
        with server:
            connect(server.url()).set("word", "here")
        with server:
            assert connect(server.url()).get("word") == "here"

    def test_comes_back_after_a_kill(self, open_folder, runner):
        server = Redis(open_folder / "redis", "secret", runner)
        server.start()
        server._process.kill()
        server._process.wait()
        with server:
            assert connect(server.url()).ping()

    def test_its_settings_are_for_its_user_alone(self, open_folder, runner):
        server = Redis(open_folder / "redis", "secret", runner)
        server.prepare()
        assert (server.home / "redis.conf").stat().st_mode & 0o777 == 0o600


class TestVersionAt:
    def test_names_the_variable_of_a_server_that_is_not_there(self):
        with pytest.raises(SetupError, match="REDIS_URL"):
            redis.version_at("redis://127.0.0.1:1/0")

    def test_reads_the_version_of_one_that_is(self, open_folder, runner):
        with Redis(open_folder / "redis", "secret", runner, durable=False) as server:
            assert redis.version_at(server.url()) >= "6.2"
