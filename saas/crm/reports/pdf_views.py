"""The pages of any PDF that a worker makes: where it stands, the bar while it is made, the file, and another try."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from saas import files, pdf
from saas.crm.reports import actions, reasons
from saas.crm.reports.models import STATE_WORDS, STEPS, Report, ReportState
from saas.db import current_tenant
from saas.errors import NotFound
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me
from saas.tenants.stories import of_record


@dataclass(frozen=True)
class Kind:
    """One kind of PDF.

    find: a PDF that the reader may have, and when its making was given up; raises NotFound where he may not.
    about: what its page says: title, note, back_url, back_label, leave.
    have, make: the rights to have one, and to have it made.
    """

    find: Callable[[UUID, str], tuple[Report, datetime | None]]
    about: Callable[[Report], dict[str, Any]]
    have: Permission
    make: Permission

    def of(self, report_id: UUID) -> tuple[Report, datetime | None]:
        """One of them, and when its making was given up."""
        return self.find(report_id, actions.JOB)


def add_pages(bp: Blueprint, rule: str, kind: Kind) -> None:
    """Add the pages of a kind of PDF to a blueprint; `rule` is the address of one within it."""

    @allow(kind.have)
    def show(report_id: UUID) -> ResponseReturnValue:
        """Where the making stands; once it is there, the way to it."""
        return render_template("reports/show.html", **_standing(kind, *kind.of(report_id)))

    @allow(kind.have)
    def progress(report_id: UUID) -> ResponseReturnValue:
        """The bar, asked for again and again while it is made; the whole page anew once that is over."""
        report, gave_up_at = kind.of(report_id)
        if report.state is not ReportState.WAITING or has_failed(report, gave_up_at):
            return Response(status=204, headers={"HX-Redirect": url_for(".show", report_id=report.id)})
        return render_template("reports/_progress.html", **_standing(kind, report, gave_up_at))

    @allow(kind.have)
    def file(report_id: UUID) -> ResponseReturnValue:
        """The PDF, to be saved."""
        report, _gave_up_at = kind.of(report_id)
        if report.state is not ReportState.READY or report.file is None:
            raise NotFound
        return files.answer(current_tenant(), report.file.sha256, report.file.name, report.file.media_type)

    @allow(kind.make)
    def again(report_id: UUID) -> ResponseReturnValue:
        """Have one made again that failed; one that is under way or ready stays as it is."""
        report, gave_up_at = kind.of(report_id)
        if has_failed(report, gave_up_at):
            actions.try_again(report, by=me())
        return redirect(url_for(".show", report_id=report.id), 303)

    bp.add_url_rule(rule, view_func=show)
    bp.add_url_rule(f"{rule}/progress", view_func=progress)
    bp.add_url_rule(f"{rule}/file", view_func=file)
    bp.add_url_rule(f"{rule}/again", view_func=again, methods=["POST"])


def has_failed(report: Report, gave_up_at: datetime | None) -> bool:
    """True when nobody makes it any more."""
    return report.state is ReportState.FAILED or (report.state is ReportState.WAITING and gave_up_at is not None)


def _standing(kind: Kind, report: Report, gave_up_at: datetime | None) -> dict[str, Any]:
    failed = has_failed(report, gave_up_at)
    job = {"done": report.done, "total": STEPS, "label": STATE_WORDS[report.state]}
    return kind.about(report) | {
        "report": report,
        "state": "failed" if failed else report.state.value,
        "why": reasons.sentence(report.why) if failed else "",
        "is_held_up": not failed and report.state is ReportState.WAITING and not pdf.is_ready(),
        "can_again": failed and may(kind.make),
        "lines": of_record(Report.__tablename__, report.id)[0],
        "page_url": url_for(".show", report_id=report.id),
        "file_url": url_for(".file", report_id=report.id),
        "again_url": url_for(".again", report_id=report.id),
        "job": job | {"url": url_for(".progress", report_id=report.id)},
    }
