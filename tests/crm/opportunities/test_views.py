"""Deals as a person meets them."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from saas import clock, search
from saas.crm.opportunities import actions, pipeline, queries
from saas.crm.opportunities.models import Opportunity, Result
from saas.db import db
from saas.search import SearchEntry
from saas.tenants import scope
from saas.tenants.models import Event
from tests.crm.opportunities.filling import fill_board
from tests.factories import make_account, make_agent, make_opportunity, make_product, make_tenant, sign_in


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())


def cards_of(html: str) -> list[str]:
    return re.findall(r'class="deal-name" href="[^"]+">([^<]+)<', html)


class TestBoard:
    def test_teaches_when_empty(self, here, client):
        sign_in(client, here)
        assert "Open the first deal" in text_of(client.get(f"/{here.slug}/deals/"))

    @pytest.mark.shows("OP1", "OP8")
    def test_shows_columns_with_count_and_sum(self, here, client):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            acme = make_account(name="Acme")
            make_opportunity(acme, owner, name="Forty laptops", amount=Decimal(1200), next_step="Call Kim")
            make_opportunity(acme, owner, amount=Decimal("300.60"))
            make_opportunity(acme, owner)
            db.session.commit()
        page = text_of(client.get(f"/{here.slug}/deals/"))
        for words in ("Forty laptops", "Acme", "Call Kim", "$1,501", "1 without amount", "3 open deals", "Needs known"):
            assert words in page, words

    def test_says_when_a_column_is_over_its_limit(self, here, client):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            first = pipeline.stages()[0]
            pipeline.change(first, {"name": first.label, "most": 1}, version=None, by=owner)
            for _deal in range(3):
                make_opportunity(None, owner)
            db.session.commit()
        assert "3 / 1" in (page := text_of(client.get(f"/{here.slug}/deals/")))
        assert "2 over the limit" in page
        assert "over the limit" not in text_of(client.get(f"/{here.slug}/deals/?customer=none"))

    def test_loads_what_is_seen_and_the_rest_by_key(self, here, client):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            fill_board(250, owner)
        html = client.get(f"/{here.slug}/deals/").get_data(as_text=True)
        assert len(cards_of(html)) == 5 * queries.CARDS
        more = re.findall(r'hx-get="([^"]+/stage/[^"]+)"', html)
        assert len(more) == 5
        seen, url = [], more[0].replace("&amp;", "&")
        while url:
            part = client.get(url).get_data(as_text=True)
            seen += cards_of(part)
            following = re.search(r'hx-get="([^"]+)"', part)
            url = following[1].replace("&amp;", "&") if following else None
        assert len(seen) == len(set(seen)) == 30
        assert not set(seen) & set(cards_of(html))

    def test_asks_the_same_of_ten_thousand_deals_as_of_one(self, here, client, statements):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            make_opportunity(None, owner)
            db.session.commit()
        counts = []
        for _round in range(2):
            for path in ("/deals/", "/deals/?owner=me", "/deals/list?result=open", "/deals/count"):
                client.get(f"/{here.slug}{path}")  # what the process keeps is read once
                with statements() as seen:
                    assert client.get(f"/{here.slug}{path}").status_code == 200
                counts.append((path, len(seen)))
            if not _round:
                with scope.enter(here.id):
                    fill_board(10_000, owner)
        assert counts[:4] == counts[4:]
        assert max(many for _path, many in counts) <= 12, counts

    def test_an_agent_sees_his_own(self, here, client):
        agent = sign_in(client, here, "agent")
        with scope.enter(here.id):
            acme = make_account()
            make_opportunity(acme, agent, name="Mine")
            theirs = make_opportunity(acme, make_agent(), name="Theirs")
            db.session.commit()
            ids = (acme.id, theirs.id)
        for path in (
            "/deals/",
            "/deals/list",
            f"/customers/{ids[0]}",
            f"/customers/{ids[0]}?tab=deals",
            "/search/?q=ine",
        ):
            page = text_of(client.get(f"/{here.slug}{path}"))
            assert "Mine" in page, path
            assert "Theirs" not in page, path
        assert client.get(f"/{here.slug}/deals/{ids[1]}").status_code == 404

    def test_filters_stand_in_the_address(self, here, client):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            make_opportunity(make_account(), owner, name="With")
            make_opportunity(None, None, name="Without")
            db.session.commit()
        page = client.get(f"/{here.slug}/deals/?customer=none").get_data(as_text=True)
        assert cards_of(page) == ["Without"]
        assert "1 open deal" in page


class TestMove:
    @pytest.fixture
    def deal(self, here, client):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            made = make_opportunity(make_account(), owner, name="Crane", amount=Decimal(500))
            db.session.commit()
            return made.id, made.version, [s.id for s in pipeline.stages()]

    @pytest.mark.shows("OP4")
    def test_answers_with_what_changed(self, here, client, post, deal):
        key, version, stages = deal
        data = {"column": f"stage-{stages[2]}", "version": version}
        answer = post(f"/{here.slug}/deals/{key}/move", data=data, headers={"HX-Request": "true"})
        html = answer.get_data(as_text=True)
        assert answer.status_code == 200, html
        assert f'data-version="{version + 1}"' in html
        assert {f'id="stage-{s}-head"' in html for s in (stages[0], stages[2])} == {True}
        assert "moved this deal to Offer sent" in text_of(client.get(f"/{here.slug}/deals/{key}"))

    def test_is_taken_back_from_the_board_and_from_the_deals_page(self, here, client, post, deal):
        key, version, stages = deal
        path, to_second = f"/{here.slug}/deals/{key}", {"column": f"stage-{stages[1]}"}
        post(f"{path}/move", data=to_second | {"version": version}, headers={"HX-Request": "true"})
        sent = {"version": version + 1}
        html = post(f"{path}/move-back", data=sent, headers={"HX-Request": "true"}).text
        assert f'data-version="{version + 2}"' in html
        assert {f'id="stage-{s}-head"' in html for s in stages[:2]} == {True}
        assert post(f"{path}/move-back", data=sent, headers={"HX-Request": "true"}).status_code == 409
        assert "took this deal back to Prospecting" in text_of(client.get(path))
        post(f"{path}/move", data=to_second)
        assert f'action="{path}/move-back"' in client.get(path).text
        assert post(f"{path}/move-back").status_code == 302
        with scope.enter(here.id):
            assert db.session.scalars(select(Opportunity.stage_id)).one() == stages[0]

    def test_an_end_given_on_the_board_is_undone_from_its_message(self, here, client, post, deal):
        path, sent = f"/{here.slug}/deals/{deal[0]}", {"reason": "Price", "on": clock.now().date().isoformat()}
        closed = post(f"{path}/close?result=won", data=sent | {"version": deal[1]}, headers={"HX-Request": "true"})
        assert closed.headers["HX-Refresh"] == "true"
        undo = re.search(r'action="([^"]+/open-back[^"]*)"', client.get(f"/{here.slug}/deals/").text)[1]
        assert post(undo).location.startswith(f"/{here.slug}/deals/?pipeline=")
        assert "opened this deal again at once" in text_of(client.get(path))

    def test_says_where_a_colleague_took_it(self, here, client, post, deal):
        key, version, stages = deal
        path = f"/{here.slug}/deals/{key}/move"
        assert post(path, data={"column": f"stage-{stages[1]}", "version": version}).status_code == 302
        late = post(path, data={"column": f"stage-{stages[3]}", "version": version}, headers={"HX-Request": "true"})
        assert late.status_code == 409
        assert "it is in “Needs known” now" in text_of(late)

    def test_nowhere_is_not_found(self, here, post, deal):
        for column in ("", "stage-x", f"stage-{uuid4()}"):
            assert post(f"/{here.slug}/deals/{deal[0]}/move", data={"column": column}).status_code == 404

    def test_a_reader_and_a_colleague_may_not(self, here, client, post, deal):
        key, version, stages = deal
        data = {"column": f"stage-{stages[1]}", "version": version}
        for role, status in (("readonly", 403), ("agent", 404)):
            sign_in(client, here, role)
            assert post(f"/{here.slug}/deals/{key}/move", data=data).status_code == status


class TestCreate:
    @pytest.mark.shows("OP5")
    def test_from_the_page_of_a_customer(self, here, client, post):
        sign_in(client, here, "agent")
        with scope.enter(here.id):
            acme, laptop = make_account(name="Acme"), make_product(name="Laptop")
            first = str(pipeline.stages()[0].id)
            db.session.commit()
            ids, number = (acme.id, laptop.id), acme.number
        path = f"/{here.slug}/deals/new?account_id={ids[0]}"
        assert f"Acme ({number})" in client.get(path).get_data(as_text=True)
        data = {
            "name": "Forty laptops", "customer": f"Acme ({number})", "product_id": str(ids[1]), "amount": "48000",
            "currency": "EUR", "stage_id": first, "expected_on": "2027-01-31", "contact_id": "", "probability": "",
        }  # fmt: skip
        answer = post(path, data=data)
        assert answer.status_code == 302, text_of(answer)
        page = text_of(client.get(answer.location))
        for words in ("Forty laptops", "Acme", "Laptop", "€48,000.00", "31 Jan 2027"):
            assert words in page, words
        side = text_of(client.get(f"/{here.slug}/customers/{ids[0]}"))
        assert "Forty laptops" in side

    def test_says_when_nobody_is_called_that(self, here, client, post):
        sign_in(client, here, "agent")
        data = {"name": "X", "customer": "Nobody Ltd", "currency": "USD"}
        answer = post(f"/{here.slug}/deals/new", data=data)
        assert answer.status_code == 422
        assert "No customer has this name" in text_of(answer)
        assert 'value="Nobody Ltd"' in answer.get_data(as_text=True)

    def test_suggests_customers_within_reach(self, here, client):
        sign_in(client, here, "agent")
        with scope.enter(here.id):
            make_account(name="Nordlicht", city="Kiel")
            db.session.commit()
        assert "Nordlicht (C-" in client.get(f"/{here.slug}/customers/suggest?customer=ordl").get_data(as_text=True)


class TestEdit:
    def test_says_what_a_colleague_changed_meanwhile(self, here, client, post):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            deal = make_opportunity(make_account(), owner, name="Before")
            db.session.commit()
            path, version, stage = f"/{here.slug}/deals/{deal.id}/edit", deal.version, str(deal.stage_id)
            named = f"{deal.account.name} ({deal.account.number})"
        mine = {"name": "Mine", "customer": named, "currency": "USD", "stage_id": stage, "version": version}
        assert post(path, data=mine | {"name": "Theirs"}).status_code == 302
        answer = post(path, data=mine)
        assert answer.status_code == 409
        page = text_of(answer)
        assert "Theirs" in page
        assert "Mine" in page


class TestClose:
    @pytest.mark.shows("OP2")
    def test_asks_why_and_keeps_the_answer(self, here, client, post):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            deal = make_opportunity(make_account(), owner, amount=Decimal(100), opened_on=date(2026, 1, 1))
            db.session.commit()
            key = deal.id
        path = f"/{here.slug}/deals/{key}"
        silent = post(f"{path}/close?result=lost", data={"on": "2026-02-03"})
        assert silent.status_code == 422
        assert "Say why it was lost" in text_of(silent)
        assert (
            post(
                f"{path}/close?result=lost", data={"on": "2026-02-03", "loss": "price", "reason": "Too dear"}
            ).status_code
            == 302
        )
        page = text_of(client.get(path))
        assert "Price · Too dear" in page
        assert "Reopen" in page
        assert post(f"{path}/reopen").status_code == 422
        post(f"{path}/reopen", data={"reason": "They called again"})
        page = text_of(client.get(path))
        for words in ("reopened this deal", "They called again", "1 time"):
            assert words in page, words
        early = post(f"{path}/close?result=won", data={"on": "2025-12-31"}, headers={"HX-Request": "true"})
        assert "opened later than this" in text_of(early)
        won = post(f"{path}/close?result=won", data={"on": "2026-02-03"}, headers={"HX-Request": "true"})
        assert won.headers["HX-Refresh"] == "true"
        with scope.enter(here.id):
            assert db.session.scalars(select(Opportunity.result)).one() is Result.WON

    @pytest.mark.shows("OP13")
    def test_open_and_finished_have_lists_of_their_own(self, here, client):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            make_opportunity(None, owner, name="Going")
            actions.win(make_opportunity(None, owner, name="Done"), by=owner)
            db.session.commit()
        names = r'class="name" href="[^"]+">([^<]+)<'
        for query, shown in (("?result=open", ["Going"]), ("?result=won", ["Done"]), ("?result=lost", [])):
            page = client.get(f"/{here.slug}/deals/list{query}").get_data(as_text=True)
            assert re.findall(names, page) == shown

    def test_in_a_stage_stand_open_ones_alone(self, here, client):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            make_opportunity(None, owner, name="Going")
            actions.win(make_opportunity(None, owner, name="Done"), by=owner)
            stage = pipeline.stages()[0].id
            db.session.commit()
        path = f"/{here.slug}/deals"
        page = client.get(f"{path}/list?stage={stage}").text
        assert re.findall(r'class="name" href="[^"]+">([^<]+)<', page) == ["Going"]
        assert "1 deal" in client.get(f"{path}/count?stage={stage}").text

    def test_what_is_over_shows_when_it_ended(self, here, client):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            actions.win(make_opportunity(None, owner, name="Done"), by=owner)
            db.session.commit()
        board = client.get(f"/{here.slug}/deals/").get_data(as_text=True)
        (won,) = re.findall(r'href="([^"]*result=won[^"]*)"', board)
        heads = client.get(won.replace("&amp;", "&")).get_data(as_text=True).partition("<tbody")[0]
        assert ">Closed" in heads
        assert "sort=expected" not in heads


class TestArchive:
    def test_hides_and_restores(self, here, client, post):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            deal = make_opportunity(None, owner, name="Altona crane")
            db.session.commit()
            path = f"/{here.slug}/deals/{deal.id}"
        post(f"{path}/archive")
        assert "Altona crane is archived" in text_of(client.get(path))
        assert "Altona crane" not in text_of(client.get(f"/{here.slug}/search/?q=altona"))
        assert "No open deals" in text_of(client.get(f"/{here.slug}/deals/"))
        post(f"{path}/restore")
        assert "Altona crane" in text_of(client.get(f"/{here.slug}/search/?q=altona"))


class TestSearch:
    def test_never_hides_a_customer_under_his_deals(self, here, client):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            account = make_account(name="Zumgoity")
            for number in range(search.LIMIT + 5):
                make_opportunity(account, owner, name=f"Zumgoity {number}")
            db.session.commit()
            # what was written last is often read first: make sure that the customer isn't found by luck
            db.session.execute(update(SearchEntry).where(SearchEntry.kind == "account").values(body=SearchEntry.body))
            db.session.commit()
            path = f"/{here.slug}/customers/{account.id}"
        html = client.get(f"/{here.slug}/search/?q=zumgoity").get_data(as_text=True)
        assert path in html
        assert html.count('class="hit"') == search.LIMIT
        assert "50+ hits" in html


class TestAssign:
    def test_gives_it_and_says_so(self, here, client, post):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            deal, bo = make_opportunity(None, owner), make_agent(name="Bo Lind")
            db.session.commit()
            path, heir = f"/{here.slug}/deals/{deal.id}", str(bo.id)
        assert post(f"{path}/assign", data={"owner_id": heir}).status_code == 302
        assert "gave this deal to Bo Lind" in text_of(client.get(path))


class TestList:
    def test_pages_by_key_through_all_rows_in_every_order(self, here, client):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            for n in range(60):
                made = make_opportunity(None, owner, amount=None if n % 3 else Decimal(n % 7))
                made.expected_on = None if n % 2 else date(2027, 1, 1 + n % 5)
            db.session.commit()
        for sort in ("name", "-amount", "amount", "expected", "-expected", "-since", "number", "-closed", "created"):
            seen: list[str] = []
            url: str | None = f"/{here.slug}/deals/list?sort={sort}"
            while url:
                html = client.get(url).get_data(as_text=True)
                seen += re.findall(r'class="name" href="[^"]+">([^<]+)<', html)
                following = re.search(r'href="([^"]+after=[^"]+)"', html)
                url = following[1].replace("&amp;", "&") if following else None
            assert len(seen) == len(set(seen)) == 60, sort


class TestStages:
    def test_only_the_owner_sets_them(self, here, client):
        sign_in(client, here, "agent")
        assert client.get(f"/{here.slug}/settings/stages").status_code == 403

    @pytest.mark.shows("OP4")
    def test_are_the_workspaces_own(self, here, client, post):
        sign_in(client, here)
        path = f"/{here.slug}/settings/stages"
        assert "Negotiation" in text_of(client.get(path))
        given = {"name": "Trial run", "probability": "60", "colour": "violet"}
        assert post(path, data=given).status_code == 302
        assert post(path, data=given).status_code == 422
        with scope.enter(here.id):
            stages = pipeline.stages()
            made, first = stages[-1].id, stages[0].id
            make_opportunity(None, None, name="Moves along")
            db.session.commit()
        assert post(f"{path}/{made}/place", data={"to": "up"}).status_code == 302
        assert post(f"{path}/{made}", data=given | {"name": "Pilot"}).status_code == 302
        assert "1 open deal is in this stage" in text_of(client.get(f"{path}/{first}/remove"))
        assert post(f"{path}/{first}/remove", data={"heir_id": str(made)}).status_code == 302
        page = text_of(client.get(path))
        assert "1 deal moved to “Pilot”" in page
        with scope.enter(here.id):
            assert [s.label for s in pipeline.stages()][-2] == "Pilot"
            assert db.session.scalars(select(Opportunity.stage_id)).one() == made
            assert db.session.scalars(select(Event.name).where(Event.name == actions.MOVED)).one()
