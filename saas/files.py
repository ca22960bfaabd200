"""Where the bytes of files lie: under the workspace and their own SHA-256, written as one step, never changed.

What a name and the first bytes say must agree with a list of kinds; anything else is refused. Nothing that a stranger
brought is ever shown inside a page of ours: it is handed out to be saved.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit
from uuid import UUID

from flask import current_app, send_file
from flask_babel import gettext as _
from sqlalchemy import Connection, func, select
from werkzeug.wrappers import Response

from saas import afterwards
from saas.config import Config
from saas.db import db, enter
from saas.errors import BusinessError, NotFound, Refused

LARGEST = 25 * 1024 * 1024  # bytes of one file
SIDE = 256  # pixels of a small square picture
CHUNK = 1 << 16
INERT = "default-src 'none'; sandbox"
PICTURE = "image/png"
SEEN = {"image/png", "image/jpeg", "image/webp"}  # kinds of attached pictures that can be looked at: we drew them anew
SMALL = "image/webp"  # of what is shown of them


class NoSpace(BusinessError):
    """The disk is full."""

    status = 507


class WrongKind(Refused):
    """The file is of a kind that isn't kept."""


@dataclass(frozen=True)
class Stored:
    """A file in the store."""

    sha256: str
    size: int  # bytes
    media_type: str
    name: str


def _starts(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(marks)


def _is_text(head: bytes) -> bool:
    return b"\0" not in head or head.startswith((b"\xff\xfe", b"\xfe\xff"))  # text of 16 bits a sign has zeros


_zip, _ole = _starts(b"PK\x03\x04", b"PK\x05\x06"), _starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
KINDS: dict[str, tuple[str, Callable[[bytes], bool]]] = {
    "pdf": ("application/pdf", _starts(b"%PDF-")),
    "png": ("image/png", _starts(b"\x89PNG\r\n\x1a\n")),
    "jpg": ("image/jpeg", _starts(b"\xff\xd8\xff")),
    "jpeg": ("image/jpeg", _starts(b"\xff\xd8\xff")),
    "gif": ("image/gif", _starts(b"GIF87a", b"GIF89a")),
    "webp": ("image/webp", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP"),
    "heic": ("image/heic", lambda head: head[4:8] == b"ftyp"),
    "tif": ("image/tiff", _starts(b"II*\0", b"MM\0*")),
    "tiff": ("image/tiff", _starts(b"II*\0", b"MM\0*")),
    "docx": (_OFFICE + "wordprocessingml.document", _zip),
    "xlsx": (_OFFICE + "spreadsheetml.sheet", _zip),
    "pptx": (_OFFICE + "presentationml.presentation", _zip),
    "odt": (_OPEN + "text", _zip),
    "ods": (_OPEN + "spreadsheet", _zip),
    "odp": (_OPEN + "presentation", _zip),
    "doc": ("application/msword", _ole),
    "xls": ("application/vnd.ms-excel", _ole),
    "ppt": ("application/vnd.ms-powerpoint", _ole),
    "msg": ("application/vnd.ms-outlook", _ole),
    "zip": ("application/zip", _zip),
    "txt": ("text/plain", _is_text),
    "csv": ("text/csv", _is_text),
    "log": ("text/plain", _is_text),
    "eml": ("message/rfc822", _is_text),
    "ics": ("text/calendar", _is_text),
    "vcf": ("text/vcard", _is_text),
    "mp3": ("audio/mpeg", _starts(b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")),
    "m4a": ("audio/mp4", lambda head: head[4:8] == b"ftyp"),
    "wav": ("audio/wav", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WAVE"),
    "mp4": ("video/mp4", lambda head: head[4:8] == b"ftyp"),
    "mov": ("video/quicktime", lambda head: head[4:8] == b"ftyp"),
}


def put(tenant_id: UUID, source: IO[bytes], name: str, *, largest: int = LARGEST) -> Stored:
    """Take a file into the store of a workspace. The same bytes lie there once.

    The row that names them is written in the transaction at hand: until it ends nobody drops them.

    Args:
        tenant_id: the workspace.
        source: what was uploaded, at its beginning.
        name: as the person called it.
        largest: bytes it may have.

    Raises:
        Refused: it is empty, too large, or of a kind that isn't taken.
        NoSpace: the disk is full; nothing is left behind.
    """
    name = clean_name(name)
    head = source.read(512)
    media_type = _kind_of(name, head)
    if not head:
        raise Refused(_("This file is empty."), field="file")
    sha256, size = _write(tenant_id, head, source, largest)
    return Stored(sha256, size, media_type, name)


def put_square(tenant_id: UUID, drawn: bytes) -> Stored:
    """Take a small square PNG of a picture into the store.

    Args:
        tenant_id: the workspace.
        drawn: a picture that was drawn anew already (`saas.uploads.redraw`), never what a stranger sent.
    """
    from PIL import Image, ImageOps  # here: large, and no page needs it but one

    with Image.open(io.BytesIO(drawn)) as picture:
        square = ImageOps.fit(picture.convert("RGBA"), (SIDE, SIDE))
    out = io.BytesIO()
    square.save(out, "PNG", optimize=True)
    out.seek(0)
    return put(tenant_id, out, "picture.png")


def path_of(tenant_id: UUID, sha256: str) -> Path:
    """Where the bytes lie.

    Raises:
        NotFound: there are none, or `sha256` isn't one.
    """
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise NotFound
    path = _folder(tenant_id) / sha256[:2] / sha256
    if not path.is_file():
        raise NotFound
    return path


def drop_unnamed(tenant_id: UUID, sha256: str, *, is_named: Callable[[Connection], bool]) -> None:
    """Once the transaction at hand has ended, take a file out of the store unless something still names it.

    Not before: an undone transaction leaves its rows, and they need their bytes. And not while another transaction that
    took the same bytes in is still open: its row can't be seen yet.

    Args:
        tenant_id: the workspace.
        sha256: of the bytes.
        is_named: asks over a connection of its own, in the workspace's scope.
    """

    def drop() -> None:
        with db.engines[None].begin() as connection:
            enter(connection, tenant_id)
            alone = connection.execute(select(func.pg_try_advisory_xact_lock(_lock(tenant_id, sha256)))).scalar_one()
            if alone and not is_named(connection):
                _unlink(tenant_id, sha256)

    afterwards.do(("file", tenant_id, sha256), drop)


def _lock(tenant_id: UUID, sha256: str) -> int:
    """Held shared by all who take these bytes in, until their row is committed; alone by who takes them out."""
    return int.from_bytes(hashlib.sha256(tenant_id.bytes + bytes.fromhex(sha256)).digest()[:8], signed=True)


def _unlink(tenant_id: UUID, sha256: str) -> None:
    path = _folder(tenant_id) / sha256[:2] / sha256
    path.unlink(missing_ok=True)
    _small(path).unlink(missing_ok=True)


def small_of(tenant_id: UUID, sha256: str, draw: Callable[[bytes], bytes]) -> Path:
    """Where a picture lies in a size to be looked at; drawn when it is first wanted, and gone with the picture.

    Args:
        tenant_id: the workspace.
        sha256: of the picture.
        draw: the picture → the same, smaller, of media type `SMALL`.

    Raises:
        NotFound: there is no such picture.
    """
    path = path_of(tenant_id, sha256)
    small = _small(path)
    if not small.is_file():
        drawn = draw(path.read_bytes())
        fresh = small.with_name(f".{secrets.token_hex(8)}.part")
        try:
            fresh.write_bytes(drawn)
            fresh.replace(small)
        finally:
            fresh.unlink(missing_ok=True)
    return small


def _small(path: Path) -> Path:
    return path.with_name(f"{path.name}.small")


def answer(tenant_id: UUID, sha256: str, name: str, media_type: str) -> Response:
    """A download: to be saved, never to be shown by us."""
    response = send_file(path_of(tenant_id, sha256), mimetype=media_type, as_attachment=True, download_name=name)
    return _fenced(response)


def answer_picture(tenant_id: UUID, sha256: str) -> Response:
    """A picture that we drew ourselves, to be shown in a page."""
    return answer_seen(path_of(tenant_id, sha256), PICTURE)


def answer_seen(path: Path, media_type: str) -> Response:
    """Pixels of our own drawing, to be shown in a page. The browser may keep them, and asks each time whether it still
    may show them: after signing out, or once the file is gone, it may not.
    """
    response = _fenced(send_file(path, mimetype=media_type))
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def clean_name(name: str) -> str:
    """A file's name without folders, control signs and signs that turn the reading direction; never empty."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}).strip(" .")
    stem, dot, end = name.rpartition(".")
    return (stem[: 120 - len(end)] + dot + end if dot else name[:120]) or "file"


def _kind_of(name: str, head: bytes) -> str:
    end = name.rpartition(".")[2].casefold()
    media_type, fits = KINDS.get(end, ("", _starts()))
    if not fits(head):
        raise WrongKind(
            _("This kind of file isn't taken. Send it as PDF, picture, Office document, text or ZIP."), field="file"
        )
    return media_type


def _write(tenant_id: UUID, head: bytes, source: IO[bytes], largest: int) -> tuple[str, int]:
    folder = _folder(tenant_id)
    fresh = folder / f".{secrets.token_hex(8)}.part"
    digest, size = hashlib.sha256(), 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with fresh.open("xb") as file:
            while head:
                size += len(head)
                if size > largest:
                    raise Refused(_("This file is larger than %(n)s MB.", n=largest // 1024**2), field="file")
                digest.update(head)
                file.write(head)
                head = source.read(CHUNK)
            file.flush()
            os.fsync(file.fileno())
        sha256 = digest.hexdigest()
        db.session.execute(select(func.pg_advisory_xact_lock_shared(_lock(tenant_id, sha256))))
        place = folder / sha256[:2]
        place.mkdir(exist_ok=True)
        fresh.replace(place / sha256)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise NoSpace(_("There is no room for more files just now. Please tell the owner.")) from error
        raise
    finally:
        fresh.unlink(missing_ok=True)
    return sha256, size


def _fenced(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = INERT
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def root_of(settings: Config) -> Path:
    """The folder of the whole store: a folder for each workspace, in it one for each beginning of a SHA-256."""
    return Path(unquote(urlsplit(settings.files_url).path)) if settings.files_url else settings.data_dir / "files"


def _folder(tenant_id: UUID) -> Path:
    return root_of(current_app.extensions["config"]) / str(tenant_id)
