"""The owner takes the whole workspace away: a ZIP of lists and files, with checksums that hold."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

import pytest
from playwright.sync_api import expect

from saas.tenants.actions import attachments
from tests.factories import make_account, make_contact
from tests.stories.conftest import look


@pytest.mark.browser
class TestLeaving:
    @pytest.mark.shows("BI3")
    def test_everything_comes_along_and_the_checksums_hold(self, house, visitor):
        with house.inside():
            elbe = make_account(house.member("agent"), name="Elbe Systems")
            make_contact(elbe, name="Jana Kröger")
            attachments.attach(elbe, io.BytesIO(b"a drawing"), "drawing.txt", by=house.member("owner"))
        page = house.enter(visitor())
        page.get_by_role("link", name="Settings").click()
        page.get_by_role("link", name="Exports").click()
        look(page)
        page.get_by_role("button", name="Export the whole workspace").click()
        expect(page.get_by_role("main")).to_contain_text("Being made")
        house.work()
        page.reload()
        look(page)
        with page.expect_download() as coming:
            page.get_by_role("link", name="Take away").click()
        with zipfile.ZipFile(coming.value.path()) as whole:
            names = whole.namelist()
            (parts,) = (value for value in json.loads(whole.read("manifest.json")).values() if isinstance(value, list))
            assert {part["name"] for part in parts} == set(names) - {"manifest.json"}
            assert all(hashlib.sha256(whole.read(part["name"])).hexdigest() == part["sha256"] for part in parts)
            assert "Elbe Systems" in whole.read("records/accounts.csv").decode()
            assert any(whole.read(name) == b"a drawing" for name in names)
