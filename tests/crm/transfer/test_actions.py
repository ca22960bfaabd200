"""What becomes of rows: brought in once, refused with a reason, changed, undone."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, timedelta
from decimal import Decimal

import psycopg
import pytest
from flask_babel import force_locale
from sqlalchemy import func, select

from saas import clock, sheets
from saas.crm.activities import times
from saas.crm.activities.models import Activity
from saas.crm.customers import actions as customers
from saas.crm.customers.models import Account, Contact, Standing
from saas.crm.opportunities.models import Opportunity, StageChange
from saas.crm.products import price_actions as prices
from saas.crm.products.models import Product
from saas.crm.service_desk import notice_actions, queue
from saas.crm.service_desk.models import TO_DO, Case, CaseKind, CaseState, Channel
from saas.crm.transfer import actions, column_actions, export_actions, preview, queries, refused, register, undo_queries
from saas.crm.transfer.kind import NEW
from saas.crm.transfer.models import ImportRow, RowState, RunState
from saas.crm.transfer.reasons import sentence
from saas.crm.transfer.states import NotNow
from saas.db import db
from saas.run import postgres
from saas.tenants import queries as tenants
from saas.tenants.actions import attachments, people
from saas.tenants.models import Delivery, Event, File, Member, MemberStatus, Notice
from saas.tenants.scope import SYSTEM
from tests.crm.products.test_pricing import make_list
from tests.crm.transfer.bringing import bring, opened, work_off
from tests.factories import (
    make_account,
    make_activity,
    make_agent,
    make_case,
    make_contact,
    make_member,
    make_portal_user,
    make_product,
    stocked,
)

PEOPLE = "Name,Company,Mail\nKim Lee,Elbe Systems,kim@elbe.example\nJo Park,Baltic Cranes,\n"
MIXED = (
    "Company,Sector,Year established,Owner,Subsidiary of,Mail\n"
    "Elbe Systems,medical,1996,Mira,,info@elbe.example\n"
    "Baltic Cranes,retail,soon,,,\n"
    ",retail,1999,,,\n"
    "ELBE systems,medical,1996,,,\n"
    "Fjord AS,finance,2001,Mira,Elbe Systems,\n"
)


def accounts() -> dict[str, Account]:
    return {a.name: a for a in db.session.scalars(select(Account)).unique()}


def reasons(run) -> dict[int, str]:
    return {row.number: sentence(row.reason) for row in queries.rows_after(run.id, 0, 100) if row.reason}


def undone(run):
    actions.undo(run)
    return work_off(run.id)


def in_turn() -> list[str]:
    """The subjects of what is to do, the first first."""
    return list(db.session.scalars(select(Case.subject).where(Case.state.in_(TO_DO)).order_by(Case.turn, Case.id)))


def left(run) -> dict[str, str]:
    return {one.record.name: sentence(one.reason) for one in undo_queries.left(queries.run(run.id))}


class TestCheck:
    def test_says_what_would_happen_and_changes_nothing(self, tenant):
        run = opened("accounts", MIXED)
        column_actions.set_columns(run, list(run.columns), {})
        actions.check(run)
        run = work_off(run.id)
        assert run.state is RunState.CHECKED
        assert run.counts == {"new": 2, "skipped": 1, "refused": 2}
        assert accounts() == {}
        assert db.session.scalars(select(Member)).all() == []
        said = reasons(run)
        assert said[3] == "Year established: “soon” is no number."
        assert said[4] == "“Name” is empty."
        assert said[5] == "Row 2 says the same."

    def test_says_all_that_is_wrong_with_a_row(self, tenant):
        run = opened("accounts", "Company,Year established,Mail\nElbe,soon,nowhere\n")
        column_actions.set_columns(run, list(run.columns), {})
        actions.check(run)
        said = reasons(work_off(run.id))
        wrong = "Year established: “soon” is no number. Mail: “nowhere” is not a whole mail address."
        assert list(said.values()) == [wrong]

    def test_an_import_that_was_not_checked_is_not_brought_in(self, tenant):
        run = opened("accounts", MIXED)
        with pytest.raises(NotNow):
            actions.bring_in(run)

    def test_two_columns_for_one_field_are_refused(self, tenant):
        run = opened("accounts", MIXED)
        with pytest.raises(Exception, match="two columns"):
            column_actions.set_columns(run, ["name", "name"], {})


class TestBringIn:
    def test_writes_records_with_owner_pool_parent_and_events(self, tenant):
        run = bring("accounts", MIXED)
        found = accounts()
        assert set(found) == {"Elbe Systems", "Fjord AS"}
        elbe, fjord = found["Elbe Systems"], found["Fjord AS"]
        assert fjord.parent_id == elbe.id
        assert elbe.owner.name == "Mira"
        assert elbe.owner.status is MemberStatus.PLACEHOLDER
        assert elbe.standing is Standing.TRACKED
        assert elbe.reclaim_at is not None
        events = db.session.scalars(select(Event).where(Event.name == "account.created")).all()
        assert {e.batch_id for e in events} == {run.batch_id}

    def test_writes_tax_numbers_as_their_country_has_them_and_takes_them_out_again(self, tenant):
        bring("accounts", "Company,VAT number,Country\nElbe,136 695 976,Germany\nFjord,odd one,Norway\n")
        assert {name: one.tax_number for name, one in accounts().items()} == {"Elbe": "DE136695976", "Fjord": "odd one"}
        field = register.kind("accounts").field("tax_number")
        assert register.kind("accounts").cells(accounts()["Elbe"], [field]) == ["DE136695976"]

    @pytest.mark.shows("AD8")
    def test_the_same_file_twice_adds_nothing(self, tenant):
        bring("accounts", MIXED)
        bring("contacts", PEOPLE)
        before = (len(accounts()), len(db.session.scalars(select(Contact)).unique().all()))
        assert bring("accounts", MIXED).counts["skipped"] == 3
        assert bring("contacts", PEOPLE).counts == {"skipped": 2}
        assert (len(accounts()), len(db.session.scalars(select(Contact)).unique().all())) == before

    def test_corrected_rows_are_sent_again_without_doubling(self, tenant):
        run = bring("accounts", MIXED)
        rows = [[*r.cells, r.number, sentence(r.reason)] for r in queries.each_row(run.id, RowState.REFUSED)]
        text = b"".join(sheets.csv_lines([*run.header, "Row", "Reason"], rows)).decode("utf-8-sig")
        text = text.replace("soon", "1975").replace(",retail,1999", "Kai Werft,retail,1999", 1)
        again = bring("accounts", text)
        assert again.counts["new"] == 2, reasons(again)
        assert set(accounts()) == {"Elbe Systems", "Fjord AS", "Baltic Cranes", "Kai Werft"}

    def test_done_twice_it_does_nothing_more(self, tenant):
        run = opened("accounts", MIXED)
        column_actions.set_columns(run, list(run.columns), {})
        actions.check(run)
        run = work_off(run.id)
        actions.bring_in(run)
        db.session.commit()
        for _chunk in actions.proceed(run.id, RunState.RUNNING):
            db.session.commit()
        for _chunk in actions.proceed(run.id, RunState.RUNNING):
            raise AssertionError("there was nothing left to do")
        assert len(accounts()) == 2

    def test_goes_on_behind_the_last_chunk_that_was_committed(self, tenant, monkeypatch):
        monkeypatch.setattr(actions, "CHUNK", 2)
        run = opened("products", "Product,Price\n" + "".join(f"P{n},{n}\n" for n in range(7)))
        column_actions.set_columns(run, list(run.columns), {})
        actions.check(run)
        run = work_off(run.id)
        actions.bring_in(run)
        db.session.commit()
        work = actions.proceed(run.id, RunState.RUNNING)
        next(work)
        db.session.commit()
        work.close()
        db.session.rollback()
        assert work_off(run.id).counts == {"new": 7}
        assert len(db.session.scalars(select(Product)).all()) == 7

    def test_updates_what_is_found_by_a_field(self, tenant):
        make_account(name="Elbe Systems", city="Hamburg", phone="040 1")
        run = bring("accounts", "Company,City,Phone\nelbe systems,Kiel,\nNew One,Bonn,\n", update_by="name")
        assert run.counts == {"new": 1, "updated": 1}
        elbe = accounts()["elbe systems"]
        assert (elbe.city, elbe.phone) == ("Kiel", "040 1")  # an empty cell overwrites nothing

    def test_leaves_what_the_importer_may_not_change(self, tenant):
        agent = make_agent()
        agent.role.rights = agent.role.rights | {"transfer.import": "all"}
        make_account(name="Theirs", city="Bonn")
        make_account(owner=agent, name="Mine", city="Bonn")
        db.session.commit()
        run = bring("accounts", "Company,City\nTheirs,Kiel\nMine,Kiel\n", by=agent, update_by="name")
        assert run.counts == {"refused": 1, "updated": 1}
        assert accounts()["Theirs"].city == "Bonn"

    def test_stops_when_the_right_is_gone(self, tenant):
        manager = make_member("manager")
        db.session.commit()
        run = opened("accounts", MIXED, by=manager)
        column_actions.set_columns(run, list(run.columns), {})
        actions.check(run)
        run = work_off(run.id)
        actions.bring_in(run)
        member = db.session.scalars(select(Member).where(Member.id == manager.id)).one()
        member.status = MemberStatus.DISABLED
        run = work_off(run.id)
        assert accounts() == {}
        assert "may no longer" in (run.reason or "")


class TestActivities:
    def test_what_lies_behind_is_history_and_counts_as_contact(self, tenant):
        make_account(owner=make_agent(name="Mira"), name="Elbe")
        db.session.commit()
        rows = ("Call,2020-03-31 14:05,Spoke,Elbe,", "Visit,2199-01-05,,Elbe,Kai", "Task,2020-01-01,,,")
        text = "\n".join(("Type,Date,Notes,Company,Owner", *rows, ""))
        run = bring("activities", text)
        assert run.counts == {"new": 2, "refused": 1}, reasons(run)
        call, visit = db.session.scalars(select(Activity).order_by(Activity.starts_at)).unique()
        assert (call.owner.name, call.is_open, visit.owner.name, visit.is_open) == ("Mira", False, "Kai", True)
        assert accounts()["Elbe"].last_contact_at == call.starts_at
        assert bring("activities", text).counts == {"skipped": 2, "refused": 1}
        undone(queries.run(run.id))
        assert db.session.scalars(select(Activity)).unique().all() == []

    def test_days_without_an_hour_are_kept_as_days(self, tenant):
        """Planned it lies on its owner's day; done it is that day for whoever reads it."""
        tenant.timezone = "Asia/Shanghai"
        make_agent(name="Mira")
        db.session.commit()
        text = "Type,Subject,Date,Owner\nVisit,Then,2199-01-05,Mira\nCall,Before,2020-03-31,Mira\n"
        run = bring("activities", text)
        before, then = db.session.scalars(select(Activity).order_by(Activity.starts_at)).unique()
        assert (then.due_on, before.due_on) == (date(2199, 1, 5), date(2020, 3, 31))
        day = times.day(then.due_on, then.owner.timezone)
        assert (then.starts_at, then.late_at) == (day.start, day.end)
        assert clock.local(before.done_at, "America/Los_Angeles").date() == before.due_on
        assert [cells[2].text for _row, cells in preview.of(run, queries.rows_after(run.id, 0, 1)).rows] == [
            "5 Jan 2199"
        ]

    def test_moved_by_a_file_it_is_late_when_it_says_now(self, tenant):
        make_agent(name="Mira")
        db.session.commit()
        text = "ID,Type,Subject,Date,Owner\nV1,Visit,Then,2199-01-05 10:00,Mira\n"
        bring("activities", text)
        run = bring("activities", text.replace("05 10:00", "07"), update_by="reference")
        moved = db.session.scalars(select(Activity)).unique().one()
        assert (moved.due_on, moved.late_at) == (date(2199, 1, 7), times.day(moved.due_on, moved.owner.timezone).end)
        undone(queries.run(run.id))
        moved = db.session.scalars(select(Activity)).unique().one()
        assert (moved.due_on, moved.late_at, moved.starts_at.hour) == (None, moved.starts_at, 10)


class TestUndo:
    @pytest.mark.shows("AD8")
    def test_takes_out_what_it_made_and_puts_back_what_it_changed(self, tenant):
        make_account(name="Old One", city="Hamburg")
        db.session.commit()
        text = "Company,City,Owner,Subsidiary of\nOld One,Kiel,,\nNew One,Bonn,Mira,Old One\nNewer,Bonn,,New One\n"
        run = bring("accounts", text, update_by="name")
        run = undone(run)
        assert run.state is RunState.UNDONE
        assert run.counts.get("kept") is None
        assert {name: a.city for name, a in accounts().items()} == {"Old One": "Hamburg"}
        assert db.session.scalars(select(Member).where(Member.status == MemberStatus.PLACEHOLDER)).all() == []
        assert bring("accounts", text).counts == {"new": 2, "skipped": 1}  # and may come in again

    def test_keeps_what_somebody_has_worked_with_and_says_so(self, tenant):
        run = bring("accounts", "Company,City\nTouched,Bonn\nUsed,Bonn\nPlain,Bonn\n")
        found = accounts()
        customers.change_account(found["Touched"], {"city": "Kiel"}, version=None, by=SYSTEM)
        make_contact(found["Used"])
        db.session.commit()
        run = undone(queries.run(run.id))
        assert set(accounts()) == {"Touched", "Used"}
        assert (run.counts["kept"], run.counts["held"]) == (2, 1)
        assert left(run) == {
            "Touched": "Somebody has changed it since, so it stays.",
            "Used": "1 contact stands on it.",
        }

    def test_takes_the_rest_back_once_nothing_stands_on_it(self, tenant):
        """Deals, people, calls and cases hold their customers; nothing of them is left on these when they are gone."""
        run = bring("accounts", "Company\nElbe\nFjord\nBaltic\nAlone\n")
        later = [
            bring("opportunities", "Deal,Company,Stage\nA,Elbe,Won\nB,Elbe,Engaging\nC,Elbe,Lost\n"),
            bring("contacts", "Name,Company\nKim Lee,Fjord\n"),
            bring("activities", "Subject,When,Company,Owner,Type\nAsked,2026-01-05 10:00,Fjord,Mira,Call\n"),
            bring("cases", "Subject,Company\nIt rattles,Baltic\n"),
        ]
        run = undone(queries.run(run.id))
        assert left(run) == {
            "Elbe": "3 deals stand on it.",
            "Fjord": "1 contact and 1 activity stand on it.",
            "Baltic": "1 case stands on it.",
        }
        for one in later:
            assert undone(queries.run(one.id)).counts.get("kept") is None
        assert left(run) == {"Elbe": "", "Fjord": "", "Baltic": ""}
        assert run.can_be_undone(clock.now())
        run = undone(queries.run(run.id))
        assert accounts() == {}
        assert run.counts == {"new": 4}
        assert not run.can_be_undone(clock.now())

    def test_is_not_offered_again_where_all_that_is_left_was_changed(self, tenant):
        run = bring("accounts", "Company,City\nTouched,Bonn\n")
        customers.change_account(accounts()["Touched"], {"city": "Kiel"}, version=None, by=SYSTEM)
        db.session.commit()
        run = undone(queries.run(run.id))
        assert run.counts["kept"] == 1
        with pytest.raises(NotNow):
            actions.undo(run)

    def test_of_the_rest_ends_with_the_thirty_days(self, tenant):
        run = bring("accounts", "Company\nUsed\n")
        make_contact(accounts()["Used"])
        db.session.commit()
        run = undone(queries.run(run.id))
        assert run.can_be_undone(clock.now())
        clock.shift(30 * 24 * 3600)
        assert not run.can_be_undone(clock.now())

    def test_keeps_the_company_above_one_that_stays(self, tenant):
        run = bring("accounts", "Company,Subsidiary of\nNord,Group\nGroup,\nAlone,Group\n")
        make_contact(accounts()["Nord"])
        db.session.commit()
        run = undone(queries.run(run.id))
        assert left(run) == {"Nord": "1 contact stands on it.", "Group": "1 customer stands on it."}
        assert accounts()["Nord"].parent_id == accounts()["Group"].id

    def test_takes_out_companies_that_belong_to_each_other(self, tenant):
        run = bring("accounts", "Company,Subsidiary of\nA,B\nB,C\nC,A\nD,A\n")
        assert undone(run).counts == {"new": 4}
        assert accounts() == {}

    def test_keeps_files_and_people_of_the_portal(self, tenant):
        by_name = bring("contacts", "Name,Company,Mail\nKim Lee,Elbe,kim@elbe.example\nJo Park,Fjord,\n")
        kim, jo = db.session.scalars(select(Contact).order_by(Contact.name.desc())).unique()
        make_portal_user(kim)
        attachments.attach(jo.account, io.BytesIO(b"as agreed"), "agreed.txt", by=SYSTEM)
        db.session.commit()
        run = undone(by_name)
        assert left(run) == {
            "Kim Lee": "1 person in the portals stands on it.",
            "Elbe": "1 contact stands on it.",
            "Fjord": "1 file stands on it.",
        }
        file = db.session.scalars(select(File).where(File.subject_kind == "account")).one()
        attachments.remove(file, accounts()["Fjord"], by=SYSTEM)
        db.session.commit()
        run = undone(queries.run(run.id))
        assert set(left(run)) == {"Kim Lee", "Elbe"}
        assert db.session.scalars(select(File).where(File.subject_kind == "account")).all() == []

    def test_goes_on_behind_the_last_chunk_that_was_committed(self, tenant, monkeypatch):
        monkeypatch.setattr("saas.crm.transfer.undo_actions.CHUNK", 2)
        run = bring("accounts", "Company\nA\nB\nC\nD\nE\n")
        make_contact(accounts()["C"])
        db.session.commit()
        actions.undo(run)
        db.session.commit()
        next(actions.proceed(run.id, RunState.UNDOING))  # one chunk, then the process dies
        db.session.commit()
        assert set(accounts()) == {"A", "B", "C"}
        run = work_off(run.id)
        assert (run.state, run.counts["held"], set(accounts())) == (RunState.UNDONE, 1, {"C"})

    def test_leaves_what_named_something_that_is_no_more(self, tenant):
        """The product of before went with the import that had brought it."""
        products = bring("products", "Name\nAnchor\n")
        bring("products", "Name\nRope\n")
        deals = "ID,Deal,Amount,Product\n{}"
        bring("opportunities", deals.format("D1,A,5,Anchor\nD2,B,5,Rope\n"))
        changed = bring("opportunities", deals.format("D1,A,6,Rope\nD2,B,6,Rope\n"), update_by="reference")
        assert undone(queries.run(products.id)).counts.get("kept") is None
        run = undone(queries.run(changed.id))
        assert left(run) == {"A": "What it named before the import is no more, so it stays as it is."}
        assert {d.name: d.amount for d in db.session.scalars(select(Opportunity)).unique()} == {"A": 6, "B": 5}
        assert (run.counts["kept"], run.counts["held"]) == (1, 0)
        assert not run.can_be_undone(clock.now())

    def test_leaves_what_somebody_changes_while_it_looks(self, tenant, config, monkeypatch):
        """It was read with something else before it was locked, and is another by then."""
        make_account(name="Elbe", city="Hamburg")
        db.session.commit()
        run = bring("accounts", "Company,City\nElbe,Bonn\n", update_by="name")
        open_rows, seen = undo_queries.open_rows, []

        def meanwhile(*given):
            rows = open_rows(*given)
            seen.append(accounts()["Elbe"])
            with psycopg.connect(postgres.dsn(config.admin_url)) as other:
                other.execute("update account set city = 'Kiel', version = version + 1 where city = 'Bonn'")
            return rows

        monkeypatch.setattr(undo_queries, "open_rows", meanwhile)
        run = undone(queries.run(run.id))
        assert (accounts()["Elbe"].city, run.counts["kept"]) == ("Kiel", 1)

    def test_takes_deals_out_with_their_way(self, tenant):
        run = bring("opportunities", "Deal,Stage,Amount,Product\nA,Won,5,Anchor\nB,Engaging,,\n")
        assert len(db.session.scalars(select(StageChange)).all()) == 2
        undone(run)
        assert db.session.scalars(select(Opportunity)).all() == []
        assert db.session.scalars(select(StageChange)).all() == []


class TestNames:
    def test_a_spelling_is_offered_once_and_remembered(self, tenant):
        make_product(name="GTX Pro")
        db.session.commit()
        text = "Deal,Product\nA,GTXPro\n"
        run = opened("opportunities", text)
        column_actions.set_columns(run, list(run.columns), {})
        entry = run.matches["product"]["gtxpro"]
        assert entry["sure"]
        assert entry["means"] == str(db.session.scalars(select(Product.id)).one())
        run = bring("opportunities", text)
        assert db.session.scalars(select(Opportunity)).one().product_id is not None
        again = opened("opportunities", "Deal,Product\nB,gtxpro\n")
        column_actions.set_columns(again, list(again.columns), {})
        assert "product" not in again.matches

    def test_chosen_columns_are_remembered(self, tenant):
        run = opened("accounts", "Firm,Ort\nElbe,Kiel\n")
        assert run.columns == ["", ""]
        column_actions.set_columns(run, ["name", "city"], {})
        db.session.commit()
        assert opened("accounts", "Firm,Ort\nAlster,Bonn\n").columns == ["name", "city"]


class TestPreview:
    def test_shows_cells_as_they_are_understood(self, tenant):
        make_product(name="GTX Pro")
        run = opened("opportunities", "Deal,Product,Chance,Close date\nA,GTXPro,80%,13.02.26\nB,Rope,,\n")
        column_actions.set_columns(run, list(run.columns), {})
        shown = preview.of(run, queries.rows_after(run.id, 0, 5))
        assert [str(field.label) for field in shown.fields] == ["Name", "Product", "Probability", "Closed on"]
        first, second = ([(cell.text, cell.note) for cell in cells] for _row, cells in shown.rows)
        assert first == [("A", ""), ("GTX Pro", "GTXPro"), ("80", ""), ("13 Feb 2026", "")]
        assert second[1:] == [("Rope", "left empty"), ("", ""), ("", "")]


class TestExport:
    def test_our_own_export_adds_nothing(self, tenant, tmp_path):
        agent = make_agent(name="Mira")
        parent = make_account(owner=agent, name="Elbe", revenue=Decimal("12.50"), employees=7)
        make_contact(make_account(owner=agent, name="Alster", parent_id=parent.id), name="Kim", email="kim@a.example")
        anchor = make_product(name="Anchor", price=Decimal("7.25"))
        prices.set_prices(make_list(name="Spring").id, {(anchor.id, Decimal(10)): (Decimal(7), None)}, by=agent)
        stocked("2.5", name="Bollard")
        make_activity(owner=agent, account=parent)
        make_case(parent)
        later = clock.now() + timedelta(minutes=5)
        make_case(parent, state=CaseState.CLOSED, closed_at=later, solved_at=later)
        db.session.commit()
        bring("opportunities", "Deal,Stage,Amount,Customer,Product\nA,Won,5,Elbe,Anchor\nB,Prospecting,,,\n")
        path = tmp_path / "all.zip"
        for _part in export_actions.write_workspace(path, by=SYSTEM):
            db.session.commit()
        db.session.commit()
        with zipfile.ZipFile(path) as archive:
            for kind in register.kinds():
                text = archive.read(f"records/{kind}.csv").decode("utf-8-sig")
                run = bring(kind, text)
                assert set(run.counts) == {"skipped"}, (kind, run.counts, reasons(run))
                keys = [f.key for f in register.kind(kind).key_fields()] or ["reference"]
                run = bring(kind, text, update_by="reference" if "reference" in run.columns else keys[0])
                assert set(run.counts) == {"skipped"}, (kind, run.counts, reasons(run))

    @pytest.mark.parametrize(
        "payload", ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "'=x", "＝1", '=HYPERLINK("http://x")']
    )
    def test_formulas_go_out_inert_and_come_back_as_they_were(self, tenant, payload):
        make_account(name="Plain", remarks=f"{payload}x")
        db.session.commit()
        kind = register.kind("accounts")
        rows = list(export_actions._cells(kind, kind.fields))
        text = b"".join(sheets.csv_lines([str(f.label) for f in kind.fields], rows)).decode("utf-8-sig")
        cell = next(csv.DictReader(io.StringIO(text)))["Remarks"]
        assert cell.startswith("'")
        changed = db.session.scalars(select(Account)).unique().one()
        changed.remarks = None
        db.session.commit()
        bring("accounts", text, update_by="number")
        assert db.session.scalars(select(Account.remarks)).one() == f"{payload}x".strip()


def test_a_file_that_is_refused_leaves_nothing(tenant):
    for content in ("", "\0\1\2", "<html>"):
        with pytest.raises(Exception, match=r"file|sheet"):
            actions.start(register.kind("accounts"), io.BytesIO(content.encode()), "x.csv", by=SYSTEM)
        db.session.rollback()
    assert db.session.scalars(select(ImportRow)).all() == []


def test_what_can_no_longer_be_undone_is_forgotten(tenant):
    run = bring("accounts", MIXED)
    assert actions.forget_old() == 0
    clock.shift(31 * 24 * 3600)
    assert actions.forget_old() == 1
    db.session.commit()
    assert queries.rows_after(run.id, 0, 10) == []
    assert not queries.run(run.id).can_be_undone(clock.now())
    assert len(accounts()) == 2


TICKETS = """Complaint ID,Date received,Company,Issue,Sub-issue,Status,Submitted via
2105582,09/12/2016,Equifax,Credit report,Took too long,Closed with explanation,Web
2105601,09/14/2016,Navient,Repaying your loan,,In progress,Phone
2105602,09/15/2016,Navient,Repaying your loan,,Lost in space,Phone
"""


class TestCases:
    def test_come_in_with_where_they_stand(self, tenant):
        run = bring("cases", TICKETS, order="mdy")
        assert run.counts == {"new": 2, "refused": 1}
        done, open_ = db.session.scalars(select(Case).order_by(Case.created_at)).unique()
        assert (done.subject, done.account.name, done.kind) == (
            "Credit report · Took too long",
            "Equifax",
            CaseKind.COMPLAINT,
        )
        assert (done.state, done.channel, done.closed_at) == (CaseState.CLOSED, Channel.PORTAL, done.created_at)
        assert (open_.state, open_.channel, open_.closed_at) == (CaseState.OPEN, Channel.PHONE, None)
        assert open_.created_at.year == 2016
        assert bring("cases", TICKETS, order="mdy").counts == {"skipped": 2, "refused": 1}

    def test_closed_on_the_day_they_came_in_is_not_before(self, tenant):
        """One of the two has an hour, the other is a day alone."""
        rows = "A,Elbe,2026-03-02,2026-03-02 07:00\nB,Elbe,2026-03-02 23:00,2026-03-02\nC,Elbe,2026-03-02,2026-03-01\n"
        assert bring("cases", f"Subject,Company,Received on,Closed on\n{rows}").counts == {"new": 2, "refused": 1}
        assert all(case.closed_at >= case.created_at for case in db.session.scalars(select(Case)).unique())

    def test_brought_in_again_they_were_solved_when_we_solved_them(self, tenant):
        def now_in_the_file(state: str) -> tuple[object, ...]:
            bring("cases", TICKETS.replace("In progress", state), order="mdy", update_by="reference")
            return db.session.execute(
                select(Case.state, Case.solved_at, Case.closed_at).where(Case.id == case.id)
            ).one()

        bring("cases", TICKETS, order="mdy")
        case = db.session.scalars(select(Case).where(Case.state == CaseState.OPEN)).unique().one()
        solved = case.created_at + timedelta(days=3)
        case.state, case.solved_at = CaseState.SOLVED, solved
        db.session.commit()
        assert now_in_the_file("Resolved") == (CaseState.SOLVED, solved, None)
        assert now_in_the_file("Closed") == (CaseState.CLOSED, solved, solved)

    def test_brought_in_again_they_have_their_turn_by_what_is_told_now(self, tenant):
        """The more pressing one goes first; one that comes back waits from now on; an undo restores the order."""
        head = "Case ID,Received,Customer,Subject,State,Priority\n"
        first = "1,2026-03-01 08:00,Elbe,Old,{},{}\n2,2026-03-02 08:00,Elbe,Newer,{},Normal\n"
        third = "3,2026-03-03 08:00,Elbe,Newest,{},Normal\n"
        bring("cases", head + first.format("Waiting", "Normal", "Open") + third.format("Closed"))
        assert in_turn() == ["Newer"]
        before = db.session.execute(select(Case.subject, Case.turn, Case.moved_at).order_by(Case.subject)).all()
        text = head + first.format("Open", "Normal", "Open") + third.format("Open")
        run = bring("cases", text, update_by="reference")
        assert run.counts == {"updated": 2, "skipped": 1}
        assert in_turn()[0] == "Newer"
        assert set(in_turn()) == {"Newer", "Newest", "Old"}
        for case in db.session.scalars(select(Case).where(Case.subject != "Newer")).unique():
            assert clock.now() - case.moved_at < timedelta(minutes=1)
            assert abs(queue.since(case.turn) - case.moved_at) < timedelta(seconds=1)
        undone(run)
        assert db.session.execute(select(Case.subject, Case.turn, Case.moved_at).order_by(Case.subject)).all() == before

    def test_a_priority_told_now_moves_them_within_the_queue(self, tenant):
        head = "Case ID,Received,Customer,Subject,State,Priority\n"
        row = "{},2026-03-0{} 08:00,Elbe,{},Open,{}\n"
        bring("cases", head + row.format(1, 1, "Old", "Normal") + row.format(2, 2, "Newer", "Normal"))
        assert in_turn() == ["Old", "Newer"]
        bring("cases", head + row.format(2, 2, "Newer", "Urgent"), update_by="reference")
        assert in_turn() == ["Newer", "Old"]
        bring("cases", head + row.format(2, 2, "Newer", "Normal"), update_by="reference")
        assert in_turn() == ["Old", "Newer"]  # waiting since it was received, as before

    def test_one_received_earlier_than_was_thought_waits_since_then(self, tenant):
        head = "Case ID,Received,Customer,Subject,State\n"
        row = "{},2026-0{}-02 08:00,Elbe,{},Open\n"
        bring("cases", head + row.format(1, 3, "Old") + row.format(2, 4, "Newer"))
        bring("cases", head + row.format(2, 1, "Newer"), update_by="reference")
        assert in_turn() == ["Newer", "Old"]
        newer = db.session.scalars(select(Case).where(Case.subject == "Newer")).unique().one()
        assert newer.moved_at == newer.created_at

    def test_one_that_is_closed_now_moved_when_it_was_closed(self, tenant):
        head = "Case ID,Received,Customer,Subject,State,Closed on\n"
        bring("cases", head + "1,2026-03-01 08:00,Elbe,Old,Open,\n")
        bring("cases", head + "1,2026-03-01 08:00,Elbe,Old,Closed,2026-03-05 08:00\n", update_by="reference")
        case = db.session.scalars(select(Case)).unique().one()
        assert (case.state, case.moved_at) == (CaseState.CLOSED, case.closed_at)
        assert case.closed_at.day == 5

    def test_nobody_is_told_of_them(self, tenant):
        make_agent()
        bring("cases", TICKETS)
        asked = db.session.scalars(select(Delivery).where(Delivery.handler == "crm.tell_case_filed")).all()
        for one in asked:
            notice_actions.tell_filed(db.session.get(Event, (one.tenant_id, one.event_id)))
        assert db.session.scalar(select(func.count()).select_from(Notice)) == 0

    def test_are_taken_out_again_with_what_was_made_for_them(self, tenant):
        run = bring("cases", TICKETS)
        assert undone(run).state is RunState.UNDONE
        assert db.session.scalar(select(func.count()).select_from(Case)) == 0
        assert db.session.scalar(select(func.count()).select_from(Account)) == 0


class TestWonDeals:
    SOLD = "Reference,Name,Customer,Stage\nD-1,Pumps,Elbe Systems,Won\nD-2,Valves,Elbe Systems,Lost\n"

    def test_make_customers_of_their_accounts_until_they_are_undone(self, tenant):
        make_account(name="Elbe Systems", owner=make_agent())
        run = bring("opportunities", self.SOLD)
        assert run.counts["new"] == 2
        elbe = db.session.scalars(select(Account)).unique().one()
        assert (elbe.standing, elbe.reclaim_at) == (Standing.CUSTOMER, None)
        undone(run)
        elbe = db.session.scalars(select(Account)).unique().one()
        assert elbe.standing is Standing.TRACKED
        assert elbe.reclaim_at is not None


class TestWhoLeft:
    def test_gets_nothing_and_a_placeholder_stands_in(self, tenant):
        everyone = make_member(role="owner"), make_agent(), make_agent(name="Mira Vale")
        bring("accounts", "Company,Owner\nElbe,Mira Vale\n")
        boss, heir, gone = (tenants.member(one.id) for one in everyone)
        people.remove(gone, by=boss, successor=heir)
        db.session.commit()
        run = opened("accounts", "Company,Owner\nAlster,Mira Vale\n")
        column_actions.set_columns(run, list(run.columns), {})
        assert run.matches["owner"]["mira vale"]["means"] == NEW
        bring("accounts", "Company,Owner\nAlster,Mira Vale\n")
        assert accounts()["Alster"].owner_id != gone.id
        assert accounts()["Alster"].owner.status is MemberStatus.PLACEHOLDER
        assert accounts()["Elbe"].owner_id == heir.id

    def test_leaving_after_the_names_were_settled_refuses_the_rows(self, tenant):
        gone = make_agent(name="Mira Vale")
        run = opened("accounts", "Company,Owner\nAlster,M. Vale\n")
        column_actions.set_columns(run, list(run.columns), {})
        column_actions.set_names(run, {"owner": {"m. vale": str(gone.id)}}, by=SYSTEM)
        gone.status = MemberStatus.DISABLED
        actions.check(run)
        run = work_off(run.id)
        actions.bring_in(run)
        run = work_off(run.id)
        assert "Alster" not in accounts()
        assert reasons(run)


class TestRefusedRows:
    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_sent_back_bring_nothing_of_our_own_columns(self, tenant, language):
        text = "Deal,Close date,Stage\nA,soon,Won\nB,2026-03-31,Won\n"
        run = bring("opportunities", text)
        with force_locale(language):
            sheet = b"".join(refused.lines(run)).decode("utf-8-sig")
        again = opened("opportunities", sheet.replace("soon", "2026-03-30"))
        assert again.header == ["Deal", "Close date", "Stage"]
        done = bring("opportunities", sheet.replace("soon", "2026-03-30"))
        assert done.counts == {"new": 1}
        deal = db.session.scalars(select(Opportunity).where(Opportunity.name == "A")).one()
        assert deal.reason is None

    def test_refused_again_name_our_columns_once(self, tenant):
        run = bring("opportunities", "Deal,Close date\nA,soon\n")
        run = bring("opportunities", b"".join(refused.lines(run)).decode("utf-8-sig"))
        head, row = csv.reader(io.StringIO(b"".join(refused.lines(run)).decode("utf-8-sig")))
        assert head == ["Deal", "Close date", "Row", "Reason"]
        assert row[:3] == ["A", "soon", "2"]

    def test_a_reason_of_the_file_stays(self, tenant):
        assert opened("opportunities", "Deal,Stage,Reason\nA,Lost,Price\n").header == ["Deal", "Stage", "Reason"]


class TestGuessedChoices:
    STATES = "Issue,Company,State,Company response to consumer\nLate,Elbe,TX,Closed\nLost,Elbe,SC,In progress\n"

    def test_a_column_without_any_of_the_words_is_left_to_another(self, tenant):
        assert opened("cases", self.STATES).columns == ["subject", "account", "", "state"]

    def test_one_that_was_settled_before_is_left_as_well(self, tenant):
        run = opened("cases", self.STATES)
        column_actions.set_columns(run, ["subject", "account", "state", ""], {})
        db.session.commit()
        assert opened("cases", self.STATES).columns[2] == ""

    def test_left_out_once_it_is_guessed_where_its_words_fit(self, tenant):
        bring("cases", self.STATES)
        assert opened("cases", "Issue,Company,State\nLate,Elbe,open\n").columns == ["subject", "account", "state"]

    def test_a_column_of_which_some_can_be_read_is_guessed(self, tenant):
        text = "Issue,Company,State\n" + "".join(
            f"Late {n},Elbe,{said}\n" for n, said in enumerate(("open", "odd", ""))
        )
        assert opened("cases", text).columns == ["subject", "account", "state"]
