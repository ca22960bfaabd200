"""What all papers share on screen: products for a cell, the letterhead, the PDF of any paper."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields import ColorField
from wtforms.validators import Length, Optional, Regexp

from saas import files, pdf
from saas.crm.papers import letterhead, line_actions, print_actions, prints
from saas.crm.papers import print_queries as queries
from saas.crm.papers.letterhead import Letterhead
from saas.crm.papers.models import PaperPrint, PrintState
from saas.crm.papers.prints import Printed
from saas.crm.papers.sums import TAX_RULE_WORDS
from saas.db import current_tenant
from saas.errors import NotFound
from saas.forms import Form, choices, optional
from saas.found import known
from saas.tenants import queries as tenants
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me, require

bp = Blueprint("papers", __name__, url_prefix="/papers")

P = Permission
PRINTED = {**pdf.SENTENCES, print_actions.NO_ROOM: _l("There is no room for more files. Take some off first.")}
STEPS = 2  # of the bar: asked for, made


class LetterheadForm(Form):
    """What stands on every paper."""

    company = StringField(
        _l("Company"), [Optional(), Length(max=200)], filters=[optional], description=_l("As it is registered.")
    )
    address = TextAreaField(_l("Address"), [Optional(), Length(max=500)], filters=[optional])
    reached = TextAreaField(
        _l("How you are reached"),
        [Optional(), Length(max=500)],
        filters=[optional],
        description=_l("Phone, mail, website: a line each."),
    )
    tax_number = StringField(_l("Tax number"), [Optional(), Length(max=60)], filters=[optional])
    bank = TextAreaField(
        _l("Bank"), [Optional(), Length(max=500)], filters=[optional], description=_l("Where customers pay to.")
    )
    colour = ColorField(
        _l("Colour"), [Regexp(r"^#[0-9a-fA-F]{6}$", message=_l("Choose a colour."))], default=Letterhead.colour
    )
    closing = TextAreaField(
        _l("Last words"),
        [Optional(), Length(max=2000)],
        filters=[optional],
        description=_l("On every paper that has none of its own."),
    )
    rule = RadioField(_l("Tax"), choices=choices(TAX_RULE_WORDS))

    def head(self) -> Letterhead:
        """What was typed."""
        words = {one.short_name: one.data or "" for one in self if one.short_name in Letterhead.__annotations__}
        return Letterhead(**words)


@bp.route("/letterhead", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def edit_letterhead() -> ResponseReturnValue:
    form = LetterheadForm(obj=letterhead.now(), rule=line_actions.rule().value)
    if form.validate_on_submit():
        letterhead.choose(form.head(), by=me())
        line_actions.choose_rule(form.rule.data, by=me())
        flash(_("Saved. Papers that went out stay as they are."), "good")
        return redirect(url_for(".edit_letterhead"))
    return render_template("papers/letterhead.html", form=form), form.status


@bp.post("/<kind>/<uuid:paper_id>/print")
@allow(P.ACCOUNT_VIEW)
def make(kind: str, paper_id: UUID) -> ResponseReturnValue:
    """Have a paper's PDF made as it is now."""
    made = print_actions.ask(_paper(_kind(kind), paper_id), by=me())
    return redirect(url_for(".show", print_id=made.id), 303)


@bp.get("/prints/<uuid:print_id>")
@allow(P.ACCOUNT_VIEW)
def show(print_id: UUID) -> ResponseReturnValue:
    """Where the making stands; once it is there, the way to it."""
    return render_template("papers/print.html", **_standing(*_print(print_id)))


@bp.get("/prints/<uuid:print_id>/progress")
@allow(P.ACCOUNT_VIEW)
def progress(print_id: UUID) -> ResponseReturnValue:
    """The bar, asked for again and again while it is made; the whole page anew once that is over."""
    made, kind, paper = _print(print_id)
    if made.state is not PrintState.WAITING:
        return Response(status=204, headers={"HX-Redirect": url_for(".show", print_id=made.id)})
    return render_template("papers/_progress.html", **_standing(made, kind, paper))


@bp.get("/prints/<uuid:print_id>/file")
@allow(P.ACCOUNT_VIEW)
def file(print_id: UUID) -> ResponseReturnValue:
    """The PDF, to be looked at or saved."""
    return given(_print(print_id)[0])


def given(made: PaperPrint) -> ResponseReturnValue:
    """The PDF itself.

    Raises:
        NotFound: it isn't made yet.
    """
    if made.state is not PrintState.READY or made.file is None:
        raise NotFound
    return files.answer(current_tenant(), made.file.sha256, made.file.name, made.file.media_type)


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _kind(table: str) -> Printed:
    return known(prints.kind(table))


def _paper(kind: Printed, paper_id: UUID) -> Any:
    require(kind.view)
    return kind.find(paper_id)


def _print(print_id: UUID) -> tuple[PaperPrint, Printed, Any]:
    made = queries.the_print(print_id)
    kind = _kind(made.kind)
    return made, kind, _paper(kind, made.paper_id)


def _standing(made: PaperPrint, kind: Printed, paper: Any) -> dict[str, Any]:
    is_waiting = made.state is PrintState.WAITING
    gave_up = is_waiting and tenants.stopped_delivery(print_actions.JOB, f"{made.id}:{made.turn}") is not None
    endpoint, key = kind.url
    return {
        "made": made,
        "paper": paper,
        "has_failed": made.state is PrintState.FAILED or gave_up,
        "why": PRINTED.get(made.why or "", _l("It could not be made after five tries.")),
        "is_held_up": is_waiting and not pdf.is_ready(),
        "back_url": url_for(endpoint, **{key: paper.id}),
        "again_url": url_for(".make", kind=made.kind, paper_id=paper.id),
        "file_url": url_for(".file", print_id=made.id),
        "job": {"url": url_for(".progress", print_id=made.id), "done": 1, "total": STEPS},
    }
