"""What a worker takes from Redis, and when it refuses to start."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import zlib
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import redis
from rq import Queue
from rq.job import Callback, Job
from rq.serializers import DefaultSerializer, JSONSerializer

from saas import wake
from saas.db import db
from saas.jobs.worker import Worker
from saas.tenants import events, scope
from saas.tenants.models import Setting
from tests.factories import make_tenant
from tests.jobs.conftest import ask, deliveries


@pytest.fixture
def client(app, context):
    """Redis, empty."""
    found = redis.Redis.from_url(app.extensions["config"].redis_url)
    found.flushall()
    yield found
    found.flushall()
    found.close()


@pytest.fixture
def ears(app, client, monkeypatch):
    """A worker's ears, and the workspaces that they were told of."""
    worker = Worker(app)
    heard: list[str] = []
    monkeypatch.setattr(worker.ears, "_run", heard.append)
    yield worker.ears, heard
    worker.ears.connection.close()


def touch(path: str) -> None:
    """What an intruder would have called."""
    open(path, "w").close()


def trip(*_: object) -> None:
    """What an intruder would have called after a job."""
    open(os.environ["TRIPPED"], "w").close()


class TestListen:
    def test_hears_of_a_workspace_once_while_the_wake_up_waits(self, ears, client):
        listening, heard = ears
        tenant_id = uuid4()
        for _ in range(5):
            wake.now(tenant_id)
        while listening.listen(None):
            pass
        assert heard == [str(tenant_id)]
        wake.now(tenant_id)
        assert listening.listen(None)
        assert len(heard) == 2
        assert client.keys("rq:job:*") == []
        assert client.llen("rq:queue:wake:intermediate") == 0

    def test_is_woken_by_a_commit(self, ears, job):
        listening, heard = ears

        def anything() -> None: ...

        tenant_id = make_tenant().id
        ask(tenant_id, job(anything))
        assert listening.listen(1)
        assert heard == [str(tenant_id)]

    def test_nothing_in_redis_is_a_pickle(self, client):
        """Bar 42."""
        wake.now(uuid4())
        (key,) = client.keys("rq:job:*")
        data = zlib.decompress(client.hget(key, "data"))
        assert json.loads(data)[0] == "saas.jobs.runner.run_tenant"
        with pytest.raises(pickle.UnpicklingError):
            pickle.loads(data)

    @pytest.mark.parametrize(
        ("name", "arguments", "options"),
        [
            ("tests.jobs.test_worker.touch", ["PATH"], {}),
            ("os.system", ["touch PATH"], {}),
            (wake.RUN_TENANT, ["PATH"], {}),
            (wake.RUN_TENANT, [], {}),
            (wake.RUN_TENANT, ["00000000-0000-0000-0000-000000000000", "more"], {}),
            (wake.RUN_TENANT, ["00000000-0000-0000-0000-000000000000"], {"kwargs": {"path": "PATH"}}),
            (wake.RUN_TENANT, [["00000000-0000-0000-0000-000000000000"]], {}),
        ],
    )
    def test_refuses_any_other_job(self, ears, client, tmp_path, name, arguments, options):
        listening, heard = ears
        path = tmp_path / "tripped"
        queue = Queue(wake.QUEUE, connection=client, serializer=JSONSerializer)
        arguments = [word.replace("PATH", str(path)) if isinstance(word, str) else word for word in arguments]
        queue.enqueue_call(name, args=arguments, **options)
        assert listening.listen(None)
        assert heard == []
        assert not path.exists()
        assert client.keys("rq:job:*") == []

    def test_refuses_a_pickle_and_lives(self, ears, client, tmp_path):
        listening, heard = ears
        path = tmp_path / "tripped"

        class Bomb:
            def __reduce__(self):
                return touch, (str(path),)

        Queue(wake.QUEUE, connection=client, serializer=DefaultSerializer).enqueue_call(wake.RUN_TENANT, args=[Bomb()])
        client.hset("rq:job:broken", mapping={"data": b"\x80\x04.", "timeout": "x"})
        client.rpush("rq:queue:wake", "broken", "missing")
        while listening.listen(None):
            pass
        assert heard == []
        assert not path.exists()

    def test_calls_nothing_that_hangs_on_a_job(self, ears, client, tmp_path, monkeypatch):
        listening, heard = ears
        monkeypatch.setenv("TRIPPED", str(tmp_path / "tripped"))
        tenant_id = str(uuid4())
        queue = Queue(wake.QUEUE, connection=client, serializer=JSONSerializer)
        queue.enqueue(
            wake.RUN_TENANT, tenant_id, on_success=Callback(trip), on_failure=Callback(trip), on_stopped=Callback(trip)
        )
        job = Job.fetch(queue.job_ids[0], connection=client, serializer=JSONSerializer)
        client.hset(job.key, "webhooks", json.dumps([{"url": "http://127.0.0.1:9/", "events": ["success"]}]))
        listening.listen(None)
        assert heard == [tenant_id]
        assert not (tmp_path / "tripped").exists()

    def test_redis_wants_a_password(self, servers):
        _database, server = servers
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(unix_socket_path=str(server.socket)).ping()


class TestWorker:
    def test_gives_each_workspace_its_turn(self, app, client, monkeypatch):
        worker, order = Worker(app), []
        monkeypatch.setattr(worker, "run_tenant", order.append)
        monkeypatch.setattr(worker.ears, "_run", order.append)
        worker._sweep_at = float("inf")
        worker.found.extend("abc")  # of the last sweep
        woken = [uuid4(), uuid4()]
        for tenant_id in woken:
            wake.now(tenant_id)
        for _ in range(3):
            worker._turn()
        worker.ears.connection.close()
        assert order == [str(woken[0]), "a", str(woken[1]), "b", "c"]

    def test_finds_due_work_by_itself(self, app, client, job):
        def anything() -> None: ...

        tenant_id = make_tenant().id
        with scope.enter(tenant_id):
            events.deliver(job(anything), key="old", due_at=datetime(2020, 1, 1, tzinfo=UTC))
            db.session.commit()
        client.flushall()
        worker = Worker(app)
        worker._sweep()
        worker.ears.connection.close()
        assert str(tenant_id) in worker.found

    def test_works_without_redis(self, app, context, job, monkeypatch):
        def leave_a_mark() -> None:
            db.session.add(Setting(key="mark", value={}))

        tenant_id = make_tenant().id
        ask(tenant_id, job(leave_a_mark))
        worker = Worker(app)
        monkeypatch.setattr(worker.ears, "connection", redis.Redis.from_url("redis://127.0.0.1:1"))
        monkeypatch.setattr("saas.jobs.worker.POLL", 0.01)
        for _ in range(300):
            worker._turn()
            if deliveries(tenant_id)[0].done_at:
                break
        assert deliveries(tenant_id)[0].done_at


class TestStart:
    @pytest.mark.parametrize(
        ("command", "variable"),
        [
            ("worker", "DATABASE_URL"),
            ("worker", "DATABASE_PLATFORM_URL"),
            ("scheduler", "DATABASE_URL"),
            ("web", "DATABASE_URL"),
        ],
    )
    def test_refuses_a_role_that_sees_everything(self, config, command, variable):
        """Bar 4."""
        env = {
            "DATABASE_URL": config.database_url,
            "DATABASE_PLATFORM_URL": config.platform_url,
            "REDIS_URL": config.redis_url,
            "SECRET_KEY": config.secret_key,
            "SAAS_PUBLIC_URL": config.public_url,
            "SAAS_DATA_DIR": str(config.data_dir),
            variable: config.admin_url,
        }
        done = subprocess.run(
            [sys.executable, "-m", "saas.cli", command],
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 1
        assert variable in done.stderr
        assert "could see the rows of every workspace" in done.stderr
        assert config.admin_url not in done.stdout + done.stderr
