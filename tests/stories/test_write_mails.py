"""What is written to and by a customer stands on their page; what strangers write is given to somebody first."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.crm.mails.posting import bring, make_mailbox, message
from tests.factories import make_account, make_contact
from tests.stories.conftest import look

WORDS = {
    "en": {
        "address": "Your address for mail",
        "make": "Make the address",
        "tray": "Mail to file",
        "all": "Show all",
        "replies": "New replies",
        "them": "It is them",
        "filed": "The mail is filed under Jana Weber.",
        "new": "It is a new customer; I look after it",
        "add": "Add and file",
        "name": "Name",
        "customer": "Customer",
        "whole": "Every mail is filed",
    },
    "zh": {
        "address": "您的归档邮件地址",
        "make": "生成地址",
        "tray": "待归档邮件",
        "all": "显示全文",
        "replies": "新来信",
        "them": "就是此人",
        "filed": "已将1封邮件归到Jana Weber名下。",
        "new": "这是新客户，由我负责",
        "add": "新建并归档",
        "name": "姓名",
        "customer": "客户",
        "whole": "邮件都已归档",
    },
}
TEXT = "吊车还在响。 It creaks. " * 40


@pytest.mark.browser
class TestMails:
    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_find_their_people(self, house, visitor, language):
        say = WORDS[language]
        with house.inside():
            make_mailbox()
            account = make_account(house.member("agent"), name="Elbe Systems")
            make_contact(account, name="Jana Weber", email="jana@elbe.example")
        page = house.enter(visitor(), "agent")

        if language == "zh":
            page.goto(f"/{house.slug}/profile")
            page.get_by_label("Language").select_option("zh")
            page.get_by_role("button", name="Save").click()
            expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
        page.goto(f"/{house.slug}/profile/mail")
        expect(page.get_by_role("heading", name=say["address"])).to_be_visible()
        page.get_by_role("button", name=say["make"]).click()
        drop = page.locator("#drop-address")
        expect(drop).to_be_visible()
        look(page)

        with house.inside():
            bring(message("Jana Weber <jana@elbe.example>", "sales@quay.example", "The crane 吊车", TEXT))
            bring(message("jw@private.example", "sales@quay.example", "From home"))
            bring(message("Tom Becker <tom@weser.example>", "sales@quay.example", "A new one"))
            copied = message(house.people["agent"], "jana@elbe.example", "Our offer", Delivered_To=drop.input_value())
            bring(copied)
        house.work()

        page.goto(f"/{house.slug}/")
        expect(page.get_by_role("heading", name=say["replies"])).to_be_visible()
        look(page)
        page.get_by_role("link", name="The crane 吊车").click()
        expect(page.get_by_role("main")).to_contain_text("吊车还在响。")
        look(page)
        page.get_by_role("link", name="Elbe Systems").first.click()
        expect(page.get_by_role("main")).to_contain_text("Our offer")
        page.get_by_role("link", name=say["all"]).click()
        expect(page.locator(".mail-text")).to_contain_text(TEXT.strip())
        look(page)

        page.goto(f"/{house.slug}/mails/")
        look(page)
        page.get_by_role("link", name="From home").click()
        page.locator("#who-words").fill("Jana")
        page.get_by_role("button", name=say["them"]).or_(page.get_by_title("Jana Weber")).first.click()
        expect(page.locator("#toasts")).to_contain_text(say["filed"])

        page.get_by_role("link", name="A new one").click()
        look(page)
        page.locator("input[name=customer]").fill("Weser Works")
        page.get_by_label(say["new"]).check()
        page.get_by_role("button", name=say["add"]).click()
        expect(page.get_by_role("heading", name=say["whole"])).to_be_visible()
        look(page)
        page.goto(f"/{house.slug}/customers/?q=Weser")
        expect(page.get_by_role("link", name="Weser Works")).to_be_visible()
