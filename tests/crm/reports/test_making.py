"""A PDF is made once, whatever happens on the way; it holds the page's figures, in the workspace's language."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pypdf
import pytest
from PIL import Image
from sqlalchemy import select

from saas import child, clock, files, machine, pdf
from saas.config import Config
from saas.crm.opportunities import pipeline
from saas.crm.reports import actions
from saas.crm.reports.models import Report, ReportState
from saas.crm.service_desk import actions as cases
from saas.crm.service_desk.models import CaseState
from saas.db import db
from saas.jobs import crm, runner, triggers
from saas.tenants import events, scope
from saas.tenants.actions import attachments, settings
from saas.tenants.models import Delivery, Event, File, Notice
from saas.tenants.permissions import Reach
from tests.crm.reports.months_of import MAY, MAY_FIRST, at, fill_may, reports_of, text_of, work
from tests.factories import make_account, make_agent, make_case, make_member, make_opportunity, make_tenant

needs_pdf = pytest.mark.skipif(
    bool(machine.missing_for_pdf()), reason="this machine lacks what PDFs need; see saas doctor"
)
FIRST_OF_JUNE = datetime(2031, 6, 1, 6, 0, tzinfo=UTC)


@pytest.fixture
def place(context):
    """A workspace that is not in scope."""
    return make_tenant(name="Quay")


@pytest.fixture
def letters(config: Config):
    """The mails kept so far are not this test's."""
    for path in (config.data_dir / "mail").glob("*.eml"):
        path.unlink()
    return config.data_dir / "mail"


def asked(place, role="manager", **given):
    """A report of May that a new member asked for."""
    with scope.enter(place.id):
        member = make_member(role, **given)
        fill_may(member)
        report = actions.ask(MAY_FIRST, by=member)
        db.session.commit()
        return report.id, member.id


def asked_print(place):
    """A printed case that a new member asked for: quicker made than a month."""
    with scope.enter(place.id):
        bo = make_agent()
        report = actions.ask_print(make_case(owner=bo), with_notes=False, by=bo)
        db.session.commit()
        return report.id


def deliveries(place, handler):
    with scope.enter(place.id):
        found = list(db.session.scalars(select(Delivery).where(Delivery.handler == handler)))
        db.session.expunge_all()
        return found


class TestAsk:
    def test_refuses_a_month_that_has_not_begun(self, tenant):
        at(MAY)
        with pytest.raises(actions.Refused, match="not begun"):
            actions.ask(MAY_FIRST.replace(month=6), by=make_member("manager"))

    def test_refuses_the_same_one_twice_while_it_is_made(self, tenant):
        at(MAY)
        ann = make_member("manager")
        actions.ask(MAY_FIRST, by=ann)
        with pytest.raises(actions.Underway):
            actions.ask(MAY_FIRST, by=ann)

    def test_takes_it_anew_once_the_first_was_given_up(self, tenant):
        at(MAY)
        ann = make_member("manager")
        first = actions.ask(MAY_FIRST, by=ann)
        made_by = db.session.scalars(select(Delivery).where(Delivery.key == first.job_key)).one()
        made_by.gave_up_at = clock.now()
        db.session.flush()
        assert actions.ask(MAY_FIRST, by=ann).id != first.id


@needs_pdf
class TestMake:
    @pytest.mark.shows("RP9", "RP3")
    def test_prints_the_figures_with_charts(self, place):
        asked(place)
        work(place)
        (report,) = reports_of(place)
        assert (report.state, report.done, report.file.media_type) == (ReportState.READY, 4, "application/pdf")
        said = text_of(place, report)
        for words in ("May 2031", "Quay", "$1,234.56", "$2,000.01", "Too dear", "It broke twice", "3 hours"):
            assert words in said, words

    @pytest.mark.shows("RP9")
    def test_speaks_chinese_with_real_glyphs(self, context):
        place = make_tenant(name="泻湖公司", locale="zh", timezone="Asia/Shanghai", currency="CNY")
        with scope.enter(place.id):
            bo = make_member("manager", name="王伟", locale="en")
            fill_may(bo, name="北京海港机械有限公司")
            actions.ask(MAY_FIRST, by=bo)
            db.session.commit()
        work(place)
        (report,) = reports_of(place)
        said = text_of(place, report)
        for words in ("2031年5月", "泻湖公司", "北京海港机械有限公司", "¥1,234.56", "王伟"):
            assert words in said, words
        content = files.path_of(place.id, report.file.sha256).read_bytes()
        fonts = {
            str(font.get_object()["/BaseFont"])
            for page in pypdf.PdfReader(io.BytesIO(content)).pages
            for font in page["/Resources"]["/Font"].values()
        }
        assert any("CJK" in font or "SC" in font for font in fonts), fonts

    def test_tells_who_asked(self, place):
        _report_id, member_id = asked(place)
        work(place)
        with scope.enter(place.id):
            told = [n.kind for n in db.session.scalars(select(Notice).where(Notice.member_id == member_id))]
            assert told.count(actions.READY) == 1

    def test_is_stored_once_when_its_worker_dies_at_any_step(self, place, monkeypatch):
        asked_print(place)
        steps = []

        def dies() -> None:
            steps.append(1)
            db.session.commit()
            if len(steps) in {1, 3}:
                raise MemoryError  # as far as the row goes, the same as a kill

        monkeypatch.setattr(runner, "heartbeat", dies)
        for _try in range(4):
            work(place)
            clock.shift((clock.offset() + timedelta(hours=4)).total_seconds())
        (report,) = reports_of(place)
        assert report.state is ReportState.READY
        with scope.enter(place.id):
            assert len(list(db.session.scalars(select(File).where(File.subject_id == report.id)))) == 1
        assert len(steps) == 5

    def test_no_transaction_waits_for_a_child(self, place, monkeypatch):
        asked(place)
        real, idle = child.run, []

        def watched(*given, **options):
            idle.append(not db.session().in_transaction())
            return real(*given, **options)

        monkeypatch.setattr(child, "run", watched)
        work(place)
        assert len(idle) == 4
        assert all(idle)

    def test_says_why_it_failed_and_can_be_tried_again(self, place, monkeypatch):
        report_id = asked_print(place)
        real = pdf.render

        def fails(*given):
            raise pdf.Unprintable("time")

        monkeypatch.setattr(pdf, "render", fails)
        work(place)
        (report,) = reports_of(place)
        assert (report.state, report.why) == (ReportState.FAILED, "pdf.time")
        monkeypatch.setattr(pdf, "render", real)
        with scope.enter(place.id):
            report = db.session.get_one(Report, (place.id, report_id))
            actions.try_again(report, by=report.member)
            db.session.commit()
        work(place)
        assert reports_of(place)[0].state is ReportState.READY
        with scope.enter(place.id):
            told = db.session.scalars(select(Event).where(Event.subject_id == report_id).order_by(Event.id)).all()
            assert [event.name for event in told] == [actions.ASKED, actions.RETRIED, actions.MADE]
            assert told[1].changed == {"month": None, "why": "pdf.time", "turn": 1}
            assert told[1].actor_id == report.member_id

    def test_tries_again_by_itself_when_the_machine_is_busy(self, place, monkeypatch):
        asked_print(place)
        real = pdf.render

        def busy(*given):
            raise pdf.Unprintable("busy")

        monkeypatch.setattr(pdf, "render", busy)
        work(place)
        assert reports_of(place)[0].state is ReportState.WAITING
        monkeypatch.setattr(pdf, "render", real)
        clock.shift((clock.offset() + timedelta(minutes=1)).total_seconds())
        work(place)
        assert reports_of(place)[0].state is ReportState.READY

    def test_waits_without_using_up_tries_where_a_part_is_missing(self, place, monkeypatch):
        asked_print(place)
        with monkeypatch.context() as bare:
            bare.setattr(pdf, "is_ready", lambda: False)
            bare.setattr(machine, "missing_for_pdf", lambda: machine.PARTS[:1])
            for _minute in range(8):
                work(place)
                clock.shift((clock.offset() + timedelta(minutes=2)).total_seconds())
        (row,) = deliveries(place, actions.JOB)
        assert (row.attempts, row.gave_up_at, row.done_at) == (0, None, None)
        assert reports_of(place)[0].state is ReportState.WAITING
        work(place)
        assert reports_of(place)[0].state is ReportState.READY

    def test_counts_no_further_than_its_asker_reaches(self, place):
        with scope.enter(place.id):
            role = make_member("manager").role
            role.rights = role.rights | {"opportunity.view": "own"}
            ann = make_member("manager")
            fill_may(make_agent())
            actions.ask(MAY_FIRST, by=ann)
            db.session.commit()
        work(place)
        (report,) = reports_of(place)
        assert report.reach is Reach.OWN
        assert "$2,000.01" not in text_of(place, report)


@needs_pdf
class TestMonthly:
    def fill(self, place):
        with scope.enter(place.id):
            people = {role: make_member(role) for role in ("owner", "manager", "agent", "readonly")}
            fill_may(people["agent"])
            db.session.commit()
            return {role: member.email for role, member in people.items()}

    @pytest.mark.shows("RP5", "RP9")
    def test_is_made_and_mailed_once_to_those_who_may_see_all(self, place, letters):
        mails = self.fill(place)
        at(FIRST_OF_JUNE + timedelta(seconds=5))
        for _time in range(2):  # the clock may say it twice
            with scope.enter(place.id):
                crm.make_monthly_report(FIRST_OF_JUNE)
                db.session.commit()
            work(place)
        (report,) = reports_of(place)
        assert (report.month, report.by_clock, report.state) == (MAY_FIRST, True, ReportState.READY)
        kept = [text for path in letters.glob("*.eml") if "<report-" in (text := path.read_text())]
        assert sorted(next(m for m in mails.values() if f"To: {m}" in letter) for letter in kept) == sorted(
            mails[role] for role in ("owner", "manager", "readonly")
        )
        assert all("application/pdf" in letter and "May 2031" in letter for letter in kept)

    def test_a_member_may_decline(self, place, letters):
        mails = self.fill(place)
        with scope.enter(place.id):
            owner = next(m for m in actions.readers() if m.email == mails["owner"])
            actions.choose(owner, mails=False)
            actions.choose(owner, mails=False)
            manager = next(m for m in actions.readers() if m.email == mails["manager"])
            manager.mails = False  # no mail at all: the bell says it
            db.session.commit()
            said = db.session.scalars(
                select(Event).where(Event.name == actions.CHOSEN)
            ).one()  # the second changed nothing
            assert (said.subject_id, said.actor_id, said.changed) == (owner.id, owner.id, {"mails": [True, False]})
            at(FIRST_OF_JUNE)
            crm.make_monthly_report(FIRST_OF_JUNE)
            db.session.commit()
        work(place)
        kept = "".join(text for path in letters.glob("*.eml") if "<report-" in (text := path.read_text()))
        assert mails["readonly"] in kept
        assert mails["owner"] not in kept
        assert mails["manager"] not in kept

    def test_is_due_at_six_on_the_first_of_the_workspaces_month(self):
        rule = triggers.RULES["crm.make_monthly_report"]
        found = rule.latest("Asia/Shanghai", MAY, datetime(2031, 5, 31, 23, 0, tzinfo=UTC))
        assert found is not None
        assert found.at.astimezone(ZoneInfo("Asia/Shanghai")) == datetime(
            2031, 6, 1, 6, tzinfo=ZoneInfo("Asia/Shanghai")
        )
        assert rule.latest("Asia/Shanghai", MAY, datetime(2031, 5, 31, 21, 59, tzinfo=UTC)) is None

    def test_its_occurrence_is_handed_on_by_the_runner(self, place):
        self.fill(place)
        at(FIRST_OF_JUNE)
        with scope.enter(place.id):
            payload = events.plain({"at": FIRST_OF_JUNE, "zone": "UTC"})
            events.deliver("crm.make_monthly_report", key="2031-06-01T06:00", due_at=clock.now(), payload=payload)
            db.session.commit()
        work(place)
        assert [r.state for r in reports_of(place)] == [ReportState.READY]


@needs_pdf
class TestPrintCase:
    def printed(self, place, *, with_notes):
        with scope.enter(place.id):
            bo = make_agent(name="Bo")
            case = make_case(make_account(name="Nordlicht"), owner=bo, subject="It broke", text="Twice <b>now</b>.")
            cases.answer(case, "New ones are on their way.", state=CaseState.WAITING, by=bo)
            cases.note(case, "He is right, between us.", by=bo)
            attachments.attach(case, io.BytesIO(b"a note"), "secret-note.txt", by=bo)
            report = actions.ask_print(case, with_notes=with_notes, by=bo)
            assert actions.ask_print(case, with_notes=with_notes, by=bo) is report
            db.session.commit()
        work(place)
        (report,) = reports_of(place)
        return report, text_of(place, report)

    @pytest.mark.shows("SV1")
    def test_holds_what_the_customer_may_read(self, place):
        report, said = self.printed(place, with_notes=False)
        for words in ("It broke", "Nordlicht", "Twice <b>now</b>.", "New ones are on their way.", "Quay"):
            assert words in said, words
        assert "between us" not in said
        assert "secret-note" not in said
        assert report.file.name.startswith("S-")

    def test_holds_the_notes_only_when_asked(self, place):
        _report, said = self.printed(place, with_notes=True)
        assert "between us" in said
        assert "for colleagues only" in said

    def test_bears_the_workspaces_logo(self, place):
        with scope.enter(place.id):
            out = io.BytesIO()
            Image.new("RGB", (64, 64), "red").save(out, "PNG")
            settings.set_logo(make_member("owner"), io.BytesIO(out.getvalue()))
            db.session.commit()
        report, _said = self.printed(place, with_notes=False)
        content = files.path_of(place.id, report.file.sha256).read_bytes()
        (page, *_rest) = pypdf.PdfReader(io.BytesIO(content)).pages
        assert len(page.images) == 1

    def test_is_dropped_after_its_days(self, place):
        report, _said = self.printed(place, with_notes=False)
        path = files.path_of(place.id, report.file.sha256)
        with scope.enter(place.id):
            assert actions.forget_prints() == 0
            clock.shift((clock.offset() + timedelta(days=8)).total_seconds())
            assert actions.forget_prints() == 1
            db.session.commit()
        assert reports_of(place) == []
        assert not path.exists()


def test_money_of_many_cents_is_the_same_on_page_and_paper(tenant):
    at(MAY)
    bo = make_agent()
    stage = pipeline.stages()[0]
    for cents in ("0.10", "0.20", "1000000.03"):
        make_opportunity(owner=bo, amount=Decimal(cents), stage_id=stage.id)
    (first, *_rest) = [s for s in actions.queries.stage_sums(actions.queries.EVERYTHING.deals) if s.count]
    assert actions.pages.monies(first.amounts) == "$1,000,000.33"
