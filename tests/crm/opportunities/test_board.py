"""The board under load and under the hand: which indexes serve it, and how cards are moved in a browser."""

from __future__ import annotations

import functools
import re
import ssl
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from playwright import sync_api
from sqlalchemy import create_engine, event, text, true
from werkzeug.serving import make_server, make_ssl_devcert

from saas.crm.opportunities import actions, pipeline, queries
from saas.crm.opportunities.models import Opportunity
from saas.db import db
from saas.tenants import scope
from tests.crm.opportunities.filling import fill_board
from tests.factories import make_account, make_agent, make_opportunity, make_tenant, sign_in


class TestPlan:
    def test_sums_and_cards_come_from_their_indexes(self, context, config):
        for _neighbour in range(4):
            with scope.enter(make_tenant().id):
                fill_board(2000)
        with scope.enter(make_tenant().id):
            ann = make_agent()
            fill_board(2000, ann, each=2)
            db.session.commit()
            sweep(config)
            stages = pipeline.stages()
            for within, index in ((true(), "sums"), (Opportunity.owner_id == ann.id, "own_sums")):
                where = (within, queries.IS_OPEN, Opportunity.archived_at.is_(None))
                sums = explained(functools.partial(queries.sums_by_stage, stages, within=within))
                cards = explained(functools.partial(queries.first_cards, stages, within=tuple(where)))
                assert re.search(rf"Index Only Scan.* using ix_opportunity_{index}", sums), sums
                assert re.search(r"Index Scan.* using ix_opportunity_(own_)?board", cards), cards


def sweep(config) -> None:
    """Vacuum as autovacuum does in time; a snapshot that is still held elsewhere makes it try again."""
    admin = create_engine(config.admin_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for _try in range(60):
            connection.execute(text("vacuum analyze opportunity"))
            seen = "select relallvisible >= relpages * 0.95 from pg_class where relname = 'opportunity'"
            if connection.execute(text(seen)).scalar():
                break
            time.sleep(0.5)
    admin.dispose()


def explained(read) -> str:
    """The plan of the one statement that `read` runs, as the app's own role sees it."""
    seen: list = []

    def note(_connection, _cursor, sql, values, *_rest):
        seen.append((sql, values))

    engine = db.engines[None]
    event.listen(engine, "before_cursor_execute", note)
    try:
        read()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    ((sql, values),) = [one for one in seen if not one[0].startswith("SET LOCAL")]
    shown = db.session.connection().exec_driver_sql(f"explain {sql}", values, {"reviewed": True})
    return "\n".join(row[0] for row in shown)


# ── by hand ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def address(app: Flask, tmp_path: Path) -> Iterator[str]:
    """The app on https, as people reach it."""
    certificate, key = make_ssl_devcert(str(tmp_path / "seaport"), host="seaport.test")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=context)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://seaport.test:{server.port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def page(chromium: sync_api.Browser) -> Iterator[sync_api.Page]:
    """A page of a real browser that finds the app under its public name."""
    context = chromium.new_context(ignore_https_errors=True, viewport={"width": 1360, "height": 860})
    yield context.new_page()
    context.close()


@pytest.mark.browser
class TestByHand:
    @pytest.mark.shows("OP4", "OP2")
    def test_a_deal_is_dragged_moved_by_key_and_menu_and_lost_with_a_reason(self, context, client, page, address):
        here = make_tenant()
        owner = sign_in(client, here)
        with scope.enter(here.id):
            deal = make_opportunity(make_account(), owner, name="Harbour crane", amount=Decimal(700))
            db.session.commit()
            key = deal.id
            columns = [f"#stage-{stage.id}" for stage in pipeline.stages()]
        secret = client.get_cookie(f"__Host-staff-{here.slug}", domain="seaport.test")
        assert secret is not None
        page.context.add_cookies([{"name": secret.key, "value": secret.value, "url": address}])
        page.goto(f"{address}/{here.slug}/deals/")
        expect, card = sync_api.expect, page.locator(f"#deal-{key}")

        card.drag_to(page.locator(columns[1]))
        expect(page.locator(columns[1]).locator(f"#deal-{key}")).to_have_attribute("data-version", "2")
        expect(page.locator(f"{columns[1]}-head")).to_contain_text("$700")
        expect(page.locator(f"{columns[0]}-head")).not_to_contain_text("$700")

        card.get_by_role("link").focus()
        page.keyboard.press("Shift+ArrowRight")
        expect(page.locator(columns[2]).locator(f"#deal-{key}")).to_have_attribute("data-version", "3")
        expect(card.get_by_role("link")).to_be_focused()

        card.get_by_role("button", name="Move Harbour crane").click()
        page.locator("#move-menu").get_by_text("Decision").click()
        expect(page.locator(columns[4]).locator(f"#deal-{key}")).to_have_attribute("data-version", "4")

        card.drag_to(page.locator("[data-ending=lost]"))
        dialog = page.get_by_role("dialog", name="How did it end?")
        dialog.get_by_role("button", name="Mark as lost").click()
        expect(dialog).to_contain_text("Say why it was lost")
        dialog.get_by_label("Why was it lost?").select_option(label="Price")
        dialog.get_by_role("button", name="Mark as lost").click()
        expect(card).to_have_count(0)
        expect(page.locator("#toasts")).to_contain_text("Harbour crane is lost.")

        with scope.enter(here.id):
            steps = [change.result.value for change in queries.changes(key)]
            assert steps == ["open", "open", "open", "open", "lost"]

    @pytest.mark.shows("OP4")
    def test_a_stage_that_asks_for_more_is_answered_where_the_card_was_dropped(self, context, client, page, address):
        here = make_tenant()
        owner = sign_in(client, here)
        with scope.enter(here.id):
            deal = make_opportunity(make_account(), owner, name="Harbour crane")
            first, second = pipeline.stages()[:2]
            asked = {"name": first.label, "needs": ["amount", "rival"]}
            pipeline.change(first, asked, version=None, by=owner)
            db.session.commit()
            key, columns = deal.id, [f"#stage-{stage.id}" for stage in (first, second)]
        secret = client.get_cookie(f"__Host-staff-{here.slug}", domain="seaport.test")
        page.context.add_cookies([{"name": secret.key, "value": secret.value, "url": address}])
        page.goto(f"{address}/{here.slug}/deals/")
        expect, card = sync_api.expect, page.locator(f"#deal-{key}")
        card.drag_to(page.locator(columns[1]))
        dialog = page.get_by_role("dialog", name="Before it goes on")
        expect(dialog).to_contain_text("it needs the amount and a competitor")
        expect(page.locator(columns[0]).locator(f"#deal-{key}")).to_have_count(1)
        dialog.get_by_label("Amount").fill("700")
        dialog.get_by_role("button", name="Go on").click()
        expect(dialog).to_contain_text("Please fill this in.")
        expect(dialog.get_by_label("Amount")).to_have_value("700")
        dialog.get_by_label("Which competitor?").fill("Nordwind")
        dialog.get_by_role("button", name="Go on").click()
        expect(page.locator(columns[1]).locator(f"#deal-{key}")).to_have_count(1)
        expect(page.locator("#toasts")).to_contain_text("Moved to Needs known")

    def test_a_move_is_taken_back_by_the_message_and_by_key(self, context, client, page, address):
        here = make_tenant()
        owner = sign_in(client, here)
        with scope.enter(here.id):
            make_opportunity(make_account(), owner, name="Older")
            deal = make_opportunity(make_account(), owner, name="Harbour crane")
            make_opportunity(make_account(), owner, name="Newer")
            db.session.commit()
            key = deal.id
            columns = [f"#stage-{stage.id}" for stage in pipeline.stages()]
        secret = client.get_cookie(f"__Host-staff-{here.slug}", domain="seaport.test")
        page.context.add_cookies([{"name": secret.key, "value": secret.value, "url": address}])
        page.goto(f"{address}/{here.slug}/deals/")
        expect, card, toasts = sync_api.expect, page.locator(f"#deal-{key}"), page.locator("#toasts")
        order = ["Newer", "Harbour crane", "Older"]

        card.get_by_role("link").focus()
        page.keyboard.press("Shift+ArrowRight")
        expect(toasts).to_contain_text("Moved to Needs known")
        toasts.get_by_role("button", name="Undo").click()
        expect(toasts).to_contain_text("Back in Prospecting")
        expect(page.locator(columns[0]).locator(f"#deal-{key}")).to_have_attribute("data-version", "3")
        expect(page.locator(columns[0]).locator(".deal-name")).to_have_text(order)
        expect(card.get_by_role("link")).to_be_focused()
        expect(toasts.get_by_role("button", name="Undo")).to_have_count(0)

        for _twice in range(2):
            expect(card.get_by_role("link")).to_be_focused()  # the card was drawn anew
            page.keyboard.press("Shift+ArrowRight")
            expect(toasts.get_by_role("button", name="Undo")).to_have_count(1)
            page.keyboard.press("Control+z")
            expect(page.locator(columns[0]).locator(".deal-name")).to_have_text(order)
            expect(toasts.get_by_role("button", name="Undo")).to_have_count(0)
            expect(card.get_by_role("link")).to_be_focused()
        expect(page.locator(columns[0]).locator(f"#deal-{key}")).to_have_attribute("data-version", "7")  # all is saved
        page.reload()
        expect(page.locator(columns[0]).locator(".deal-name")).to_have_text(order)

    def test_a_faster_colleague_is_told_and_the_card_goes_back(self, context, client, page, address):
        here = make_tenant()
        owner = sign_in(client, here)
        with scope.enter(here.id):
            deal = make_opportunity(make_account(), owner, name="Harbour crane")
            db.session.commit()
            key, stages = deal.id, [stage.id for stage in pipeline.stages()]
        secret = client.get_cookie(f"__Host-staff-{here.slug}", domain="seaport.test")
        assert secret is not None
        page.context.add_cookies([{"name": secret.key, "value": secret.value, "url": address}])
        page.goto(f"{address}/{here.slug}/deals/")
        with scope.enter(here.id):
            actions.move(queries.opportunities([key])[0], queries.stage(stages[3]), version=None, by=scope.SYSTEM)
            db.session.commit()
        page.locator(f"#deal-{key}").get_by_role("link").focus()
        page.keyboard.press("Shift+ArrowRight")
        sync_api.expect(page.locator("#toasts")).to_contain_text("it is in “Negotiation” now")
        sync_api.expect(page.locator(f"#stage-{stages[0]}").locator(f"#deal-{key}")).to_have_count(1)
