"""Nothing crosses a tenant: the wall in code, the wall in the database, and the shape of every key."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest
from flask import Flask, has_request_context, request
from flask.testing import FlaskClient
from sqlalchemy import Connection, Table, create_engine, delete, event, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.orm import aliased, joinedload

from migrations.isolation import unfenced
from migrations.state import current, heads
from migrations.upgrade import upgrade
from saas.app import load_models
from saas.config import Config
from saas.crm.customers.models import Account
from saas.db import NoScope, TenantModel, db
from saas.tenants import scope
from saas.tenants.models import Event, Member, Role, Setting, Team, Tenant
from tests.connections import pool_of
from tests.factories import make_agent, make_tenant, sign_in
from tests.pages import filled

load_models()
TENANT_TABLES = sorted(
    t.name for t in db.Model.metadata.tables.values() if "tenant_id" in t.c and t.info["realm"] == "tenant"
)
# Functions that look past the fence, each owned by seaport_lookup: what they give back is ids; for operators also how
# many seats are taken, when something last happened, and which jobs stopped.
LOOKUPS = {
    "busy_tenants",
    "due_tenants",
    "find_entries",
    "stopped_jobs",
    "unread_notices",
    "workspace_figures",
    "workspaces_of",
}
# Unique indexes of tenant tables that don't begin with tenant_id. None so far.
GLOBAL_UNIQUE: set[str] = set()


@pytest.fixture
def owner(config: Config) -> Iterator[Connection]:
    """A connection that may read the catalogue; rolled back."""
    engine = create_engine(config.admin_url)
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


@pytest.fixture
def raw(config: Config) -> Iterator[Connection]:
    """A bare connection of the app role, without any of our code in between; rolled back."""
    engine = create_engine(config.database_url)
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


def enter(connection: Connection, tenant_id: UUID) -> None:
    connection.execute(text(f"set local app.tenant_id = '{tenant_id}'"))


def rows(connection: Connection, question: str, **values: object) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(text(question), values)]


class TestWallInCode:
    def test_refuses_a_query_without_scope(self, context):
        with pytest.raises(Exception, match="no tenant in scope"):
            db.session.scalars(select(Member)).all()

    def test_refuses_a_new_row_without_scope(self, context):
        db.session.add(Team(name="Sales"))
        with pytest.raises(Exception, match="no tenant in scope"):
            db.session.flush()

    def test_adds_the_tenant_to_every_orm_statement(self, tenant):
        seen: list[str] = []
        engine = db.engines[None]

        def note(connection, cursor, statement, parameters, execution, many):
            seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            other = aliased(Member)
            db.session.scalars(
                select(Member).join(other, Member.manager_id == other.id).options(joinedload(Member.role))
            ).all()
            db.session.execute(select(func.count()).select_from(Team)).scalar()
            db.session.scalars(select(Team).where(Team.id.in_(select(Member.team_id)))).all()
            db.session.execute(update(Team).where(Team.name == "x").values(name="y"))
            db.session.execute(delete(Team).where(Team.name == "x"))
        finally:
            event.remove(engine, "before_cursor_execute", note)
        statements = [s for s in seen if "SET LOCAL" not in s]
        assert len(statements) == 5
        assert statements[0].count(".tenant_id = ") >= 4  # member, its role, and the alias, each held by itself
        assert statements[2].count("tenant_id = ") == 2  # the sub-select as well
        assert all("tenant_id = " in s for s in statements)

    def test_refuses_a_core_statement_without_the_predicate(self, tenant):
        table = Team.__table__
        for statement in (
            select(table.c.name),
            select(func.count()).select_from(table.alias()),
            update(table).values(name="x"),
            delete(table).where(table.c.name == "x"),
            select(table.c.name).where((table.c.tenant_id == tenant.id) | (table.c.name == "x")),
            select(Member.id).join(table, table.c.id == Member.team_id),
            select(table.c.id).where(table.c.id.in_(select(Role.__table__.c.id)), table.c.tenant_id == tenant.id),
        ):
            with pytest.raises(NoScope):
                db.session.execute(statement)

    def test_lets_a_core_statement_with_the_predicate_pass(self, tenant):
        table = Team.__table__
        db.session.execute(select(table.c.name).where(table.c.tenant_id == tenant.id, table.c.name == "x")).all()
        db.session.execute(insert(Team), [{"name": "North"}, {"name": "South"}])
        assert db.session.scalar(select(func.count()).select_from(Team)) == 2

    def test_refuses_hand_written_sql(self, tenant):
        with pytest.raises(NoScope):
            db.session.execute(text("select 1"))

    def test_refuses_to_write_a_row_of_another_tenant(self, tenant):
        db.session.add(Team(name="Sales", tenant_id=uuid4()))
        with pytest.raises(NoScope):
            db.session.flush()

    def test_refuses_to_enter_one_tenant_from_another(self, tenant):
        with pytest.raises(ValueError, match="another"), scope.enter(uuid4()):
            pass

    def test_refuses_to_enter_with_a_transaction_open(self, context):
        made = make_tenant()
        db.session.scalars(select(Tenant).limit(1)).all()
        with pytest.raises(ValueError, match="transaction"), scope.enter(made.id):
            pass


class TestWallInTheDatabase:
    @pytest.mark.parametrize("table", TENANT_TABLES)
    def test_shows_nothing_without_a_tenant(self, raw, context, table):
        self.fill()
        columns = db.Model.metadata.tables[table].c
        key = next(c.name for c in columns if c.name not in {"tenant_id"})
        for before in ("", f"set local app.tenant_id = '{uuid4()}'; commit"):
            if before:
                raw.execute(text(before))
            assert rows(raw, f"select * from {table}") == []
            for change in (f"update {table} set {key} = {key}", f"delete from {table}"):
                with raw.begin_nested() as step:
                    try:
                        touched = raw.execute(text(change)).rowcount
                    except ProgrammingError:  # an append-only table
                        step.rollback()
                        touched = 0
                    assert touched == 0
            with pytest.raises(DBAPIError, match=r"row-level security|permission denied"), raw.begin_nested():
                self.insert(raw, db.Model.metadata.tables[table], uuid4())

    def test_shows_one_tenants_rows_only(self, raw, context):
        a, b = self.fill(), self.fill()
        enter(raw, a.id)
        assert {row[0] for row in rows(raw, "select tenant_id from member")} == {a.id}
        assert rows(raw, "select id from tenant") == [(a.id,)]
        with pytest.raises(ProgrammingError, match="row-level security"):
            raw.execute(text("update member set tenant_id = :b"), {"b": b.id})

    def test_hides_users_and_sessions_from_the_app_role(self, raw):
        for table in ("user", "session", "token", "recovery_code", "operator"):
            with pytest.raises(ProgrammingError, match="permission denied"), raw.begin_nested():
                raw.execute(text(f'select 1 from "{table}"'))

    def test_lets_the_app_role_change_only_a_workspaces_own_settings(self, raw, context):
        made = make_tenant()
        enter(raw, made.id)
        assert raw.execute(text("update tenant set name = 'New'")).rowcount == 1
        for column in ("seat_limit = 99", "status = 'active'", "slug = 'x'"):
            with pytest.raises(ProgrammingError, match="permission denied"), raw.begin_nested():
                raw.execute(text(f"update tenant set {column}"))

    def test_a_foreign_parent_looks_like_a_missing_one(self, raw, context):
        a, b = self.fill(), self.fill()
        with scope.enter(b.id):
            foreign = db.session.scalars(select(Role.id)).first()
        errors = []
        for role_id in (foreign, uuid4()):
            enter(raw, a.id)
            with pytest.raises(IntegrityError) as error, raw.begin_nested():
                raw.execute(
                    text(
                        "insert into member (tenant_id, id, name, status, role_id, locale, timezone, mails, created_at,"
                        " version, updated_at) values (:t, :i, 'x', 'active', :r, 'en', 'UTC', true, now(), 1, now())"
                    ),
                    {"t": a.id, "i": uuid4(), "r": role_id},
                )
            errors.append(str(error.value.orig).replace(str(role_id), "…").splitlines()[0])
        assert errors[0] == errors[1]

    def test_every_key_refuses_a_foreign_parent_as_it_refuses_a_missing_one(self, owner):
        """Bar 6: each key by itself, all others and every check taken away for the while, with rows of two tenants."""
        keys = keys_between_tenants(owner)
        assert len(keys) > 60
        only_keys(owner)
        owner.execute(text("set constraints all immediate"))  # a table that waits for its turn can't be altered
        told = [self.refusals(owner, key) for key in keys]
        assert all(len(errors) == 1 for errors in told), told

    def refusals(self, owner: Connection, key: Key) -> set[str]:
        """What the key says of a parent of another tenant and of one that isn't there; of one's own it says nothing."""
        child, parent = (db.Model.metadata.tables[name] for name in (key.child, key.parent))
        mine, theirs, own, foreign = uuid4(), uuid4(), uuid4(), uuid4()
        errors = set()
        step = owner.begin_nested()
        self.insert(owner, parent, mine, id=own)
        self.insert(owner, parent, theirs, id=foreign)
        owner.execute(text(f"alter table {key.child} add constraint {key.name} {key.definition}"))
        self.insert(owner, child, mine, **{key.column: own})
        for wrong in (foreign, uuid4()):
            with pytest.raises(IntegrityError, match=key.name) as caught, owner.begin_nested():
                self.insert(owner, child, mine, **{key.column: wrong})
            errors.add(str(caught.value.orig).replace(str(wrong), "…"))
        step.rollback()
        return errors

    def test_keeps_the_trail(self, raw, context):
        made = self.fill()
        enter(raw, made.id)
        for change in ("update event set name = 'x'", "delete from event", "truncate event"):
            with pytest.raises(ProgrammingError, match="permission denied"), raw.begin_nested():
                raw.execute(text(change))

    def fill(self) -> Tenant:
        made = make_tenant()
        with scope.enter(made.id):
            agent = make_agent()
            db.session.add(Setting(key="a", value={}))
            db.session.add(
                Event(name="a.b", actor_kind="system", subject_kind="member", subject_id=agent.id, changed={})
            )
            db.session.commit()
        return made

    def insert(self, connection: Connection, table: Table, tenant_id: UUID, **given: object) -> None:
        """A row of another tenant with every column that must not be empty; the fence is asked before the keys."""
        row = dict(given)
        for column in table.columns:
            if column.name == "tenant_id":
                row[column.name] = tenant_id
            elif not column.nullable and column.name not in given:
                row[column.name] = _sample(column.type.python_type)
        connection.execute(insert(table), row)


def _sample(kind: type) -> object:
    from datetime import UTC, date, datetime
    from decimal import Decimal

    return {
        UUID: uuid4(),
        str: "active",
        int: 1,
        bool: True,
        bytes: b"x",
        dict: {},
        list: [],
        datetime: datetime.now(UTC),
        date: date(2026, 1, 1),
        Decimal: Decimal(1),
    }.get(kind, "active")


class Key(NamedTuple):
    """A foreign key from one tenant table to another, as it stands in the database."""

    name: str
    child: str
    column: str  # beside tenant_id
    parent: str
    definition: str


def keys_between_tenants(owner: Connection) -> list[Key]:
    """All of them."""
    found = rows(
        owner,
        "select k.conname, k.conrelid::regclass::text, a.attname, k.confrelid::regclass::text,"
        " pg_get_constraintdef(k.oid) from pg_constraint k join pg_attribute a on a.attrelid = k.conrelid"
        " and a.attnum = any(k.conkey) and a.attname <> 'tenant_id' where k.contype = 'f'"
        " and k.conrelid::regclass::text = any(:tables) and k.confrelid::regclass::text = any(:tables)",
        tables=TENANT_TABLES,
    )
    return [Key(*map(str, row)) for row in found]


def only_keys(owner: Connection) -> None:
    """Take every foreign key, check and unique index from the tenant tables; undone with the transaction."""
    owner.execute(text("set local lock_timeout = '20s'"))
    for table, name in rows(
        owner,
        "select conrelid::regclass::text, quote_ident(conname) from pg_constraint"
        " where contype in ('f', 'c', 'u') and conrelid::regclass::text = any(:tables)",
        tables=TENANT_TABLES,
    ):
        owner.execute(text(f"alter table {table} drop constraint {name}"))
    for (name,) in rows(
        owner,
        "select indexrelid::regclass::text from pg_index"
        " where indisunique and not indisprimary and indrelid::regclass::text = any(:tables)",
        tables=TENANT_TABLES,
    ):
        owner.execute(text(f"drop index {name}"))


class TestCatalogue:
    def test_every_tenant_table_is_fenced(self, owner):
        found = rows(
            owner,
            "select c.relname, c.relrowsecurity, c.relforcerowsecurity, p.polname, pg_get_expr(p.polqual, p.polrelid),"
            " pg_get_expr(p.polwithcheck, p.polrelid) from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " left join pg_policy p on p.polrelid = c.oid and p.polname = 'tenant'"
            " where n.nspname = 'public' and c.relkind in ('r', 'p')"
            " and exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')",
        )
        platform = {t.name for t in db.Model.metadata.tables.values() if t.info["realm"] == "platform"}
        seen = {row[0] for row in found} - platform
        assert seen == set(TENANT_TABLES)
        expected = (
            "(tenant_id = ( SELECT (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid"
            ' AS "nullif"))'
        )
        for name, enabled, forced, policy, using, check in found:
            if name not in platform:
                assert (enabled, forced, policy) == (True, True, "tenant"), name
                assert using == check == expected, name

    def test_no_policy_lets_everybody_see_everything(self, owner):
        found = rows(
            owner,
            "select tablename, policyname, roles::text from pg_policies where qual = 'true' and schemaname = 'public'",
        )
        assert {(p, r) for _t, p, r in found} <= {("lookup", "{seaport_lookup}"), ("platform", "{seaport_platform}")}
        assert {t for t, p, _r in found if p == "platform"} <= {"tenant", "subscription"}

    def test_the_app_role_owns_nothing_and_may_little(self, owner):
        roles = rows(owner, "select rolname, rolsuper, rolbypassrls from pg_roles where rolname like 'seaport_%'")
        assert {r[0] for r in roles if r[1]} == set()
        assert {r[0] for r in roles if r[2]} == {"seaport_backup"}
        for role in ("seaport_app", "seaport_platform"):
            assert rows(owner, "select 1 from pg_class where relowner = cast(:r as regrole)", r=role) == []
            mighty = rows(
                owner,
                "select rolname from pg_roles where pg_has_role(cast(:r as name), oid, 'member') and rolname <> :r",
                r=role,
            )
            assert mighty == []
            grants = rows(
                owner,
                "select distinct privilege_type from information_schema.role_table_grants where grantee = :r",
                r=role,
            )
            assert {g[0] for g in grants} <= {"SELECT", "INSERT", "UPDATE", "DELETE"}
            assert rows(owner, "select has_schema_privilege(cast(:r as name), 'public', 'create')", r=role) == [
                (False,)
            ]

    def test_functions_that_look_across_are_few_and_pinned(self, owner):
        found = rows(
            owner,
            "select p.proname, r.rolname, r.rolbypassrls or r.rolcanlogin or r.rolsuper, p.proconfig::text,"
            " has_function_privilege('public', p.oid, 'execute') from pg_proc p join pg_roles r on r.oid = p.proowner"
            " join pg_namespace n on n.oid = p.pronamespace where p.prosecdef and n.nspname = 'public'",
        )
        assert {row[0] for row in found} == LOOKUPS
        for name, owner_name, mighty, settings, public in found:
            assert (owner_name, mighty, public) == ("seaport_lookup", False, False), name
            assert settings == '{"search_path=pg_catalog, public"}', name

    def test_what_is_kept_takes_turns_and_nothing_else_does(self, owner):
        found = rows(owner, "select tgrelid::regclass::text from pg_trigger where tgname = 'turn'")
        marked = {mapper.class_.__tablename__ for mapper in db.Model.registry.mappers if mapper.class_.__kept__}
        assert {row[0] for row in found} == marked

    def test_no_view_reads_past_the_fence(self, owner):
        views = rows(
            owner,
            "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public'"
            " and (c.relkind = 'm' or (c.relkind = 'v' and"
            " not coalesce(c.reloptions::text, '') like '%security_invoker%'))",
        )
        assert views == []

    def test_every_key_between_tenant_tables_begins_with_the_tenant(self, owner):
        for name, constraint, columns in rows(
            owner,
            "select k.conrelid::regclass::text, k.conname, (select array_agg(a.attname order by x.n) from"
            " unnest(k.conkey) with ordinality x(num, n) join pg_attribute a on a.attrelid = k.conrelid and"
            " a.attnum = x.num) from pg_constraint k where k.contype in ('p', 'f', 'u')"
            " and k.conrelid::regclass::text = any(:tables)",
            tables=TENANT_TABLES,
        ):
            assert columns[0] == "tenant_id", f"{name}.{constraint}"

    def test_every_index_of_a_tenant_table_begins_with_the_tenant(self, owner):
        for table, name, first, is_unique in rows(
            owner,
            "select i.indrelid::regclass::text, i.indexrelid::regclass::text,"
            " (select attname from pg_attribute where attrelid = i.indrelid and attnum = i.indkey[0]), i.indisunique"
            " from pg_index i where i.indrelid::regclass::text = any(:tables)",
            tables=TENANT_TABLES,
        ):
            assert first == "tenant_id" or name in GLOBAL_UNIQUE, f"{table}: {name}"
            assert is_unique in {True, False}

    def test_what_one_tenant_holds_another_may_hold_too(self, context):
        a, b = make_tenant(), make_tenant()
        for tenant in (a, b):
            with scope.enter(tenant.id):
                db.session.add_all([Team(name="Same"), Setting(key="same", value={})])
                make_agent(email="same@example.com")
                db.session.commit()

    def test_the_models_are_the_schema(self, config, owner):
        from alembic.autogenerate import compare_metadata
        from alembic.runtime.migration import MigrationContext

        owner.execute(text("set role seaport_owner"))
        context = MigrationContext.configure(
            owner,
            opts={"compare_type": True, "include_object": lambda o, n, kind, r, c: n != "alembic_version"},
        )
        assert compare_metadata(context, db.Model.metadata) == []

    def test_migrating_twice_changes_nothing(self, config):
        engine = create_engine(config.admin_url)
        assert current(engine) == heads()
        upgrade(config)
        assert current(engine) == heads()
        engine.dispose()

    def test_a_migration_changes_rows_that_are_kept_and_fences_them_again(self, context, owner):
        from alembic.operations import Operations
        from alembic.runtime.migration import MigrationContext

        make_tenant()
        db.session.commit()
        owner.execute(text("set role seaport_owner"))
        with Operations.context(MigrationContext.configure(owner)), unfenced("role"):
            changed = owner.execute(text("update role set rights = rights")).rowcount
        assert changed > 0
        assert owner.execute(text("select relforcerowsecurity from pg_class where oid = 'role'::regclass")).scalar_one()

    def test_every_tenant_model_is_keyed(self):
        for mapper in db.Model.registry.mappers:
            if mapper.local_table.info["realm"] == "tenant":
                assert issubclass(mapper.class_, TenantModel)
                assert [c.name for c in mapper.primary_key] == ["tenant_id", "id"]


@pytest.mark.quick
class TestHygiene:
    """Bar 5 in its short mode: no row of another tenant, whatever goes wrong in between."""

    def test_holds_through_faults(self, app, context):
        seed = random.randrange(2**32)
        print(f"seed {seed}")
        chance = random.Random(seed)
        tenants = [make_tenant().id for _ in range(2)]
        for tenant_id in tenants:
            with scope.enter(tenant_id):
                db.session.add(Team(name=f"team of {tenant_id}"))
                db.session.commit()
        wrong = 0
        for _ in range(400):
            tenant_id = chance.choice([*tenants, None])
            fault = chance.choice(["none", "none", "error", "commit", "savepoint", "timeout", "abort"])
            if tenant_id is None:
                with db.engines[None].connect() as bare:
                    wrong += len(bare.execute(select(Team.__table__).execution_options(reviewed=True)).all())
                continue
            try:
                with scope.enter(tenant_id):
                    self.work(tenant_id, fault)
                    wrong += sum(t.tenant_id != tenant_id for t in db.session.scalars(select(Team)))
            except (ZeroDivisionError, DBAPIError):
                db.session.rollback()
        assert wrong == 0

    def work(self, tenant_id: UUID, fault: str) -> None:
        names = {t.name for t in db.session.scalars(select(Team))}
        assert names == {f"team of {tenant_id}"}
        if fault == "error":
            raise ZeroDivisionError
        if fault == "commit":
            db.session.commit()
        if fault == "savepoint":
            nested = db.session.begin_nested()
            db.session.add(Team(name="gone"))
            db.session.flush()
            nested.rollback()
        if fault == "timeout":
            db.session.execute(text("set local statement_timeout = 1").execution_options(reviewed=True))
            db.session.execute(text("select pg_sleep(0.05)").execution_options(reviewed=True))
        if fault == "abort":
            db.session.connection().invalidate()
            db.session.rollback()


@dataclass
class Browsing:
    """Somebody who looks at a workspace and writes into it; all that he may ever meet carries its mark."""

    client: FlaskClient
    slug: str
    mark: str

    def ask(self, chance: random.Random, others: list[str]) -> str:
        """Look at the list, or write into it: what was wrong with what came."""
        path = f"/{self.slug}/customers/{chance.choice(['', 'new'])}"
        answers = [self.client.get(path)]
        if path.endswith("new"):
            typed = filled(answers[0].text, path) | {"name": f"{self.mark} {chance.random()}"}
            answers.append(self.client.post(path, data=typed))
        return "another's mark" if any(other in answer.text for other in others for answer in answers) else ""


@pytest.mark.quick
class TestHygieneOfRequests:
    """Bar 5 in its short mode, by pages: two workspaces and strangers share a connection, or eight of them."""

    @pytest.fixture
    def faulty(self, app: Flask) -> Iterator[Flask]:
        """The app, which now and then breaks within a request, behind the guard and before the view."""
        app.before_request_funcs.setdefault(None, []).append(break_something)
        app.config["WTF_CSRF_ENABLED"] = False
        yield app
        app.config["WTF_CSRF_ENABLED"] = True
        app.before_request_funcs[None].remove(break_something)

    @pytest.mark.parametrize("size", [1, 8])
    def test_holds_through_faults(self, faulty, size):
        seed = random.randrange(2**32)
        print(f"seed {seed}")
        people = [self.somebody(faulty) for _ in range(2)]
        with pool_of(faulty, size), ThreadPoolExecutor(size) as crowd:
            asked = crowd.map(lambda n: self.ask(faulty, people, random.Random(seed + n)), range(120))
            assert not {wrong for wrong in asked if wrong}
        for one in people:
            written = self.names_in(faulty, one)
            assert len(written) > 5
            assert all(name.startswith(one.mark) for name in written)

    def somebody(self, app: Flask) -> Browsing:
        client = app.test_client()
        with app.app_context():
            made = make_tenant()
            sign_in(client, made)
            return Browsing(client, made.slug, f"mark-{made.id.hex[-12:]}")

    def ask(self, app: Flask, people: list[Browsing], chance: random.Random) -> str:
        one = chance.choice([*people, None])
        if one is None:
            text = app.test_client().get(f"/{people[0].slug}/customers/").get_data(as_text=True)
            return "a stranger saw something" if any(each.mark in text for each in people) else ""
        return one.ask(chance, [each.mark for each in people if each is not one])

    def names_in(self, app: Flask, one: Browsing) -> list[str]:
        with app.app_context():
            found = db.session.scalars(select(Tenant.id).where(Tenant.slug == one.slug)).one()
            db.session.rollback()
            with scope.enter(found):
                return list(db.session.scalars(select(Account.name)))


def break_something() -> None:
    """One of the things that go wrong in the middle of a request, or nothing."""
    if not has_request_context() or "/customers/" not in request.path or random.random() < 0.6:
        return
    fault = random.choice(["error", "commit", "savepoint", "timeout", "abort"])
    db.session.scalars(select(Team)).all()
    if fault == "error":
        raise ZeroDivisionError
    if fault == "commit":
        db.session.commit()
    if fault == "savepoint":
        db.session.begin_nested().rollback()
    if fault == "timeout":
        db.session.execute(text("set local statement_timeout = 1").execution_options(reviewed=True))
        db.session.execute(text("select pg_sleep(0.05)").execution_options(reviewed=True))
    if fault == "abort":
        db.session.connection().invalidate()
        db.session.rollback()


def test_a_migration_that_writes_rows_reaches_those_of_every_workspace():
    """Behind the fence its owner sees none: what it writes would be lost, on all databases but an empty one."""
    writes = re.compile(r"^\s*\"?(update \w+\s+set|insert into)|\"(update \w+ set|insert into)", re.MULTILINE)
    folder = Path(__file__).parents[1] / "migrations" / "versions"
    lost = [
        path.name
        for path in sorted(folder.glob("*.py"))
        if writes.search(text := path.read_text()) and not re.search(r"unfenced|no force", text)
    ]
    assert lost == []
