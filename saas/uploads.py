"""What strangers attach: named harmlessly, looked at by its bytes, pictures drawn anew; then it goes to the store.

A picture is decoded in a limited child (`saas.inside.images`), so what is kept has its pixels and nothing else: no
place where it was taken, no script behind its end. All other kinds are kept as they came and only ever handed out to be
saved.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import IO
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from saas import child, files
from saas.errors import Refused
from saas.files import Stored

PIXELS = 40_000_000
EDGE = 5_000  # pixels; longer sides are scaled down
HEAD = 512  # bytes that tell what a file is
PREVIEW = 960  # pixels; longest side of a picture as it is looked at
SURE = ("pdf", "png", "jpg", "gif", "webp")  # kinds that their first bytes tell apart without the name's help
PICTURES = {"png", "jpg", "jpeg", "gif", "webp"}
SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
INNER_END = re.compile(r"\.(?=[A-Za-z][A-Za-z0-9]{0,4}(?:\.|$))")  # of "invoice.pdf.zip", the first
RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)  # devices, on Windows, with any ending
TEST_VIRUS = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"

SENTENCES = {
    "pixels": _l("This picture has too many pixels. Make it smaller and try again."),
    "none": _l("This is not a picture that can be read here. Send a PNG, JPEG, GIF or WebP."),
    "damaged": _l("This picture is damaged. Open it, save it anew and try again."),
    "busy": _l("Many pictures are being read right now. Try again in a minute."),
}

Scanner = Callable[[IO[bytes]], bool]


def _is_test_virus(source: IO[bytes]) -> bool:
    return TEST_VIRUS in source.read(256)


scanners: list[Scanner] = [_is_test_virus]  # each says True of a file that must not be kept; an operator's own go here


def take(tenant_id: UUID, source: IO[bytes], name: str, *, largest: int = files.LARGEST) -> Stored:
    """Look an attachment over and take it into the store of a workspace.

    Args:
        tenant_id: the workspace.
        source: what was uploaded; can be read from any place.
        name: as the person called it.
        largest: bytes that it may have.

    Raises:
        Refused: it is empty, too large, harmful, or of a kind that isn't taken.
        NoSpace: the disk is full.
    """
    _scan(source)
    source.seek(0)
    name = safe_name(name, source.read(512))
    source.seek(0)
    if name.rpartition(".")[2] in PICTURES:
        content = source.read(largest + 1)
        if len(content) <= largest:  # else the store says so
            drawn, kind = redraw(content)
            name = f"{name.rpartition('.')[0]}.{SUFFIXES[kind]}"
            return files.put(tenant_id, io.BytesIO(drawn), name, largest=max(largest, len(drawn)))
        source.seek(0)
    return files.put(tenant_id, source, name, largest=largest)


def redraw(content: bytes, *, edge: int = EDGE, kind: str = "") -> tuple[bytes, str]:
    """The picture anew, and its media type; scaled down where a side is longer than `edge` pixels.

    Raises:
        Refused: it is no picture, or has too many pixels.
    """
    if not any(files.KINDS[end][1](content[:HEAD]) for end in PICTURES):
        raise Refused(str(SENTENCES["none"]), field="file")
    try:
        about, drawn = child.stream("images.encode", content, pixels=PIXELS, edge=edge, kind=kind)
    except child.Stopped as stop:
        word = {"time": "pixels", "memory": "pixels", "answer": "pixels"}.get(stop.why, stop.why)
        raise Refused(str(SENTENCES.get(word, SENTENCES["damaged"])), field="file") from None
    return drawn, about["kind"]


def preview(tenant_id: UUID, sha256: str) -> Path:
    """Where an attached picture lies in a size to be looked at.

    Raises:
        NotFound: there is no such picture.
        Refused: too many pictures are being drawn right now.
    """
    return files.small_of(tenant_id, sha256, lambda content: redraw(content, edge=PREVIEW, kind=files.SMALL)[0])


def safe_name(name: str, head: bytes) -> str:
    """A name that can't mislead whoever saves the file, with the one ending that its first bytes bear out.

    Args:
        name: as the person called it.
        head: the first bytes.
    """
    stem, _dot, end = files.clean_name(name).rpartition(".")
    if not stem:
        stem, end = end, ""
    end = end.casefold()
    if end not in files.KINDS or not files.KINDS[end][1](head):
        stem, end = (stem, found) if (found := _sure(head)) else (stem, end)
    stem = INNER_END.sub("_", re.sub(r'[<>:"|?*%]', "_", re.sub(r"\s+", " ", stem))).strip(" .")
    if RESERVED.fullmatch(stem) or not stem:
        stem = f"{stem}_file".lstrip("_")
    return f"{stem}.{end}" if end else stem


def _sure(head: bytes) -> str:
    return next((end for end in SURE if files.KINDS[end][1](head)), "")


def _scan(source: IO[bytes]) -> None:
    for is_harmful in scanners:
        source.seek(0)
        if is_harmful(source):
            raise Refused(_("This file was found to be harmful, so it is not kept."), field="file")
