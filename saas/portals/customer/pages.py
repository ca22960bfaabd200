"""The pages of the customer portal. What is shown of a case passes `saas.crm.service_desk.projection`."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import files, ui
from saas.crm.contracts import portal_queries as contracts
from saas.crm.service_desk import actions, portal_queries
from saas.crm.service_desk.forms import ComplaintForm, RatingForm, ReplyForm, ServiceForm, WithFile
from saas.crm.service_desk.models import KIND_WORDS, RATING_WORDS, Case, CaseKind, CaseMessage, kinds_in
from saas.crm.service_desk.projection import STEPS
from saas.db import current_tenant
from saas.errors import NotFound
from saas.forms import Form, attempt
from saas.tenants import portal_kinds, scope
from saas.tenants.gates import Gate
from saas.tenants.permissions import Permission, Reach, allow, signed_in

bp = Blueprint("customer", __name__)
P = Permission
ON_HOME = 5


@bp.get("/")
@signed_in
def home() -> ResponseReturnValue:
    """The doors, and the requests on their way."""
    may_ask, may_order = scope.may(P.PORTAL_CASE), scope.may(P.PORTAL_ORDER)
    return render_template(
        "customer/home.html",
        call_name=ui.call_name(scope.portal_me().name),
        may_ask=may_ask,
        may_order=may_order,
        ending=contracts.ending() if may_order else [],
        open_kinds=_open_kinds() if may_ask else frozenset(),
        requests=portal_queries.open_first(ON_HOME) if may_ask else [],
        count=portal_queries.count() if may_ask else 0,
        names=_sees_company(),
        steps=STEPS,
    )


@bp.get("/requests/")
@allow(P.PORTAL_CASE)
def requests() -> ResponseReturnValue:
    """All requests, the newest first."""
    found, following = portal_queries.requests(before=ui.asked_id("before"))
    return render_template(
        "customer/requests.html",
        requests=found,
        next_url=url_for(".requests", before=following) if following else None,
        names=_sees_company(),
        steps=STEPS,
    )


@bp.route("/complaint", methods=["GET", "POST"])
@allow(P.PORTAL_CASE)
def complain() -> ResponseReturnValue:
    """Something went wrong."""
    if CaseKind.COMPLAINT not in _open_kinds():
        raise NotFound
    form = ComplaintForm()
    return _filed(form, CaseKind.COMPLAINT) or (render_template("customer/complaint.html", form=form), form.status)


@bp.route("/service", methods=["GET", "POST"])
@allow(P.PORTAL_CASE)
def ask() -> ResponseReturnValue:
    """Repair, visit, question."""
    form = ServiceForm(_open_kinds())
    if not form.kind.choices:
        raise NotFound
    kind = CaseKind(form.kind.data) if form.kind.data in set(CaseKind) else CaseKind.SERVICE_REQUEST
    return _filed(form, kind) or (render_template("customer/service.html", form=form), form.status)


def _filed(form: ComplaintForm | ServiceForm, kind: CaseKind) -> ResponseReturnValue | None:
    case = attempt(form, lambda: _file(form, kind)) if form.validate_on_submit() else None
    if case is None:
        return None
    flash(_("We have it: %(number)s. You see here how far we are.", number=case.number), "good")
    return redirect(url_for(".show", case_id=case.id), 303)


def _file(form: ComplaintForm | ServiceForm, kind: CaseKind) -> Case:
    values = {"kind": kind, "subject": form.subject.data, "text": form.text.data}
    case = actions.file(values, by=scope.portal_me(), subject=portal_kinds.here())
    _attach(form, case)
    return case


@bp.get("/requests/<uuid:case_id>")
@allow(P.PORTAL_CASE)
def show(case_id: UUID) -> ResponseReturnValue:
    """One request: what was said, and how far it is."""
    return _request(case_id, ReplyForm(formdata=None), RatingForm(formdata=None))


@bp.post("/requests/<uuid:case_id>/reply")
@allow(P.PORTAL_CASE)
def reply(case_id: UUID) -> ResponseReturnValue:
    """Write again."""
    case, form = portal_queries.row(case_id), ReplyForm()
    said = attempt(form, lambda: _reply(form, case)) if form.validate_on_submit() else None
    if said is None:
        return _request(case_id, form, RatingForm(formdata=None))
    flash(_("Sent. We answer here and by mail."), "good")
    return redirect(url_for(".show", case_id=case_id), 303)


def _reply(form: ReplyForm, case: Case) -> object:
    said = actions.reply(case, form.text.data, by=scope.portal_me())
    _attach(form, said)
    return said


@bp.post("/requests/<uuid:case_id>/rate")
@allow(P.PORTAL_CASE)
def rate(case_id: UUID) -> ResponseReturnValue:
    """Say how it went, which closes the request."""
    case, form = portal_queries.row(case_id), RatingForm()
    if not form.validate_on_submit():
        return _request(case_id, ReplyForm(formdata=None), form)
    actions.rate(case, int(form.rating.data), form.comment.data, by=scope.portal_me())
    flash(_("Thank you. The request is closed; write again here if something is left."), "good")
    return redirect(url_for(".show", case_id=case_id), 303)


@bp.get("/files/<uuid:file_id>")
@allow(P.PORTAL_CASE)
def file(file_id: UUID) -> ResponseReturnValue:
    """A file on a request, to be saved."""
    found = portal_queries.file(file_id)
    return files.answer(current_tenant(), found.sha256, found.name, found.media_type)


def _request(case_id: UUID, form: Form, rating_form: RatingForm) -> ResponseReturnValue:
    page = render_template(
        "customer/request.html",
        request_=portal_queries.request(case_id),
        form=form,
        rating_form=rating_form,
        kinds=KIND_WORDS,
        ratings=RATING_WORDS,
        names=_sees_company(),
        steps=STEPS,
    )
    return page, 422 if request.method == "POST" else 200


def _attach(form: WithFile, said: Case | CaseMessage) -> None:
    if upload := form.upload():
        actions.attach(said, *upload, by=scope.portal_me(), is_public=True)


def _open_kinds() -> frozenset[CaseKind]:
    """What the workspace lets customers file."""
    gate: Gate = g.gate
    return kinds_in(gate.kinds)


def _sees_company() -> bool:
    """True when the reader sees what his colleagues filed, so that names matter."""
    return scope.who().reach(P.PORTAL_CASE) is Reach.ALL
