"""The desk of duplicates: pairs, a merge field by field, and its way back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from saas import clock, toasts, ui
from saas.crm.customers import contact_words, private
from saas.crm.customers.models import KIND_WORDS, STANDING_WORDS, Account, AccountKind, Wish
from saas.crm.customers.stories import FIELD_WORDS
from saas.crm.customers.twin_views import words as shared
from saas.crm.fields import custom_queries as custom
from saas.crm.fields import queries as fields
from saas.crm.fields.custom_words import said
from saas.crm.fields.models import OF_CUSTOMERS, Dictionary
from saas.crm.merges import actions, queries
from saas.crm.merges.queries import ARCHIVE, EDIT
from saas.crm.transfer.reasons import COUNTED
from saas.tenants.models import Member
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me, require
from saas.versions import Overtaken, version_sent

bp = Blueprint("merges", __name__, url_prefix="/duplicates")

P = Permission
WISHES = ("phone_wish", "mail_wish", "post_wish")
FIELDS = {
    "account": (
        "name",
        "kind",
        *OF_CUSTOMERS,
        "phone",
        "fax",
        "email",
        "website",
        "tax_number",
        "address",
        "city",
        "region",
        "country",
        "employees",
        "revenue",
        "founded",
        "remarks",
    ),
    "contact": (
        "name",
        "title",
        "department",
        "decision",
        "phone",
        "mobile",
        "email",
        "channel",
        "language",
        "address",
        *WISHES,
        "wish_on",
        "wish_source",
        "birthday",
        "home_phone",
        "home_address",
        "hobbies",
        "remarks",
    ),
}
ROWS = {"account": (), "contact": ("lines", "days")}  # what lies in rows: those of both are kept
BOTH = "remarks"  # a text of which both can be kept, one after the other
OWNER = "owner"
WHY_WORDS = {
    actions.MOVED_SINCE: _l("Somebody has moved it since, so it stays."),
    actions.CHANGED_SINCE: _l("Somebody has changed it since, so it stays."),
    actions.GONE_SINCE: _l("It is gone since."),
}


@bp.get("/<any(account, contact):kind>")
@allow(P.ACCOUNT_EDIT)
def index(kind: str) -> ResponseReturnValue:
    require(EDIT[kind])
    found = queries.pairs(kind, ui.asked_id("after"))
    rows = [_row(kind, *row) for row in found[: queries.PAGE]]
    following = found[queries.PAGE - 1][0].id if len(found) > queries.PAGE else None
    return render_template(
        "merges/index.html",
        kind=kind,
        rows=rows,
        latest=queries.latest(kind) if "after" not in request.args else [],
        more_url=url_for(".index", kind=kind, after=following) if following else None,
    )


@bp.post("/pairs/<uuid:pair_id>/dismiss")
@allow(P.ACCOUNT_EDIT)
def dismiss(pair_id: UUID) -> ResponseReturnValue:
    pair = queries.pair(pair_id)
    actions.dismiss(pair, by=me())
    toasts.undoable(_("Remembered: they are not the same."), url_for(".bring_back", pair_id=pair.id))
    return redirect(url_for(".index", kind=pair.kind))


@bp.post("/pairs/<uuid:pair_id>/bring-back")
@allow(P.ACCOUNT_EDIT)
def bring_back(pair_id: UUID) -> ResponseReturnValue:
    pair = queries.pair(pair_id)
    actions.bring_back(pair, by=me())
    flash(_("The two are among the duplicates again."), "good")
    return redirect(url_for(".index", kind=pair.kind))


@bp.route("/<any(account, contact):kind>/<uuid:kept_id>/<uuid:gone_id>", methods=["GET", "POST"])
@allow(P.ACCOUNT_EDIT)
def compare(kind: str, kept_id: UUID, gone_id: UUID) -> ResponseReturnValue:
    kept, gone = queries.record(kind, kept_id, EDIT[kind]), queries.record(kind, gone_id, EDIT[kind])
    require(ARCHIVE[kind], gone)
    if request.method == "GET":
        return _compare(kind, kept, gone)
    own = custom.fields_of(kind)
    chosen = {name: request.form.get(name, "kept") for name in (*FIELDS[kind], *(one.column for one in own), OWNER)}
    chosen |= {name: _choice(name, kept, gone)["chosen"] for name in _unseen(kind)}
    values: dict[str, Any] = {name: _value(name, chosen[name], kept, gone) for name in FIELDS[kind]}
    values |= {name: _rows_of_both(name, kept, gone) for name in ROWS[kind]}
    sides = {one: gone if chosen[one.column] == "gone" else kept for one in own}
    values["custom"] = {one.key: side.custom.get(one.key) for one, side in sides.items()}
    owner = (gone if chosen[OWNER] == "gone" else kept).owner if isinstance(kept, Account) else None
    try:
        made = actions.merge(kind, kept_id, gone_id, values, owner=owner, versions=_versions(kept, gone), by=me())
    except Overtaken:
        flash(_("One of the two was changed while you were choosing. Look again."), "waiting")
        return redirect(url_for(".compare", kind=kind, kept_id=kept_id, gone_id=gone_id))
    toasts.undoable(
        _("%(gone)s is part of %(kept)s now.", gone=made.gone_name, kept=made.kept_name),
        url_for(".part", merge_id=made.id),
    )
    return redirect(url_for(".show", merge_id=made.id))


@bp.get("/merges/<uuid:merge_id>")
@allow(P.ACCOUNT_EDIT)
def show(merge_id: UUID) -> ResponseReturnValue:
    merge = queries.merge(merge_id)
    return render_template(
        "merges/show.html",
        merge=merge,
        moved=_counted(merge.counts),
        left=[_left(one) for one in merge.left],
        can_undo=merge.can_be_undone(clock.now()),
        kept_url=_page(merge.kind, merge.kept_id),
        gone_url=_page(merge.kind, merge.gone_id) if merge.undone_at else None,
    )


@bp.post("/merges/<uuid:merge_id>/undo")
@allow(P.ACCOUNT_EDIT)
def part(merge_id: UUID) -> ResponseReturnValue:
    merge = queries.merge(merge_id)
    actions.part(merge, by=me())
    flash(_("%(name)s is a record of its own again.", name=merge.gone_name), "good")
    return redirect(url_for(".show", merge_id=merge.id))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _row(kind: str, pair: Any, one: Any, other: Any) -> dict[str, Any]:
    kept, gone = sorted((one, other), key=_worth, reverse=True)
    return {
        "pair": pair,
        "why": shared(pair.parts),
        "sides": [_side(kind, kept), _side(kind, gone)],
        "url": url_for(".compare", kind=kind, kept_id=kept.id, gone_id=gone.id),
    }


def _side(kind: str, record: Any) -> dict[str, Any]:
    if isinstance(record, Account):
        facts = [record.number, record.city, record.owner.name if record.owner else _("in the pool")]
    else:
        facts = [record.account.name, record.title, record.email or record.mobile or record.phone]
    return {"name": record.name, "url": _page(kind, record.id), "facts": " · ".join(f for f in facts if f)}


def _worth(record: Any) -> tuple[Any, ...]:
    """Which of two is proposed to stay: a customer before others, then the one known better, then the older."""
    bought = isinstance(record, Account) and record.standing == "customer"
    names = FIELDS[record.__tablename__]
    return bought, sum(getattr(record, name) not in (None, "") for name in names), -record.created_at.timestamp()


def _compare(kind: str, kept: Any, gone: Any) -> ResponseReturnValue:
    rows = [_choice(name, kept, gone) for name in FIELDS[kind] if name not in _unseen(kind)]
    if isinstance(kept, Account):
        rows.insert(2, _owners(kept, gone))
    rows = [row for row in rows + _own_choices(kind, kept, gone) if row["kept"] or row["gone"]]
    return render_template(
        "merges/compare.html",
        kind=kind,
        kept=kept,
        gone=gone,
        rows=[row for row in rows if row["differs"]],
        same=[row for row in rows if not row["differs"]],
        moves=_counted(queries.counts(kind, gone.id)),
        swap_url=url_for(".compare", kind=kind, kept_id=gone.id, gone_id=kept.id),
        sides=[_side(kind, kept), _side(kind, gone)],
        standing=STANDING_WORDS,
    )


def _unseen(kind: str) -> frozenset[str]:
    """The fields that the reader is kept from: what is proposed for them is taken."""
    return private.hidden() & set(FIELDS[kind]) if kind == private.CONTACT else frozenset()


def _choice(name: str, kept: Any, gone: Any) -> dict[str, Any]:
    mine, theirs = getattr(kept, name), getattr(gone, name)
    is_newer = gone.updated_at > kept.updated_at and name != "name"
    takes_theirs = theirs not in (None, "") and (mine in (None, "") or is_newer)
    if name in WISHES and Wish.NO in (mine, theirs):  # who has said no to one of the two has said it
        takes_theirs = mine is not Wish.NO
    both = name == BOTH and bool(mine) and bool(theirs)
    is_newer = is_newer and takes_theirs and mine not in (None, "") and name not in WISHES
    return {
        "name": name,
        "label": FIELD_WORDS[name],
        "kept": _said(name, mine),
        "gone": _said(name, theirs),
        "differs": mine != theirs,
        "chosen": "both" if both else "gone" if takes_theirs else "kept",
        "both": both,
        "newer": is_newer and not both,
    }


def _own_choices(kind: str, kept: Any, gone: Any) -> list[dict[str, Any]]:
    """`_choice` for the fields that the workspace has made."""
    own, is_newer = custom.fields_of(kind), gone.updated_at > kept.updated_at
    held = [(one, kept.custom.get(one.key), gone.custom.get(one.key)) for one in own]
    names = custom.names((one, value) for one, *values in held for value in values)
    return [
        {
            "name": one.column,
            "label": one.label,
            "kept": said(one, mine, names),
            "gone": said(one, theirs, names),
            "differs": mine != theirs,
            "chosen": "gone" if theirs is not None and (mine is None or is_newer) else "kept",
            "both": False,
            "newer": is_newer and theirs is not None and mine not in (None, theirs),
        }
        for one, mine, theirs in held
    ]


def _owners(kept: Account, gone: Account) -> dict[str, Any]:
    mine, theirs = (_owner_word(one.owner) for one in (kept, gone))
    chosen = "gone" if kept.owner is None and gone.owner is not None else "kept"
    differs = kept.owner_id != gone.owner_id
    row = {"name": OWNER, "label": _("Looked after by"), "kept": mine, "gone": theirs, "differs": differs}
    return row | {"chosen": chosen, "both": False, "newer": False}


def _owner_word(owner: Member | None) -> str:
    return owner.name if owner else _("Nobody: it lies in the pool")


def _said(name: str, value: Any) -> Any:
    if isinstance(value, AccountKind):
        return KIND_WORDS[value]
    if name in OF_CUSTOMERS:
        return fields.label(Dictionary(name), value) or ""
    if name in contact_words.FIELDS:
        return contact_words.told(value, name) or ""
    return "" if value is None else ui.day(value) if hasattr(value, "isoformat") else value


def _value(name: str, chosen: str, kept: Any, gone: Any) -> Any:
    mine, theirs = getattr(kept, name), getattr(gone, name)
    if chosen == "both" and name == BOTH:
        return "\n\n".join(text for text in (mine, theirs) if text) or None
    value = theirs if chosen == "gone" else mine
    return value if value or name != "name" else mine or theirs


def _rows_of_both(name: str, kept: Any, gone: Any) -> list[Any]:
    mine, theirs = (list(getattr(one, name) or ()) for one in (kept, gone))
    return mine + [row for row in theirs if row not in mine]


def _versions(kept: Any, gone: Any) -> tuple[int, int]:
    return version_sent(kept, "kept_version"), version_sent(gone, "gone_version")


def _counted(counts: dict[str, int]) -> list[str]:
    """What moves, as a person says it."""
    known = [COUNTED[table](count) for table, count in counts.items() if table in COUNTED]
    others = sum(count for table, count in counts.items() if table not in COUNTED)
    return [*known, _("%(num)s other records", num=others)] if others else known


def _left(one: dict[str, Any]) -> dict[str, Any]:
    field = one.get("field")
    own = {one.column: one.label for kind in FIELDS for one in custom.fields_of(kind, archived=True)}
    what = FIELD_WORDS.get(field) or own.get(field, field) if field else ""
    return {"what": what, "name": one["name"] or "—", "why": WHY_WORDS[one["why"]]}


def _page(kind: str, record_id: UUID) -> str:
    if kind == "account":
        return url_for("customers.show", account_id=record_id)
    return url_for("contacts.show", contact_id=record_id)
