"""What can be done with cases, and who hears of it."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from saas import clock, mail
from saas.crm.service_desk import actions, notice_actions
from saas.crm.service_desk.models import CaseKind, CaseState, Channel, Priority
from saas.db import db
from saas.errors import Refused
from saas.jobs import runner
from saas.tenants import handover, notices, portal_kinds
from saas.tenants.actions import attachments
from saas.tenants.models import Delivery, File, MemberStatus, Team
from saas.tenants.permissions import Permission
from tests.factories import make_account, make_agent, make_case, make_contact, make_member, make_portal_user


def work(tenant) -> None:
    """Commit, and do all that is due as a worker would."""
    db.session.commit()
    while runner.run_tenant(str(tenant.id)):
        pass
    assert not db.session.query(Delivery).filter(Delivery.last_error.is_not(None)).all()


def letters(tenant) -> list[str]:
    """What was mailed to people of the workspace: subject and text."""
    from flask import current_app

    found = []
    for path in mail.kept(current_app.extensions["config"]):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        if tenant.name in str(message["From"]):
            found.append(f"{message['To']}|{message['Subject']}|{message.get_body(('plain',)).get_content()}")
    return found


def file(person, **given):
    """What the portal does."""
    values = {"kind": CaseKind.COMPLAINT, "subject": "Two spindles arrived damaged", "text": "See the picture."}
    return actions.file(values | given, by=person, subject=portal_kinds.behind(person))


class TestFile:
    def test_belongs_to_the_contact_and_his_customer(self, tenant):
        contact = make_contact(make_account())
        case = file(make_portal_user(contact))
        assert (case.contact_id, case.account_id, case.channel) == (contact.id, contact.account_id, Channel.PORTAL)
        assert (case.state, case.owner_id, case.number[:2]) == (CaseState.NEW, None, "S-")

    def test_tells_everyone_who_deals_with_cases_once(self, tenant):
        ann, reader = make_agent(), make_member("readonly")
        case = file(make_portal_user())
        work(tenant)
        work(tenant)
        assert [line.text for line in notices.told(ann.id)] == [
            f"Complaint from {case.account.name}: Two spindles arrived damaged ({case.number})"
        ]
        assert not notices.told(reader.id)
        assert len([one for one in letters(tenant) if one.startswith(ann.email)]) == 1

    def test_takes_signs_that_mislead_out(self, tenant):
        case = file(make_portal_user(), subject="a\nb\x1ec", text="x\u202ey\x00")
        assert (case.subject, case.text) == ("a bc", "xy")


class TestCreate:
    def test_is_in_the_hands_of_its_owner_at_once(self, tenant):
        ann = make_agent()
        case = make_case(owner=ann, by=ann)
        assert (case.state, case.owner) == (CaseState.OPEN, ann)
        work(tenant)
        assert not notices.told(ann.id)

    def test_refuses_a_contact_of_another_customer(self, tenant):
        with pytest.raises(Refused, match="isn't at"):
            make_case(make_account(), contact=make_contact(make_account()))


class TestTake:
    def test_gives_it_to_the_first(self, tenant):
        ann, bo = make_agent(name="Ann"), make_agent()
        case = make_case()
        actions.take(case, by=ann)
        with pytest.raises(actions.AlreadyTaken, match="Ann"):
            actions.take(case, by=bo)
        assert case.owner is ann


class TestAssign:
    def test_tells_the_new_owner(self, tenant):
        ann, bo = make_agent(), make_agent()
        case = make_case()
        work(tenant)
        actions.assign(case, bo, by=ann)
        work(tenant)
        assert f"{case.number} from" in notices.told(bo.id)[0].text
        assert case.state is CaseState.OPEN


class TestAnswer:
    def test_reaches_the_customer_once_by_mail(self, tenant):
        ann = make_agent(name="Ann")
        person = make_portal_user()
        case = file(person)
        actions.answer(case, "New ones are on their way.", state=CaseState.WAITING, by=ann)
        work(tenant)
        work(tenant)
        (letter,) = [one for one in letters(tenant) if one.startswith(person.email)]
        assert "New ones are on their way." in letter
        assert f"/portal/requests/{case.id}" in letter

    def test_notes_the_first_answer_and_takes_the_case(self, tenant):
        ann, case = make_agent(), make_case()
        actions.answer(case, "We look into it.", state=CaseState.OPEN, by=ann)
        first = case.first_answer_at
        clock.shift(3600)
        actions.answer(case, "Found it.", state=CaseState.SOLVED, by=ann)
        assert case.first_answer_at == first
        assert case.owner is ann
        assert case.solved_at - first >= timedelta(minutes=59)

    def test_goes_to_a_contact_without_portal_as_well(self, tenant):
        contact = make_contact(make_account(), email="kim@example.com")
        case = make_case(contact.account, contact=contact)
        actions.answer(case, "Here you are.", state=CaseState.SOLVED, by=make_agent())
        work(tenant)
        (letter,) = [one for one in letters(tenant) if one.startswith("kim@")]
        assert "/portal/" not in letter

    def test_is_not_mailed_to_one_who_wants_none(self, tenant):
        person = make_portal_user(mails=False)
        actions.answer(file(person), "Hello.", state=CaseState.OPEN, by=make_agent())
        work(tenant)
        assert not [one for one in letters(tenant) if one.startswith(person.email)]

    def test_refuses_to_say_nothing(self, tenant):
        with pytest.raises(Refused, match="Write something"):
            actions.answer(make_case(), " \n", state=CaseState.OPEN, by=make_agent())


class TestNote:
    def test_stays_in_the_house(self, tenant):
        person = make_portal_user()
        case = file(person)
        said = actions.note(case, "He is right.", by=make_agent())
        work(tenant)
        assert not said.is_public
        assert not [one for one in letters(tenant) if one.startswith(person.email)]


class TestReply:
    @pytest.mark.parametrize("state", [CaseState.WAITING, CaseState.SOLVED, CaseState.CLOSED])
    def test_brings_a_case_back(self, tenant, state):
        ann, person = make_agent(), make_portal_user()
        case = file(person)
        actions.answer(case, "Done?", state=CaseState.WAITING, by=ann)
        actions.set_state(case, state, by=ann)
        work(tenant)
        actions.reply(case, "No.", by=person)
        work(tenant)
        assert (case.state, case.solved_at, case.closed_at) == (CaseState.OPEN, None, None)
        assert "wrote in" in notices.told(ann.id)[0].text


class TestRate:
    @pytest.mark.shows("SV6")
    def test_closes_the_case(self, tenant):
        ann, person = make_agent(), make_portal_user()
        case = file(person)
        actions.take(case, by=ann)
        actions.rate(case, 4, "Quick.", by=person)
        work(tenant)
        assert (case.state, case.rating, case.rating_comment) == (CaseState.CLOSED, 4, "Quick.")
        assert case.closed_at is not None
        assert "4 of 5" in notices.told(ann.id)[0].text

    def test_refuses_what_is_no_rating(self, tenant):
        person = make_portal_user()
        with pytest.raises(Refused):
            actions.rate(file(person), 6, None, by=person)


class TestQueue:
    def test_has_pressing_ones_first_then_the_longest_waiting(self, tenant):
        first, second = make_case(), None
        clock.shift(60)
        second = make_case()
        urgent = make_case(priority=Priority.URGENT)
        turns = sorted((first, second, urgent), key=lambda case: case.turn)
        assert turns == [urgent, first, second]
        actions.change(second, {"priority": Priority.URGENT}, version=None, by=make_agent())
        assert second.turn <= urgent.turn

    def test_one_that_comes_back_waits_from_then_on(self, tenant):
        ann, case = make_agent(), make_case()
        before = case.turn
        actions.set_state(case, CaseState.WAITING, by=ann)
        clock.shift(3600)
        actions.set_state(case, CaseState.OPEN, by=ann)
        assert case.turn >= before + 3600


class TestAttach:
    def test_what_the_customer_brings_he_sees(self, tenant):
        from io import BytesIO

        person = make_portal_user()
        case = file(person)
        actions.attach(case, BytesIO(b"hello"), "note.txt", by=person, is_public=False)
        actions.attach(case, BytesIO(b"inner"), "inner.txt", by=make_agent(), is_public=False)
        assert {f.name: f.is_public for f in attachments.on("service_case", case.id)} == {
            "note.txt": True,
            "inner.txt": False,
        }
        assert db.session.query(File).filter(File.portal_user_id == person.id).count() == 1


class TestHandOver:
    def test_gives_the_open_ones_to_the_heir(self, tenant):
        ann, bo = make_agent(), make_agent()
        held, done = make_case(owner=ann), make_case(owner=ann)
        actions.set_state(done, CaseState.CLOSED, by=ann)
        (row,) = [one for one in handover.held_by(ann.id) if one[0].key == "service_case.owner_id"]
        assert row[1] == 1
        row[0].pass_on(ann.id, bo, bo, held.id, handover.ALL)
        db.session.expire_all()
        assert (held.owner_id, done.owner_id) == (bo.id, ann.id)


class TestCreateMany:
    def test_writes_them_and_tells_nobody(self, tenant):
        ann, account = make_agent(), make_account()
        row = {
            "kind": CaseKind.QUESTION,
            "channel": Channel.MAIL,
            "subject": "How",
            "text": "?",
            "account_id": account.id,
        }
        made = actions.create_cases([row, row | {"owner": ann}], by=ann, batch_id=account.id)
        work(tenant)
        assert len({case.number for case in made}) == 2
        assert not notices.told(ann.id)


class TestWhoIsTold:
    def test_those_whose_right_reaches_as_far_as_their_team(self, tenant):
        service, sales = Team(name="Service"), Team(name="Sales")
        db.session.add_all([service, sales])
        db.session.flush()
        head, other = (make_member("manager", team_id=team.id) for team in (service, sales))
        head.role.rights = head.role.rights | {Permission.CASE_VIEW.value: "team", Permission.CASE_EDIT.value: "team"}
        left = make_agent(team_id=service.id)
        case = make_case(owner=left)
        left.status = MemberStatus.DISABLED
        db.session.flush()
        told = notice_actions._concerned(case, but=None)
        assert head in told
        assert other not in told
