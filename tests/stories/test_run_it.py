"""From nothing: one command starts everything, says where it is and who may come in, and leaves nothing behind."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.run.test_up import end, start, until
from tests.stories.conftest import look, sign_in


@pytest.fixture
def fresh():
    """`saas up` on a data folder that didn't exist."""
    folder = Path(tempfile.mkdtemp(prefix="seaport-test-"))
    folder.chmod(0o711)
    found = start(folder / "var", WEB_PROCESSES="1")
    yield found
    end(found)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.browser
class TestRunning:
    @pytest.mark.shows("AD13")
    def test_opens_every_door_it_prints_and_ends_whole(self, fresh, visitor):
        line = re.compile(r"(http://\S+)\s+(\w+)\s+(\S+@\S+)\s+(\S+)")
        doors = {(url, role): (email, password) for url, role, email, password in line.findall(fresh.said)}
        assert len(doors) == 12  # an address for each role of both workspaces; the two agents share theirs
        for (url, role), (email, password) in doors.items():
            if role in {"owner", "customer", "partner"}:
                page = visitor()
                page.goto(url)
                sign_in(page, email, password)
                expect(page).to_have_url(re.compile(url.removesuffix("sign-in") + "$"))
                look(page)
        below = fresh.below()
        end(fresh)
        assert until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below), 10)
