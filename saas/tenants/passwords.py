"""Passwords: how they are kept, and which are too weak to be one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from threading import BoundedSemaphore

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 10, 128  # characters
MEMORY = 47_104  # KiB, with one pass and one lane: the second of OWASP's equal choices

_hasher = PasswordHasher(time_cost=1, memory_cost=MEMORY, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)
_PARTS = re.compile(r"[\W_]+")
_turns = BoundedSemaphore(2)  # hashing at once in this process: a crowd at the door must not take all memory
# What an unknown address is checked against, so that it takes as long as a known one.
_NOBODY = _hasher.hash("nobody signs in with this")


def hashed(password: str) -> str:
    """The Argon2id hash to keep of a password."""
    with _turns:
        return _hasher.hash(_plain(password))


def is_right(kept: str | None, password: str) -> bool:
    """True when `password` is the one behind the hash; takes as long when there is none."""
    if len(password) > LONGEST * 4:
        password = ""
    return _verified(kept or _NOBODY, _plain(password)) and kept is not None


def _verified(kept: str, password: str) -> bool:
    with _turns:
        try:
            return bool(_hasher.verify(kept, password))
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(kept: str) -> bool:
    """True when the hash was made with weaker settings than today's."""
    return _hasher.check_needs_rehash(kept)


def is_common(password: str, about: Iterable[str] = ()) -> bool:
    """True when a password is among those tried first, also with figures or marks hung on, or is made of `about`.

    Args:
        password: what the person chose.
        about: what others know of him: his name, his address, the company.
    """
    word = _plain(password).casefold()
    once = next(word[:n] for n in range(1, len(word) + 1) if word[:n] * (len(word) // n) == word) if word else ""
    if len(set(word)) < 5 or {word, once, word.strip("0123456789!?.@#$*-_ ")} & _common():
        return True
    parts = {part for text in about for part in _PARTS.split(text.casefold()) if len(part) > 1}
    rest = word
    for part in sorted(parts, key=len, reverse=True):
        rest = rest.replace(part, "")
    return rest != word and len(re.sub(r"[\W\d_]", "", rest)) < 5


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    # Read when a password is first chosen: the lists take memory that no page needs.
    lists = import_module("zxcvbn.frequency_lists")
    return frozenset(word.casefold() for word in lists.FREQUENCY_LISTS["passwords"])


def _plain(password: str) -> str:
    return unicodedata.normalize("NFC", password)
