"""Entries of the search are found by whole words, too: in a large book letters in a row stand in very many."""

from __future__ import annotations

from alembic import op

revision = "search_add_words"
down_revision = "search_add_threes"
branch_labels = None
depends_on = None

# Lengths as in `search.WHOLE`, characters as in `search.CJK`.
WORDS = r"""
update search_entry set grams = (
    select array_agg(distinct gram order by gram) from (
        select unnest(grams) collate "C" as gram
        union all
        select word collate "C" from regexp_split_to_table(body, '\s+') word
        where length(word) between 4 and 60
        and word !~ '[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]'
    ) every
)
where body ~ '\S\S\S\S'
"""
STEPS = (
    "alter table search_entry no force row level security",  # the owner writes them in every workspace, once
    WORDS,
    "alter table search_entry force row level security",
)


def upgrade() -> None:
    """Write them in one go."""
    for step in STEPS:
        op.execute(step)
