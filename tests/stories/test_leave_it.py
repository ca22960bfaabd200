"""The owner takes the whole workspace away: a ZIP of lists and files, with checksums that hold."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

import pytest
from playwright.sync_api import expect

from saas.db import db
from saas.tenants.actions import attachments
from saas.tenants.models import Session
from tests.factories import make_account, make_contact
from tests.stories.conftest import PASSWORD, look


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
        take = page.get_by_role("link", name="Download")
        expect(take).to_be_visible()  # by itself
        look(page)
        with house.service.app.app_context():
            db.session.query(Session).where(Session.tenant_id == house.id).update({"stepped_up_at": None})
            db.session.commit()
        take.click()
        page.get_by_label("Password").fill(PASSWORD)
        with page.expect_download() as coming:
            page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("heading", name="Exports", level=1)).to_be_visible()
        expect(page.get_by_role("status")).to_contain_text("The download has begun.")
        look(page)
        downloads: list[object] = []
        page.on("download", lambda one: downloads.append(one))  # it marks what it calls
        page.reload()
        expect(take).to_be_visible()
        assert downloads == [], "it begins once"
        with zipfile.ZipFile(coming.value.path()) as whole:
            names = whole.namelist()
            (parts,) = (value for value in json.loads(whole.read("manifest.json")).values() if isinstance(value, list))
            assert {part["name"] for part in parts} == set(names) - {"manifest.json"}
            assert all(hashlib.sha256(whole.read(part["name"])).hexdigest() == part["sha256"] for part in parts)
            assert "Elbe Systems" in whole.read("records/accounts.csv").decode()
            assert any(whole.read(name) == b"a drawing" for name in names)
