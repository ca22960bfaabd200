"""The settings page of dictionaries."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from saas import toasts, ui
from saas.crm.fields import actions, queries
from saas.crm.fields.forms import WordForm
from saas.crm.fields.models import DICTIONARY_HELP, DICTIONARY_WORDS, Dictionary, Word
from saas.errors import NotFound
from saas.forms import attempt
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me
from saas.versions import edited

bp = Blueprint("words", __name__, url_prefix="/settings/words")

P = Permission


@bp.get("")
@allow(P.WORKSPACE_SET)
def index() -> ResponseReturnValue:
    return redirect(url_for(".show", dictionary=Dictionary.LEVEL.value))


@bp.get("/<dictionary>")
@allow(P.WORKSPACE_SET)
def show(dictionary: str) -> ResponseReturnValue:
    found = _dictionary(dictionary)
    return _page(found, WordForm(found, formdata=None), 200)


@bp.post("/<dictionary>")
@allow(P.WORKSPACE_SET)
def create(dictionary: str) -> ResponseReturnValue:
    found = _dictionary(dictionary)
    form = WordForm(found)
    if form.validate_on_submit():
        made = attempt(form, lambda: actions.add(found, **{"colour": "grey", **form.values()}, by=me()))
        if made is not None:
            flash(_("“%(name)s” is added.", name=made.label), "good")
            return _back(made)
    return _page(found, form, 422)


@bp.route("/word/<uuid:word_id>", methods=["GET", "POST"])
@allow(P.WORKSPACE_SET)
def edit(word_id: UUID) -> ResponseReturnValue:
    word = queries.word(word_id)
    form = WordForm(word.dictionary, name=word.label, colour=word.colour, places=word.places)
    edit = edited(form, word, lambda version: actions.change(word, form.values(), version=version, by=me()))
    if edit.is_saved:
        flash(_("Saved."), "good")
        return _back(word)
    title = DICTIONARY_WORDS[word.dictionary]
    page = render_template(
        "fields/word.html", form=form, word=word, title=title, version=edit.version, clash=edit.clash
    )
    return page, edit.status


@bp.post("/word/<uuid:word_id>/place")
@allow(P.WORKSPACE_SET)
def place(word_id: UUID) -> ResponseReturnValue:
    """One up or down, or to the place where it was dropped."""
    word, to = queries.word(word_id), request.form.get("to", "")
    step = {"up": -1, "down": 1}.get(to, 0)
    actions.place(word, int(to) if to.isdecimal() and len(to) < 5 else word.position + step, by=me())
    return _back(word)


@bp.post("/word/<uuid:word_id>/retire")
@allow(P.WORKSPACE_SET)
def retire(word_id: UUID) -> ResponseReturnValue:
    word = queries.word(word_id)
    actions.retire(word, by=me())
    text = _("“%(name)s” is offered no longer. What has it keeps it.", name=word.label)
    toasts.undoable(text, url_for(".bring_back", word_id=word.id))
    return _back(word)


@bp.post("/word/<uuid:word_id>/bring-back")
@allow(P.WORKSPACE_SET)
def bring_back(word_id: UUID) -> ResponseReturnValue:
    word = queries.word(word_id)
    actions.bring_back(word, by=me())
    flash(_("“%(name)s” is offered again.", name=word.label), "good")
    return _back(word)


def _dictionary(name: str) -> Dictionary:
    if name not in set(Dictionary):
        raise NotFound
    return Dictionary(name)


def _back(word: Word) -> ResponseReturnValue:
    return redirect(url_for(".show", dictionary=word.dictionary.value))


def _page(dictionary: Dictionary, form: WordForm, status: int) -> ResponseReturnValue:
    words = actions.begun(dictionary)
    page = render_template(
        "fields/words.html",
        form=form,
        dictionary=dictionary.value,
        title=DICTIONARY_WORDS[dictionary],
        help=DICTIONARY_HELP[dictionary],
        items=_tabs(dictionary),
        words=words,
        notes=_notes(dictionary, words),
    )
    return page, status


def _notes(dictionary: Dictionary, words: list[Word]) -> dict[str, str]:
    """Key → what is said beside a word: how many records hold it, and into how small parts a unit is divided."""
    uses, found = queries.uses(dictionary), {}
    for word in words:
        parts, many = [], uses.get(word.key, 0)
        if dictionary is Dictionary.UNIT:
            digits = word.places or 0
            parts.append(ngettext("%(num)s digit", "%(num)s digits", digits) if digits else _("whole ones"))
            said = ngettext("%(count)s product", "%(count)s products", many, count=ui.number(many))
        else:
            said = ngettext("%(count)s customer", "%(count)s customers", many, count=ui.number(many))
        found[word.key] = " · ".join([*parts, *([said] if many else [])])
    return found


def _tabs(here: Dictionary) -> list[dict[str, Any]]:
    return [
        {"label": word, "url": url_for(".show", dictionary=one.value), "active": one is here}
        for one, word in DICTIONARY_WORDS.items()
    ]
