"""Orders on screen: for colleagues, and in the customer's portal."""

from __future__ import annotations

import pytest

from saas import mail
from saas.crm.orders import delivery_actions as deliveries
from saas.crm.orders import queries
from saas.crm.orders import state_actions as states
from saas.crm.orders.models import DeliveryNote, Order
from saas.crm.quotes import actions as quotes
from saas.db import db
from saas.jobs import runner
from saas.tenants import queries as tenants
from saas.tenants import scope
from tests.factories import (
    enter_portal,
    make_account,
    make_agent,
    make_contact,
    make_order,
    make_portal_user,
    make_quote,
    make_tenant,
    sign_in,
)
from tests.pages import filled, whole, words


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant(name="Harbor Trading")


class TestColleague:
    @pytest.mark.shows("PR4", "PR5")
    def test_takes_an_order_from_the_phone_to_the_parcel(self, here, client, post, monkeypatch):
        posted = []
        monkeypatch.setattr(mail, "send", lambda to, words, **more: posted.append((to, words.subject)))
        me = sign_in(client, here, "agent")
        with scope.enter(here.id):
            account = make_account(tenants.member(me.id), name="Elbe Systems", email="office@elbe.example")
            label, account_id = account.label, account.id
            db.session.commit()
        base = f"/{here.slug}"
        head = {"name": "Ropes", "customer": label, "currency": "EUR", "language": "en", "due_on": "2100-01-31"}
        rows = {"r0-text": "Rope", "r0-quantity": "10", "r0-price": "5", "r1-text": "Hook", "r1-price": "7"}
        made = post(f"{base}/orders/new", data=head | rows | {"source": "phone", "what": "save"})
        path = made.headers["Location"].removeprefix("https://seaport.test")
        assert "Ropes" in whole(client, f"{base}/customers/{account_id}")
        assert filled(client.get(f"{path}/confirm").text, f"{path}/confirm")["to"] == "office@elbe.example"
        for _twice in range(2):
            post(f"{path}/confirm", data={"to": "office@elbe.example"})
        form = filled(client.get(f"{path}/edit").text, f"{path}/edit")
        assert post(f"{path}/edit", data=form | {"r0-quantity": "12", "what": "save"}).status_code == 302
        page = words(client.get(path).text)
        assert "Rope: quantity 10 → 12" in page
        while runner.run_tenant(str(here.id)):
            pass
        order_id = path.rpartition("/")[2]
        deliver = f"{base}/deliveries/of/{order_id}/new"
        form = filled(client.get(deliver).text, deliver)
        (rope, hook) = [name for name in form if name.startswith("q-")]
        wrong = post(deliver, data=form | {rope: "13"})
        assert (wrong.status_code, "At most 12." in wrong.text) == (422, True)
        assert post(deliver, data=form | {rope: "4", hook: ""}).status_code == 302
        assert "8 × Rope" in words(client.get(f"{base}/deliveries/").text)
        assert "Part delivered" in words(client.get(f"{base}/orders/").text)
        with scope.enter(here.id):
            order = db.session.query(Order).one()
            assert posted == [("office@elbe.example", f"Changed order confirmation {order.label}: Ropes")]

    def test_a_quote_leads_to_its_order(self, here, client, post):
        me = sign_in(client, here, "agent")
        with scope.enter(here.id):
            ann = tenants.member(me.id)
            quote = quotes.send_quote(make_quote(ann), to="eva@elbe.example", words="", by=ann)
            quotes.accept_quote(quote.id, name="Eva")
            db.session.commit()
            path, target = f"/{here.slug}/quotes/{quote.id}", f"/{here.slug}/orders/from-quote/{quote.id}"
        assert "Make the order" in client.get(path).text
        first, second = (post(target).headers["Location"] for _twice in range(2))
        assert first == second
        assert "Make the order" not in client.get(path).text


class TestPortal:
    @pytest.mark.shows("PR4")
    def test_shows_what_was_confirmed_and_delivered(self, here, client):
        with scope.enter(here.id):
            ann = make_agent()
            tom = make_contact(make_account(ann, name="Nordlicht"), name="Tom Behrens")
            person = make_portal_user(tom)
            order = make_order(ann, tom.account, name="Ten ropes", reference="PO 77")
            draft = make_order(ann, tom.account, name="Still a draft")
            foreign = make_order(ann, name="Of somebody else")
            colleagues = make_order(ann, tom.account, name="Of a colleague")
            for one in (order, draft):
                one.contact_id = tom.id
            for one in (order, foreign, colleagues):
                states.confirm_order(one, to=None, by=ann)
            (line,) = queries.lines(order.id)
            note = deliveries.deliver(order, {line.id: 4}, day=scope.today(), tracking="DHL 1", by=ann)
            wrong = deliveries.deliver(order, {line.id: 1}, day=scope.today(), by=ann)
            deliveries.undo_note(wrong, reason="A slip", day=scope.today(), by=ann)
            db.session.commit()
            hidden = [one.id for one in (draft, foreign, colleagues)]
            undone = db.session.query(DeliveryNote).filter(DeliveryNote.undoes_id.is_not(None)).one().number
            order_id, numbers = order.id, (note.number, wrong.number)
            db.session.refresh(person)
            db.session.expunge_all()
        enter_portal(client, here, person)
        base = f"/{here.slug}/portal/orders"
        listed = words(client.get(f"{base}/").text)
        assert "Ten ropes" in listed
        for name in ("Still a draft", "Of somebody else", "Of a colleague"):
            assert name not in listed
        page = words(client.get(f"{base}/{order_id}").text)
        for told in ("Part of it is delivered", "PO 77", "€50.00", numbers[0], "DHL 1", "4 × Rope"):
            assert told in page
        assert numbers[1] not in page
        assert undone not in page
        for one in hidden:
            assert client.get(f"{base}/{one}").status_code == 404
