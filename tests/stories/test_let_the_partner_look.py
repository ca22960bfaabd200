"""A partner comes in by his own door: he asks whether a name is free, registers it, and sees what becomes of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.factories import make_account, make_contact
from tests.stories.conftest import PASSWORD, letter_link, look


@pytest.fixture
def joined(house, visitor):
    """Pages of the owner and of Luis, a partner's man, who has just come in."""
    with house.inside():
        agent = house.member("agent")
        make_contact(make_account(agent, name="Elbe Systems"), name="Luis Ortega", email="luis@elbe.example")
        make_account(agent, name="Fjord Marine", phone="+47 22 33 44 55")
    owner, luis = house.enter(visitor()), visitor()
    owner.get_by_role("link", name="Partners").click()
    look(owner)
    owner.get_by_role("link", name="New partner").click()
    owner.get_by_label("Company").fill("Elbe Systems")
    look(owner)
    owner.get_by_role("button", name="Make it a partner").click()
    owner.get_by_role("link", name="Invite to the portal").click()
    look(owner)
    owner.get_by_role("button", name="Send the invitation").click()
    expect(owner.get_by_role("main")).to_contain_text("Invited")
    look(owner)
    luis.goto(letter_link(house.work, luis, "Quay Trading"))
    luis.get_by_label("New password").fill(PASSWORD)
    luis.get_by_role("button", name="Come in").click()
    expect(luis.get_by_role("heading", name="Hello Luis")).to_be_visible()
    return owner, luis


@pytest.mark.browser
class TestThePartnerPortal:
    @pytest.mark.shows("PO3")
    def test_tells_whether_a_name_is_free_and_nothing_else(self, joined):
        _owner, luis = joined
        luis.get_by_role("link", name="Check a name").first.click()
        luis.get_by_label("Phone").fill("+47 22 33 44 55")
        luis.get_by_role("button", name="Check it").click()
        expect(luis.get_by_role("main")).to_contain_text("Your receipt")
        expect(luis.get_by_role("link", name="Register it")).to_have_count(0)
        expect(luis.get_by_role("main")).not_to_contain_text("Fjord Marine")
        expect(luis.get_by_role("main")).not_to_contain_text("Ann Archer")
        look(luis)
        luis.get_by_label("Company").fill("Harbour Cranes")
        luis.get_by_label("Phone").fill("")
        luis.get_by_role("button", name="Check it").click()
        expect(luis.get_by_role("link", name="Register it")).to_be_visible()

    @pytest.mark.shows("PO3")
    def test_takes_a_registration_and_shows_what_becomes_of_it(self, house, joined):
        owner, luis = joined
        look(luis)
        luis.get_by_role("link", name="Register a lead").click()
        luis.get_by_label("Company").fill("Harbour Cranes")
        luis.get_by_label("Your contact there").fill("Peter Osei")
        look(luis)
        luis.get_by_role("button", name="Register").click()
        expect(luis.get_by_role("main")).to_contain_text("Harbour Cranes")
        look(luis)
        house.work()
        owner.get_by_role("link", name="Partners").click()
        owner.get_by_role("link", name="Harbour Cranes").click()
        look(owner)
        owner.get_by_label("Accept it").check()
        owner.get_by_role("button", name="Send the answer").click()
        luis.get_by_role("link", name="Your leads").first.click()
        look(luis)
        luis.get_by_role("link", name="Peter Osei").or_(luis.get_by_role("link", name="Harbour Cranes")).first.click()
        expect(luis.get_by_role("main")).to_contain_text("With you")
        look(luis)

    @pytest.mark.shows("PO3", "AD9")
    def test_speaks_chinese(self, joined):
        _owner, luis = joined
        luis.get_by_role("button", name="Luis Ortega").click()
        luis.get_by_role("link", name="Your profile").click()
        luis.get_by_label("Language").select_option("zh")
        luis.get_by_role("button", name="Save").click()
        look(luis)
        for place in ("首页", "您的线索", "查询"):
            luis.get_by_role("navigation").get_by_role("link", name=place).click()
            look(luis)
