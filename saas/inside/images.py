"""Draws an uploaded picture anew; inside the child. What comes out has the pixels of what went in and nothing else."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from PIL import Image, ImageOps

from saas.child import Stopped

FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/png", "WEBP": "image/webp"}


def encode(material: BinaryIO, *, pixels: int, edge: int, kind: str) -> Iterator[Any]:
    """The picture, upright, without its metadata and without what hung behind it: first what it is, then its bytes.

    Args:
        material: the upload.
        pixels: most pixels that it may have, known before any is decoded.
        edge: longest side of the result, pixels; 0 leaves the size.
        kind: media type of the result; that of the upload when empty (a GIF becomes a PNG of its first frame).
    """
    Image.MAX_IMAGE_PIXELS = pixels
    try:
        with Image.open(material, formats=list(FORMATS)) as picture:
            if picture.width * picture.height > pixels:
                raise Stopped("pixels", limit=pixels)
            kind = kind or FORMATS[str(picture.format)]
            picture.load()
            upright = ImageOps.exif_transpose(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Stopped("pixels", limit=pixels) from error
    except (OSError, SyntaxError, ValueError, IndexError, KeyError, EOFError) as error:
        raise Stopped("damaged") from error
    if edge:
        upright.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    yield {"kind": kind, "width": upright.width, "height": upright.height}
    yield _bytes(upright, kind)


def _bytes(picture: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    if kind == "image/jpeg":
        _on_white(picture).save(out, "JPEG", quality=88, optimize=True)
    else:
        plain = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
        plain.info.clear()
        plain.save(out, "WEBP" if kind == "image/webp" else "PNG")
    return out.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency, which JPEG doesn't have, and without comment or profile."""
    clear = picture.convert("RGBA")
    sheet = Image.new("RGB", clear.size, "white")
    sheet.paste(clear, mask=clear.getchannel("A"))
    return sheet
