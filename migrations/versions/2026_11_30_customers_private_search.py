"""Phones at home are found by those alone who may see them: in entries of their own."""

from __future__ import annotations

from alembic import op

revision = "customers_private_search"
down_revision = "customers_contact_fields"
branch_labels = None
depends_on = ("search_begin",)

AT_HOME = """
    select c.tenant_id, c.id, c.owner_id, c.team_id, c.archived_at,
           ltrim(regexp_replace(c.home_phone, '[^0-9+]', '', 'g'), '+') as digits,
           concat_ws(' ', c.phone, c.mobile) as others
    from contact c where c.home_phone is not null
"""
APART = f"""
    insert into search_entry (tenant_id, id, kind, subject_id, owner_id, team_id, body, grams, created_at)
    select h.tenant_id, gen_random_uuid(), 'contact.private', h.id, h.owner_id, h.team_id, h.digits,
           array(select distinct substr(h.digits, i, 2) from generate_series(1, length(h.digits) - 1) i order by 1),
           now()
    from ({AT_HOME}) h where h.digits <> '' and h.archived_at is null
    on conflict do nothing
"""  # noqa: S608 - our own text
OUT = f"""
    update search_entry e set body = array_to_string(array_remove(string_to_array(e.body, E'\\n'), h.digits), E'\\n')
    from ({AT_HOME}) h
    where e.tenant_id = h.tenant_id and e.kind = 'contact' and e.subject_id = h.id and h.digits <> ''
      and position(h.digits in regexp_replace(h.others, '[^0-9]', '', 'g')) = 0
"""  # noqa: S608 - our own text


def upgrade() -> None:
    """Move what was found by everybody; the pairs of digits that stay find nothing without their line."""
    for table in ("contact", "search_entry"):  # the owner reaches every workspace's rows, once
        op.execute(f"alter table {table} no force row level security")
    op.execute(APART)
    op.execute(OUT)
    for table in ("contact", "search_entry"):
        op.execute(f"alter table {table} force row level security")
