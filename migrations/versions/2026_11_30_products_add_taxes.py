"""Tax rates, what products cost, when they are sold, and the units they are counted in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate, keep, unfenced

revision = "products_add_taxes"
down_revision = "products_begin"
branch_labels = None
depends_on = ("fields_begin", "tenants_add_turn")

# A workspace that counts in other units than all begin with has these too, the 200 most frequent ones.
IN_USE = """
insert into dictionary_word
    (tenant_id, id, dictionary, key, name, position, colour, places, created_at, version, updated_at)
with starting (word, places) as (values
    ('piece', 0), ('set', 0), ('pair', 0), ('box', 0), ('pallet', 0), ('licence', 0), ('flat', 0), ('hour', 2),
    ('day', 2), ('month', 0), ('m', 3), ('m2', 3), ('m3', 3), ('l', 3), ('kg', 3), ('t', 3)
),
own as (
    select tenant_id, unit as word, row_number() over (partition by tenant_id order by count(*) desc, unit) as place
    from product
    where unit is not null and length(unit) <= 60 and unit not in (select word from starting)
    group by 1, 2
)
select tenant_id, gen_random_uuid(), 'unit', word, name, row_number() over (partition by tenant_id order by place) - 1,
       'grey', places, now(), 1, now()
from (
    select tenant_id, word, word as name, place + 100 as place, 3 as places from own where place <= 200
    union all
    select tenant_id, word, null, row_number() over (partition by tenant_id), places
    from starting, (select distinct tenant_id from own) as these
) as found
"""
RIGHTS = """
    update role
    set rights = rights || jsonb_build_object('product.cost', 'all')
    where key in ('owner', 'manager') and not rights ? 'product.cost'
"""


def upgrade() -> None:
    """Add them; roles that workspaces began with see the cost."""
    op.create_table(
        "tax_rate",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("percent", sa.Numeric(6, 3), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tax_rate")),
    )
    for name, column, where in (
        ("uq_tax_rate_name", "name", "archived_at is null"),
        ("uq_tax_rate_default", "is_default", "is_default"),
    ):
        op.create_index(name, "tax_rate", ["tenant_id", column], unique=True, postgresql_where=sa.text(where))
    isolate("tax_rate")
    keep("tax_rate")
    op.alter_column("product", "price", type_=sa.Numeric(16, 4))
    op.add_column("product", sa.Column("cost", sa.Numeric(16, 4), nullable=True))
    op.add_column("product", sa.Column("tax_rate_id", sa.Uuid(), nullable=True))
    op.add_column("product", sa.Column("is_stocked", sa.Boolean(), nullable=False, server_default="false"))
    op.alter_column("product", "is_stocked", server_default=None)
    op.add_column("product", sa.Column("sold_from", sa.Date(), nullable=True))
    op.add_column("product", sa.Column("sold_until", sa.Date(), nullable=True))
    op.create_foreign_key(
        op.f("fk_product_tenant_id_tax_rate_id"),
        "product",
        "tax_rate",
        ["tenant_id", "tax_rate_id"],
        ["tenant_id", "id"],
    )
    op.create_index(
        "ix_product_by_tax_rate",
        "product",
        ["tenant_id", "tax_rate_id"],
        postgresql_where=sa.text("tax_rate_id is not null"),
    )
    op.add_column("dictionary_word", sa.Column("places", sa.BigInteger(), nullable=True))
    with unfenced("product", "dictionary_word", "role"):
        op.execute(IN_USE)
        op.execute(RIGHTS)
