"""A customer complains in his portal and is heard: filed, taken, answered, noted among colleagues, closed and rated."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.factories import make_account, make_contact
from tests.stories.conftest import PASSWORD, House, letter_link, look, sign_in

MAIL = "jana@elbe.example"


@pytest.fixture
def invited(house, visitor):
    """Pages of an agent and of Jana, whom he has just asked into the portal and who has come."""
    with house.inside():
        make_contact(make_account(house.member("agent"), name="Elbe Systems"), name="Jana Kroger", email=MAIL)
    agent, jana = house.enter(visitor(), "agent"), visitor()
    agent.get_by_role("link", name="Contacts").click()
    agent.get_by_role("link", name="Jana Kroger").click()
    agent.get_by_role("link", name="Invite to the portal").click()
    look(agent)
    agent.get_by_role("button", name="Send the invitation").click()
    expect(agent.get_by_role("main")).to_contain_text("Invited")
    jana.goto(letter_link(house.work, jana, "Quay Trading"))
    look(jana)
    jana.get_by_label("New password").fill(PASSWORD)
    jana.get_by_role("button", name="Come in").click()
    expect(jana.get_by_role("heading", name="Hello Jana")).to_be_visible()
    return agent, jana


def complain(jana: Page) -> None:
    jana.get_by_role("link", name="File a complaint").click()
    jana.get_by_label("What is it about?").fill("The crane squeaks")
    jana.get_by_label("What happened?").fill("Since Monday, at every turn.")
    jana.get_by_label("File").set_input_files({"name": "crane.txt", "mimeType": "text/plain", "buffer": b"squeak"})
    look(jana)
    jana.get_by_role("button", name="Send").click()
    expect(jana.get_by_role("heading", name="The crane squeaks")).to_be_visible()


def answer(house: House, agent: Page) -> None:
    house.work()
    agent.reload()
    agent.get_by_role("link", name="Cases").first.click()
    agent.get_by_role("link", name="The crane squeaks").first.click()  # in the list; it may be open beside it
    agent.get_by_role("button", name="Take it").click()
    agent.get_by_label("Answer to the customer").fill("A fitter comes tomorrow.")
    agent.get_by_role("button", name="Send to the customer").click()
    expect(agent.locator(".talk")).to_contain_text("A fitter comes tomorrow.")
    agent.get_by_text("Note for colleagues").click()
    agent.get_by_label("Note", exact=True).fill("The bearing is from a bad batch.")
    agent.get_by_role("button", name="Keep the note").click()
    expect(agent.locator(".talk")).to_contain_text("Only colleagues see this")
    look(agent)


@pytest.mark.browser
class TestTheCustomerPortal:
    @pytest.mark.shows("PO2", "SV1")
    def test_takes_a_complaint_to_its_rating(self, house, invited):
        agent, jana = invited
        look(jana)
        complain(jana)
        look(jana)
        answer(house, agent)
        jana.get_by_role("link", name="Your requests").first.click()
        look(jana)
        jana.get_by_role("link", name="The crane squeaks").click()
        expect(jana.locator(".talk")).to_contain_text("A fitter comes tomorrow.")
        expect(jana.get_by_role("main")).not_to_contain_text("bad batch")
        jana.get_by_label("Write to us").fill("He did. It is silent now.")
        jana.locator("#reply").get_by_role("button", name="Send").click()
        jana.get_by_label("Very satisfied", exact=True).check()
        jana.get_by_role("button", name="Close the request").click()
        expect(jana.get_by_role("main")).to_contain_text("Your rating")
        look(jana)
        agent.reload()
        expect(agent.locator(".talk")).to_contain_text("It is silent now.")
        expect(agent.get_by_role("main")).to_contain_text("Very satisfied")

    @pytest.mark.shows("PO1", "AD9")
    def test_speaks_chinese_and_lets_one_out_and_in(self, house, invited):
        _agent, jana = invited
        jana.get_by_role("button", name="Jana Kroger").click()
        jana.get_by_role("link", name="Your profile").click()
        jana.get_by_label("Language").select_option("zh")
        jana.get_by_role("button", name="Save").click()
        look(jana)
        jana.get_by_role("link", name="首页").first.click()
        look(jana)
        jana.get_by_role("link", name="提交投诉").click()
        look(jana)
        jana.get_by_role("button", name="Jana Kroger").click()
        jana.get_by_role("button", name="退出").click()
        sign_in(jana, MAIL, PASSWORD)
        expect(jana.get_by_role("heading", name="Jana")).to_be_visible()
