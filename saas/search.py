"""One box over everything: a narrow side table of what can be found, and the words cut so that Chinese is served too.

Behind row-level security no text operator may use an index, so the side table is read through one function that adds
the tenant and the reader's reach itself (`migrations/versions/…_ground_search.py`); it gives back kinds and ids.

Names, numbers, phones and mails are folded (width, case, accents) and cut into overlapping pairs and threes; a Chinese,
Japanese or Korean character also stands alone, so that one character can be searched for. What is searched for is cut
into as few as find it: threes where there are letters enough, since "er" stands in every second name and "erb" in few.
Longer words stand there whole as well: where enough records hold just the word that was typed, no other is looked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped

from saas import clock
from saas.db import THE_TENANT, TenantModel, current_tenant, db, index, new_id, unique
from saas.statements import Statement, table_of, written_once

KEY = ["tenant_id", "kind", "subject_id"]  # of a row of the side table
CHANGED = ("owner_id", "team_id", "body", "grams")  # in it when its record changes
# The whole words first: in a large book many hold them, and letters in a row are dear there.
LOOK = """
with whole as materialized (
    select kind, subject_id
    from find_entries(:words, :likes, :all_kinds, :own_kinds, :team_kinds, cast(:me as uuid),
    cast(:teams as uuid[]), :many)
    where cardinality(cast(:words as text[])) > 0
)
select kind, subject_id from whole
union all
select kind, subject_id
from find_entries(:grams, :likes, :all_kinds, :own_kinds, :team_kinds, cast(:me as uuid),
    cast(:teams as uuid[]), :many)
where (select count(*) from whole) <= :enough
"""
LIMIT = 50  # hits shown; more is "50+"
WHOLE = range(4, 61)  # letters of a word that is looked up as a whole
DEEP = 1000  # hits looked at, so that a customer isn't buried under his own deals
CJK = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
ACCENTS = re.compile(
    r"[\u0300-\u036f]"
)  # of the letters of Europe; the marks of kana and of Indian scripts are letters
LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
AT_ONCE = 1000  # entries looked at in one transaction
NOT_PHONE = re.compile(r"[^\d+]")


class SearchEntry(TenantModel):
    """What can be found of one record, and by whom."""

    __tablename__ = "search_entry"
    __table_args__ = (
        unique("kind", "subject_id"),
        index("grams", name="ix_search_entry_grams", using="gin"),
    )

    kind: Mapped[str]  # table of the record
    subject_id: Mapped[UUID]
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    body: Mapped[str]  # the folded words, for the exact check
    grams: Mapped[list[str]]


def private(kind: str) -> str:
    """The kind of the entries by which only those find records of `kind` who may see what is private about them."""
    return f"{kind}.private"


@dataclass(frozen=True)
class Found:
    """Where a word was found."""

    kind: str
    id: UUID


def fold(words: str) -> str:
    """`words` as they are compared: full-width and half-width alike, lower case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", words).casefold().split())


def bare(folded: str) -> str:
    """Folded words without accents, as they are searched for: whoever types "fahre" means "Fähre" as well."""
    if folded.isascii():
        return folded
    apart = unicodedata.normalize("NFD", folded.translate(LETTERS))
    return unicodedata.normalize("NFC", ACCENTS.sub("", apart))


def digits(phone: str) -> str:
    """A phone number as it is compared: its digits alone."""
    return NOT_PHONE.sub("", unicodedata.normalize("NFKC", phone)).lstrip("+")


def grams(folded: str) -> list[str]:
    """By what words can be found: pairs and threes of neighbouring characters within each, each CJK character by
    itself, and longer words whole; sorted, once each. A pair of CJK characters is rare enough, so no three holds one.
    """
    found: set[str] = set()
    for word in folded.split():
        found.update(word[i : i + 2] for i in range(len(word) - 1))
        found.update(_threes(word))
        found.update(_whole(word))
        found.update(CJK.findall(word))
        if len(word) == 1:
            found.add(word)
    return sorted(found)


def telling(word: str) -> set[str]:
    """Those grams of a folded word by which an index finds it soonest; none of a single letter that isn't CJK."""
    threes = _threes(word)
    covered = {three[i : i + 2] for three in threes for i in (0, 1)}
    pairs = {word[i : i + 2] for i in range(len(word) - 1)}
    return threes | (pairs - covered) or set(CJK.findall(word))


def _threes(word: str) -> set[str]:
    return {three for i in range(len(word) - 2) if not CJK.search(three := word[i : i + 3])}


def _whole(word: str) -> set[str]:
    return {word} if len(word) in WHOLE and not CJK.search(word) else set()


def entry(
    kind: str, subject_id: UUID, texts: Iterable[str | None], phones: Iterable[str | None] = (), **reach: UUID | None
) -> dict[str, Any]:
    """The side-table row of one record; `reach` is `owner_id` and `team_id`."""
    parts = [bare(fold(t)) for t in texts if t] + [digits(p) for p in phones if p]
    body = "\n".join(part for part in parts if part)
    return {
        "tenant_id": current_tenant(),
        "id": new_id(),
        "kind": kind,
        "subject_id": subject_id,
        "owner_id": reach.get("owner_id"),
        "team_id": reach.get("team_id"),
        "body": body,
        "grams": grams(body),
        "created_at": clock.now(),
    }


def put(rows: Sequence[dict[str, Any]]) -> None:
    """Write side-table rows made by `entry`, replacing what was known of the same records."""
    if not rows:
        return
    if len(rows) == 1:
        _put().run(**{f"a_{name}": value for name, value in rows[0].items() if name != "tenant_id"})
        return
    statement = insert(SearchEntry).values(list(rows))
    changed = {name: statement.excluded[name] for name in CHANGED}
    db.session.execute(statement.on_conflict_do_update(index_elements=KEY, set_=changed))


@written_once
def _put() -> Statement:
    table = table_of(SearchEntry)
    names = [column.name for column in table.columns if column.name != "tenant_id"]
    statement = insert(table).values(tenant_id=THE_TENANT, **{name: bindparam(f"a_{name}") for name in names})
    changed = {name: statement.excluded[name] for name in CHANGED}
    return statement.on_conflict_do_update(index_elements=KEY, set_=changed)


def drop(kind: str, ids: Iterable[UUID]) -> None:
    """Make records impossible to find, as when they are archived."""
    gone = list(ids)
    if gone:
        kinds = SearchEntry.kind.in_((kind, private(kind)))
        db.session.execute(delete(SearchEntry).where(kinds, SearchEntry.subject_id.in_(gone)))


def find(
    words: str, *, me: UUID, reaches: dict[str, str], teams: Sequence[UUID] = (), many: int = LIMIT + 1
) -> list[Found]:
    """Up to `many` records that hold all the words, within the reader's reach of each kind, in no order.

    Args:
        words: what he typed; a word of one letter finds nothing unless it is CJK.
        me: the reader's member id.
        reaches: kind → "own", "team" or "all"; kinds left out are not searched, `private` ones among them.
        teams: the reader's team and those below.
        many: where to stop.
    """
    wanted = _wanted(words)
    whole = [_whole(word) for word in wanted]
    cut = {gram for word in wanted for gram in telling(word)}
    if not cut:
        return []
    asked = {
        "words": sorted(set().union(*whole)) if all(whole) else [],
        "grams": sorted(cut),
        "likes": [f"%{_escape(w)}%" for w in wanted],
        "all_kinds": [k for k, reach in reaches.items() if reach == "all"],
        "own_kinds": [k for k, reach in reaches.items() if reach == "own"],
        "team_kinds": [k for k, reach in reaches.items() if reach == "team"],
        "me": me,
        "teams": list(teams),
        "many": many,
        "enough": LIMIT,
    }
    rows = db.session.execute(text(LOOK).execution_options(reviewed=True), asked)
    return list(dict.fromkeys(Found(kind.partition(".")[0], subject_id) for kind, subject_id in rows))[:many]


def holds(words: str, *texts: str | None) -> bool:
    """True when these texts alone hold all the words, as `find` looks for them."""
    body = "\n".join(bare(fold(text)) for text in texts if text)
    return all(word in body for word in _wanted(words))


def _wanted(words: str) -> list[str]:
    folded, phone = bare(fold(words)), digits(words)
    if len(phone) >= 3 and not re.search(r"[^\d\s()+./-]", folded):
        return [phone]  # "040 5550-182" is one number
    return folded.split()


def rewrite() -> Iterator[None]:
    """Bring the entries of the workspace in line with how words are written now, some of them between two yields; the
    caller commits at each. Done twice it changes nothing more.
    """
    after = UUID(int=0)
    while True:
        following = select(SearchEntry.id, SearchEntry.body).where(SearchEntry.id > after)
        rows = db.session.execute(following.order_by(SearchEntry.id).limit(AT_ONCE)).all()
        if not rows:
            return
        old = [key for key, body in rows if bare(body) != body]
        held = select(SearchEntry).where(SearchEntry.id.in_(old)).with_for_update()  # a change of its record waits
        for one in db.session.scalars(held):
            one.body = bare(one.body)
            one.grams = grams(one.body)
        db.session.flush()
        db.session.expunge_all()
        after = rows[-1][0]
        yield


def indexed(kind: str) -> Any:
    """A select of the ids of all records of `kind` that can be found."""
    return select(SearchEntry.subject_id).where(SearchEntry.kind == kind)


def _escape(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
