"""The one place where row-level security is written. A migration that makes a tenant's table ends with `isolate`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from alembic import op

# In a sub-select the setting is read once a statement; '' (what a finished transaction leaves behind) becomes NULL,
# and NULL matches no row. The column itself is never cast, so its index serves.
TENANT: Final = "(select nullif(current_setting('app.tenant_id', true), '')::uuid)"
# Citus refuses a sub-select in the policy of a distributed table.
TENANT_UNWRAPPED: Final = "nullif(current_setting('app.tenant_id', true), '')::uuid"


def isolate(*tables: str, append_only: bool = False) -> None:
    """Fence each table: forced row-level security with one policy for all commands, and the app role's grants.

    Args:
        tables: tables with a `tenant_id`, just made.
        append_only: rows may be added and read, never changed or removed.
    """
    grants = "select, insert" if append_only else "select, insert, update, delete"
    for table in tables:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(
            f"create policy tenant on {table} using (tenant_id = {TENANT}) with check (tenant_id = {TENANT})",
        )
        op.execute(f"grant {grants} on {table} to seaport_app")


@contextmanager
def unfenced(*tables: str) -> Iterator[None]:
    """Let the owner reach every workspace's rows of these tables, within it only.

    What `keep` has put off to the end of the transaction is done before the fence is put up again: a table that
    something is still to be done for can't be altered.
    """
    for table in tables:
        op.execute(f"alter table {table} no force row level security")
    yield
    op.execute("set constraints all immediate")
    op.execute("set constraints all deferred")
    for table in tables:
        op.execute(f"alter table {table} force row level security")


def own_row_only(table: str, key: str, columns: Iterable[str]) -> None:
    """Fence a platform table: the app role reads the row of its tenant and may change `columns` of it, if any."""
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(f"create policy tenant on {table} to seaport_app using ({key} = {TENANT}) with check ({key} = {TENANT})")
    op.execute(f"create policy platform on {table} to seaport_platform using (true) with check (true)")
    op.execute(f"grant select on {table} to seaport_app")
    if columns := list(columns):
        op.execute(f"grant update ({', '.join(columns)}) on {table} to seaport_app")
    platform(table)


def keep(table: str, *columns: str) -> None:
    """Give a workspace another turn with each change of a row of this table: `saas/kept.py`.

    At the end of the transaction, so that the workspace's row is held for a moment only.

    Args:
        table: the table, of a model that says `__kept__ = True`.
        columns: those whose changes count; all if none is named.
    """
    of = f" of {', '.join(columns)}" if columns else ""
    op.execute(
        f"create constraint trigger turn after insert or delete or update{of} on {table} "
        "deferrable initially deferred for each row execute function take_turn()"
    )


def platform(*tables: str) -> None:
    """Grant platform tables to the platform role; the app role gets nothing."""
    for table in tables:
        op.execute(f'grant select, insert, update, delete on "{table}" to seaport_platform')


def let_lookup_read(table: str, *columns: str, policy: bool = True) -> None:
    """Let the role behind the looking functions read these columns of a tenant's table, past its fence.

    Args:
        table: the table.
        columns: what may be read.
        policy: False where an earlier version has opened the fence of this table for that role already.
    """
    if policy:
        op.execute(f"create policy lookup on {table} for select to seaport_lookup using (true)")
    op.execute(f"grant select ({', '.join(columns)}) on {table} to seaport_lookup")


def lookup_function(signature: str, returns: str, body: str, *, to: str) -> None:
    """Make a function that looks across tenants: owned by seaport_lookup, pinned search_path, callable by `to` only."""
    op.execute(
        f"create function {signature} returns {returns} language sql stable security definer "
        f"set search_path = pg_catalog, public as $${body}$$"
    )
    bare = signature[: signature.index("(")]
    bare = signature[: signature.index("(")]
    op.execute(f"revoke all on function {bare} from public")
    op.execute(f"grant execute on function {bare} to {to}")
    op.execute("grant create on schema public to seaport_lookup")  # a function's new owner must be able to create
    op.execute(f"alter function {bare} owner to seaport_lookup")
    op.execute("revoke create on schema public from seaport_lookup")
