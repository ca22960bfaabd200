"""Where a name is looked up: Chinese ones by their reading in Latin letters, among the others, whatever the case.

For lists that are read whole and put in order here; the database orders by code point, which for Chinese is none.
"""

from __future__ import annotations

from functools import lru_cache

from saas.readings import reading
from saas.search import CJK, bare, fold

# How signs are read in names, where that is otherwise than alone.
PLACES = {"重庆": "chong qing ", "长": "chang ", "厦门": "xia men ", "曾": "zeng "}
# Family names that are read otherwise than the same sign in words.
FAMILIES = {
    "单": "shan ",
    "解": "xie ",
    "仇": "qiu ",
    "区": "ou ",
    "查": "zha ",
    "朴": "piao ",
    "覃": "qin ",
    "翟": "zhai ",
    "缪": "miao ",
    "盖": "ge ",
    "员": "yun ",
    "种": "chong ",
    "秘": "bi ",
}
LONGEST = 3  # signs of the name of a person

Place = tuple[str, str]


@lru_cache(maxsize=20_000)
def place(name: str) -> Place:
    """The key by which a name of a thing (a team, a tag) is put in order; equal readings by their signs."""
    return _read(fold(name), PLACES), name


@lru_cache(maxsize=20_000)
def place_of_person(name: str) -> Place:
    """The key by which the name of a person is put in order, by the reading of the family name."""
    folded = fold(name)
    is_chinese = len(folded) <= LONGEST and all(map(CJK.match, folded))
    return _read(folded, PLACES | FAMILIES if is_chinese else PLACES), name


def _read(folded: str, begins: dict[str, str]) -> str:
    known = next((begin for begin in begins if folded.startswith(begin)), "")
    rest = folded[len(known) :]
    parts = [f"{part} " if CJK.match(sign) else part for sign, part in _parts(rest)]
    return begins.get(known, "") + "".join(parts)


def _parts(folded: str) -> list[tuple[str, str]]:
    """(character, how it is read), one by one."""
    return [(sign, reading(sign) if CJK.match(sign) else bare(sign)) for sign in folded]
