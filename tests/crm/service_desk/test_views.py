"""Cases as colleagues meet them."""

from __future__ import annotations

import re
from io import BytesIO
from uuid import uuid4

import pytest

from saas.crm.service_desk import actions
from saas.crm.service_desk.models import Case, CaseMessage, CaseState, Priority
from saas.db import db
from saas.tenants import scope
from saas.tenants.models import Role
from tests.factories import make_account, make_agent, make_case, make_contact, make_tenant, sign_in


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def made(here, **given) -> Case:
    """A committed case."""
    with scope.enter(here.id):
        case = make_case(**given)
        db.session.commit()
        db.session.expunge_all()
    return case


def read(here, case) -> Case:
    """The case as it is now."""
    with scope.enter(here.id):
        found = db.session.query(Case).filter(Case.id == case.id).one()
        db.session.expunge_all()
    return found


class TestQueue:
    def test_teaches_when_empty(self, here, client):
        sign_in(client, here)
        assert "Nothing waits for you" in text_of(client.get(f"/{here.slug}/cases/"))

    @pytest.mark.shows("SV1", "SV3")
    def test_shows_the_pressing_one_first_and_leads_on_by_key(self, here, client):
        sign_in(client, here, "agent")
        made(here, subject="Later")
        urgent = made(here, subject="At once", priority=Priority.URGENT)
        html = client.get(f"/{here.slug}/cases/").get_data(as_text=True)
        assert html.index("At once") < html.index("Later")
        assert f'href="/{here.slug}/cases/{urgent.id}" aria-current="true"' in html
        following = re.search(r'href="([^"]+)"[^>]*data-key="j"', html)
        assert "Later" in text_of(client.get(following[1]))

    def test_narrows_and_keeps_the_view_in_the_address(self, here, client):
        agent = sign_in(client, here, "agent")
        made(here, subject="Mine", owner=agent)
        other = made(here, subject="Free")
        page = client.get(f"/{here.slug}/cases/?owner=me").get_data(as_text=True)
        assert "Mine" in page
        assert "Free" not in page
        assert "owner=me" in re.search(r'queue-list.*?href="([^"]+)"', page, re.DOTALL)[1]
        assert "Free" in text_of(client.get(f"/{here.slug}/cases/?owner=nobody&kind=complaint"))
        assert client.get(f"/{here.slug}/cases/{other.id}?view=closed&owner=x&kind=x").status_code == 200

    @pytest.mark.parametrize("state", [CaseState.WAITING, CaseState.SOLVED, CaseState.CLOSED])
    def test_opens_a_case_from_elsewhere_among_those_that_stand_where_it_stands(self, here, client, state):
        sign_in(client, here)
        case = made(here, subject="Damaged", state=state)
        made(here, subject="Spindle", state=state)
        made(here, subject="Fresh")
        html = client.get(f"/{here.slug}/cases/{case.id}").get_data(as_text=True)
        listed = html.split('<ul class="queue-list">')[1].split("</ul>")[0]
        assert f'cases/{case.id}" aria-current="true"' in listed
        assert "Spindle" in listed
        assert "Fresh" not in listed
        assert "The case you opened" not in listed
        assert re.search(rf'view={state.value}"[^>]* aria-current="page"', html)
        assert "No other case" not in html

    def test_a_case_that_does_not_fit_stands_above_those_that_do(self, here, client):
        agent = sign_in(client, here, "agent")
        case = made(here, subject="Damaged", state=CaseState.SOLVED)
        made(here, subject="Spindle", owner=agent)
        address = f"/{here.slug}/cases/{case.id}?view=to-do"
        listed = text_of(client.get(address)).split("The case you opened")[1]
        assert listed.index("Damaged") < listed.index("Spindle")
        assert "No other case" not in listed
        bare = text_of(client.get(f"{address}&kind=question"))
        assert "The case you opened Damaged" in bare
        assert "No other case fits these filters. Clear all filters" in bare
        assert "No other case under “Waiting”." in text_of(client.get(f"/{here.slug}/cases/{case.id}?view=waiting"))

    def test_what_is_done_with_a_case_leaves_the_list_beside_it(self, here, client, post):
        sign_in(client, here)
        case = made(here, subject="Damaged")
        made(here, subject="Spindle")
        html = client.get(f"/{here.slug}/cases/{case.id}").get_data(as_text=True)
        address = re.search(r'action="([^"]+/state/solved[^"]*)"', html)[1].replace("&amp;", "&")
        page = text_of(client.get(post(address).headers["Location"]))
        assert "The case you opened Damaged Solved" in page
        assert "Spindle" in page

    def test_pages_by_key_through_all(self, here, client):
        sign_in(client, here)
        with scope.enter(here.id):
            account = make_account()
            for n in range(60):
                make_case(account, subject=f"Case no {n:02}")
            db.session.commit()
        for view in ("to-do", "all"):
            first = client.get(f"/{here.slug}/cases/?view={view}").get_data(as_text=True)
            url = re.search(r'queue-more" href="([^"]+)"', first)[1].replace("&amp;", "&")
            both = first + client.get(url).get_data(as_text=True)
            assert len(set(re.findall(r"Case no \d\d", both))) == 60

    def test_makes_the_same_statements_whatever_the_rows(self, here, client, statements):
        sign_in(client, here)
        counts = []
        for many in (1, 5):
            with scope.enter(here.id):
                for _n in range(many):
                    case = make_case()
                    actions.note(case, "x", by=make_agent())
                db.session.commit()
            with statements() as seen:
                client.get(f"/{here.slug}/cases/")
            counts.append(len(seen))
        assert counts[0] == counts[1]

    def test_of_another_workspace_looks_like_none(self, here, client):
        sign_in(client, here)
        foreign = made(make_tenant())
        assert client.get(f"/{here.slug}/cases/{foreign.id}").status_code == 404

    def test_shows_only_what_lies_within_reach(self, here, client):
        agent = sign_in(client, here, "agent")
        with scope.enter(here.id):
            role = db.session.query(Role).filter(Role.key == "agent").one()
            role.rights = {**role.rights, "case.view": "own"}
            db.session.commit()
        mine, other = made(here, subject="Mine", owner=agent), made(here, subject="Not mine")
        page = text_of(client.get(f"/{here.slug}/cases/?view=all"))
        assert "Not mine" not in page
        assert client.get(f"/{here.slug}/cases/{mine.id}").status_code == 200
        assert client.get(f"/{here.slug}/cases/{other.id}").status_code == 404
        assert "Not mine" not in text_of(client.get(f"/{here.slug}/search/?q=mine"))
        timeline = text_of(client.get(f"/{here.slug}/customers/{other.account_id}"))
        assert "Not mine" not in timeline


class TestCreate:
    @pytest.mark.shows("SV2")
    def test_asks_whose_it_is_then_writes_it_down(self, here, client, post):
        agent = sign_in(client, here, "agent")
        with scope.enter(here.id):
            contact = make_contact(make_account(name="Nordlicht GmbH"), name="Tom Behrens")
            db.session.commit()
        answer = post(f"/{here.slug}/cases/new", data={"customer": "nordlicht gmbh"})
        page = client.get(answer.location)
        assert "Tom Behrens" in page.get_data(as_text=True)
        data = {
            "kind": "complaint",
            "priority": "high",
            "channel": "phone",
            "subject": "Spindles",
            "text": "Broken.",
            "contact_id": str(contact.id),
            "opportunity_id": "none",
            "takes_it": "y",
        }
        for missing in ("subject", "contact_id", "opportunity_id"):
            assert post(answer.location, data=data | {missing: ""}).status_code == 422, missing
        done = post(answer.location, data=data)
        assert done.status_code == 303, text_of(done)
        page = text_of(client.get(done.location))
        assert "Spindles" in page
        with scope.enter(here.id):
            assert db.session.query(Case).one().owner_id == agent.id

    def test_says_when_nobody_is_called_that(self, here, client, post):
        sign_in(client, here, "agent")
        answer = post(f"/{here.slug}/cases/new", data={"customer": "Nobody"})
        assert answer.status_code == 422
        assert "No customer has this name" in text_of(answer)


class TestAnswer:
    @pytest.mark.shows("SV1")
    def test_stands_apart_from_notes(self, here, client, post):
        sign_in(client, here, "agent")
        case = made(here)
        path = f"/{here.slug}/cases/{case.id}"
        file = (BytesIO(b"plan"), "plan.txt")
        done = post(f"{path}/answer?owner=me", data={"text": "We send new ones.", "state": "waiting", "file": file})
        assert done.location.endswith("?owner=me")
        post(f"{path}/note", data={"note-text": "He is a friend of the boss."})
        page = text_of(client.get(path))
        assert re.search(r"Sent to the customer\s+We send new ones\.\s+plan\.txt", page), "a file stands at its message"
        assert re.search(r"Only colleagues see this\s+He is a friend", page)
        assert read(here, case).state is CaseState.WAITING
        with scope.enter(here.id):
            assert {m.text[:2]: m.is_public for m in db.session.query(CaseMessage)} == {"We": True, "He": False}

    def test_keeps_what_was_typed_when_something_is_wrong(self, here, client, post):
        sign_in(client, here, "agent")
        case = made(here)
        bad = (BytesIO(b"MZ\x90\x00"), "run.exe")
        data = {"text": "Kept words", "state": "waiting", "file": bad}
        answer = post(f"/{here.slug}/cases/{case.id}/answer", data=data)
        assert answer.status_code == 422
        assert "Kept words" in text_of(answer)
        with scope.enter(here.id):
            assert db.session.query(CaseMessage).count() == 0

    def test_a_reader_may_not(self, here, client, post):
        sign_in(client, here, "readonly")
        case = made(here)
        assert "Answer the customer" not in text_of(client.get(f"/{here.slug}/cases/{case.id}"))
        for verb in ("answer", "note", "take", "state/solved"):
            assert post(f"/{here.slug}/cases/{case.id}/{verb}", data={"text": "x"}).status_code == 403


class TestAssign:
    @pytest.mark.shows("SV4")
    def test_gives_it_to_a_colleague(self, here, client, post):
        sign_in(client, here, "manager")
        case = made(here)
        with scope.enter(here.id):
            bo = make_agent(name="Bo Lind")
            db.session.commit()
        done = post(f"/{here.slug}/cases/{case.id}/assign", data={"owner_id": str(bo.id)})
        assert "Bo Lind" in text_of(client.get(done.location))

    def test_an_agent_takes_it_and_passes_only_his_own_on(self, here, client, post):
        agent = sign_in(client, here, "agent")
        with scope.enter(here.id):
            bo = make_agent()
            db.session.commit()
        free, taken = made(here), made(here, owner=bo)
        assert post(f"/{here.slug}/cases/{free.id}/take").status_code == 303
        assert read(here, free).owner_id == agent.id
        assert post(f"/{here.slug}/cases/{taken.id}/take").status_code == 409
        assert post(f"/{here.slug}/cases/{taken.id}/assign", data={"owner_id": str(agent.id)}).status_code == 403
        assert post(f"/{here.slug}/cases/{free.id}/assign", data={"owner_id": str(bo.id)}).status_code == 303


class TestEdit:
    def test_says_what_a_colleague_changed_meanwhile(self, here, client, post):
        sign_in(client, here, "agent")
        with scope.enter(here.id):
            contact = make_contact(make_account())
            case = make_case(contact=contact, subject="Before")
            db.session.commit()
        path = f"/{here.slug}/cases/{case.id}/edit"
        mine = {
            "subject": "Mine",
            "kind": "question",
            "priority": "low",
            "contact_id": str(contact.id),
            "opportunity_id": "none",
            "version": str(case.version),
        }
        assert post(path, data=mine | {"subject": "Theirs"}).status_code == 303
        answer = post(path, data=mine)
        assert answer.status_code == 409
        assert "Theirs" in text_of(answer)
        assert "Mine" in answer.get_data(as_text=True)


class TestState:
    def test_is_set_from_the_menu(self, here, client, post):
        sign_in(client, here, "agent")
        case = made(here)
        post(f"/{here.slug}/cases/{case.id}/state/solved")
        assert read(here, case).state is CaseState.SOLVED
        assert post(f"/{here.slug}/cases/{case.id}/state/new").status_code == 422
        assert post(f"/{here.slug}/cases/{case.id}/state/{uuid4()}").status_code == 404


class TestOnOtherPages:
    @pytest.mark.shows("CB13")
    def test_a_customer_shows_its_open_complaints(self, here, client):
        sign_in(client, here)
        case = made(here, subject="Spindles")
        path = f"/{here.slug}/customers/{case.account_id}"
        assert "1 open complaint" in text_of(client.get(path))
        assert "Spindles" in text_of(client.get(f"{path}?tab=cases"))

    def test_today_shows_what_waits(self, here, client):
        sign_in(client, here, "agent")
        made(here, subject="Spindles")
        assert "Spindles" in text_of(client.get(f"/{here.slug}/"))
        assert client.get(f"/{here.slug}/cases/count").get_data(as_text=True) == "1"

    @pytest.mark.shows("SV3")
    def test_is_found_by_number_and_subject(self, here, client):
        sign_in(client, here, "agent")
        case = made(here, subject="两个主轴到货时损坏")
        for words in (case.number, "主轴"):
            page = text_of(client.get(f"/{here.slug}/search/", query_string={"q": words}))
            assert "到货时损坏" in page, words
