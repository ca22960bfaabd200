"""`saas backup` and `saas restore`: what was saved comes back whole, or nothing changes."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from migrations.scratch import settings
from migrations.upgrade import upgrade
from saas import cli, config, files
from saas.app import create_app
from saas.config import Config
from saas.db import db
from saas.errors import SetupError
from saas.jobs import sealer
from saas.run import admin, backup, manifest, postgres, restore, tools
from saas.tenants import scope
from saas.tenants.actions import attachments
from tests.factories import make_account, make_tenant
from tests.run.conftest import OURS

CATALOGUE = (
    "select format('%s %s %s %s', relname, relowner::regrole, relrowsecurity, relforcerowsecurity) from pg_class"
    " where relnamespace = 'public'::regnamespace and relkind in ('r', 'i') order by 1",
    "select format('%s %s', relname, unnest(relacl)) from pg_class"
    " where relnamespace = 'public'::regnamespace order by 1",
    "select format('%s %s %s %s %s', tablename, policyname, roles, qual, with_check) from pg_policies order by 1",
    "select format('%s %s %s %s', proname, proowner::regrole, proconfig, unnest(proacl)) from pg_proc"
    " where pronamespace = 'public'::regnamespace and prosecdef order by 1",
    "select unnest(nspacl)::text from pg_namespace where nspname = 'public' order by 1",
    "select unnest(datacl)::text from pg_database where datname = current_database() order by 1",
)
LETTER = "Two of five spindles arrived damaged.\n"


@dataclass
class Service:
    """A whole service on a database of its own."""

    config: Config

    @property
    def env(self) -> dict[str, str]:
        """What the commands are told."""
        return {
            "DATABASE_URL": self.config.database_url,
            "DATABASE_PLATFORM_URL": self.config.platform_url,
            "DATABASE_ADMIN_URL": self.config.admin_url,
            "REDIS_URL": self.config.redis_url,
            "SECRET_KEY": self.config.secret_key,
            "SAAS_PUBLIC_URL": self.config.public_url,
            "SAAS_DATA_DIR": str(self.config.data_dir),
        }

    def tables(self) -> dict[str, manifest.Table]:
        """Every table, counted and summed up."""
        with psycopg.connect(postgres.dsn(self.config.admin_url)) as connection:
            connection.execute(tools.SAME_WORDS)
            return {name: tools.measured(connection, name) for name in tools.tables(connection)}

    def catalogue(self) -> list[str]:
        """Owners, grants, fences and functions, one a line."""
        with psycopg.connect(postgres.dsn(self.config.admin_url)) as connection:
            return [str(line) for statement in CATALOGUE for (line,) in connection.execute(statement)]

    def store(self) -> set[str]:
        """Every file in the store."""
        root = files.root_of(self.config)
        return {file.relative_to(root).as_posix() for file in root.glob("*/??/*")}


@pytest.fixture(scope="module")
def make_service(servers, tmp_path_factory) -> Iterator[Callable[[str], Service]]:
    """A migrated service on an empty database."""
    database, wake = servers

    def make(name: str) -> Service:
        postgres.ensure_database(database.url(), name)
        data = tmp_path_factory.mktemp(name)
        made = Service(settings(database, name, REDIS_URL=wake.url(), SAAS_DATA_DIR=str(data)))
        upgrade(made.config)
        return made

    return make


@pytest.fixture(scope="module")
def source(make_service) -> Service:
    """A service with a workspace, a file in it, and a chained trail."""
    made = make_service("source")
    with create_app(made.config).app_context():
        tenant = make_tenant(slug="quay")
        with scope.enter(tenant.id):
            attachments.attach(
                make_account(name="鼎盛 $1 \\N"), io.BytesIO(LETTER.encode()), "letter.txt", by=scope.SYSTEM
            )
            db.session.commit()
        sealer.seal(tenant.id)
        for engine in db.engines.values():
            engine.dispose()
    return made


@pytest.fixture(scope="module")
def target(make_service) -> Service:
    """A place that stays empty."""
    return make_service("target")


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every setting of Seaport's out of the environment."""
    for name in list(os.environ):
        if name.startswith(OURS):
            monkeypatch.delenv(name)


def speak_for(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment of a service."""
    forget(monkeypatch)
    for name, value in service.env.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def saas(monkeypatch, capsys):
    """Run a command of a service in this process; its exit status and what it said on both channels."""

    def run(service: Service, *words: str):
        speak_for(service, monkeypatch)
        status = cli.main(words)
        return status, *capsys.readouterr()

    return run


@pytest.fixture(scope="module")
def original(source, tmp_path_factory) -> Path:
    """A backup of it."""
    folder = tmp_path_factory.mktemp("backups") / "original"
    with pytest.MonkeyPatch.context() as patch:
        speak_for(source, patch)
        assert cli.main(["backup", str(folder)]) == 0
    return folder


@pytest.fixture
def saved(original, tmp_path) -> Path:
    """A copy of that, which the test may harm."""
    return Path(shutil.copytree(original, tmp_path / "saved"))


class TestBackup:
    def test_says_what_it_holds_and_is_for_its_owner_only(self, saved, source):
        found = manifest.read(saved)
        assert found.tables == source.tables()
        assert {name for name in found.parts if name.startswith("files/")} == {f"files/{n}" for n in source.store()}
        assert saved.stat().st_mode & 0o077 == 0
        assert not (saved / manifest.SECRETS).exists()  # given by the environment, which the operator keeps

    def test_tells_no_secret(self, saved, source):
        said = (saved / manifest.FILE).read_text()
        assert source.config.secret_key not in said

    def test_writes_over_nothing(self, saved, source, saas):
        status, _said, err = saas(source, "backup", str(saved))
        assert status == 1
        assert "is there already" in err

    def test_leaves_nothing_half_made(self, source, saas, tmp_path, monkeypatch):
        monkeypatch.setattr(backup, "ROLE", "nobody_there")
        status, _said, err = saas(source, "backup", str(tmp_path / "half"))
        assert status == 1
        assert err.count("\n") == 1
        assert list(tmp_path.iterdir()) == []

    def test_takes_no_anchor_that_is_later_than_its_database(self, source, saas, tmp_path, monkeypatch):
        """The sealer goes on while the database is copied; restored, the trail would seem to be cut."""
        (anchor,) = (source.config.data_dir / manifest.AUDIT).glob("*.json")
        before, dump = anchor.read_text(), backup.dump

        def while_others_work(settings, target):
            made = dump(settings, target)
            anchor.write_text(json.dumps(json.loads(before) | {"seq": 1000}))
            return made

        monkeypatch.setattr(backup, "dump", while_others_work)
        try:
            assert saas(source, "backup", str(tmp_path / "saved"))[0] == 0
            assert (tmp_path / "saved" / manifest.AUDIT / anchor.name).read_text() == before
        finally:
            anchor.write_text(before)

    def test_names_a_file_that_is_damaged_in_the_store(self, source, saas, tmp_path):
        (name,) = source.store()
        file = files.root_of(source.config) / name
        try:
            file.write_text("something else")
            status, _said, err = saas(source, "backup", str(tmp_path / "saved"))
            assert status == 3
            assert err.splitlines()[0] == f"files/{name} is damaged in the store, and was left out."
        finally:
            file.write_text(LETTER)

    def test_names_a_file_whose_bytes_are_missing_and_keeps_all_the_rest(self, source, saas, make_service, tmp_path):
        (name,) = source.store()
        file, aside = files.root_of(source.config) / name, tmp_path / "aside"
        shutil.move(file, aside)
        try:
            status, said, err = saas(source, "backup", str(tmp_path / "saved"))
        finally:
            shutil.move(aside, file)
        sentence = f"files/{name} is missing in the store: letter.txt of quay."
        assert status == 3
        assert err.splitlines() == [sentence, "All the rest is in the backup."]
        assert "0 files" in said
        found = manifest.read(tmp_path / "saved")
        assert found.missing == {f"files/{name}": "letter.txt of quay"}
        assert found.tables == source.tables()
        fresh = make_service("lacking")
        status, _said, err = saas(fresh, "restore", str(tmp_path / "saved"))
        assert (status, err.strip()) == (0, f"When the backup was taken: {sentence}")
        assert fresh.tables() == source.tables()

    def test_misses_nothing_that_was_removed_for_good_meanwhile(self, source, saas, tmp_path, monkeypatch):
        (name,) = source.store()
        file, aside = files.root_of(source.config) / name, tmp_path / "aside"
        real = backup.dump

        def removed(*given):
            done = real(*given)
            shutil.move(file, aside)
            with psycopg.connect(postgres.dsn(source.config.admin_url)) as connection:
                connection.execute("update file set sha256 = 'gone'")
            return done

        monkeypatch.setattr(backup, "dump", removed)
        try:
            status, _said, err = saas(source, "backup", str(tmp_path / "saved"))
            assert (status, err) == (0, "")
        finally:
            shutil.move(aside, file)
            with psycopg.connect(postgres.dsn(source.config.admin_url)) as connection:
                connection.execute("update file set sha256 = %s", [file.name])

    def test_of_an_older_form_is_read(self, saved, saas, source):
        said = json.loads((saved / manifest.FILE).read_text())
        del said["checksum"], said["missing"]
        said["form"] = 1
        sealed = said | {"checksum": manifest._checksum(said)}
        (saved / manifest.FILE).write_text(json.dumps(sealed))
        assert saas(source, "restore", str(saved), "--check")[0] == 0

    def test_leaves_out_what_is_drawn_again_and_what_is_half_written(self, source, saas, tmp_path):
        (name,) = source.store()
        file = files.root_of(source.config) / name
        others = [file.with_name(f"{file.name}.small"), file.with_name(".0123456789abcdef.part")]
        for other in others:
            other.write_bytes(b"pixels")
        try:
            status, _said, err = saas(source, "backup", str(tmp_path / "saved"))
            assert (status, err) == (0, "")
            stored = {part for part in manifest.read(tmp_path / "saved").parts if part.startswith("files/")}
            assert stored == {f"files/{name}"}
        finally:
            for other in others:
                other.unlink()


class TestRestore:
    def test_brings_an_empty_place_to_the_same_state(self, saved, source, saas, make_service):
        fresh = make_service("fresh")
        catalogue = fresh.catalogue()
        status, said, err = saas(fresh, "restore", str(saved))
        assert (status, err) == (0, "")
        assert "1 files" in said
        assert fresh.tables() == source.tables()
        assert fresh.catalogue() == catalogue
        (name,) = fresh.store()
        assert (files.root_of(fresh.config) / name).read_text() == LETTER
        status, said, _err = saas(fresh, "verify-audit", "quay")
        assert status == 0
        assert "whole" in said
        assert "no anchor" not in said

    def test_refuses_a_place_where_something_is_until_told(self, saved, source, saas, make_service):
        taken = make_service("taken")
        with psycopg.connect(postgres.dsn(taken.config.admin_url)) as connection:
            connection.execute(
                "insert into tenant (id, slug, name, status, locale, timezone, currency, idle_minutes, session_hours,"
                " created_at) values (gen_random_uuid(), 'here', 'Here', 'trial', 'en', 'UTC', 'USD', 1, 1, now())"
            )
        before = taken.tables()
        status, _said, err = saas(taken, "restore", str(saved))
        assert status == 1
        assert "--replace" in err
        assert taken.tables() == before
        status, _said, err = saas(taken, "restore", str(saved), "--replace")
        assert (status, err) == (0, "")
        assert taken.tables() == source.tables()

    def test_refuses_another_secret_key(self, saved, saas, make_service):
        fresh = make_service("otherkey")
        other = Service(replace(fresh.config, secret_key="another key, long enough to be taken as one"))
        status, _said, err = saas(other, "restore", str(saved))
        assert status == 1
        assert err.startswith("SECRET_KEY is not the one")

    def test_refuses_while_the_service_is_at_work(self, saved, saas, make_service):
        fresh = make_service("busy")
        with psycopg.connect(postgres.dsn(fresh.config.database_url)):
            status, _said, err = saas(fresh, "restore", str(saved))
        assert status == 1
        assert err.startswith("Seaport is at work")

    def test_undoes_all_when_a_table_is_not_what_it_was(self, saved, saas, make_service):
        fresh = make_service("unlike")
        before = fresh.tables()
        found = manifest.read(saved)
        found.tables["account"] = manifest.Table(found.tables["account"].rows, "12345")
        found.write(saved)
        status, _said, err = saas(fresh, "restore", str(saved))
        assert status == 1
        assert "The table account is not as it was." in err
        assert fresh.tables() == before
        assert fresh.store() == set()

    def test_mends_a_file_that_is_damaged_here(self, saved, source, saas, make_service):
        fresh = make_service("rotten")
        (name,) = source.store()
        file = files.root_of(fresh.config) / name
        file.parent.mkdir(parents=True)
        file.write_text("x" * len(LETTER))
        assert saas(fresh, "restore", str(saved), "--replace")[0] == 0
        assert file.read_text() == LETTER


class TestAMigrationThatFails:
    @pytest.fixture
    def older(self, saved, monkeypatch) -> Path:
        """A backup of an older version, which can't be brought up to this one: it stops half-way."""
        found = manifest.read(saved)
        found.versions = ["older"]
        found.write(saved)

        def fails(settings):
            with psycopg.connect(postgres.dsn(settings.admin_url)) as connection:
                connection.execute("alter table account add column half_way int")
            raise ValueError("This version can't be applied.\nIt is broken.")

        monkeypatch.setattr(restore, "upgrade", fails)
        return saved

    def test_changes_nothing(self, older, source, saas, make_service):
        here = make_service("before")
        with create_app(here.config).app_context():
            tenant = make_tenant(slug="mine")
            with scope.enter(tenant.id):
                attachments.attach(make_account(name="Mine"), io.BytesIO(b"my own"), "own.txt", by=scope.SYSTEM)
                db.session.commit()
            for engine in db.engines.values():
                engine.dispose()
        before = here.tables(), here.catalogue(), here.store()
        status, _said, err = saas(here, "restore", str(older), "--replace")
        assert status == 1
        assert err == (
            "The backup can't be migrated to this version: This version can't be applied. Nothing was changed.\n"
        )
        assert (here.tables(), here.catalogue(), here.store()) == before
        assert [file.name for file in here.config.data_dir.glob("before-*")] == []

    def test_leaves_an_empty_place_empty(self, older, saas, servers, make_service, tmp_path):
        database, wake = servers
        postgres.ensure_database(database.url(), "bare")
        bare = Service(settings(database, "bare", REDIS_URL=wake.url(), SAAS_DATA_DIR=str(tmp_path / "bare")))
        assert saas(bare, "restore", str(older))[0] == 1
        assert bare.tables() == {}
        assert bare.store() == set()

    def test_says_what_remains_where_there_is_no_way_back(self, older, source, saas, make_service, monkeypatch):
        fresh = make_service("unfinished")

        def refuses(*_given):
            raise SetupError("The disk is full.")

        monkeypatch.setattr(restore, "_go_back", refuses)
        status, _said, err = saas(fresh, "restore", str(older))
        assert status == 1
        assert "The backup is brought back, but migrating it failed" in err
        assert "saas migrate" in err
        assert fresh.store() == source.store()
        assert fresh.tables()["event"] == source.tables()["event"]

    def test_comes_back_over_what_is_too_damaged_to_be_put_aside(self, older, source, saas, make_service, monkeypatch):
        damaged = make_service("damaged")

        def refuses(*_given):
            raise SetupError("The database can't be copied.")

        monkeypatch.setattr(restore.backup, "dump", refuses)
        monkeypatch.setattr(restore, "upgrade", lambda settings: None)
        status, _said, err = saas(damaged, "restore", str(older), "--replace")
        assert status == 0, err
        assert "can't be put aside: The database can't be copied. There is no way back to it." in err
        assert damaged.tables()["event"] == source.tables()["event"]


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def turn_a_bit(file: Path) -> None:
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(bytes(whole))


class TestABrokenBackup:
    @pytest.mark.parametrize(
        ("which", "harm"),
        [
            ("manifest.json", cut),
            ("manifest.json", turn_a_bit),
            ("manifest.json", Path.unlink),
            ("database.dump", cut),
            ("database.dump", turn_a_bit),
            ("database.dump", Path.unlink),
            ("file", turn_a_bit),
            ("file", Path.unlink),
            ("anchor", cut),
        ],
    )
    def test_is_refused_and_changes_nothing(self, saved, saas, target, which, harm):
        found = {"file": next(saved.glob("files/*/*/*")), "anchor": next(saved.glob("audit/*.json"))}
        harm(found.get(which, saved / which))
        before = target.tables()
        status, said, err = saas(target, "restore", str(saved))
        assert (status, said, err.count("\n")) == (1, "", 1)
        assert "damaged" in err or "is not a backup" in err
        assert (target.tables(), target.store()) == (before, set())

    def test_that_names_a_file_outside_is_refused(self, saved, saas, target, tmp_path):
        found = manifest.read(saved)
        (tmp_path / "outside").write_text("mine")
        found.parts["files/../../outside"] = manifest.part_of(tmp_path / "outside")
        found.write(saved)
        assert saas(target, "restore", str(saved))[0] == 1

    def test_without_rows_is_no_backup(self, saved, saas, target):
        found = manifest.read(saved)
        found.tables = {name: manifest.Table(0, "0") for name in found.tables}
        found.write(saved)
        status, _said, err = saas(target, "restore", str(saved))
        assert status == 1
        assert "is empty" in err

    def test_is_told_by_a_look_alone(self, saved, saas, source):
        assert saas(source, "restore", str(saved), "--check")[0] == 0
        cut(saved / manifest.DUMP)
        assert saas(source, "restore", str(saved), "--check")[0] == 1


class TestAFreshDataFolder:
    def test_gets_a_database_of_its_own(self, saved, source, open_folder, monkeypatch, capsys):
        forget(monkeypatch)
        monkeypatch.setenv("SAAS_DATA_DIR", str(open_folder / "var"))
        monkeypatch.setenv("SECRET_KEY", source.config.secret_key)
        assert cli.main(["restore", str(saved)]) == 0
        again = open_folder / "again"
        assert cli.main(["backup", str(again)]) == 0
        monkeypatch.delenv("SECRET_KEY")
        assert manifest.read(again).tables == manifest.read(saved).tables
        kept = json.loads((again / manifest.SECRETS).read_text())
        assert kept["secret_key"] == source.config.secret_key
        shutil.rmtree(open_folder / "var")
        assert cli.main(["restore", str(again)]) == 0
        assert manifest.key_mark(json.loads((open_folder / "var/local.json").read_text())["secret_key"]) == (
            manifest.read(saved).key_mark
        )
        capsys.readouterr()

    def test_keeps_its_own_key_when_it_refuses(self, open_folder, monkeypatch):
        forget(monkeypatch)
        monkeypatch.setenv("SAAS_DATA_DIR", str(open_folder / "var"))
        with admin.held() as settings:
            own = settings.secret_key
        with pytest.raises(SetupError), admin.held("the key of another service, whose backup this is"):
            raise SetupError("There are workspaces here already.")
        assert config.local_settings(open_folder / "var")["secret_key"] == own

    def test_keeps_the_key_that_fits_the_data_when_migrating_fails(self, original, open_folder, monkeypatch, capsys):
        """Undone, all is under the old key again; where there is no way back, data and key are the backup's."""
        forget(monkeypatch)
        here = open_folder / "var"
        monkeypatch.setenv("SAAS_DATA_DIR", str(here))
        with admin.held() as settings:
            own = settings.secret_key
            upgrade(settings)
        saved = Path(shutil.copytree(original, open_folder / "saved"))
        found = manifest.read(saved)
        theirs = "the key of another service, whose backup this is"
        (saved / manifest.SECRETS).write_text(json.dumps({"secret_key": theirs}))
        found.parts[manifest.SECRETS] = manifest.part_of(saved / manifest.SECRETS)
        found.key_mark = manifest.key_mark(theirs)
        current, found.versions = found.versions, ["older"]
        found.write(saved)

        def fails(_settings):
            assert config.local_settings(here)["secret_key"] == theirs  # whoever is killed here finds the data readable
            raise ValueError("broken")

        monkeypatch.setattr(restore, "upgrade", fails)
        assert cli.main(["restore", str(saved), "--replace"]) == 1
        assert "Nothing was changed" in capsys.readouterr().err
        assert config.local_settings(here)["secret_key"] == own
        found.versions = current
        found.write(saved)
        assert cli.main(["restore", str(saved), "--replace"]) == 1
        assert "saas migrate" in capsys.readouterr().err
        assert config.local_settings(here)["secret_key"] == theirs
