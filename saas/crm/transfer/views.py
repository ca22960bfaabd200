"""Pages of an import, from the file to what became of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from saas import clock, sheets, ui
from saas.crm.transfer import actions, column_actions, preview, queries, register, rooms, undo_queries
from saas.crm.transfer import refused as refused_file
from saas.crm.transfer.forms import FileForm, chosen_names, columns_form, names_form
from saas.crm.transfer.kind import Kind
from saas.crm.transfer.models import (
    ALIKE,
    AT_WORK,
    HELD,
    KEPT,
    ROW_WORDS,
    STATE_LOOKS,
    STATE_WORDS,
    UNDO_FOR,
    ImportRun,
    RowState,
    RunState,
)
from saas.crm.transfer.reasons import counted, sentence
from saas.crm.transfer.states import NotNow
from saas.crm.transfer.undo_queries import Left
from saas.errors import Refused
from saas.files import NoSpace
from saas.tenants import brought
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require

bp = Blueprint("transfer", __name__, url_prefix="/imports")

P = Permission
SAMPLES = 3  # first cells shown beside a column
FIRST = 5  # rows shown as they will be read
SHOWN = 50  # rows with their reasons
STEPS = ("file", "columns", "names", "check", "done")
STEP_WORDS = {
    "file": _l("File"),
    "columns": _l("Columns"),
    "names": _l("Names"),
    "check": _l("Check"),
    "done": _l("Bring in"),
}
WORK_WORDS = {
    RunState.READING: _l("Reading the file"),
    RunState.CHECKING: _l("Checking every row"),
    RunState.RUNNING: _l("Bringing the rows in"),
    RunState.UNDOING: _l("Undoing the import"),
}


@bp.get("/")
@allow(P.TRANSFER_IMPORT)
def index() -> ResponseReturnValue:
    runs = [run for run in queries.runs() if run.kind in register.kinds()]
    return render_template("transfer/index.html", runs=[_line(run) for run in runs], kinds=_kinds())


@bp.route("/new", methods=["GET", "POST"])
@allow(P.TRANSFER_IMPORT)
def start() -> ResponseReturnValue:
    form = FileForm(_kinds(), data={"kind": request.args.get("kind", "accounts")})
    if form.validate_on_submit():
        kind = register.kind(form.kind.data)
        require(kind.create)
        upload = form.file.data
        try:
            run = actions.start(kind, upload.stream, upload.filename or "", by=me())
        except (Refused, NoSpace) as error:
            form.file.errors = (*form.file.errors, error.sentence)
        else:
            return redirect(url_for(".show", run_id=run.id))
    steps = _steps(None, "file")
    return render_template("transfer/start.html", form=form, steps=steps), 422 if form.is_submitted() else 200


@bp.get("/template/<key>.csv")
@allow(P.TRANSFER_IMPORT)
def template(key: str) -> ResponseReturnValue:
    kind = register.kind(key)
    lines = sheets.csv_lines([str(f.label) for f in kind.fields if f.key != "reference"], [])
    return _sheet(b"".join(lines), f"{key}.csv")


@bp.get("/<uuid:run_id>")
@allow(P.TRANSFER_IMPORT)
def show(run_id: UUID) -> ResponseReturnValue:
    run = _run(run_id)
    if run.state in AT_WORK:
        step = "done" if run.state in {RunState.RUNNING, RunState.UNDOING} else "check"
        step = "file" if run.state is RunState.READING else step
        return render_template("transfer/work.html", run=run, job=_job(run), steps=_steps(run, step))
    if run.state is RunState.OPEN:
        return redirect(url_for(".columns", run_id=run.id))
    if run.state is not RunState.CHECKED:
        return render_template("transfer/result.html", **_account_of(run))
    first = preview.of(run, queries.rows_after(run.id, 0, FIRST))
    return render_template("transfer/check.html", **_account_of(run), preview=first, row_words=ROW_WORDS)


@bp.get("/<uuid:run_id>/progress")
@allow(P.TRANSFER_IMPORT)
def progress(run_id: UUID) -> ResponseReturnValue:
    run = _run(run_id)
    if run.state not in AT_WORK:
        return Response(status=204, headers={"HX-Redirect": url_for(".show", run_id=run.id)})
    return render_template("transfer/_progress.html", run=run, job=_job(run))


@bp.route("/<uuid:run_id>/columns", methods=["GET", "POST"])
@allow(P.TRANSFER_IMPORT)
def columns(run_id: UUID) -> ResponseReturnValue:
    run = _open_run(run_id)
    form = columns_form(run)
    if form.validate_on_submit():
        chosen = [form[f"c{place}"].data for place in range(len(run.header))]
        options = {name: form[name].data for name in ("order", "update_by", "owner", rooms.OPTION) if name in form}
        try:
            column_actions.set_columns(run, chosen, options)
        except Refused as error:
            form.form_errors.append(error.sentence)
        else:
            asks = column_actions.asks_names(run)
            if not asks:
                actions.check(run)
            return redirect(url_for(".names" if asks else ".show", run_id=run.id))
    status = 422 if form.is_submitted() else 200
    samples = [[row.cells[i] for row in _first(run) if row.cells[i]] for i in range(len(run.header))]
    steps = _steps(run, "columns")
    return render_template("transfer/columns.html", run=run, form=form, samples=samples, steps=steps), status


@bp.route("/<uuid:run_id>/names", methods=["GET", "POST"])
@allow(P.TRANSFER_IMPORT)
def names(run_id: UUID) -> ResponseReturnValue:
    run = _open_run(run_id)
    form, groups = names_form(run)
    if form.validate_on_submit():
        column_actions.set_names(run, chosen_names(form, groups), by=me())
        actions.check(run)
        return redirect(url_for(".show", run_id=run.id))
    page = render_template("transfer/names.html", run=run, form=form, groups=groups, steps=_steps(run, "names"))
    return page, 422 if form.is_submitted() else 200


@bp.post("/<uuid:run_id>/run")
@allow(P.TRANSFER_IMPORT)
def bring_in(run_id: UUID) -> ResponseReturnValue:
    actions.bring_in(_locked(run_id))
    return redirect(url_for(".show", run_id=run_id))


@bp.post("/<uuid:run_id>/again")
@allow(P.TRANSFER_IMPORT)
def again(run_id: UUID) -> ResponseReturnValue:
    """Have an import go on whose work was given up."""
    actions.try_again(_locked(run_id), by=me())
    return redirect(url_for(".show", run_id=run_id), 303)


@bp.post("/<uuid:run_id>/undo")
@allow(P.TRANSFER_IMPORT)
def undo(run_id: UUID) -> ResponseReturnValue:
    actions.undo(_locked(run_id))
    return redirect(url_for(".show", run_id=run_id))


@bp.post("/<uuid:run_id>/discard")
@allow(P.TRANSFER_IMPORT)
def discard(run_id: UUID) -> ResponseReturnValue:
    run = _locked(run_id)
    actions.discard(run)
    flash(_("%(name)s was left out. Nothing has changed.", name=run.name), "good")
    return redirect(url_for(".index"))


@bp.get("/<uuid:run_id>/refused.csv")
@allow(P.TRANSFER_IMPORT)
def refused(run_id: UUID) -> ResponseReturnValue:
    run = _run(run_id)
    return _sheet(b"".join(refused_file.lines(run)), _file_name(run, _("refused")))


@bp.get("/<uuid:run_id>/left.csv")
@allow(P.TRANSFER_IMPORT)
def left(run_id: UUID) -> ResponseReturnValue:
    run = _run(run_id)
    told = (_told_left(run, one) for one in undo_queries.left(run))
    rows = ([line["number"] or "", line["text"], line["why"]] for line in told)
    return _sheet(b"".join(sheets.csv_lines([_("Row"), _("What it says"), _("Why")], rows)), _file_name(run, _("left")))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _run(run_id: UUID) -> ImportRun:
    run = queries.run(run_id)
    require(register.kind(run.kind).create)
    return run


def _locked(run_id: UUID) -> ImportRun:
    run = queries.lock_run(run_id)
    require(register.kind(run.kind).create)
    return run


def _open_run(run_id: UUID) -> ImportRun:
    """An import whose columns and names may still be changed.

    Raises:
        NotNow: it is under way, or over.
    """
    run = _locked(run_id)
    if run.state not in {RunState.OPEN, RunState.CHECKED}:
        raise NotNow(_("This import has gone on meanwhile. Load it again to see where it stands."))
    return run


def _kinds() -> list[Kind]:
    return [kind for kind in register.kinds().values() if may(kind.create)]


def _first(run: ImportRun) -> list[Any]:
    return queries.rows_after(run.id, 0, SAMPLES)


def _line(run: ImportRun) -> dict[str, Any]:
    is_partly = run.state is RunState.UNDONE and bool(run.counts.get(KEPT))
    return {
        "run": run,
        "kind": register.kind(run.kind).label,
        "state": _("Partly undone") if is_partly else STATE_WORDS[run.state],
        "look": "waiting" if is_partly else STATE_LOOKS.get(run.state, "neutral"),
        "counts": _counts(run) if run.finished_at is not None else [(word, 0) for word in ROW_WORDS.values()],
        "so_far": _so_far(run) if run.state in AT_WORK else None,
    }


def _counts(run: ImportRun) -> list[tuple[Any, int]]:
    return [(ROW_WORDS[state], run.counts.get(state.value, 0)) for state in ROW_WORDS]


def _job(run: ImportRun) -> dict[str, Any]:
    return {
        "label": WORK_WORDS[run.state],
        "url": url_for(".progress", run_id=run.id),
        **_so_far(run),
        "is_stopped": actions.stopped(run) is not None,
        "again_url": url_for(".again", run_id=run.id),
    }


def _so_far(run: ImportRun) -> dict[str, int | None]:
    """How many rows the present step is through with, of how many, if that is known."""
    if run.state is RunState.READING:
        return {"done": run.total, "total": run.head.get("rows")}
    return {"done": run.done, "total": run.total}


def _account_of(run: ImportRun) -> dict[str, Any]:
    """What a page tells of an import that is checked, done or undone."""
    kind = register.kind(run.kind)
    left_out = queries.rows_after(run.id, 0, SHOWN, RowState.REFUSED)
    skipped = queries.rows_after(run.id, 0, SHOWN, RowState.SKIPPED) if not left_out else []
    alike = queries.alike(run.id, SHOWN) if run.counts.get(ALIKE) else []
    kept = run.counts.get(KEPT, 0)
    left = list(undo_queries.left(run, SHOWN)) if kept else []
    can_undo = run.can_be_undone(clock.now())
    return {
        "run": run,
        "kind": kind,
        "counts": {state.value: run.counts.get(state.value, 0) for state in RowState},
        "crowds": rooms.crowds(run) if run.state is RunState.CHECKED else [],
        "are_spared": run.options.get(rooms.OPTION) == rooms.SPARE,
        "refused": [_told(run, row) for row in left_out],
        "alike": [_told(run, row) for row in alike],
        "skipped": [_told(run, row) for row in skipped],
        "kept": [_told_left(run, one) for one in left],
        "built_upon": undo_queries.built_upon(run, left),
        "kept_count": kept,
        "held_count": run.counts.get(HELD, kept),
        "can_undo": can_undo,
        "to_undo": _to_undo(run) if can_undo else {},
        "undo_until": run.finished_at + UNDO_FOR if run.finished_at else None,
        "list_url": (list_url := _list_of(run, kind)),
        "sums": kind.sums(run) if list_url and run.state is RunState.DONE else None,
        "steps": _steps(run, "check" if run.state is RunState.CHECKED else "over"),
    }


def _list_of(run: ImportRun, kind: Kind) -> str | None:
    """The list of just what the import brought; None where there is no list, or its filter knows no more of it."""
    page = kind.looked_at()
    is_known = run.finished_at is not None and clock.now() - run.finished_at < UNDO_FOR
    if page is None or not is_known or not ui.has_page(page):
        return None
    narrowed: dict[str, Any] = {brought.KEY: run.batch_id}
    return url_for(page, **narrowed)


def _to_undo(run: ImportRun) -> dict[str, str]:
    """What an undo would take up, counted in words."""
    made, changed = undo_queries.count_open(run.batch_id) if run.batch_id else ({}, {})
    return {"made": counted(made), "changed": counted(changed)}


def _told(run: ImportRun, row: Any) -> dict[str, Any]:
    """A row as a person recognises it: its first cells, and why."""
    known = [cell for cell, key in zip(row.cells, run.columns, strict=False) if cell and key]
    return {"number": row.number, "text": " · ".join(known[:3]), "why": sentence(row.reason)}


def _told_left(run: ImportRun, one: Left) -> dict[str, Any]:
    """A record that an undo left: its row of the file, or the name for which it was made; and what holds it now."""
    kind = register.kind_of(one.table)
    name = str(getattr(one.record, "name", "") or getattr(one.record, "label", ""))
    made = _("%(kind)s: %(name)s", kind=kind.label, name=name) if kind else name
    told = _told(run, one.row) if one.row else {"number": None, "text": made}
    why = sentence(one.reason) or _("Nothing stands on it any more.")
    return told | {"why": why, "url": _page_of(kind, one.record) if kind else None}


def _page_of(kind: Kind, record: Any) -> str | None:
    endpoint, argument = kind.page
    if not ui.has_page(endpoint):
        return None
    return url_for(endpoint, **{argument: record.id} if argument else {})


def _file_name(run: ImportRun, what: str) -> str:
    return f"{run.name.rpartition('.')[0] or run.name}-{what}.csv"


def _steps(run: ImportRun | None, now: str) -> list[dict[str, Any]]:
    at = STEPS.index(now) if now in STEPS else len(STEPS)
    can_change = run is not None and run.state in {RunState.OPEN, RunState.CHECKED}
    found = []
    for place, key in enumerate(STEPS):
        url = url_for(f".{key}", run_id=run.id) if run and can_change and key in {"columns", "names"} else None
        state = "done" if place < at else "now" if place == at else "later"
        found.append({"label": STEP_WORDS[key], "state": state, "url": url})
    return found


def _sheet(content: bytes, name: str) -> Response:
    answer = Response(content, mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
