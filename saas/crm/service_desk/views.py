"""Pages of cases: the queue with one case beside it, and what is done with that case."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from saas import grids, panels, ui
from saas.archive import refuse_archived
from saas.crm.activities import record as activities
from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account
from saas.crm.service_desk import actions, lists, queries, record
from saas.crm.service_desk.forms import (
    AnswerForm,
    CaseForm,
    CustomerForm,
    NewCaseForm,
    NoteForm,
    OwnerForm,
    WithFile,
)
from saas.crm.service_desk.lists import QUEUE
from saas.crm.service_desk.models import (
    KIND_LOOKS,
    KIND_WORDS,
    PRIORITY_WORDS,
    STATE_LOOKS,
    STATE_WORDS,
    TO_DO,
    Case,
    CaseMessage,
    CaseState,
    Priority,
)
from saas.errors import NotFound
from saas.forms import Form, attempt, done
from saas.lists import Page
from saas.tenants import queries as tenants
from saas.tenants.pages import record_parts
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require
from saas.versions import edited

bp = Blueprint("service_desk", __name__, url_prefix="/cases")

P = Permission
PRESSING = (Priority.URGENT, Priority.HIGH)


# ── the queue ───────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/")
@allow(P.CASE_VIEW)
def index() -> ResponseReturnValue:
    """The queue, with its first case beside it."""
    view = lists.view_of(request.args)
    page = _queue(view)
    first = queries.case(page.rows[0].id) if page.rows else None
    return _page(page, view, first)


@bp.get("/<uuid:case_id>")
@allow(P.CASE_VIEW)
def show(case_id: UUID) -> ResponseReturnValue:
    """One case, with the queue it was opened from; from elsewhere, with those that stand where it stands."""
    return _beside_queue(queries.case(case_id))


@bp.get("/count")
@allow(P.CASE_VIEW)
def count() -> ResponseReturnValue:
    """How many cases wait for the reader, for the menu."""
    found = queries.count_to_do()
    return (f"{found}" if found < 100 else "99+") if found else ""


def _beside_queue(case: Case, *, status: int = 200, **forms: Form) -> ResponseReturnValue:
    view = lists.view_of(request.args, case)
    return _page(_queue(view), view, case, status=status, **forms)


def _queue(view: str) -> Page:
    return QUEUE.page(lists.ordered(request.args, view), *queries.listed(), *lists.within(view))


def _page(page: Page, view: str, case: Case | None, *, status: int = 200, **forms: Form) -> ResponseReturnValue:
    rows = [_line(row, row.account, row.owner) for row in page.rows]
    if case is not None and all(row.id != case.id for row in page.rows):
        rows.insert(0, _line(case, case.account.name, case.owner.name if case.owner else None) | {"is_apart": True})
    before, after = _neighbours([row.id for row in page.rows], case)
    body = render_template(
        "service_desk/index.html",
        rows=rows,
        views=[
            {"label": label, "url": ui.here(view=key, after=None), "active": key == view}
            for key, (label, _states) in lists.VIEWS.items()
        ],
        **grids.pills(page.filters),
        is_filtered=page.is_filtered or view != lists.TO_DO_VIEW,
        has_others=bool(page.rows),
        clear_url=url_for(".index", view=view) if page.is_filtered else None,
        more_url=ui.here(after=page.next) if page.next else None,
        view_word=lists.VIEWS[view][0],
        list_url=_in(view, url_for(".index")),
        before_url=ui.here_on(url_for(".show", case_id=before)) if before else None,
        after_url=ui.here_on(url_for(".show", case_id=after)) if after else None,
        can_create=may(P.CASE_CREATE),
        case=case,
        **(_shown(case, view, forms) if case else {}),
    )
    return body, status


def _line(case: Any, account: str, owner: str | None) -> dict[str, Any]:
    """A case, or its row, in the list of the queue."""
    return {
        "id": case.id,
        "url": ui.here_on(url_for(".show", case_id=case.id)),
        "subject": case.subject,
        "state": STATE_WORDS[case.state],
        "look": STATE_LOOKS[case.state],
        "kind": KIND_WORDS[case.kind],
        "priority": PRIORITY_WORDS[case.priority] if case.priority in PRESSING and case.state in TO_DO else None,
        "note": f"{account} · {case.number}",
        "owner": owner,
        "at": case.moved_at,
    }


def _in(view: str, path: str) -> str:
    """An address of the queue that says its view: what is done with a case must not change the list beside it."""
    on = ui.here_on(path)
    return on if request.args.get("view") in lists.VIEWS else f"{on}{'&' if '?' in on else '?'}view={view}"


def _neighbours(ids: list[UUID], case: Case | None) -> tuple[UUID | None, UUID | None]:
    """The cases before and after this one in the queue; of one that stands elsewhere, the first comes after."""
    if case is None or case.id not in ids:
        return None, (ids[0] if ids and case is not None else None)
    place = ids.index(case.id)
    return (ids[place - 1] if place else None), (ids[place + 1] if place + 1 < len(ids) else None)


def _shown(case: Case, view: str, forms: dict[str, Form]) -> dict[str, Any]:
    can_edit, can_log = may(P.CASE_EDIT, case), case.account.archived is None
    return {
        "about": record.about(case),
        "messages": queries.messages(case.id),
        "enclosed": queries.enclosed(case.id),
        "kind": KIND_WORDS[case.kind],
        "kind_look": KIND_LOOKS[case.kind],
        "state": STATE_WORDS[case.state],
        "state_look": STATE_LOOKS[case.state],
        "priority": PRIORITY_WORDS[case.priority],
        "is_pressing": case.priority in PRESSING and not case.is_settled,
        "answer_form": forms.get("answer") or AnswerForm(formdata=None),
        "note_form": forms.get("note") or NoteForm(formdata=None, prefix="note"),
        "can_edit": can_edit,
        "can_take": can_edit and case.owner_id is None,
        "can_assign": _may_assign(case),
        "state_choices": [
            (state, STATE_WORDS[state]) for state in CaseState if state not in {case.state, CaseState.NEW}
        ],
        **record_parts(Case.__tablename__, case.id, partial(url_for, ".show", case_id=case.id), is_open=can_log),
        "state_url": lambda value: _in(view, url_for(".state", case_id=case.id, state=value)),
        "log_url": url_for("activities.create", about_kind=Case.__tablename__, about_id=case.id, past=1, kind="call")
        if can_log and may(P.ACTIVITY_EDIT)
        else None,
        "at": lambda endpoint: _in(view, url_for(f".{endpoint}", case_id=case.id)),
    }


def _may_assign(case: Case) -> bool:
    """A case of one's own can be passed on; one that nobody has, by everyone who may assign at all."""
    return may(P.CASE_ASSIGN) if case.owner_id is None else may(P.CASE_ASSIGN, case)


# ── a new one ───────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/new", methods=["GET", "POST"])
@allow(P.CASE_CREATE)
def create() -> ResponseReturnValue:
    """Write down what a customer told us; whose it is is asked first."""
    account_id = ui.asked_id("account_id")
    if account_id is None:
        return _ask_customer()
    account = customers.account(account_id)
    refuse_archived(account)
    form = NewCaseForm(account.id)
    case = attempt(form, lambda: _create(form, account)) if form.validate_on_submit() else None
    if case is None:
        return render_template("service_desk/new.html", form=form, account=account), form.status
    flash(_("%(number)s is written down.", number=case.number), "good")
    return redirect(url_for(".show", case_id=case.id), 303)


def _ask_customer() -> ResponseReturnValue:
    form = CustomerForm()
    if form.validate_on_submit():
        account = customers.account_typed(form.customer.data)
        if account is not None:
            return redirect(url_for(".create", account_id=account.id), 303)
        form["customer"].errors = [_("No customer has this name or number. Add the customer first.")]
    can_add = may(P.ACCOUNT_CREATE)
    return render_template("service_desk/customer.html", form=form, can_add_customer=can_add), form.status


def _create(form: NewCaseForm, account: Account) -> Case:
    contact = customers.contact(form.contact_id.data) if form.contact_id.data else None
    owner = me() if form.takes_it.data and may(P.CASE_EDIT) else None
    values = {name: value for name, value in form.values().items() if name != "contact_id"}
    return actions.create(values, account=account, contact=contact, owner=owner, by=me())


@bp.route("/<uuid:case_id>/edit", methods=["GET", "POST"])
@allow(P.CASE_EDIT)
def edit(case_id: UUID) -> ResponseReturnValue:
    """Subject, kind, priority, contact, deal."""
    case = _case(case_id)
    form = CaseForm(case.account_id, case)
    edit = edited(form, case, lambda version: actions.change(case, form.values(), version=version, by=me()))
    if edit.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for(".show", case_id=case.id), 303)
    page = render_template("service_desk/edit.html", form=form, case=case, version=edit.version, clash=edit.clash)
    return page, edit.status


# ── verbs ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.post("/<uuid:case_id>/answer")
@allow(P.CASE_EDIT)
def answer(case_id: UUID) -> ResponseReturnValue:
    """Write to the customer."""
    case, form = _case(case_id), AnswerForm()
    said = attempt(form, lambda: _answer(form, case)) if form.validate_on_submit() else None
    if said is None:
        return _beside_queue(case, status=422, answer=form)
    flash(_("Sent to the customer."), "good")
    return _back(case)


def _answer(form: AnswerForm, case: Case) -> CaseMessage:
    said = actions.answer(case, form.text.data, state=form.state.data, by=me())
    _attach(form, said, is_public=True)
    return said


@bp.post("/<uuid:case_id>/note")
@allow(P.CASE_EDIT)
def note(case_id: UUID) -> ResponseReturnValue:
    """Write to colleagues."""
    case, form = _case(case_id), NoteForm(prefix="note")
    said = attempt(form, lambda: _note(form, case)) if form.validate_on_submit() else None
    if said is None:
        return _beside_queue(case, status=422, note=form)
    flash(_("Noted, for colleagues only."), "good")
    return _back(case)


def _note(form: NoteForm, case: Case) -> CaseMessage:
    said = actions.note(case, form.text.data, by=me())
    _attach(form, said, is_public=False)
    return said


@bp.post("/<uuid:case_id>/take")
@allow(P.CASE_EDIT)
def take(case_id: UUID) -> ResponseReturnValue:
    """Begin to deal with it."""
    case = _case(case_id)
    actions.take(case, by=me())
    flash(_("%(number)s is yours.", number=case.number), "good")
    return _back(case)


@bp.route("/<uuid:case_id>/assign", methods=["GET", "POST"])
@allow(P.CASE_ASSIGN)
def assign(case_id: UUID) -> ResponseReturnValue:
    """Give it to a colleague."""
    case = queries.case(case_id)
    if not _may_assign(case):
        require(P.CASE_ASSIGN, case)
    form = OwnerForm(case)
    if not form.validate_on_submit() or not done(
        form, lambda: actions.assign(case, tenants.member(form.owner_id.data), by=me())
    ):
        return render_template("service_desk/assign.html", form=form, case=case), form.status
    flash(_("%(name)s deals with %(number)s now.", name=case.owner and case.owner.name, number=case.number), "good")
    return _back(case)


@bp.post("/<uuid:case_id>/state/<state>")
@allow(P.CASE_EDIT)
def state(case_id: UUID, state: str) -> ResponseReturnValue:
    """Say where it stands."""
    case = _case(case_id)
    if state not in set(CaseState):
        raise NotFound
    actions.set_state(case, CaseState(state), by=me())
    flash(_("%(number)s: %(state)s", number=case.number, state=STATE_WORDS[case.state]), "good")
    return _back(case)


def _case(case_id: UUID) -> Case:
    case = queries.case(case_id)
    require(P.CASE_EDIT, case)
    return case


def _attach(form: WithFile, said: CaseMessage, *, is_public: bool) -> None:
    if upload := form.upload():
        actions.attach(said, *upload, by=me(), is_public=is_public)


def _back(case: Case) -> ResponseReturnValue:
    """To the case, in the queue it was opened from."""
    return redirect(ui.here_on(url_for(".show", case_id=case.id)), 303)


activities.join_owned(
    Case,
    P.CASE_VIEW,
    Case.subject,
    page=lambda case_id: url_for("service_desk.show", case_id=case_id),
    account_of=lambda case_id: queries.case(case_id).account_id,
)

customers.let_count("open_complaints", queries.open_complaints)

for kind, panel in (
    ("account", panels.Panel("cases", _l("Cases"), record.cases_tab, P.CASE_VIEW, "tab", 30)),
    ("account", panels.Panel("complaints", _l("Complaints"), record.complaint_mark, P.CASE_VIEW, "marks", 30)),
    ("today", panels.Panel("cases", _l("Cases"), record.waiting_today, P.CASE_VIEW, "main", 30)),
):
    panels.add(kind, panel)
