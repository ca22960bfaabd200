"""Letters, offers and reports as PDF. WeasyPrint runs in a limited child (`saas.inside.pdf`), never in this process.

The page is made here, from our own templates; what people wrote is escaped in it. Pictures go along as assets, by name:
`<img src="asset:logo">`. Nothing else is loaded, from the network or from disk.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from saas import child, machine
from saas.errors import NotReady, Refused

LARGEST_PAGE = 5 * child.MIB
LARGEST_ASSETS = 20 * child.MIB
KINDS = {"image/png", "image/jpeg", "image/svg+xml"}

SENTENCES = {
    "busy": _l("Many documents are being printed right now. Try again in a minute."),
    "size": _l("This document is too long to print. Choose fewer rows."),
    "time": _l("Printing this document takes too long. Choose fewer rows."),
    "memory": _l("This document is too long to print. Choose fewer rows."),
    "answer": _l("This document is too long to print. Choose fewer rows."),
    "broken": _l("This document can't be printed."),
}


class Unprintable(Refused):
    """The document is beyond the limits; `why` is the word that SENTENCES begins with."""

    def __init__(self, why: str) -> None:
        super().__init__(str(SENTENCES[why]))
        self.why = why


@dataclass(frozen=True)
class Asset:
    """A picture on a page."""

    kind: str  # media type, one of KINDS
    content: bytes


def is_ready() -> bool:
    """True when this machine can make PDFs with Chinese; looks again after it could not, since somebody may mend it."""
    if machine.missing_for_pdf():
        machine.missing_for_pdf.cache_clear()
    return not machine.missing_for_pdf()


def require_ready() -> None:
    """Raises NotReady, with the command that mends it, on a machine that can't make PDFs."""
    if is_ready():
        return
    command = machine.remedy(machine.missing_for_pdf())
    raise NotReady(_("This machine can't make PDFs yet. Its operator mends that with: %(command)s", command=command))


def render(html: str, assets: Mapping[str, Asset] | None = None) -> bytes:
    """The page as PDF.

    Args:
        html: the whole page, from a template of ours.
        assets: its pictures, by the name after "asset:"; letters, digits, dashes.

    Raises:
        NotReady: a library or a font is missing on this machine; a job waits until it is there.
        Unprintable: it took too long or too much.
    """
    require_ready()
    assets = assets or {}
    _check(assets)
    page = html.encode("utf-8", "replace")
    if len(page) > LARGEST_PAGE or sum(len(asset.content) for asset in assets.values()) > LARGEST_ASSETS:
        raise Unprintable("size")
    material = b"".join([page, *(asset.content for asset in assets.values())])
    listed = [[name, asset.kind, len(asset.content)] for name, asset in assets.items()]
    try:
        pdf = child.run("pdf.render", material, html=len(page), assets=listed)
    except child.Stopped as stop:
        raise Unprintable(stop.why) from None
    if not isinstance(pdf, bytes) or not pdf.startswith(b"%PDF-"):
        raise Unprintable("broken")
    return pdf


def _check(assets: Mapping[str, Asset]) -> None:
    for name, asset in assets.items():
        if not re.fullmatch(r"[A-Za-z0-9-]+", name) or asset.kind not in KINDS:
            raise ValueError(f"{name} ({asset.kind}) can't be an asset")
