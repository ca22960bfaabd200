"""Nothing crosses a tenant: the wall in code, the wall in the database, and the shape of every key."""

from __future__ import annotations

import random
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Table, create_engine, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.orm import aliased, joinedload

from migrations import current, heads, upgrade
from saas.app import load_models
from saas.config import Config
from saas.db import NoScope, TenantModel, db
from saas.tenants import scope
from saas.tenants.models import Event, Member, Role, Setting, Team, Tenant
from tests.factories import make_agent, make_tenant

load_models()
TENANT_TABLES = sorted(
    t.name for t in db.Model.metadata.tables.values() if "tenant_id" in t.c and t.info["realm"] == "tenant"
)
# Functions that look past the fence, each owned by seaport_lookup: what they give back is ids; for operators also how
# many seats are taken, when something last happened, and which jobs stopped.
LOOKUPS = {"find_entries", "due_tenants", "workspaces_of", "busy_tenants", "workspace_figures", "stopped_jobs"}
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

        from sqlalchemy import event

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

    def insert(self, connection: Connection, table: Table, tenant_id: UUID) -> None:
        """A row of another tenant with every column that must not be empty; the fence is asked before the keys."""
        row = {}
        for column in table.columns:
            if column.name == "tenant_id":
                row[column.name] = tenant_id
            elif not column.nullable:
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
