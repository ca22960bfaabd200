"""How Chinese signs are read in Latin letters, without tones: the first reading that the library knows of each.

The library's tables take 10 MB of every process, of which lists need a fortieth: a syllable for each sign. That is kept
and the library is let go.
"""

from __future__ import annotations

import os
import sys
from array import array
from bisect import bisect_left

LIBRARY = "pypinyin"


def _tables() -> tuple[array[int], array[int], list[str]]:
    """The codes of all signs in their order, the place of each one's syllable, and the syllables."""
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # what words are read like takes five times the room
    from pypinyin import lazy_pinyin
    from pypinyin.constants import PINYIN_DICT

    with_tone = {code: readings.partition(",")[0] for code, readings in PINYIN_DICT.items()}
    one_of = {reading: code for code, reading in with_tone.items()}
    toneless = {reading: lazy_pinyin(chr(code))[0] for reading, code in one_of.items()}
    syllables = sorted(set(toneless.values()))
    place = {syllable: number for number, syllable in enumerate(syllables)}
    codes = sorted(with_tone)
    return array("I", codes), array("H", [place[toneless[with_tone[code]]] for code in codes]), syllables


_CODES, _PLACES, _SYLLABLES = _tables()
for _name in [name for name in sys.modules if name.partition(".")[0] == LIBRARY]:
    del sys.modules[_name]


def reading(sign: str) -> str:
    """The syllable of one sign ("伟" → "wei"); the sign itself where none is known."""
    code = ord(sign)
    found = bisect_left(_CODES, code)
    return _SYLLABLES[_PLACES[found]] if found < len(_CODES) and _CODES[found] == code else sign
