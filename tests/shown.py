"""`make shown`: for every requirement, the tests that show it as a person meets it; and those that none shows yet."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


class Collector:
    """Keeps the collected tests that carry `shows(…)` marks."""

    def __init__(self) -> None:
        self.tests: dict[str, list[str]] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note each mark of each test."""
        for item in items:
            for mark in item.iter_markers("shows"):
                for requirement in mark.args:
                    self.tests.setdefault(requirement, []).append(item.nodeid)


def main() -> int:
    """Print the table; never fails, it tells."""
    shared = Path(os.environ.get("SEAPORT_SHARED") or ROOT.parent / "shared") / "requirements.md"
    if not shared.exists():
        print("requirements.md is not here; set SEAPORT_SHARED to its folder.")
        return 0
    known = re.findall(r"^- ([A-Z]{2}\d+) (.*)$", shared.read_text(encoding="utf-8"), re.MULTILINE)
    collector = Collector()
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", str(ROOT / "tests")], plugins=[collector])
    missing = []
    for requirement, words in known:
        tests = sorted(set(collector.tests.pop(requirement, [])))
        if not tests:
            missing.append(requirement)
            continue
        print(f"{requirement}  {words[:90]}")
        for test in tests:
            print(f"        {test}")
    for requirement in sorted(collector.tests):
        print(f"{requirement}  is named by a test and unknown")
    print(f"\nshown: {len(known) - len(missing)} of {len(known)}")
    print("by none yet: " + " ".join(missing))
    return 0


if __name__ == "__main__":
    sys.exit(main())
