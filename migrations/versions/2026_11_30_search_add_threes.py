"""Entries of the search are found by threes of neighbouring letters, too: a pair like "er" is in every second name."""

from __future__ import annotations

from alembic import op

revision = "search_add_threes"
down_revision = "search_fold_accents"
branch_labels = None
depends_on = None

# Characters as in `search.CJK`.
THREES = r"""
update search_entry set grams = (
    select array_agg(distinct gram order by gram) from (
        select unnest(grams) collate "C" as gram
        union all
        select substr(word, i, 3) collate "C"
        from regexp_split_to_table(body, '\s+') word, generate_series(1, length(word) - 2) i
        where substr(word, i, 3) !~ '[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]'
    ) every
)
where body ~ '\S\S\S'
"""
STEPS = (
    "alter table search_entry no force row level security",  # the owner writes them in every workspace, once
    THREES,
    "alter table search_entry force row level security",
)


def upgrade() -> None:
    """Write them in one go: a word that is searched for is looked up by its threes from now on."""
    for step in STEPS:
        op.execute(step)
