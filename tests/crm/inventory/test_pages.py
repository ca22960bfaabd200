"""Pages of stock: looked at, moved by hand, counted by keyboard, and what is low."""

from __future__ import annotations

from decimal import Decimal

import pytest

from saas.crm.inventory import actions, count_queries, level_actions, notice_actions, queries, warehouse_actions
from saas.crm.inventory import reservation_actions as reservations
from saas.crm.inventory.models import StockLevel
from saas.crm.transfer import actions as transfer
from saas.crm.transfer import queries as transfer_queries
from saas.db import db, new_id
from saas.tenants import notices, scope
from saas.tenants.models import Event
from saas.tenants.permissions import Permission
from tests.crm.transfer import bringing as transfer_examples
from tests.factories import make_member, make_product, make_tenant, make_warehouse, sign_in, stocked
from tests.pages import whole, words


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


def keep(here, make):
    """What `make` makes in the workspace, committed."""
    with scope.enter(here.id):
        made = make()
        db.session.commit()
        return made


def text(answer) -> str:
    return words(answer.get_data(as_text=True))


def on_hand(here, product, warehouse=None) -> Decimal:
    with scope.enter(here.id):
        return queries.level_of(product.id, warehouse.id if warehouse else None).on_hand


@pytest.mark.shows("PR9")
class TestStock:
    def test_lists_one_line_a_product_or_those_of_a_warehouse(self, here, client):
        def make():
            north = make_warehouse(name="North")
            spindle, nut = stocked(12, name="Spindle"), stocked(3, north, name="Nut")
            actions.take_in(spindle.id, north.id, Decimal("0.5"), by=scope.SYSTEM)
            reservations.reserve([(spindle.id, None, Decimal(2))], ("order", new_id()), by=scope.SYSTEM)
            return north, nut

        north, _nut = keep(here, make)
        sign_in(client, here, "agent")
        page = text(client.get(f"/{here.slug}/stock/"))
        assert "Nut P-00002 3 0 3 0" in page
        assert "Spindle P-00001 12.5 2 10.5 0" in page
        there = text(client.get(f"/{here.slug}/stock/?warehouse={north.id}"))
        assert "Spindle P-00001 0.5 0 0.5 0" in there
        assert text(client.get(f"/{here.slug}/stock/count?warehouse={north.id}")) == "2 products"

    def test_sorts_and_goes_on_by_what_is_available(self, here, client):
        keep(here, lambda: [stocked(number, name=f"Pin {number:02}") for number in range(1, 53)])
        sign_in(client, here, "agent")
        page = client.get(f"/{here.slug}/stock/?sort=-available").get_data(as_text=True)
        assert page.index("Pin 52") < page.index("Pin 03")
        assert "Pin 02" not in page

    def test_moves_and_undoes(self, here, client, post):
        spindle = keep(here, lambda: stocked(12, name="Spindle"))
        main = keep(here, warehouse_actions.first)
        sign_in(client, here, "manager")
        url = f"/{here.slug}/stock/{spindle.id}"
        form = {"warehouse_id": main.id, "quantity": "2.5", "reason": "Broken"}
        page = post(f"{url}/out", data=form, follow_redirects=True).get_data(as_text=True)
        assert "Spindle: −2.5." in words(page)
        assert on_hand(here, spindle) == Decimal("9.5")
        undo = page.split('action="')[1:]
        back = next(part.split('"')[0] for part in undo if "/back" in part.split('"')[0])
        post(back)
        assert on_hand(here, spindle) == 12

    def test_says_what_is_wrong_and_keeps_what_was_typed(self, here, client, post):
        spindle, main = keep(here, lambda: (stocked(12, name="Spindle"), warehouse_actions.first()))
        sign_in(client, here, "manager")
        url = f"/{here.slug}/stock/{spindle.id}/out"
        form = {"warehouse_id": main.id, "quantity": "13", "reason": "Sold at the fair"}
        answer = post(url, data=form)
        assert answer.status_code == 422
        assert "Of Spindle 12 are available in Main warehouse, not 13." in text(answer)
        assert 'value="Sold at the fair"' in answer.get_data(as_text=True)
        assert "above 0" in text(post(url, data=form | {"quantity": "0"}))
        assert on_hand(here, spindle) == 12

    def test_sends_to_another_warehouse_and_takes_in_there(self, here, client, post):
        def make():
            return stocked(12), warehouse_actions.first(), make_warehouse(name="North")

        spindle, main, north = keep(here, make)
        sign_in(client, here, "manager")
        form = {"warehouse_id": main.id, "to_id": north.id, "quantity": "5", "on_its_way": "y"}
        page = post(f"/{here.slug}/stock/{spindle.id}/transfer", data=form, follow_redirects=True)
        assert "5 to North" in text(page)
        (plan,) = keep(here, lambda: queries.transits(spindle.id))
        post(f"/{here.slug}/stock/transfers/{plan.for_id}/arrive")
        assert (on_hand(here, spindle, north), on_hand(here, spindle)) == (5, 12)

    def test_stands_on_the_products_page(self, here, client):
        spindle = keep(here, lambda: stocked(12, name="Spindle"))
        sign_in(client, here, "agent")
        page = words(whole(client, f"/{here.slug}/products/{spindle.id}"))
        assert "On hand 12 Reserved 0 Available 12" in page
        assert "Move stock" not in page
        assert "In +12 12 there now" in page

    def test_is_moved_by_those_who_may(self, here, client, post):
        spindle = keep(here, lambda: stocked(12))
        sign_in(client, here, "agent")
        assert client.get(f"/{here.slug}/stock/{spindle.id}").status_code == 200
        assert client.get(f"/{here.slug}/stock/{spindle.id}/in").status_code == 403
        assert client.get(f"/{here.slug}/settings/warehouses").status_code == 403


class TestMovements:
    def test_are_listed_and_corrected(self, here, client, post):
        spindle = keep(here, lambda: stocked(12, name="Spindle"))
        sign_in(client, here, "manager")
        assert "Spindle" in text(client.get(f"/{here.slug}/stock/movements/?product={spindle.id}&kind=in"))
        assert "No match" in text(client.get(f"/{here.slug}/stock/movements/?kind=out"))
        (made,) = keep(here, lambda: queries.latest_of(spindle.id))
        url = f"/{here.slug}/stock/movements/{made.id}"
        assert post(f"{url}/correct", data={"reason": ""}).status_code == 422
        post(f"{url}/correct", data={"reason": "Typed twice"})
        assert on_hand(here, spindle) == 0
        assert "This movement was corrected" in text(client.get(url))
        assert "corrected already" in text(post(f"{url}/correct", data={"reason": "Again"}))


class TestCounts:
    @pytest.mark.shows("PR9")
    def test_are_typed_looked_at_and_posted(self, here, client, post):
        pin, _nut, main = keep(
            here, lambda: (stocked(9, name="Pin"), stocked(5, name="Nut"), warehouse_actions.first())
        )
        sign_in(client, here, "manager")
        begun = post(
            f"/{here.slug}/stock/counts/", data={"warehouse_id": main.id, "category": "", "note": "Year's end"}
        )
        url = begun.headers["Location"]
        (count,) = keep(here, count_queries.open_counts)
        nut_line, pin_line = keep(here, lambda: count_queries.lines(count.id))
        typed = {f"r{pin_line.id.hex}-counted": "7,5", f"r{nut_line.id.hex}-counted": "five"}
        checked = post(f"{url}/check", data=typed).get_json()
        assert checked[f"r{pin_line.id.hex}"]["counted"] == {"kind": "waiting", "text": "−1.5"}
        assert checked[f"r{nut_line.id.hex}"]["counted"]["kind"] == "wrong"
        wrong = post(url, data=typed)
        assert wrong.status_code == 422
        assert 'value="five"' in wrong.get_data(as_text=True)
        post(url, data=typed | {f"r{nut_line.id.hex}-counted": "5"})
        assert on_hand(here, pin) == 9
        assert "1 product differs" in text(client.get(url))
        post(f"{url}/post")
        assert on_hand(here, pin) == Decimal("7.5")
        assert "Posted" in text(client.get(url))


@pytest.mark.shows("PR10")
class TestLow:
    def low(self, here):
        def make():
            spindle = stocked(10, name="Spindle", unit="piece")
            values = {"warn_below": Decimal(5), "fill_to": Decimal(20), "pack_size": Decimal(6)}
            level_actions.set_warning(spindle.id, None, values, by=scope.SYSTEM)
            actions.take_out(spindle.id, warehouse_actions.first().id, Decimal(6), by=scope.SYSTEM)
            return spindle

        return keep(here, make)

    def test_stands_on_today_and_says_what_to_order(self, here, client):
        self.low(here)
        sign_in(client, here, "manager")
        assert "Spindle 4 available, level 5 order 18" in words(whole(client, f"/{here.slug}/"))
        assert "Spindle All together 4 0 5 20 18 piece" in text(client.get(f"/{here.slug}/stock/order/"))
        assert "Spindle" in text(client.get(f"/{here.slug}/stock/?state=low"))

    def test_is_told_to_those_who_move_stock(self, here):
        self.low(here)
        with scope.enter(here.id):
            ann, bo = make_member("manager"), make_member("agent")
            fall = db.session.query(Event).filter(Event.name == level_actions.LOW).one()
            for _twice in range(2):
                notice_actions.tell_low(fall)
            (line,) = notices.told(ann.id)
            assert line.text == "Of Spindle only 4 are available; the level is 5."
            assert notices.told(bo.id) == []
            assert Permission.STOCK_EDIT.value not in bo.role.rights

    def test_is_set_on_the_page_of_a_products_stock(self, here, client, post):
        spindle, main = keep(here, lambda: (stocked(3), warehouse_actions.first()))
        sign_in(client, here, "manager")
        url = f"/{here.slug}/stock/{spindle.id}/level/{main.id}"
        assert "Fill up to at least" in text(post(url, data={"warn_below": "5", "fill_to": "4"}))
        post(url, data={"warn_below": "5", "fill_to": "", "pack_size": ""})
        with scope.enter(here.id):
            level = db.session.query(StockLevel).filter_by(product_id=spindle.id, warehouse_id=main.id).one()
            assert (level.warn_below, level.low_since is not None) == (5, True)


class TestWarehouses:
    def test_are_kept_in_settings(self, here, client, post):
        sign_in(client, here, "owner")
        url = f"/{here.slug}/settings/warehouses"
        post(url, data={"name": "North", "code": "n1", "address": "Quay 4"})
        page = text(client.get(url))
        assert "North" in page
        assert "N1 · Quay 4" in page
        assert "has this code already" in text(post(url, data={"name": "Other", "code": "N1"}))
        post(f"{url}/rules", data={"below_zero": "y"})
        assert "checked" in client.get(url).get_data(as_text=True).split("below_zero")[1]


class TestCommand:
    def test_says_whether_stock_adds_up(self, here, command):
        spindle = keep(here, lambda: stocked(12, name="Spindle"))
        slug, tenant_id, product_id = here.slug, here.id, spindle.id
        done = command("check-stock", slug)
        assert (done.returncode, done.stdout) == (0, f"{slug}: adds up\n")
        with scope.enter(tenant_id):
            db.session.query(StockLevel).filter_by(product_id=product_id, warehouse_id=None).update({"on_hand": 9})
            db.session.commit()
        done = command("check-stock", slug)
        assert done.returncode == 1
        assert "Spindle, all warehouses: on_hand is 9.000, not 12.000" in done.stderr


class TestFiles:
    LIST = "Product,Warehouse,Quantity,Minimum\nSpindle,North,12,5\nNut,North,2.5,\nNobody,North,x,\n"

    def bring(self, text, **options):
        return transfer_examples.bring(
            "stock", text, lambda run: {"product": {"nobody": "new", "nut": "new"}}, **options
        )

    def undo(self, run):
        transfer.undo(transfer_queries.run(run.id))
        transfer_examples.work_off(run.id)

    @pytest.mark.shows("PR9")
    def test_bring_opening_stock_and_take_it_back(self, tenant):
        spindle = make_product(name="Spindle")
        run = self.bring(self.LIST)
        assert (run.counts["new"], run.counts["refused"]) == (2, 1)
        (north,) = [one for one in queries.warehouses() if one.name == "North"]
        level = queries.level_of(spindle.id, north.id)
        assert (level.on_hand, level.warn_below) == (12, 5)
        assert queries.mismatches() == []
        self.undo(run)
        db.session.expire_all()
        assert queries.level_of(spindle.id, north.id).on_hand == 0
        assert queries.mismatches() == []

    def test_set_right_what_is_there(self, tenant):
        spindle, main = stocked(12, name="Spindle"), warehouse_actions.first()
        again = self.bring("Product,Quantity\nSpindle,20\n")
        assert again.counts == {"skipped": 1}
        reservations.reserve([(spindle.id, None, Decimal(5))], ("order", new_id()), by=scope.SYSTEM)
        run = self.bring("Product,Quantity\nSpindle,20\n", update_by="product")
        assert (run.counts["updated"], queries.level_of(spindle.id, main.id).on_hand) == (1, 20)
        short = self.bring("Product,Quantity\nSpindle,4\n", update_by="product")
        assert short.counts == {"refused": 1}
        self.undo(run)
        db.session.expire_all()
        assert queries.level_of(spindle.id, main.id).on_hand == 12

    def test_stay_where_something_has_moved_since(self, tenant):
        spindle = make_product(name="Spindle")
        run = self.bring("Product,Quantity\nSpindle,20\n")
        main = warehouse_actions.first()
        actions.take_out(spindle.id, main.id, Decimal(3), by=scope.SYSTEM)
        db.session.commit()
        self.undo(run)
        assert queries.level_of(spindle.id, main.id).on_hand == 17

    def test_take_the_list_away(self, here, client):
        keep(here, lambda: stocked(Decimal("12.5"), name="Spindle"))
        sign_in(client, here, "manager")
        page = client.get(f"/{here.slug}/exports/list/stock.csv").get_data(as_text=True)
        assert "Spindle,Main warehouse,12.5" in page
