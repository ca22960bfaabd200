"""Who gets which customers of a pool, by their properties: kept by its admins."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas.crm.pool import queries, route_queries, stories
from saas.crm.pool import route_actions as actions
from saas.crm.pool.models import MAIN
from saas.crm.pool.route_forms import RouteForm, route_form
from saas.crm.pool.route_models import PROPERTY_WORDS, Route
from saas.errors import Forbidden, NotFound
from saas.forms import attempt
from saas.tenants.models import Member
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import me
from saas.versions import edited

bp = Blueprint("pool_routes", __name__, url_prefix="/pool/routes")

P = Permission
REST = "else"  # stands in addresses for the rule that takes everybody else


@bp.get("/")
@allow(P.POOL_CLAIM)
def first() -> ResponseReturnValue:
    """The rules of the first pool that the reader leads."""
    led = pools_led()
    if not led:
        raise Forbidden
    return redirect(url_for(".index", pool_id=led[0][0]))


@bp.get("/<uuid:pool_id>")
@allow(P.POOL_CLAIM)
def index(pool_id: UUID) -> ResponseReturnValue:
    """The rules of a pool in their order."""
    key = _led(pool_id)
    found = route_queries.routes(key)
    members = route_queries.members_of([one.id for one in found])
    others = [{"label": word, "url": url_for(".create", pool_id=pool_id, name=n)} for n, word in PROPERTY_WORDS.items()]
    has_rest = any(one.property is None for one in found)
    rest = [] if has_rest else [{"label": _("Everybody else"), "url": url_for(".create", pool_id=pool_id, name=REST)}]
    tabs = [
        {"label": name, "url": url_for(".index", pool_id=one), "active": one == pool_id} for one, name in pools_led()
    ]
    return render_template(
        "pool/routes.html",
        pool_id=pool_id,
        lines=[_line(one, members.get(one.id, [])) for one in found],
        has_rest=has_rest,
        add=others + rest,
        tabs=tabs,
    )


@bp.get("/<uuid:pool_id>/hint")
@allow(P.POOL_CLAIM)
def hint(pool_id: UUID) -> ResponseReturnValue:
    """What handing out by these rules would do with the customers that lie in the pool now."""
    key = _led(pool_id)
    dealt, looked_at, total = route_queries.hint(key)
    names = {one.id: one.name for one in route_queries.may_use(key)}
    lines = [(stories.rule_words(actions.told(one)), dealt.taken[one.id]) for one in route_queries.routes(key)]
    given = [(names[member_id], count) for member_id, count in dealt.given.most_common()]
    shown = {"lines": lines, "given": given, "dealt": dealt, "looked_at": looked_at, "total": total}
    return render_template("pool/_route_hint.html", **shown)


@bp.route("/<uuid:pool_id>/new/<name>", methods=["GET", "POST"])
@allow(P.POOL_CLAIM)
def create(pool_id: UUID, name: str) -> ResponseReturnValue:
    """Add a rule by one property, or the one for everybody else."""
    key, name_or_none = _led(pool_id), None if name == REST else name
    if name != REST and name not in PROPERTY_WORDS:
        raise NotFound
    form = route_form(name_or_none, route_queries.may_use(key))
    if form.validate_on_submit():
        made = attempt(form, lambda: actions.add(key, name_or_none, form.said(), form.people(), by=me()))
        if made is not None:
            flash(_("The rule is added."), "good")
            return redirect(url_for(".index", pool_id=pool_id), 303)
    return _page(pool_id, form, name_or_none), form.status


@bp.route("/<uuid:pool_id>/<uuid:route_id>", methods=["GET", "POST"])
@allow(P.POOL_CLAIM)
def edit(pool_id: UUID, route_id: UUID) -> ResponseReturnValue:
    """Change a rule."""
    key = _led(pool_id)
    route = route_queries.route(key, route_id)
    members = [one.id for one in route_queries.members_of([route.id]).get(route.id, [])]
    form = route_form(route.property, route_queries.may_use(key), values=route.values, members=members)
    edit = edited(
        form,
        route,
        lambda version: actions.change(
            route, form.said(), _in_their_order(form.people(), members), version=version, by=me()
        ),
    )
    if edit.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for(".index", pool_id=pool_id), 303)
    return _page(pool_id, form, route.property, route=route, version=edit.version, clash=edit.clash), edit.status


@bp.post("/<uuid:pool_id>/<uuid:route_id>/place")
@allow(P.POOL_CLAIM)
def place(pool_id: UUID, route_id: UUID) -> ResponseReturnValue:
    """One up or down."""
    route = route_queries.route(_led(pool_id), route_id)
    step = {"up": -1, "down": 1}.get(request.form.get("to", ""), 0)
    actions.move(route, route.position + step, by=me())
    return redirect(url_for(".index", pool_id=pool_id), 303)


@bp.post("/<uuid:pool_id>/<uuid:route_id>/remove")
@allow(P.POOL_CLAIM)
def remove(pool_id: UUID, route_id: UUID) -> ResponseReturnValue:
    """Take a rule out."""
    actions.remove(route_queries.route(_led(pool_id), route_id), by=me())
    flash(_("The rule is gone; its customers go by the next that fits."), "good")
    return redirect(url_for(".index", pool_id=pool_id), 303)


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def pools_led() -> list[tuple[UUID, str]]:
    """The pools that the reader is admin of, the main one first."""
    main = [(MAIN, _("Main pool"))] if queries.leads(me(), None) else []
    return [*main, *((one.id, one.name) for one in queries.pools() if queries.leads(me(), one.id))]


def _led(pool_id: UUID) -> UUID | None:
    key = None if pool_id == MAIN else queries.pool(pool_id).id
    actions.refuse_others(me(), key)
    return key


def _page(pool_id: UUID, form: RouteForm, name: str | None, **shown: Any) -> str:
    what = PROPERTY_WORDS[name] if name else _("Everybody else")
    return render_template("pool/route.html", form=form, pool_id=pool_id, what=what, is_rest=name is None, **shown)


def _line(one: Route, members: list[Member]) -> dict[str, Any]:
    return {
        "id": one.id,
        "rule": stories.rule_words(actions.told(one)),
        "people": _(", ").join(m.name for m in members),
    }


def _in_their_order(chosen: list[UUID], before: list[UUID]) -> list[UUID]:
    """Whoever stays keeps his turn; new ones come after."""
    return [*(one for one in before if one in chosen), *(one for one in chosen if one not in before)]
