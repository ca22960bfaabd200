"""What one knows of people: their fields, further customers, wishes, cards and the phone book."""

from __future__ import annotations

import contextlib
import io
import re
from datetime import date, timedelta

import pytest

from saas import child, clock
from saas.crm.customers import actions, cards, contact_actions, reach
from saas.crm.customers.models import Affiliation, Contact, Wish
from saas.db import db
from saas.errors import Refused
from saas.tenants import scope
from saas.tenants.models import Event
from tests.factories import make_account, make_agent, make_contact, make_tenant, sign_in


@pytest.fixture
def here(context):
    return make_tenant()


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


@pytest.mark.shows("AC1")
def test_a_form_keeps_all_that_one_knows(here, client, post):
    sign_in(client, here)
    with scope.enter(here.id):
        person = make_contact(make_account(), name="Jana")
        account_id = person.account_id
        db.session.commit()
    address = f"/{here.slug}/contacts/{person.id}"
    form = {
        "name": "Jana",
        "version": "1",
        "department": "Buying",
        "decision": "decides",
        "hobbies": "Sailing",
        "home_address": "Quay 1",
        "channel": "message",
        "language": "Português",
        "lines-0-kind": "cell",
        "lines-0-value": "+49 170 555",
        "lines-1-kind": "private",
        "lines-1-value": "jana@home.example",
        "lines-2-kind": "work",
        "lines-2-value": "",
        "days-0-word": "Wedding",
        "days-0-on": "2010-05-04",
        "phone_wish": "no",
        "wish_on": "2026-02-03",
        "wish_source": "Fair",
    }
    assert post(f"{address}/edit", data=form).status_code == 302
    page = client.get(address)
    shown = text_of(page)
    for word in ("Buying", "Decides", "Sailing", "Quay 1", "Messages", "+49 170 555", "jana@home.example", "Wedding"):
        assert word in shown, word
    assert "No calls" in shown
    assert "Jana Decides" in text_of(client.get(f"/{here.slug}/customers/{account_id}")), "who decides is seen at once"
    assert 'href="tel:' not in page.get_data(as_text=True), "who wants no calls has no link to call"
    wrong = post(f"{address}/edit", data=form | {"version": "2", "lines-1-value": "nonsense"})
    assert wrong.status_code == 422
    assert "nonsense" in wrong.get_data(as_text=True)


class TestJoin:
    def test_shows_the_person_at_both_customers(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            first, second = make_account(), make_account(name="Second Ltd")
            person = make_contact(first, name="Jana")
            db.session.commit()
        post(f"/{here.slug}/contacts/{person.id}/join", data={"customer": "Second Ltd", "title": "Board"})
        for account in (first, second):
            assert "Jana" in text_of(client.get(f"/{here.slug}/customers/{account.id}"))
        assert "Second Ltd" in text_of(client.get(f"/{here.slug}/contacts/{person.id}"))

    def test_refuses_a_customer_twice(self, tenant):
        person, by = make_contact(make_account()), make_agent()
        other = make_account()
        contact_actions.join(person, other, {}, by=by)
        for account in (other, person.account):
            with pytest.raises(Refused, match="known"):
                contact_actions.join(person, account, {}, by=by)

    def test_leave_takes_it_back_and_says_so(self, tenant):
        person, by, other = make_contact(make_account()), make_agent(), make_account()
        made = contact_actions.join(person, other, {}, by=by)
        contact_actions.leave(person, made, by=by)
        assert db.session.query(Affiliation).count() == 0
        names = [e.name for e in db.session.query(Event).filter_by(account_id=other.id).order_by(Event.id)]
        assert names[-2:] == ["contact.joined", "contact.left"]


class TestCards:
    def test_what_goes_out_comes_in_again(self, tenant):
        person = make_contact(
            make_account(name="Nordlicht"),
            name="王 小明; Jr, \\n",
            phone="+49 40 1",
            mobile="+49 170 2",
            email="wang@example.com",
            birthday=date(1980, 5, 4),
            department="Einkauf",
            home_phone="+49 3",
            lines=[{"kind": "private", "value": "w@home.example"}],
        )
        (found,) = cards.read(cards.written([person]))
        assert found["name"] == person.name
        assert found["company"] == "Nordlicht"
        for name in ("phone", "mobile", "email", "birthday", "department", "home_phone"):
            assert found[name] == getattr(person, name), name
        assert found["lines"] == [{"kind": "mail", "value": "w@home.example"}]

    @pytest.mark.parametrize("text", ["", "hello", "BEGIN:VCARD\r\nEND:VCARD\r\n", "BEGIN:VCARD", "\x00" * 50])
    def test_refuses_what_is_none(self, text):
        with pytest.raises(cards.Unreadable):
            cards.read(text)

    @pytest.mark.parametrize(
        "text",
        [
            "BEGIN:VCARD\r\n" * 50_000,
            "BEGIN:VCARD\r\nFN:A\r\n" + "NOTE:" + "x" * 400_000 + "\r\n" + "END:VCARD\r\n",
            "BEGIN:VCARD\r\nFN;ENCODING=BASE64:" + "=" * 100_000 + "\r\nEND:VCARD\r\n",
            "BEGIN:VCARD\r\nBDAY:99999999\r\nADR:" + ";" * 90_000 + "\r\nFN:A\r\nEND:VCARD\r\n",
            "BEGIN:VCARD\r\nFN:A\r\nEND:VCARD\r\n" * 10_000,
        ],
    )
    def test_whatever_a_file_holds_it_is_read_within_limits_or_refused(self, tenant, text):
        found = []
        with contextlib.suppress(cards.Unreadable):
            found = cards.read(text)
        assert len(found) <= 200
        assert all(len(one["name"]) <= 200 and len(one["remarks"] or "") <= 5000 for one in found)

    def test_says_why_nothing_was_read(self, here, client, post, monkeypatch):
        sign_in(client, here)
        address = f"/{here.slug}/phone-book/bring"
        upload = {"data": {"file": (io.BytesIO(b"hello"), "people.vcf")}, "content_type": "multipart/form-data"}
        answer = post(address, **upload)
        assert answer.status_code == 422
        assert "No cards were found in this file." in answer.text

        def is_full(*_given, **_asked):
            raise child.Stopped("busy")

        monkeypatch.setattr(child, "run", is_full)
        upload["data"] = {"file": (io.BytesIO(b"hello"), "people.vcf")}
        assert "Try again in a minute." in post(address, **upload).text
        kept = post(f"/{here.slug}/phone-book/keep", data={"text": "hello", "chosen": ["0"]})
        assert kept.status_code == 422
        assert "Try again in a minute." in kept.text

    def test_brings_in_whom_one_chose(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            make_account(name="Nordlicht")
            make_account(name="Fallback")
            db.session.commit()
        one = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{0}\r\nN:;{0};;;\r\nORG:{1}\r\nEMAIL:{0}@x.example\r\nEND:VCARD\r\n"
        text = one.format("Anna", "Nordlicht") + one.format("Ben", "Unknown") + one.format("Carl", "Nordlicht")
        upload = {"file": (io.BytesIO(text.encode()), "people.vcf")}
        page = post(f"/{here.slug}/phone-book/bring", data=upload, content_type="multipart/form-data")
        assert "Anna" in text_of(page)
        assert "Unknown, not in your book" in text_of(page)
        kept = {"text": text, "chosen": ["0", "1"], "customer": "Fallback"}
        assert post(f"/{here.slug}/phone-book/keep", data=kept).status_code == 302
        with scope.enter(here.id):
            places = {c.name: c.account.name for c in db.session.query(Contact)}
        assert places == {"Anna": "Nordlicht", "Ben": "Fallback"}
        again = post(
            f"/{here.slug}/phone-book/bring",
            data={"file": (io.BytesIO(text.encode()), "people.vcf")},
            content_type="multipart/form-data",
        )
        assert text_of(again).count("In your book already") == 2

    def test_one_goes_out(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            person = make_contact(make_account(), name="王伟")
            db.session.commit()
        answer = client.get(f"/{here.slug}/phone-book/cards/{person.id}")
        assert answer.mimetype == "text/vcard"
        assert "王伟" in answer.get_data(as_text=True)


@pytest.mark.shows("AC2", "AC3")
class TestBook:
    def test_pages_through_people_and_customers_in_one_order(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            for n in range(40):
                account = make_account(name=f"B{n:02}", phone=f"+49 {n}000")
                make_contact(account, name=f"B{n:02} person", phone=f"+49 {n}111")
            make_account(name="B without a number")
            db.session.commit()
        names, url = [], f"/{here.slug}/phone-book/"
        while url:
            html = client.get(url).get_data(as_text=True)
            names += re.findall(r'class="line-text"><a href="[^"]+">([^<]+)<', html)
            following = re.search(r'href="([^"]+after=[^"]+)"', html)
            url = following[1].replace("&amp;", "&") if following else None
        assert names == sorted(f"B{n:02}{end}" for n in range(40) for end in ("", " person"))

    @pytest.mark.shows("CB7")
    def test_has_chinese_names_under_the_letter_of_their_reading(self, here, client, post):
        me = sign_in(client, here)
        with scope.enter(here.id):
            acme = make_account(name="Acme", phone="+49 1")
            make_contact(acme, name="Öz"), make_contact(acme, name="Zoe"), make_contact(acme, name="Bob")
            make_contact(make_account(name="王府井百货", phone="+86 10"), name="王伟")
            renamed = make_contact(acme, name="Yves")
            actions.change_contact(renamed, {"name": "单雄"}, version=None, by=me)
            db.session.commit()
        names = re.compile(r'class="line-text"><a href="[^"]+">([^<]+)<')
        url = f"/{here.slug}/phone-book/"
        in_turn = ["Acme", "Bob", "Öz", "单雄", "王府井百货", "王伟", "Zoe"]
        assert names.findall(client.get(url).text) == in_turn
        assert names.findall(client.get(f"{url}?from=W").text) == in_turn[4:]

    def test_opens_at_a_letter_and_finds_by_any_number(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            account = make_account(name="Acme", phone="+49 40 777 123")
            make_contact(account, name="Zoe", lines=[{"kind": "cell", "value": "+49 170 888 456"}])
            db.session.commit()
        at_m = text_of(client.get(f"/{here.slug}/phone-book/?from=M"))
        assert "Zoe" in at_m
        assert "+49 40 777 123" not in at_m
        found = client.get(f"/{here.slug}/phone-book/?q=888456", headers={"HX-Request": "true"})
        assert "Zoe" in text_of(found)
        assert "sms:+49170888456" in found.get_data(as_text=True)
        assert "past=1" in found.get_data(as_text=True), "it offers to write down what was done"
        assert "Zoe" not in text_of(client.get(f"/{here.slug}/phone-book/?q=777123"))
        assert "Zoe" in text_of(client.get(f"/{here.slug}/phone-book/print"))

    def test_has_no_link_where_somebody_wants_no_calls(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            make_contact(
                make_account(), name="Zoe", phone="+49 1", mail_wish=Wish.NO, phone_wish=Wish.NO, email="z@x.example"
            )
            db.session.commit()
        page = client.get(f"/{here.slug}/phone-book/")
        assert "no calls" in text_of(page)
        assert "tel:" not in page.get_data(as_text=True)
        assert "mailto:" not in page.get_data(as_text=True)


class TestComingDays:
    def test_are_those_of_the_next_week_among_ones_own(self, here, client, post):
        me = sign_in(client, here)
        today = clock.now().date()
        with scope.enter(here.id):
            mine, other = make_account(owner=me), make_account(owner=make_agent())
            for account, name, days in ((mine, "Soon", 3), (mine, "Later", 20), (other, "Elsewhere", 3)):
                born = (today + timedelta(days=days)).replace(year=1980)
                make_contact(account, name=name, birthday=born)
            on = (today + timedelta(days=1)).replace(year=2016)
            make_contact(mine, name="Married", days=[{"word": "Wedding", "on": on.isoformat()}])
            db.session.commit()
        shown = text_of(client.get(f"/{here.slug}/"))
        assert "Soon" in shown
        assert "Wedding" in shown
        assert "Later" not in shown
        assert "Elsewhere" not in shown


def test_numbers_on_a_card_are_kept_as_they_are_written_everywhere(tenant):
    made = contact_actions.bring_cards([(make_account(), {"name": "Kari", "mobile": "+4791234567"})], by=make_agent())
    assert made[0].mobile == "+47 91 23 45 67"


def test_a_change_is_told_in_words(tenant):
    person, by = make_contact(make_account()), make_agent()
    changed = actions.change_contact(person, {"mail_wish": Wish.NO}, version=None, by=by)
    assert changed == {"mail_wish": [None, Wish.NO]}
    told = db.session.query(Event).filter_by(name="contact.changed").one()
    assert told.changed["mail_wish"] == [None, "no"]


def test_no_paper_is_proposed_to_be_mailed_to_whoever_wants_no_mails(tenant):
    acme = make_account(email="office@acme.example")
    person = make_contact(acme, email="eva@acme.example")
    assert reach.written_to(person, acme) == "eva@acme.example"
    assert reach.written_to(None, acme) == "office@acme.example"
    person.mail_wish, person.name = Wish.NO, "Eva"
    assert reach.written_to(person, acme) == ""
    assert "Eva" in (reach.why_unwritten(person) or "")


class TestNew:
    def test_a_customer_that_is_not_there_yet_is_made_on_the_way(self, here, client, post):
        me = sign_in(client, here, "agent")
        typed = {"customer": "Nordlicht GmbH", "name": "Jana Kröger"}
        asked = post(f"/{here.slug}/contacts/new", data=typed)
        page = asked.get_data(as_text=True)
        assert asked.status_code == 422
        assert "No customer has this name or number." in page
        assert "Add “Nordlicht GmbH” as a new customer of yours" in page
        assert post(f"/{here.slug}/contacts/new", data=typed | {"new_customer": "yes"}).status_code == 302
        with scope.enter(here.id):
            person = db.session.query(Contact).one()
            assert (person.account.name, person.account.owner_id) == ("Nordlicht GmbH", me.id)
        assert post(f"/{here.slug}/contacts/new", data=typed | {"name": "Max"}).status_code == 302, "now it is there"
