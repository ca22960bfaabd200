"""Files on records and their bytes in the store."""

from __future__ import annotations

import io
import threading

import pytest

from saas import files
from saas.crm.transfer import actions as transfer
from saas.crm.transfer import register
from saas.db import db
from saas.errors import NotFound, Refused
from saas.tenants import scope
from saas.tenants.actions import attachments
from tests.factories import make_account, make_agent

PDF = b"%PDF-1.7 an offer"


@pytest.fixture
def attached(tenant):
    ann = make_agent()
    file = attachments.attach(make_account(owner=ann), io.BytesIO(PDF), "offer.pdf", by=ann)
    db.session.commit()
    return file


class TestForget:
    def test_drops_the_bytes_after_the_commit(self, tenant, attached):
        attachments.forget(attached)
        assert files.path_of(tenant.id, attached.sha256).read_bytes() == PDF
        db.session.commit()
        with pytest.raises(NotFound):
            files.path_of(tenant.id, attached.sha256)

    def test_undone_leaves_them(self, tenant, attached):
        attachments.forget_all("account", [attached.subject_id])
        db.session.rollback()
        assert files.path_of(tenant.id, attached.sha256).read_bytes() == PDF

    def test_of_a_savepoint_waits_for_the_whole(self, tenant, attached):
        with db.session.begin_nested():
            attachments.forget(attached)
        assert files.path_of(tenant.id, attached.sha256).is_file()
        db.session.commit()
        with pytest.raises(NotFound):
            files.path_of(tenant.id, attached.sha256)

    def test_leaves_bytes_that_another_record_names(self, tenant, attached):
        attachments.keep(make_account(), PDF, "again.pdf", by=None)
        db.session.commit()
        attachments.forget(attached)
        db.session.commit()
        assert files.path_of(tenant.id, attached.sha256).read_bytes() == PDF

    def test_leaves_bytes_that_somebody_just_now_brings(self, app, tenant, attached):
        brought, forgotten = threading.Event(), threading.Event()

        def bring():
            with app.app_context(), scope.enter(tenant.id):
                attachments.keep(make_account(), PDF, "again.pdf", by=None)
                brought.set()
                forgotten.wait(20)
                db.session.commit()

        other = threading.Thread(target=bring)
        attachments.forget(attached)
        other.start()
        try:
            assert brought.wait(20)
            db.session.commit()
        finally:
            forgotten.set()
            other.join(20)
        assert files.path_of(tenant.id, attached.sha256).read_bytes() == PDF


class TestARefusedSheet:
    def test_leaves_no_bytes_but_those_that_something_names(self, tenant):
        ann, sheet = make_agent(), b"Name\n"  # a head without a row
        kept = attachments.keep(make_account(), sheet, "names.csv", by=ann)
        db.session.commit()
        for content in (sheet, b"Name,Town\n"):
            with pytest.raises(Refused):
                transfer.start(register.kind("accounts"), io.BytesIO(content), "names.csv", by=ann)
            db.session.rollback()
        assert files.path_of(tenant.id, kept.sha256).read_bytes() == sheet
        assert len(list(files.path_of(tenant.id, kept.sha256).parents[1].glob("*/*"))) == 1
