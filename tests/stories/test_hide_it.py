"""An owner lets the pool hide what is known of its customers; an agent sees a card, claims, and has all of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from saas import clock
from saas.crm.activities import actions as activities
from saas.crm.activities.models import ActivityKind
from saas.crm.pool.models import MAIN
from saas.db import db
from saas.tenants.models import User
from tests.factories import make_account, make_contact
from tests.stories.conftest import look

SHOWN = {
    "en": {
        "once": "Shown once claimed",
        "why": "then all of it is here, with its whole history.",
        "hidden": ("Phones and mail addresses", "People at the customer"),
        "save": "Save",
        "start": "Valid from",
        "saved": "Saved.",
        "claim": "Claim",
        "pool": "Public pool",
        "timeline": "Timeline",
    },
    "zh": {
        "once": "领取后可见",
        "why": "领取后，全部内容连同完整历史都会显示在这里。",
        "hidden": ("电话和邮箱", "客户的联系人"),
        "save": "保存",
        "start": "生效日期",
        "saved": "已保存。",
        "claim": "领取",
        "pool": "公海",
        "timeline": "动态",
    },
}


@pytest.mark.browser
class TestHiding:
    @pytest.mark.shows("PP3", "CB13")
    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_keeps_what_is_known_for_whoever_claims(self, house, visitor, language):
        say = SHOWN[language]
        with house.service.app.app_context():
            for user in db.session.scalars(db.select(User).where(User.email.in_(house.people.values()))):
                user.locale = language
            db.session.commit()
        with house.inside():
            tom = house.member("other agent")
            fjord = make_account(None, by=tom, name="Fjord Marine", phone="+49 431 5550123", city="Kiel")
            make_contact(fjord, by=tom, name="Jana Brandt", title="Purchasing")
            called = {"kind": ActivityKind.CALL, "account_id": fjord.id, "subject": "Wants two winches"}
            activities.log(called, owner=tom, by=tom)

        boss = house.enter(visitor(), "owner")
        boss.goto(f"/{house.slug}/settings/pool/{MAIN}/rules")
        for words in say["hidden"]:
            boss.get_by_label(words, exact=True).check()
        boss.get_by_label(say["start"]).fill(clock.now().date().isoformat())
        look(boss)
        boss.get_by_role("button", name=say["save"], exact=True).click()
        expect(boss.get_by_role("status")).to_contain_text(say["saved"])
        for words in say["hidden"]:
            expect(boss.get_by_label(words, exact=True)).to_be_checked()

        ann = house.enter(visitor(), "agent")
        ann.get_by_role("link", name=say["pool"]).first.click()
        look(ann)
        ann.get_by_role("link", name="Fjord Marine").click()
        card = ann.get_by_role("main")
        expect(card).to_contain_text(say["once"])
        expect(card).to_contain_text(say["why"])
        for hidden in ("5550123", "Jana Brandt", "winches"):
            expect(card).not_to_contain_text(hidden)
        look(ann)
        card.get_by_role("link", name=say["claim"]).click()
        ann.get_by_role("button", name=say["claim"], exact=True).click()
        for known in ("5550123", "Jana Brandt", "Wants two winches"):
            expect(card).to_contain_text(known)
        expect(card).not_to_contain_text(say["once"])
        look(ann)
