"""Sample data: marked when it is made, cleared by its owner, and nothing of anybody's own with it."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import func, select

from saas import files
from saas.crm.activities.models import Activity
from saas.crm.customers.models import Account, Contact
from saas.crm.mails.models import Mail, MailFiling
from saas.crm.opportunities.models import Opportunity, Stage, StageChange
from saas.crm.partners import actions as partners
from saas.crm.samples import actions, queries
from saas.crm.service_desk import actions as service
from saas.crm.service_desk.models import Case, CaseState
from saas.db import db
from saas.demo.fill import Story
from saas.demo.people import HARBOR
from saas.errors import NotFound, Refused
from saas.jobs import runner
from saas.search import SearchEntry
from saas.tenants import notices, portal_kinds, scope
from saas.tenants.actions import attachments
from saas.tenants.models import Delivery, Event, File, Member, Notice, PortalKind, PortalUser
from tests.factories import make_account, make_case, make_contact, make_member, make_opportunity, make_tenant, sign_in
from tests.pages import words
from tests.workers import give_up, work

PASSWORDS = dict.fromkeys([HARBOR.email(n) for n in ("jana", "luis")], "seven small green boats")


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


def fill() -> list[Member]:
    """The demo's story, told in the workspace in scope."""
    team = [make_member(role) for role in ("owner", "manager", "agent", "agent")]
    with actions.marking():
        Story(HARBOR, team, PASSWORDS).tell()
    db.session.commit()
    return team


def few() -> list[Member]:
    """A customer with its case, and one more, where a whole story would show no more."""
    team = [make_member("owner")]
    with actions.marking():
        for _number in range(2):
            account = make_account(owner=team[0])
            make_contact(account)
            make_case(account)
    db.session.commit()
    return team


def clear(by: Member) -> None:
    actions.ask(scope.workspace().name, by=by)
    db.session.commit()
    for _chunk in actions.clear(by):
        db.session.commit()
    db.session.commit()


class TestMarking:
    def test_counts_what_a_story_made_and_nothing_else(self, tenant):
        own = make_account(name="Mine")
        fill()
        make_account(name="Mine as well")
        found = queries.counts()
        assert found["account"] == count(Account) - 2
        assert found["opportunity"] == count(Opportunity)
        assert found["portal_user"] == 2
        assert found["mail"] == count(Mail) == 8  # four questions, three answers, one in the tray
        assert own.id not in queries.marked()["account"]


class TestClear:
    def test_takes_all_of_it_out_and_leaves_what_is_ones_own(self, tenant):
        owner, *_rest = fill()
        mine = make_account(name="Mine", owner=owner)
        deal = make_opportunity(account=mine, owner=owner)
        stages, members, events_before = count(Stage), count(Member), count(Event)
        clear(owner)
        assert db.session.scalars(select(Account.name)).all() == ["Mine"]
        assert db.session.scalars(select(Opportunity.id)).all() == [deal.id]
        assert [count(m) for m in (Contact, Activity, Case, PortalUser, Mail, MailFiling)] == [0] * 6
        assert set(db.session.scalars(select(StageChange.opportunity_id))) == {deal.id}
        assert set(db.session.scalars(select(SearchEntry.subject_id))) == {mine.id, deal.id}
        assert (count(Stage), count(Member)) == (stages, members)
        assert count(Event) > events_before  # the trail grows, never shrinks
        told = db.session.scalars(select(Event).where(Event.name == queries.CLEARED)).one()
        assert told.changed["counts"]["contact"] > 0
        assert queries.counts() == {}
        assert queries.clearing() is None

    def test_keeps_a_record_to_which_somebody_has_added(self, tenant):
        owner, *_rest = few()
        account = db.session.scalars(select(Account).order_by(Account.number)).first()
        make_contact(account, name="A friend of mine", by=owner)
        db.session.commit()
        clear(owner)
        assert db.session.scalars(select(Account.id)).all() == [account.id]
        assert db.session.scalars(select(Contact.name)).all() == ["A friend of mine"]
        assert queries.counts() == {}  # from now on it is his own

    def test_keeps_a_record_with_a_file_or_a_message_of_somebodys(self, tenant):
        owner, *_rest = few()
        account = db.session.scalars(select(Account).order_by(Account.number)).first()
        case = db.session.scalars(select(Case).where(Case.account_id != account.id).order_by(Case.number)).first()
        file = attachments.attach(account, io.BytesIO(b"a letter"), "letter.txt", by=owner)
        service.answer(case, "We looked into it.", state=CaseState.OPEN, by=owner)
        db.session.commit()
        clear(owner)
        assert set(db.session.scalars(select(Account.id))) == {account.id, case.account_id}
        assert db.session.scalars(select(Case.id)).all() == [case.id]
        assert files.path_of(tenant.id, file.sha256).read_bytes() == b"a letter"

    def test_keeps_the_way_in_of_whoever_has_worked_in_a_portal(self, tenant):
        owner, *_rest = fill()
        luis = db.session.scalars(select(PortalUser).where(PortalUser.kind == PortalKind.PARTNER)).one()
        given = {"company": "Nordlicht GmbH", "name": None, "phone": None, "email": None, "about": None}
        partners.register(given, by=luis, subject=portal_kinds.behind(luis))
        db.session.commit()
        clear(owner)
        assert db.session.scalars(select(PortalUser.id)).all() == [luis.id]
        assert db.session.scalars(select(Contact.id)).all() == [luis.subject_id]
        assert portal_kinds.behind(luis).account_id == luis.account_id

    def test_takes_files_and_lines_of_the_bell_along(self, tenant):
        owner, *_rest = few()
        account = db.session.scalars(select(Account).order_by(Account.number)).first()
        with actions.marking():
            file = attachments.attach(account, io.BytesIO(b"a letter"), "letter.txt", by=owner)
        sha256 = file.sha256
        notices.tell(owner, "activity.due", "a", f"/{tenant.slug}/customers/{account.id}")
        notices.tell(owner, "activity.due", "b", f"/{tenant.slug}/settings")
        db.session.commit()
        clear(owner)
        assert count(File) == 0
        with pytest.raises(NotFound):
            files.path_of(tenant.id, sha256)
        assert db.session.scalars(select(Notice.key)).all() == ["b"]

    def test_goes_on_where_it_was_cut_off(self, tenant, monkeypatch):
        monkeypatch.setattr(actions, "CHUNK", 10)
        owner, *_rest = fill()
        actions.ask(tenant.name, by=owner)
        steps = actions.clear(owner)
        next(steps)
        db.session.commit()
        assert 0 < queries.clearing()["done"] <= 10
        next(steps)
        db.session.rollback()
        for _chunk in actions.clear(owner):
            db.session.commit()
        db.session.commit()
        assert count(Account) == 0
        assert list(actions.clear(owner)) == []

    def test_wants_the_name_and_something_to_clear(self, tenant):
        owner, *_rest = few()
        with pytest.raises(Refused):
            actions.ask("another", by=owner)
        actions.ask(tenant.name, by=owner)
        with pytest.raises(actions.NothingToClear):
            actions.ask(tenant.name, by=owner)


class TestPage:
    def test_a_clearing_that_was_given_up_says_so_and_goes_on_when_tried_again(
        self, context, app, client, post, monkeypatch
    ):
        def broken(_table, _ids):
            raise OSError("the disk is full")

        here = make_tenant()
        with scope.enter(here.id):
            few()
        sign_in(client, here, "owner")
        place = f"/{here.slug}/settings/samples"
        post(place, data={"typed_name": here.name})
        monkeypatch.setattr(actions, "_clear_some", broken)
        give_up(app, here)
        for page in (client.get(place).text, client.get(f"{place}/progress").text):
            assert "nobody tries it any more" in page
            assert "Try again" in page
            assert f'hx-get="{place}/progress"' not in page
        monkeypatch.undo()
        assert post(f"{place}/again").status_code == 303
        assert "Clearing the sample data" in client.get(place).text
        with scope.enter(here.id):
            assert db.session.scalars(select(Event).where(Event.name == "delivery.retried")).one().actor_id
        work(app, here)
        assert "No sample data here" in client.get(place).text
        post(f"{place}/again")
        assert "No sample data here" in client.get(place).text

    def test_says_what_went_and_what_stayed(self, context, app, client, post):
        here = make_tenant()
        with scope.enter(here.id):
            owner, *_rest = fill()
            account = db.session.scalars(select(Account).order_by(Account.number)).first()
            make_contact(account, name="A friend of mine", by=owner)
            db.session.commit()
            clear(owner)
        sign_in(client, here, "owner")
        page = words(client.get(f"/{here.slug}/settings/samples").text)
        assert "Cleared: 27 customers, " in page
        assert "These stayed, since you had added something of your own to them: 1 customer." in page

    def test_says_what_goes_and_a_worker_does_it(self, context, app, client, post):
        here = make_tenant()
        with scope.enter(here.id):
            fill()
        sign_in(client, here, "owner")
        assert "Sample data" in client.get(f"/{here.slug}/settings/general").text
        page = client.get(f"/{here.slug}/settings/samples").text
        assert "28 customers" in page
        wrong = post(f"/{here.slug}/settings/samples", data={"typed_name": "Another"})
        assert wrong.status_code == 422
        assert "This is not the name of the workspace." in wrong.text
        assert post(f"/{here.slug}/settings/samples", data={"typed_name": here.name}).status_code == 303
        assert "Clearing the sample data" in client.get(f"/{here.slug}/settings/samples").text
        with app.app_context():
            while runner.run_tenant(str(here.id)):
                pass
        with scope.enter(here.id):
            assert db.session.scalar(select(func.count()).where(Delivery.gave_up_at.is_not(None))) == 0
            assert count(Account) == 0
        assert "No sample data here" in client.get(f"/{here.slug}/settings/samples").text
        assert "Sample data" not in client.get(f"/{here.slug}/settings/general").text
