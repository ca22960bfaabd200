"""What Seaport uses of the operating system, and whether it is there. It looks; installing is `saas doctor`'s."""

from __future__ import annotations

import ctypes
import functools
import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LIBRARY_FOLDERS = ("/lib", "/usr/lib", "/usr/local/lib", "/lib64", "/usr/lib64")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
CJK_FONTS = ("notosanscjk", "notoserifcjk", "notosanssc", "sourcehansans", "wqy-", "droidsansfallback", "uming", "ukai")
SHELL = "chromium-headless-shell"  # the same engine without windows: a page is there in a third of the time
BROWSERS = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True)
class Part:
    """Something of the operating system."""

    name: str
    why: str
    package: str  # of Debian and Ubuntu
    is_there: Callable[[], bool]
    is_required: bool = True
    for_tests: bool = False


def has_library(name: str) -> bool:
    """True when the shared library `name` is there; it isn't loaded where a look at the folders is enough."""
    for folder in LIBRARY_FOLDERS:
        if Path(folder, name).exists() or any(Path(folder).glob(f"*-linux-*/{name}")):
            return True
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def has_cjk_font() -> bool:
    """True when a font with Chinese glyphs is installed."""
    for folder in FONT_FOLDERS:
        for file in Path(folder).expanduser().rglob("*.[to]t[cf]"):
            if file.name.lower().startswith(CJK_FONTS):
                return True
    if not (fc_list := shutil.which("fc-list")):
        return False
    found = subprocess.run([fc_list, ":lang=zh", "file"], check=False, capture_output=True, text=True)  # noqa: S603
    return bool(found.stdout.strip())


def browser() -> Path | None:
    """The Chromium that tests walk pages with, the quickest that is there."""
    found = (shutil.which(name) for name in BROWSERS)
    return next((Path(path) for path in found if path), None)


def has_browser() -> bool:
    """True when tests have a browser; where its quicker form is to be had, as on Debian, that one."""
    found = browser()
    return found is not None and (found.name == SHELL or not _is_debian())


def _is_debian() -> bool:
    try:
        return platform.freedesktop_os_release().get("ID") == "debian"
    except OSError:
        return False


PARTS = (
    Part("Pango", "draws the text of PDFs", "libpango-1.0-0", lambda: has_library("libpango-1.0.so.0")),
    Part("PangoFT2", "draws the text of PDFs", "libpangoft2-1.0-0", lambda: has_library("libpangoft2-1.0.so.0")),
    Part("HarfBuzz", "draws the text of PDFs", "libharfbuzz0b", lambda: has_library("libharfbuzz.so.0")),
    Part(
        "HarfBuzz subset",
        "makes PDFs with Chinese 17 times faster",
        "libharfbuzz-subset0",
        lambda: has_library("libharfbuzz-subset.so.0"),
        is_required=False,
    ),
    Part("Chinese font", "shows Chinese in PDFs", "fonts-noto-cjk", has_cjk_font),
    Part(
        "Chromium",
        "walks the pages in tests",
        SHELL if _is_debian() else "chromium",
        has_browser,
        is_required=False,
        for_tests=True,
    ),
)


def missing(*, tests: bool = False) -> list[Part]:
    """The parts that this machine lacks; those of the tests only when asked for."""
    return [part for part in PARTS if (tests or not part.for_tests) and not part.is_there()]


@functools.cache
def missing_for_pdf() -> tuple[Part, ...]:
    """What PDFs wait for; looked up once in a process, for the owners' banner."""
    return tuple(part for part in missing() if part.is_required)


def remedy(lacking: list[Part] | tuple[Part, ...]) -> str:
    """The one command that installs what is lacking."""
    sudo = "" if os.geteuid() == 0 else "sudo "
    packages = " ".join(part.package for part in lacking)
    return f"{sudo}apt-get update && {sudo}apt-get install -y --no-install-recommends {packages}"
