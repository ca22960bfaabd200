"""Reports as people meet them."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from saas import clock, machine, pdf
from saas.crm.opportunities.models import Opportunity
from saas.crm.reports import actions, pages, queries
from saas.crm.reports.models import ReportState
from saas.db import db
from saas.months import Month
from saas.portals.workspace import standing
from saas.tenants import scope
from tests.crm.reports.months_of import MAY, MAY_FIRST, at, fill_may, page_text, ready, reports_of, text_of, work
from tests.factories import make_account, make_agent, make_case, make_member, make_opportunity, make_tenant, sign_in

needs_pdf = pytest.mark.skipif(
    bool(machine.missing_for_pdf()), reason="this machine lacks what PDFs need; see saas doctor"
)


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


@pytest.fixture
def may(here):
    """The same in May 2031, with something in it."""
    with scope.enter(here.id):
        fill_may(make_agent(name="Bo"))
        db.session.commit()
    return here


def words_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


class TestMonth:
    @pytest.mark.shows("RP1", "RP3", "RP10")
    def test_shows_figures_and_charts_with_their_tables(self, may, client):
        sign_in(client, may)
        html = page_text(client, f"/{may.slug}/reports/month/2031-05")
        said = words_of(html)
        for words in ("May 2031", "$1,234.56", "$2,000.01", "Too dear", "It broke twice", "3 hours", "not over yet"):
            assert words in said, words
        assert html.count("data-chart") == 3
        assert html.count("vega-lite/v6") == 3

    @needs_pdf
    def test_says_what_the_pdf_says(self, may, client, post):
        sign_in(client, may)
        answer = post(f"/{may.slug}/reports/", data={"month": "2031-05"})
        assert answer.status_code == 303
        work(may)
        (report,) = reports_of(may)
        printed = re.sub(r"\s+", " ", text_of(may, report))
        with scope.enter(may.id):
            told = pages.parts(queries.figures(Month(MAY_FIRST, "UTC"), queries.EVERYTHING))
        shown = words_of(page_text(client, f"/{may.slug}/reports/month/2031-05"))
        figures = [value for part in told for _label, value, _note in part.stats]
        assert len(figures) == 12
        for value in figures:
            assert re.sub(r"\s", " ", value) in shown, value
            assert re.sub(r"\s", " ", value) in printed, value

    def test_counts_deals_where_none_has_an_amount(self, may):
        with scope.enter(may.id):
            for deal in db.session.query(Opportunity):
                deal.amount = None
            db.session.flush()
            told = pages.parts(queries.figures(Month(MAY_FIRST, "UTC"), queries.EVERYTHING))
            drawn = {chart.key: chart.spec["data"]["values"] for chart in pages.charts(told)}
            db.session.rollback()
        for key in ("pipeline", "sales"):
            assert sum(row["value"] for row in drawn[key]) >= 1, key
            assert not [row for row in drawn[key] if "$" in row["label"]], key

    @pytest.mark.parametrize("month", ["2031-06", "1999-12", "2031-13", "nonsense"])
    def test_knows_no_month_to_come(self, may, client, month):
        sign_in(client, may)
        assert client.get(f"/{may.slug}/reports/month/{month}").status_code == 404

    @pytest.mark.shows("RP2")
    def test_shows_an_agent_his_own(self, may, client):
        sign_in(client, may, "agent")
        said = words_of(page_text(client, f"/{may.slug}/reports/month/2031-05"))
        assert "What lies within your reach" in said
        assert "$2,000.01" not in said
        assert "Make the PDF" not in said

    def test_takes_a_fixed_number_of_statements(self, may, client, statements):
        sign_in(client, may)
        path = f"/{may.slug}/reports/month/2031-05"
        page_text(client, path)
        with statements() as few:
            page_text(client, path)
        with scope.enter(may.id):
            for number in range(4):
                fill_may(make_agent(), name=f"More {number}")
            db.session.commit()
        page_text(client, path)  # what the process keeps is read once
        with statements() as many:
            page_text(client, path)
        assert len(few) == len(many), (few, many)


class TestMake:
    @needs_pdf
    @pytest.mark.shows("RP9")
    def test_goes_on_while_one_is_away_and_is_found_again(self, may, client, post):
        sign_in(client, may)
        where = post(f"/{may.slug}/reports/", data={"month": "2031-05"}).headers["Location"]
        waiting = page_text(client, where)
        assert f'hx-get="{where}/progress"' in waiting
        assert "Being made" in words_of(page_text(client, f"/{may.slug}/reports/"))
        assert "0 / 4" in words_of(page_text(client, f"{where}/progress"))
        assert client.get(f"{where}/file").status_code == 404
        work(may)
        ended = client.get(f"{where}/progress")
        assert (ended.status_code, ended.headers["HX-Redirect"]) == (204, where)
        assert f'href="{where}/file"' in page_text(client, where)
        listed = words_of(page_text(client, f"/{may.slug}/reports/"))
        assert "May 2031" in listed
        assert "Download" in listed
        answer = client.get(f"{where}/file")
        assert answer.data.startswith(b"%PDF-")
        assert "attachment" in answer.headers["Content-Disposition"]

    def test_says_plainly_that_it_failed_and_tries_again(self, may, client, post, monkeypatch):
        sign_in(client, may)
        monkeypatch.setattr(pdf, "require_ready", lambda: None)
        monkeypatch.setattr(actions.charts, "draw", lambda spec, locale: "<svg/>")

        def too_long(*given):
            raise pdf.Unprintable("time")

        monkeypatch.setattr(pdf, "render", too_long)
        where = post(f"/{may.slug}/reports/", data={"month": "2031-05"}).headers["Location"]
        work(may)
        said = words_of(page_text(client, where))
        assert "Printing this document takes too long" in said
        assert "Try again" in said
        assert "takes too long" in words_of(page_text(client, f"/{may.slug}/reports/"))
        assert post(f"{where}/again").status_code == 303
        assert reports_of(may)[0].state is ReportState.WAITING
        said = words_of(page_text(client, where))
        assert re.search(r"had this PDF tried again .* asked for this PDF", said)

    def test_shows_as_failed_what_was_given_up(self, may, client, post, monkeypatch):
        sign_in(client, may)
        monkeypatch.setattr(pdf, "require_ready", lambda: 1 / 0)
        where = post(f"/{may.slug}/reports/", data={"month": "2031-05"}).headers["Location"]
        for _try in range(6):
            work(may)
            clock.shift((clock.offset() + timedelta(hours=6)).total_seconds())
        sign_in(client, may)
        assert "five tries" in words_of(page_text(client, where))
        assert client.get(f"{where}/progress").status_code == 204

    def test_an_agent_may_not(self, may, client, post):
        sign_in(client, may, "agent")
        assert post(f"/{may.slug}/reports/", data={"month": "2031-05"}).status_code == 403

    def test_a_month_to_come_is_not_offered(self, may, client, post):
        sign_in(client, may)
        answer = post(f"/{may.slug}/reports/", data={"month": "2031-06"}, follow_redirects=True)
        assert "Choose a month that has begun" in words_of(answer.get_data(as_text=True))


class TestReach:
    def ready(self, place, **given):
        """A report that is there, without the work of printing it."""
        with scope.enter(place.id):
            at(MAY)
            member = make_member("manager")
            report = actions.ask(MAY_FIRST, by=member)
            for name, value in given.items():
                setattr(report, name, value)
            ready(report, member)
            db.session.commit()
            return report.id, report.file_id

    @pytest.mark.shows("RP2")
    def test_the_whole_workspaces_report_needs_the_whole_reach(self, here, client):
        report_id, _file = self.ready(here)
        sign_in(client, here, "agent")
        for path in ("", "/file", "/progress"):
            assert client.get(f"/{here.slug}/reports/{report_id}{path}").status_code == 404
        assert "May 2031" not in words_of(page_text(client, f"/{here.slug}/reports/")).split("Look at a month")[0]

    def test_a_narrow_report_is_its_askers_alone(self, here, client):
        report_id, _file = self.ready(here, reach="own")
        sign_in(client, here, "owner")
        assert client.get(f"/{here.slug}/reports/{report_id}").status_code == 404

    def test_colleagues_with_the_whole_reach_share_it(self, here, client):
        report_id, _file = self.ready(here)
        sign_in(client, here, "readonly")
        assert client.get(f"/{here.slug}/reports/{report_id}/file").data == b"%PDF-1.7 of a test"

    def test_another_workspace_finds_nothing(self, here, client):
        report_id, file_id = self.ready(here)
        other = make_tenant()
        sign_in(client, other, "owner")
        for path in (f"reports/{report_id}", f"reports/{report_id}/file", f"files/{file_id}"):
            assert client.get(f"/{other.slug}/{path}").status_code == 404, path
            assert client.get(f"/{here.slug}/{path}").status_code in {302, 303, 404}, path

    def test_no_other_door_hands_the_file_out(self, here, client):
        _report, file_id = self.ready(here)
        sign_in(client, here, "owner")
        assert client.get(f"/{here.slug}/files/{file_id}").status_code == 404


class TestChoose:
    def test_a_reader_stops_the_mail_and_has_it_again(self, here, client, post):
        member = sign_in(client, here, "manager")
        assert "Stop mailing me" in page_text(client, f"/{here.slug}/reports/")
        post(f"/{here.slug}/reports/mail/off")
        assert "Mail it to me" in page_text(client, f"/{here.slug}/reports/")
        with scope.enter(here.id):
            assert member.id not in {m.id for m in actions.readers()}
        post(f"/{here.slug}/reports/mail/on")
        with scope.enter(here.id):
            assert member.id in {m.id for m in actions.readers()}
        said = words_of(page_text(client, f"/{here.slug}/reports/"))
        assert re.search(
            rf"{member.name} has the report of each month mailed again .* {member.name} wants no reports by mail", said
        )

    def test_is_not_offered_to_whom_it_is_not_sent(self, here, client):
        sign_in(client, here, "agent")
        assert "By mail" not in page_text(client, f"/{here.slug}/reports/")


class TestPrintCase:
    def case(self, place):
        with scope.enter(place.id):
            case = make_case(make_account(name="Nordlicht"), subject="It broke")
            db.session.commit()
            return case.id

    @needs_pdf
    @pytest.mark.shows("RP9")
    def test_prints_from_the_cases_page(self, here, client, post):
        case_id = self.case(here)
        sign_in(client, here, "agent")
        assert "On paper" in words_of(page_text(client, f"/{here.slug}/cases/{case_id}"))
        where = post(f"/{here.slug}/cases/{case_id}/print").headers["Location"]
        assert "ready in a moment" in words_of(page_text(client, where))
        work(here)
        assert client.get(f"{where}/progress").headers["HX-Redirect"] == where
        assert client.get(f"{where}/file").data.startswith(b"%PDF-")
        assert reports_of(here)[0].with_notes is False

    def test_only_who_asked_fetches_it(self, here, client, post):
        case_id = self.case(here)
        sign_in(client, here, "agent")
        where = post(f"/{here.slug}/cases/{case_id}/print", data={"with_notes": "y"}).headers["Location"]
        assert reports_of(here)[0].with_notes is True
        sign_in(client, here, "owner")
        for path in ("", "/progress", "/file"):
            assert client.get(where + path).status_code == 404
        assert client.get(where.replace("cases/prints", "reports")).status_code == 404

    def test_a_case_beyond_reach_is_not_found(self, here, post, client):
        sign_in(client, here, "agent")
        assert post(f"/{here.slug}/cases/{uuid4()}/print").status_code == 404


class TestBanner:
    @pytest.fixture
    def bare(self, monkeypatch):
        """A machine without Pango."""
        monkeypatch.setattr(pdf, "is_ready", lambda: False)
        monkeypatch.setattr(machine, "missing_for_pdf", lambda: machine.PARTS[:1])
        standing._missing.cache_clear()
        yield
        standing._missing.cache_clear()

    def test_tells_owners_the_one_command(self, here, client, bare):
        sign_in(client, here, "owner")
        said = words_of(page_text(client, f"/{here.slug}/"))
        assert "apt-get install -y --no-install-recommends" in said
        assert machine.PARTS[0].package in said

    def test_spares_the_others(self, here, client, bare):
        sign_in(client, here, "manager")
        assert "apt-get" not in page_text(client, f"/{here.slug}/")

    def test_goes_when_it_is_mended(self, here, client):
        standing._missing.cache_clear()
        sign_in(client, here, "owner")
        said = page_text(client, f"/{here.slug}/")
        assert ("apt-get" in said) is bool(machine.missing_for_pdf())

    def test_a_report_says_what_it_waits_for(self, may, client, post, bare):
        sign_in(client, may)
        where = post(f"/{may.slug}/reports/", data={"month": "2031-05"}).headers["Location"]
        work(may)
        assert "goes on by itself" in words_of(page_text(client, where))


class TestToday:
    @pytest.mark.shows("RP8")
    def test_shows_deals_by_stage_cases_and_who_returns(self, may, client):
        sign_in(client, may)
        said = words_of(page_text(client, f"/{may.slug}/"))
        for words in ("Deals by stage", "$1,235", "1 without amount", "Open cases 1", "Customers returning soon"):
            assert words in said, words

    def test_holds_to_the_readers_reach(self, may, client):
        sign_in(client, may, "agent")
        said = words_of(page_text(client, f"/{may.slug}/"))
        assert "$1,235" not in said
        assert "Open cases 1" in said  # an agent sees all cases

    def test_takes_a_fixed_number_of_statements(self, may, client, statements):
        sign_in(client, may)
        page_text(client, f"/{may.slug}/")
        with statements() as few:
            page_text(client, f"/{may.slug}/")
        with scope.enter(may.id):
            bo = make_agent()
            for _number in range(7):
                make_opportunity(make_account(bo), bo, amount=Decimal(5))
                make_case(make_account(bo), owner=bo)
            db.session.commit()
        page_text(client, f"/{may.slug}/")  # what the process keeps is read once
        with statements() as many:
            page_text(client, f"/{may.slug}/")
        assert len(few) == len(many)
