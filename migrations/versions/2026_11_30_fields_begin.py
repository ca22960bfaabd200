"""Dictionaries, started with the words that records hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "fields_begin"
down_revision = "tenants_begin"
branch_labels = None
depends_on = ("customers_begin",)

# The 200 most frequent words of each workspace; a level in use brings all three. What is rarer stands as it was typed.
IN_USE = """
insert into dictionary_word (tenant_id, id, dictionary, key, name, position, colour, created_at, version, updated_at)
select tenant_id, gen_random_uuid(), dictionary, word, word, place - 1,
       case dictionary || ':' || word when 'level:A' then 'green' when 'level:B' then 'sea' else 'grey' end,
       now(), 1, now()
from (
    select tenant_id, dictionary, word, row_number() over (
        partition by tenant_id, dictionary
        order by case when dictionary = 'level' then word end, sum(many) desc, word
    ) as place
    from (
        select tenant_id, 'level' as dictionary, level as word, count(*) as many from account group by 1, 3
        union all select tenant_id, 'industry', industry, count(*) from account group by 1, 3
        union all select tenant_id, 'source', source, count(*) from account group by 1, 3
        union all
        select tenant_id, 'level', unnest(array['A', 'B', 'C']), 0
        from (select distinct tenant_id from account where level is not null) as rated
    ) as used
    where word is not null and length(word) <= 60
    group by tenant_id, dictionary, word
) as ranked
where place <= 200
"""


def upgrade() -> None:
    """Add the columns that hold words, and the dictionaries."""
    for name in ("value_class", "party_role", "company_type", "nature"):
        op.add_column("account", sa.Column(name, sa.Text(), nullable=True))
    op.create_table(
        "dictionary_word",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "dictionary",
            sa.Enum(
                "level",
                "value_class",
                "party_role",
                "company_type",
                "nature",
                "industry",
                "source",
                name="dictionary",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("retired_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_dictionary_word")),
    )
    op.create_index(
        op.f("ix_dictionary_word_tenant_id_dictionary_key"),
        "dictionary_word",
        ["tenant_id", "dictionary", "key"],
        unique=True,
    )
    op.execute("alter table account no force row level security")  # the owner reads every workspace's words, once
    op.execute(IN_USE)
    op.execute("alter table account force row level security")
    isolate("dictionary_word")
