"""How activities are told: the kind once, whatever the subject says."""

from __future__ import annotations

import re

import pytest
from flask_babel import force_locale

from saas import clock
from saas.crm.activities import actions
from saas.crm.activities.models import ActivityKind, says_kind
from saas.db import db
from saas.tenants import notices, scope
from saas.tenants.models import Notice
from tests.factories import make_account, make_activity, make_tenant, sign_in
from tests.pages import whole, words

CALL, TASK = ActivityKind.CALL, ActivityKind.TASK


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


class TestSaysKind:
    @pytest.mark.parametrize(
        ("title", "kind", "told"),
        [
            ("Call about the offer", CALL, True),
            ("calling back", CALL, True),
            ("Offer for Acme", CALL, False),
            ("Ask for a call", CALL, False),
            ("Visit the plant", ActivityKind.VISIT, True),
            ("Visit the plant", TASK, False),
        ],
    )
    def test_looks_at_how_a_title_begins(self, tenant, title, kind, told):
        assert says_kind(title, kind) is told

    @pytest.mark.parametrize(
        ("title", "kind", "told"),
        [("电话沟通", CALL, True), ("打电话确认", CALL, True), ("发送图纸", TASK, False), ("Call Acme", CALL, True)],
    )
    def test_knows_the_words_of_the_readers_language(self, tenant, title, kind, told):
        with force_locale("zh"):
            assert says_kind(title, kind) is told


class TestPages:
    def test_name_the_kind_once(self, here, client):
        me = sign_in(client, here)
        with scope.enter(here.id):
            acme = make_account(me, name="Acme")
            for kind, subject in ((CALL, "Call about the offer"), (TASK, "Send the drawing"), (CALL, "")):
                at = {"kind": kind, "subject": subject, "account_id": acme.id}
                make_activity(me, by=me, **at)
                actions.log(at | {"starts_at": clock.now()}, owner=me, by=me)
            db.session.commit()
        page = words(whole(client, f"/{here.slug}/customers/{acme.id}"))
        today = text_of(client.get(f"/{here.slug}/"))
        for shown in (page, today):
            assert not re.search(r"Call\W+Call", shown)
            assert "Call about the offer" in shown
            assert "Task Send the drawing" in shown  # to be heard; its picture says so to be seen
        assert "planned: Call about the offer" in page
        assert "planned: Task · Send the drawing" in page
        assert f"{me.name} logged: Call about the offer" in page
        assert f"{me.name} finished a task: Send the drawing" in page

    @pytest.mark.parametrize(
        ("locale", "kind", "subject", "told"),
        [
            ("en", "call", "Call about the offer", "Call about the offer, today 15:00 (Acme)"),
            ("en", "call", "Offer", "Call, today 15:00: Offer (Acme)"),
            ("zh", "call", "电话沟通报价", "电话沟通报价，今天 15:00（Acme）"),
        ],
    )
    def test_reminders_do_too(self, tenant, locale, kind, subject, told):
        at = clock.now().replace(hour=15, minute=0).isoformat()
        with force_locale(locale):
            facts = {"activity_kind": kind, "subject": subject, "at": at, "customer": "Acme"}
            assert notices.line_of(Notice(kind="activity.due", params=facts)).text == told
            alone = notices.line_of(Notice(kind="activity.due", params=facts | {"customer": None})).text
        assert alone == re.sub(r" \(Acme\)|（Acme）", "", told)
