"""An import and an export as a person meets them."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from hashlib import sha256

import pytest
from sqlalchemy import select

from saas import clock
from saas.crm.customers import actions as customers
from saas.crm.customers.models import Account
from saas.crm.opportunities import pipeline
from saas.crm.transfer import actions, export_actions
from saas.crm.transfer.kind import NEW
from saas.crm.transfer.models import Export, ImportRun, RunState
from saas.db import db
from saas.jobs import runner
from saas.tenants import scope
from saas.tenants.models import Event, Session
from saas.tenants.scope import SYSTEM
from tests.crm.transfer.bringing import bring
from tests.factories import make_account, make_agent, make_tenant, sign_in
from tests.workers import give_up

FILE = "Company,Sector,Year established,Owner\nElbe Systems,medical,1996,Mira\nBaltic Cranes,retail,soon,\n"


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def work(tenant) -> None:
    """What a worker does."""
    while runner.run_tenant(str(tenant.id)):
        pass


def send(post, tenant, content: str = FILE, kind: str = "accounts", name: str = "list.csv"):
    data = {"kind": kind, "file": (io.BytesIO(content.encode()), name)}
    return post(f"/{tenant.slug}/imports/new", data=data, content_type="multipart/form-data")


def filled(page) -> dict[str, str]:
    """The form of a page as it stands: each select with its choice, each radio that is on."""
    html = page.get_data(as_text=True)
    found = {}
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', inner)
        found[name] = chosen[1] if chosen else ""
    for tag in re.findall(r'<input[^>]*type="radio"[^>]*>', html):
        if "checked" in tag:
            found[re.search(r'name="([^"]+)"', tag)[1]] = re.search(r'value="([^"]*)"', tag)[1]
    return found


class TestWizard:
    @pytest.mark.shows("AD8")
    def test_leads_from_file_to_result_and_back(self, here, client, post):
        sign_in(client, here)
        run = send(post, here).location
        page = client.get(run, follow_redirects=True)
        assert "What is in which column?" in text_of(page)
        assert filled(page)["c0"] == "name"
        answer = post(f"{run}/columns", data=filled(page))
        page = client.get(answer.location)
        assert "Mira" in text_of(page)
        assert post(f"{run}/names", data=filled(page)).status_code == 302
        assert "Checking every row" in text_of(client.get(run))
        work(here)
        page = text_of(client.get(run))
        assert "Bring in 1 row" in page
        assert "“soon” is no number" in page
        post(f"{run}/run")
        assert "Bringing the rows in" in text_of(client.get(run))
        work(here)
        assert "1 row is in" in text_of(client.get(run))
        assert "Elbe Systems" in text_of(client.get(f"/{here.slug}/customers/"))
        rows = list(csv.reader(io.StringIO(client.get(f"{run}/refused.csv").data.decode("utf-8-sig"))))
        assert rows[1][:3] == ["Baltic Cranes", "retail", "soon"]
        assert "is no number" in rows[1][-1]
        assert "list.csv" in text_of(client.get(f"/{here.slug}/imports/"))
        post(f"{run}/undo")
        work(here)
        assert "everything is as it was before" in text_of(client.get(run))
        assert "Elbe Systems" not in text_of(client.get(f"/{here.slug}/customers/"))

    def test_says_how_far_it_is_of_all_rows_and_counts_nothing_before_it_is_in(self, here, client, post, monkeypatch):
        sign_in(client, here)
        monkeypatch.setattr(actions, "AT_ONCE", 500)
        run = send(post, here, "Company\n" + "".join(f"Company {n}\n" for n in range(1200))).location
        said = text_of(client.get(run, follow_redirects=True))
        assert "Reading the file 500 / 1,200" in said
        line = text_of(client.get(f"/{here.slug}/imports/"))
        assert "Being read 500 / 1,200 — — — —" in line
        work(here)
        post(f"{run}/columns", data=filled(client.get(f"{run}/columns")))
        work(here)
        post(f"{run}/run")
        with scope.enter(here.id):
            next(actions.proceed(db.session.scalars(select(ImportRun.id)).one(), RunState.RUNNING))
            db.session.commit()
        assert "Being brought in 500 / 1,200 — — — —" in text_of(client.get(f"/{here.slug}/imports/"))
        work(here)
        assert "Done 1,200 — — —" in text_of(client.get(f"/{here.slug}/imports/"))

    def test_counts_one_row_as_one(self, here, client, post):
        sign_in(client, here)
        run = send(post, here, "Company\nElbe\n", name="one.csv").location
        page = client.get(f"{run}/columns")
        assert "one.csv, 1 row. You can leave" in text_of(page)
        post(f"{run}/columns", data=filled(page))
        work(here)
        assert "one.csv, 1 row. Nothing has changed" in text_of(client.get(run))

    def test_asks_for_words_only_where_nobody_knows_them(self, here, client, post):
        """Won and lost are ours; what was said of another word holds for the next file too."""
        sign_in(client, here)

        def after_columns(text: str) -> str:
            run = send(post, here, text, "opportunities").location
            return post(f"{run}/columns", data=filled(client.get(f"{run}/columns"))).location

        assert not after_columns("Deal,Amount\nPumps,5\n").endswith("/names")
        assert not after_columns("Deal,Stage\nPumps,Won\nValves,lost\n").endswith("/names")
        assert not after_columns("Deal,Stage\nPumps,Closed Won\nValves,closed_lost\n").endswith("/names")
        asked = after_columns("Deal,Stage\nHoses,Won\nRings,Closed won\nNuts,Engaging\n")
        page = client.get(asked)
        assert "Engaging" in text_of(page)
        assert list(filled(page).values()) == [NEW]
        post(asked, data=filled(page))
        assert not after_columns("Deal,Stage\nMore,Engaging\n").endswith("/names")

    def test_says_where_new_stages_stand_until_they_are_put_elsewhere(self, here, client):
        sign_in(client, here)
        with scope.enter(here.id):
            run = bring("opportunities", "Deal,Stage\nNuts,Engaging\nBolts,Won\n")
            address = f"/{here.slug}/imports/{run.id}"
        html = client.get(address).get_data(as_text=True)
        assert "“Engaging” is a new stage and stands last" in html
        assert f'href="/{here.slug}/settings/stages"' in html
        with scope.enter(here.id):
            stage = pipeline.stages()[-1]
            pipeline.place(stage, 0, by=SYSTEM)
            db.session.commit()
        assert "stands last" not in client.get(address).get_data(as_text=True)

    def test_shows_the_first_rows_as_they_are_read_before_they_come_in(self, here, client, post):
        """Dates, amounts, words of a choice and names in the reader's way; what can't be read is marked."""
        sign_in(client, here)
        text = (
            "Deal,Company,Value,Engage date,Stage,Ignored\n"
            'Pumps,Elbe Systems,"1,250.5",03/02/2026,Won,x\n'
            "Valves,Elbe Systems,much,03/13/2026,engaging,x\n" + "More,Elbe Systems,1,03/14/2026,won,x\n" * 9
        )
        run = send(post, here, text, "opportunities").location
        post(f"{run}/columns", data=filled(client.get(f"{run}/columns")))
        post(f"{run}/names", data=filled(client.get(f"{run}/names")))
        work(here)
        html = client.get(run).get_data(as_text=True)
        table = re.search(r'<table class="rows preview">(.*?)</table>', html, re.DOTALL)[1]
        rows = [
            [
                re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", cell)).strip()
                for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)
            ]
            for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
        ]
        assert rows[0] == ["Row", "Would be", "Name", "Customer", "Amount", "Opened on", "Stage"]
        assert rows[1] == ["2", "New", "Pumps", "Elbe Systems left empty", "1,250.50", "2 Mar 2026", "Won"]
        assert rows[2][:6] == [
            "3",
            "Refused",
            "Valves",
            "Elbe Systems left empty",
            "much can&#39;t be read",
            "13 Mar 2026",
        ]
        assert len(rows) == 6

    def test_says_what_an_undo_left_and_takes_it_back_later(self, here, client, post):
        """The imports are the command line's; their undo is asked for on the page all the same."""
        sign_in(client, here)
        with scope.enter(here.id):
            run, deals = (
                bring("accounts", FILE + "Fjord,,1999,\n").id,
                bring("opportunities", "Deal,Company\nPumps,Elbe Systems\n").id,
            )
            elbe = db.session.scalars(select(Account).where(Account.name == "Elbe Systems")).unique().one()
            url, its_page = f"/{here.slug}/imports/{run}", f"/{here.slug}/customers/{elbe.id}"
        post(f"{url}/undo")
        work(here)
        page = client.get(url)
        assert "The import is undone, but for 2 records." in text_of(page)
        assert "— Members: Mira 1 customer stands on it." in text_of(page)
        assert re.search(r"2 Elbe Systems · medical · 1996 1 deal stands on it\.", text_of(page))
        assert f'href="{its_page}"' in page.get_data(as_text=True)
        assert "Undo the rest" in text_of(page)
        assert "Partly undone" in text_of(client.get(f"/{here.slug}/imports/"))
        (_head, _mira, line) = csv.reader(io.StringIO(client.get(f"{url}/left.csv").data.decode("utf-8-sig")))
        assert line == ["2", "Elbe Systems · medical · 1996", "1 deal stands on it."]
        post(f"/{here.slug}/imports/{deals}/undo")
        work(here)
        assert "Nothing stands on it any more." in text_of(client.get(url))
        post(f"{url}/undo")
        work(here)
        page = text_of(client.get(url))
        assert "everything is as it was before" in page
        assert "Undo the rest" not in page

    def test_says_when_nothing_could_be_undone_and_what_to_undo_first(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            run = bring("accounts", "Company\nElbe\n").id
            deals = bring("opportunities", "Deal,Company\nPumps,Elbe\n").id
            make_account(name="Its own")
            db.session.commit()
        url = f"/{here.slug}/imports/{run}"
        post(f"{url}/undo")
        work(here)
        page = client.get(url)
        assert "Nothing of it could be undone" in text_of(page)
        assert "is undone" not in text_of(page)
        assert "1 row is in" not in text_of(page)
        assert "Undo these first: list.csv" in text_of(page)
        assert f'href="/{here.slug}/imports/{deals}"' in page.get_data(as_text=True)
        assert "undone" not in text_of(client.get(f"/{here.slug}/imports/")).split("Undo")[0].replace(
            "can be undone", ""
        )
        post(f"/{here.slug}/imports/{deals}/undo")
        post(f"{url}/undo")
        work(here)
        assert "everything is as it was before" in text_of(client.get(url))

    def test_asks_before_it_undoes_and_says_how_many(self, here, client):
        """One click on the page undoes nothing: the form lies in a dialog that counts what would go."""
        sign_in(client, here)
        with scope.enter(here.id):
            make_account(name="Elbe Systems", city="Kiel")
            db.session.commit()
            text = "Company,City,Owner\nElbe Systems,Hamburg,\nBaltic Cranes,Bonn,Mira\nFjord,Oslo,\n"
            run = bring("accounts", text, update_by="name").id
        html = client.get(f"/{here.slug}/imports/{run}").get_data(as_text=True)
        dialog = re.search(r"<dialog[^>]*>.*?</dialog>", html, re.DOTALL)[0]
        assert f"/imports/{run}/undo" in dialog
        assert f"/imports/{run}/undo" not in html.replace(dialog, "")
        said = re.sub(r"<[^>]+>", " ", dialog)
        assert "what the import made: 2 customers and 1 member." in said
        assert "what the import changed: 1 customer." in said

    @pytest.mark.parametrize(
        ("kind", "first", "text", "key"),
        [
            ("accounts", "Company,City\nBefore,Kiel\nKnown,Bonn\n", "Company,City\nKnown,Oslo\nNew,Rome\n", "name"),
            ("contacts", "Name,Company,Mail\nBefore,A,b@x.example\n", "Name,Company\nNew,A\n", ""),
            ("products", "Name\nBefore\n", "Name\nNew\n", ""),
            ("opportunities", "Deal\nBefore\n", "Deal\nNew\n", ""),
        ],
    )
    def test_the_list_behind_it_shows_just_what_came(self, here, client, kind, first, text, key):
        sign_in(client, here)
        with scope.enter(here.id):
            bring(kind, first)
            run = bring(kind, text, update_by=key).id
        html = client.get(f"/{here.slug}/imports/{run}").get_data(as_text=True)
        link = re.search(r'<a class="btn[^"]*btn-primary[^"]*" href="([^"]+)"', html)[1].replace("&amp;", "&")
        page = client.get(link).get_data(as_text=True)
        names = re.findall(r'<a class="name" href="[^"]+">([^<]+)</a>', page)
        assert set(names) == ({"Known", "New"} if key else {"New"})
        assert "list.csv" in text_of(client.get(link)), "the filter says which file"

    @pytest.mark.shows("AD8")
    @pytest.mark.parametrize(
        ("kind", "head", "first", "rows", "state"),
        [
            (
                "cases",
                "Subject,Company,Status",
                "Rattles,Acme,Open",
                ("Leaks,Acme,Open", "Squeaks,Acme,Closed"),
                "Closed",
            ),
            (
                "activities",
                "Subject,When,Company,Owner,Type",
                "Rattles,2020-01-05,Acme,Mira,Call",
                ("Leaks,2020-01-06,Acme,Mira,Call", "Squeaks,2199-01-05,Acme,Mira,Visit"),
                "Planned",
            ),
        ],
    )
    def test_so_do_the_queue_and_the_history_whatever_their_state(self, here, client, kind, head, first, rows, state):
        sign_in(client, here)
        with scope.enter(here.id):
            make_account(owner=make_agent(name="Mira"), name="Acme")
            db.session.commit()
            assert bring(kind, f"{head}\n{first}\n").counts == {"new": 1}
            run = bring(kind, "\n".join((head, *rows, "")))
            assert run.counts == {"new": 2}
            key = run.id
        html = client.get(f"/{here.slug}/imports/{key}").text
        link = re.search(r'<a class="btn[^"]*btn-primary[^"]*" href="([^"]+)"[^>]*>.*?Have a look', html)[1]
        page = text_of(client.get(link.replace("&amp;", "&")))
        assert ["Rattles" in page, "Leaks" in page, "Squeaks" in page, state in page] == [False, True, True, True]
        assert "list.csv" in page, "the filter says which file"

    def test_may_be_left_at_any_step(self, here, client, post):
        sign_in(client, here)
        run = send(post, here).location
        assert "list.csv" in text_of(client.get(f"/{here.slug}/imports/"))
        assert client.get(run).location.endswith("/columns")
        assert post(f"{run}/discard").status_code == 302
        assert client.get(run).status_code == 404

    def test_says_what_is_wrong_with_a_file(self, here, client, post):
        sign_in(client, here)
        answer = send(post, here, "<html>")
        assert answer.status_code == 422
        assert "This is not a sheet" in text_of(answer)
        answer = send(post, here, "MZ", name="list.exe")
        assert answer.status_code == 422
        with scope.enter(here.id):
            assert db.session.scalars(select(ImportRun)).all() == []

    def test_progress_leads_on_when_it_is_over(self, here, client, post):
        sign_in(client, here)
        run = send(post, here).location
        post(f"{run}/columns", data=filled(client.get(f"{run}/columns")))
        post(f"{run}/names", data=filled(client.get(f"{run}/names")))
        assert "0 / 2" in text_of(client.get(f"{run}/progress"))
        work(here)
        assert client.get(f"{run}/progress").headers["HX-Redirect"].endswith(run)

    def test_work_that_was_given_up_says_so_and_goes_on_when_tried_again(self, app, here, client, post, monkeypatch):
        def broken(_run):
            raise OSError("the disk is full")

        sign_in(client, here)
        run = send(post, here).location
        post(f"{run}/columns", data=filled(client.get(f"{run}/columns")))
        post(f"{run}/names", data=filled(client.get(f"{run}/names")))
        monkeypatch.setattr(actions, "_check_chunk", broken)
        give_up(app, here)
        for page in (client.get(run), client.get(f"{run}/progress")):
            assert "nobody tries it any more" in text_of(page)
            assert "hx-trigger" not in page.get_data(as_text=True).partition('id="job"')[2].partition("</div>")[0]
        monkeypatch.undo()
        assert post(f"{run}/again").status_code == 303
        assert "0 / 2" in text_of(client.get(f"{run}/progress"))
        work(here)
        assert "Bring in 1 row" in text_of(client.get(run))

    def test_only_those_who_may_import(self, here, client, post):
        sign_in(client, here, "agent")
        assert client.get(f"/{here.slug}/imports/").status_code == 403
        assert send(post, here).status_code == 403

    def test_members_are_brought_in_by_those_who_may_add_them(self, here, client, post):
        sign_in(client, here, "manager")
        assert send(post, here, "Name\nMira\n", "members").status_code in {403, 422}


class TestExport:
    @pytest.mark.shows("AD8")
    def test_a_list_goes_out_as_it_is_filtered(self, here, client):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            make_account(owner=owner, name="Mine")
            make_account(name="In the pool")
            db.session.commit()
        page = client.get(f"/{here.slug}/customers/?owner=me").get_data(as_text=True)
        link = re.search(r'href="([^"]+accounts\.csv[^"]*)"', page)
        assert link, "the list offers no file"
        text = client.get(link[1].replace("&amp;", "&")).data.decode("utf-8-sig")
        assert [row["Name"] for row in csv.DictReader(io.StringIO(text))] == ["Mine"]
        book = client.get(f"/{here.slug}/exports/list/accounts.xlsx")
        assert zipfile.is_zipfile(io.BytesIO(book.data))
        with scope.enter(here.id):
            assert len(db.session.scalars(select(Event).where(Event.name == "list.exported")).all()) == 2

    @pytest.mark.shows("AD8", "CB8")
    def test_chosen_rows_go_out_alone_and_as_often_as_one_likes(self, here, client, post):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            chosen, _other = make_account(owner=owner, name="Chosen"), make_account(owner=owner, name="Other")
            gone = make_account(owner=owner, name="Gone")
            customers.archive_account(gone, by=owner)
            db.session.commit()
        page = client.get(f"/{here.slug}/customers/").get_data(as_text=True)
        at = f"/{here.slug}/exports/list/accounts/chosen"
        assert f'formaction="{at}.csv"' in page
        once = re.search(r'id="customers-batch".*?name="_once" value="([^"]+)"', page, re.DOTALL)
        assert once, "the bar sends nothing twice"
        sent = {"id": [str(chosen.id), str(gone.id), "x"], "_once": once[1]}
        for _time in range(2):
            text = post(f"{at}.csv", data=sent).data.decode("utf-8-sig")
            assert [row["Name"] for row in csv.DictReader(io.StringIO(text))] == ["Chosen"]
        assert zipfile.is_zipfile(io.BytesIO(post(f"{at}.xlsx", data=sent).data))
        assert "/batches/" in post(f"/{here.slug}/batches/choose", data=sent).location, "the form still works"
        assert post(f"{at}.csv", data={"id": "x"}).status_code == 422

    def test_chosen_rows_are_as_hidden_as_the_list(self, here, client, post):
        sign_in(client, here, "agent")
        with scope.enter(here.id):
            acme = make_account()
            db.session.commit()
        at = f"/{here.slug}/exports/list/accounts/chosen.csv"
        assert post(at, data={"id": str(acme.id)}).status_code == 403
        assert "chosen.csv" not in client.get(f"/{here.slug}/customers/").get_data(as_text=True)

    def test_nobody_takes_away_what_he_may_not_see(self, here, client):
        sign_in(client, here, "agent")
        assert client.get(f"/{here.slug}/exports/list/accounts.csv").status_code == 403

    @pytest.mark.shows("AD8")
    def test_the_owner_takes_everything_away_with_checksums(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            make_account(name="Elbe Systems")
            db.session.commit()
        assert post(f"/{here.slug}/exports/workspace").status_code == 302
        work(here)
        page = client.get(f"/{here.slug}/exports/").get_data(as_text=True)
        link = re.search(rf'href="(/{here.slug}/exports/[0-9a-f-]{{36}})"', page)
        assert link, page
        with zipfile.ZipFile(io.BytesIO(client.get(link[1]).data)) as archive:
            parts = json.loads(archive.read("manifest.json"))["files"]
            assert {"records/accounts.csv", "tables/event.csv", "README.txt"} <= {p["name"] for p in parts}
            for part in parts:
                assert sha256(archive.read(part["name"])).hexdigest() == part["sha256"]
            assert b"Elbe Systems" in archive.read("records/accounts.csv")
            assert b"password" not in archive.read("tables/portal_user.csv")
        with scope.enter(here.id):
            assert db.session.scalars(select(Event).where(Event.name == "workspace.exported")).one()

    def test_a_line_says_how_far_it_is_until_it_is_ready(self, here, client, post):
        sign_in(client, here)
        post(f"/{here.slug}/exports/workspace")
        with scope.enter(here.id):
            made, total = db.session.execute(select(Export.id, Export.total)).one()
        line = f"/{here.slug}/exports/{made}/line"
        assert "It starts in a moment." in text_of(client.get(line))
        with scope.enter(here.id):
            db.session.query(Export).update({"done": 3})
            db.session.commit()
        assert f"3 of {total} parts packed." in text_of(client.get(line))
        assert "hx-trigger" in client.get(line).get_data(as_text=True)
        work(here)
        with scope.enter(here.id):
            assert db.session.scalars(select(Export.done)).one() == total
        assert "Download" in text_of(client.get(line))
        assert "hx-trigger" not in client.get(line).get_data(as_text=True)

    def test_one_that_was_given_up_says_so_and_is_tried_again(self, app, here, client, post, monkeypatch):
        def broken(_export_id):
            raise OSError("the disk is full")

        sign_in(client, here)
        post(f"/{here.slug}/exports/workspace")
        monkeypatch.setattr(export_actions, "make", broken)
        give_up(app, here)
        page = client.get(f"/{here.slug}/exports/")
        assert "nobody tries it any more" in text_of(page)
        assert "hx-trigger" not in re.search(r'<li class="line"[^>]*>', page.get_data(as_text=True))[0]
        monkeypatch.undo()
        again = re.search(r'action="([^"]+/again)"', page.get_data(as_text=True))[1]
        assert post(again).status_code == 303
        work(here)
        assert "Download" in text_of(client.get(f"/{here.slug}/exports/"))

    def test_behind_the_password_the_download_begins_from_the_list(self, here, client, post):
        sign_in(client, here)
        post(f"/{here.slug}/exports/workspace")
        work(here)
        with scope.enter(here.id):
            take = f"/{here.slug}/exports/{db.session.scalars(select(Export.id)).one()}"
            db.session.query(Session).where(Session.tenant_id == here.id).update({"stepped_up_at": None})
            db.session.commit()
        asked = client.get(take).get_data(as_text=True)
        assert f"/{here.slug}/prove?next=/{here.slug}/exports/" in asked
        assert f"{take}/begin" in asked
        with scope.enter(here.id):
            db.session.query(Session).where(Session.tenant_id == here.id).update({"stepped_up_at": clock.now()})
            db.session.commit()
        assert client.get(f"{take}/begin").location == f"/{here.slug}/exports/"
        page = client.get(f"/{here.slug}/exports/").get_data(as_text=True)
        assert f'http-equiv="refresh" content="0;url={take}"' in page
        assert "http-equiv" not in client.get(f"/{here.slug}/exports/").get_data(as_text=True)

    def test_a_manager_does_not_get_the_whole_workspace(self, here, client, post):
        sign_in(client, here)
        post(f"/{here.slug}/exports/workspace")
        work(here)
        with scope.enter(here.id):
            made = db.session.scalars(select(Export.id)).one()
            assert db.session.scalars(select(Account)).all() == []
        sign_in(client, here, "manager")
        assert post(f"/{here.slug}/exports/workspace").status_code == 403
        assert client.get(f"/{here.slug}/exports/{made}").status_code == 404


class TestSettings:
    def test_lead_a_manager_to_the_topics_that_are_open_to_him(self, here, client):
        sign_in(client, here, "manager")
        first = client.get(f"/{here.slug}/settings")
        assert first.location == f"/{here.slug}/settings/members"
        page = client.get(first.location).get_data(as_text=True)
        for topic in ("exports/", "imports/", "profile"):
            assert f'href="/{here.slug}/{topic}' in page
