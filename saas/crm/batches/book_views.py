"""Handing a leaver's book over: among whom, who gets what, and then the batch that does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas.crm.batches import actions, queries
from saas.crm.batches import book_actions as books
from saas.crm.batches.forms import BookForm
from saas.crm.batches.models import Batch, BatchState, Deed, Split
from saas.crm.customers import giving
from saas.crm.customers.models import Account
from saas.crm.fields import queries as fields
from saas.crm.fields.models import Dictionary
from saas.errors import BusinessError, Forbidden, NotFound
from saas.forms import done
from saas.tenants import handover, scope
from saas.tenants import queries as tenants
from saas.tenants.models import Member
from saas.tenants.permissions import Permission, Reach, allow
from saas.tenants.scope import me

bp = Blueprint("books", __name__, url_prefix="/hand-over")

P = Permission


@bp.route("/<uuid:member_id>", methods=["GET", "POST"])
@allow(P.ACCOUNT_ASSIGN)
def begin(member_id: UUID) -> ResponseReturnValue:
    """Say among whom a colleague's book is shared out, and by what."""
    _for_all()
    leaver = tenants.member(member_id)
    form = BookForm(colleagues=[one for one in tenants.heirs() if one.id != leaver.id])
    ids = queries.book_of(leaver.id)
    if form.validate_on_submit():
        batch = actions.choose(ids, by=me())
        heirs = [tenants.member(UUID(one)) for one in form.heirs.data or ()]
        chosen = {"field": form.field.data, "heirs": heirs, "by": me()}
        if done(form, lambda: books.lay_out(batch, leaver, Split(form.split.data), **chosen)):
            return redirect(url_for(".share", batch_id=batch.id))
    held = [holding.words(count) for holding, count in handover.held_by(leaver.id)]
    return render_template("batches/book.html", form=form, leaver=leaver, held=held, many=len(ids)), form.status


@bp.route("/batch/<uuid:batch_id>", methods=["GET", "POST"])
@allow(P.ACCOUNT_ASSIGN)
def share(batch_id: UUID) -> ResponseReturnValue:
    """Choose who gets what, see how many that makes, and hand it over."""
    _for_all()
    batch = queries.batch(batch_id)
    if batch.state is not BatchState.OPEN or "leaver_id" not in batch.options:
        raise NotFound
    heirs = [tenants.member(UUID(one)) for one in batch.options["turns"]]
    groups = _groups(batch)
    chosen = _chosen(groups, heirs)
    rest = _one_of(heirs, request.form.get("rest", str(heirs[0].id)))
    if request.method == "POST" and "start" in request.form:
        said = {"heirs": chosen, "rest": rest, "beyond": "beyond" in request.form}
        actions.start(batch, Deed.HAND_OVER, batch.options | said, by=me())
        return redirect(url_for("batches.show", batch_id=batch.id))
    leaver = tenants.member(UUID(batch.options["leaver_id"]))
    shown: dict[str, Any] = {"groups": groups, "chosen": chosen, "rest": rest, "heirs": heirs, "leaver": leaver}
    shares = _shares(batch, chosen, rest, heirs)
    shown |= {"shares": shares, "refusals": [why for _name, _many, why in shares if why]}
    return render_template("batches/share.html", batch=batch, **shown)


def _for_all() -> None:
    if scope.who().reach(P.ACCOUNT_ASSIGN) is not Reach.ALL:
        raise Forbidden


def _groups(batch: Batch) -> list[dict[str, Any]]:
    """What an heir is chosen for: (key, label, many) of each; none where it goes by turns."""
    split, field = Split(batch.options["split"]), batch.options["field"]
    if split is Split.HAND:
        named = queries.named(batch.id)
        return [{"key": str(key), "label": f"{name} ({number})", "many": 1} for key, name, number in named]
    if split is Split.PROPERTY:
        rows = queries.count_by(batch.id, getattr(Account, field))
        return [{"key": value or "", "label": _word(field, value), "many": many} for value, many in rows]
    return []


def _word(field: str, value: str | None) -> str:
    if not value:
        return _("Not said")
    return str(fields.label(Dictionary(field), value)) if field in set(Dictionary) else value


def _chosen(groups: list[dict[str, Any]], heirs: list[Member]) -> dict[str, str]:
    """Group → its heir: as it was sent, else those with most in turn."""
    found = {}
    for place, group in enumerate(groups):
        fallback = str(heirs[place % len(heirs)].id)
        found[group["key"]] = _one_of(heirs, request.form.get(f"heir.{place}", fallback))
    return found


def _one_of(heirs: list[Member], asked: str) -> str:
    return asked if asked in {str(one.id) for one in heirs} else str(heirs[0].id)


def _shares(batch: Batch, chosen: dict[str, str], rest: str, heirs: list[Member]) -> list[tuple[str, int, str]]:
    """Who would get how many customers, and what the rules of the pool say to that."""
    theirs = books.shares(batch, chosen, rest)
    return [(one.name, len(rows := theirs[str(one.id)]), _too_many(rows, one)) for one in heirs]


def _too_many(rows: Sequence[Any], heir: Member) -> str:
    try:
        giving.check(rows, heir)
    except BusinessError as error:
        return error.sentence
    return ""
