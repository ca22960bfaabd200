"""Where a local run keeps its files."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path

import psycopg
import pytest

from saas.errors import SetupError
from saas.run import owner, places
from saas.run.postgres import Postgres

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands its servers to another user")


class TestSocketFolder:
    def test_is_the_one_wished_for_where_its_name_is_short(self, open_folder):
        assert places.socket_folder(open_folder / "s", owner.me()) == open_folder / "s"

    def test_is_a_short_one_for_a_deep_checkout(self, open_folder):
        deep = open_folder / ("deep" * 30) / "sockets"
        found = places.socket_folder(deep, owner.me())
        try:
            assert len(os.fsencode(found)) + places.LONGEST_NAME <= places.LONGEST_SOCKET
            assert stat.S_IMODE(found.stat().st_mode) == 0o700
            assert places.socket_folder(deep, owner.me()) == found
        finally:
            found.rmdir()

    def test_refuses_a_name_that_somebody_else_took(self, open_folder):
        deep = open_folder / ("deep" * 30) / "sockets"
        found = places.socket_folder(deep, owner.me())
        found.rmdir()
        found.symlink_to(open_folder)
        try:
            with pytest.raises(SetupError, match="belongs to somebody else"):
                places.socket_folder(deep, owner.me())
        finally:
            found.unlink()


class TestDeepCheckout:
    def test_the_database_runs_there(self, open_folder, runner):
        deep = open_folder / ("deep" * 30)
        with Postgres(deep, "secret", runner, durable=False) as server:
            psycopg.connect(server.url()).close()
        shutil.rmtree(server.sockets)


@as_root
class TestClosedFolder:
    """Root's home and its like: the servers' user may not enter."""

    @pytest.fixture
    def closed(self, open_folder):
        folder = open_folder / "home"
        folder.mkdir(mode=0o700)
        return folder / "var"

    @pytest.fixture
    def system(self, monkeypatch):
        folder = Path(tempfile.mkdtemp(prefix="seaport-system-"))
        folder.chmod(0o755)
        monkeypatch.setattr(places, "SYSTEM_FOLDER", folder / "seaport")
        yield folder / "seaport"
        shutil.rmtree(folder)

    def test_sends_the_database_elsewhere_and_changes_no_mode(self, closed, system):
        at = places.of(closed)
        assert at.is_moved
        assert at.servers.is_relative_to(system)
        with Postgres(at.postgres, "secret", at.owner, durable=False) as server:
            psycopg.connect(server.url()).close()
        assert stat.S_IMODE(closed.parent.stat().st_mode) == 0o700

    def test_finds_it_again(self, closed, system):
        at = places.of(closed)
        at.owner.make_folder(at.postgres / "data")
        closed.parent.chmod(0o711)
        assert places.of(closed).servers == at.servers

    def test_copies_programs_that_its_user_can_not_reach(self, closed, system, runner):
        wheel = closed.parent / "lib" / "package"
        wheel.mkdir(parents=True)
        (wheel / "server").write_text("#!/bin/sh\n")
        (wheel / "server").chmod(0o700)
        found = places.program(wheel / "server", [wheel], runner)
        assert found.is_relative_to(system / "programs")
        assert runner.can_read(found)
        assert os.stat(found).st_uid == 0

    def test_refuses_a_database_that_was_shut_in_later(self, closed, system):
        closed.parent.chmod(0o711)
        at = places.of(closed)
        at.owner.make_folder(at.postgres / "data")
        closed.parent.chmod(0o700)
        with pytest.raises(SetupError, match="can't enter"):
            places.of(closed)


@as_root
class TestOwner:
    def test_who_owns_the_data_goes_on_with_it(self, open_folder):
        data = open_folder / "data"
        data.mkdir()
        os.chown(data, 65534, 65534)
        assert owner.of_servers(data) == owner.Owner(65534, 65534)

    def test_does_not_follow_a_link_when_writing(self, open_folder, runner):
        target = open_folder / "precious"
        target.write_text("keep me")
        (open_folder / "file").symlink_to(target)
        runner.write(open_folder / "file", "secret")
        assert target.read_text() == "keep me"
        assert os.stat(open_folder / "file").st_uid == runner.uid
