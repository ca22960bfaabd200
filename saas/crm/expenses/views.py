"""Pages of expenses. Who approves, and the month as a paper, are in `decision_views.py` and `sheet_views.py`."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup

from saas import grids, panels, ui
from saas.archive import refuse_archived
from saas.crm.activities import queries as activities
from saas.crm.customers import queries as customers
from saas.crm.expenses import actions, queries, record
from saas.crm.expenses.forms import DecideForm, ExpenseForm
from saas.crm.expenses.lists import EXPENSES
from saas.crm.expenses.models import STATE_ICONS, STATE_LOOKS, STATE_WORDS, Expense
from saas.crm.expenses.queries import KIND
from saas.crm.opportunities import queries as deals
from saas.crm.orders.sale_lists import period
from saas.crm.papers import paper_views as papers
from saas.crm.papers.lists import amount_cell
from saas.errors import Refused
from saas.forms import attempt
from saas.tenants.actions import attachments
from saas.tenants.pages import record_parts
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, today
from saas.versions import Edit, edited, version_sent

bp = Blueprint("expenses", __name__, url_prefix="/expenses")

P = Permission
SHOWN = papers.SHOWN
GROUPS = {"person": _l("By colleague"), "customer": _l("By customer"), "month": _l("By month")}
FILTERS = {"person": "owner", "customer": "customer", "month": "period"}  # group → the filter that shows its expenses


@bp.get("/")
@allow(P.EXPENSE_VIEW)
def index() -> ResponseReturnValue:
    return papers.index(KIND, EXPENSES, {"tabs": _tabs(None), "month": _month()}, amount=amount_cell)


@bp.get("/count")
@allow(P.EXPENSE_VIEW)
def count() -> ResponseReturnValue:
    return papers.count(
        KIND, EXPENSES, lambda n, many: ngettext("%(count)s expense", "%(count)s expenses", n, count=many)
    )


@bp.get("/by/<any(person, customer, month):by>")
@allow(P.EXPENSE_VIEW)
def groups(by: str) -> ResponseReturnValue:
    """What was spent by each member, for each customer or in each month, in each currency."""
    where = (*KIND.listed(), *EXPENSES.conditions(request.args))
    found = queries.grouped(by, *where)
    return render_template(
        "expenses/groups.html",
        label=GROUPS[by],
        tabs=_tabs(by),
        rows=[_group(by, one) for one in found],
        sums=papers.in_words(KIND, *where),
        is_cut=len(found) == queries.MOST,
        most=queries.MOST,
        pills=grids.pills(EXPENSES.shown_filters(request.args)),
    )


@bp.route("/new", methods=["GET", "POST"])
@allow(P.EXPENSE_EDIT)
def create() -> ResponseReturnValue:
    about, account = _asked()
    form = ExpenseForm(today=today(), account=account)
    if form.validate_on_submit():
        made = attempt(form, lambda: _written(form, about))
        if made is not None:
            flash(_("%(number)s is written down. Hand it in when it is complete.", number=made.number), "good")
            return redirect(KIND.url(made))
    return render_template("expenses/form.html", form=form, about=about), form.status


@bp.get("/<uuid:expense_id>")
@allow(P.EXPENSE_VIEW)
def show(expense_id: UUID) -> ResponseReturnValue:
    return page_of(queries.expense(expense_id))


def page_of(expense: Expense, decide_form: DecideForm | None = None) -> ResponseReturnValue:
    """The page of an expense, with what was typed with a decision that didn't go through."""
    page = render_template(
        "expenses/show.html",
        expense=expense,
        title=record.category(expense) or expense.number,
        state=STATE_WORDS[expense.state],
        look=STATE_LOOKS[expense.state],
        icon_name=STATE_ICONS[expense.state],
        about=record.about(expense),
        steps=record.steps(expense, me()),
        decide_form=decide_form or DecideForm(formdata=None),
        **record_parts(Expense.__tablename__, expense.id, partial(url_for, "expenses.show", expense_id=expense.id)),
    )
    return page, decide_form.status if decide_form else 200


@bp.route("/<uuid:expense_id>/edit", methods=["GET", "POST"])
@allow(P.EXPENSE_EDIT)
def edit(expense_id: UUID) -> ResponseReturnValue:
    expense = KIND.own(expense_id)
    form = ExpenseForm(obj=expense, today=today(), account=expense.account)
    saved = Edit(False, 200, version_sent(expense))
    if request.method == "POST":
        saved = edited(form, expense, lambda version: _changed(form, expense, version))
    if saved.is_saved:
        flash(_("Saved."), "good")
        return redirect(KIND.url(expense))
    told = {"version": saved.version, "clash": saved.clash}
    return render_template("expenses/form.html", form=form, expense=expense, **told), saved.status


@bp.post("/<uuid:expense_id>/hand-in")
@allow(P.EXPENSE_EDIT)
def hand_in(expense_id: UUID) -> ResponseReturnValue:
    expense = KIND.own(expense_id)
    actions.hand_in(expense, by=me())
    flash(_("%(number)s is handed in.", number=expense.number), "good")
    return redirect(KIND.url(expense))


@bp.post("/<uuid:expense_id>/discard")
@allow(P.EXPENSE_EDIT)
def discard(expense_id: UUID) -> ResponseReturnValue:
    expense = KIND.own(expense_id)
    actions.discard_expense(expense, by=me())
    flash(_("%(number)s is thrown away.", number=expense.number), "good")
    return redirect(url_for(".index"))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _asked() -> tuple[dict[str, Any], Any]:
    """What the address says it is for: the records by name, and their customer."""
    account_id, deal_id, activity_id = (ui.asked_id(name) for name in ("account_id", "opportunity_id", "activity_id"))
    activity = activities.activity(activity_id) if activity_id else None
    deal = deals.opportunity(deal_id) if deal_id else None
    of = account_id or (deal.account_id if deal else activity.account_id if activity else None)
    account = customers.account(of) if of else None
    refuse_archived(account)
    return {"activity": activity, "opportunity": deal}, account


def _month() -> date:
    """A day of the month whose sheet is offered: of the last month that the list shows, else of this one."""
    asked = period(request.args.get("period", ""), today())
    return asked[1] if asked else today()


def _written(form: ExpenseForm, about: dict[str, Any]) -> Expense:
    made = actions.create_expense(form.values(), account=form.account, by=me(), **about)
    _attach(form, made)
    return made


def _changed(form: ExpenseForm, expense: Expense, version: int) -> Expense:
    actions.change_expense(expense, form.values(), account=form.account, version=version, by=me())
    _attach(form, expense)
    return expense


def _attach(form: ExpenseForm, expense: Expense) -> None:
    """A receipt that is refused is said at its field."""
    if upload := form.upload():
        try:
            attachments.attach(expense, *upload, by=me())
        except Refused as refusal:
            raise Refused(refusal.sentence, field="receipt") from refusal


def _tabs(by: str | None) -> list[dict[str, Any]]:
    each = {"label": _("One by one"), "url": ui.here_on(url_for("expenses.index")), "active": by is None}
    return [
        each,
        *(
            {"label": label, "url": ui.here_on(url_for("expenses.groups", by=key)), "active": key == by}
            for key, label in GROUPS.items()
        ),
    ]


def _group(by: str, one: queries.Group) -> dict[str, Any]:
    word = ui.month(one.key) if isinstance(one.key, date) else one.name
    value = f"{one.key:%Y-%m}" if isinstance(one.key, date) else str(one.key)
    kept = {name: text for name, text in request.args.items() if name in {*FILTERS.values(), "state", "category"}}
    url = ui.asking(url_for("expenses.index"), kept | {FILTERS[by]: value}) if one.key else None
    return {"word": word, "url": url, "count": one.many, "amount": ui.money(one.amount, one.currency)}


def _part(found: list[Expense], **asked: Any) -> Markup:
    return papers.listing_of(KIND, record.shown(found), may(P.EXPENSE_EDIT), **asked)


def _on_account(account_id: UUID) -> Markup:
    account = customers.account(account_id)
    return _part(KIND.newest(Expense.account_id == account.id, SHOWN), account_id=account.id)


def _on_deal(opportunity_id: UUID) -> Markup:
    deal = deals.opportunity(opportunity_id)
    return _part(KIND.newest(Expense.opportunity_id == deal.id, SHOWN), opportunity_id=deal.id)


def _on_activity(activity_id: UUID) -> Markup:
    activity = activities.activity(activity_id)
    return _part(KIND.newest(Expense.activity_id == activity.id, SHOWN), activity_id=activity.id)


def _on_today(_member_id: UUID) -> Markup:
    """What waits for the reader's word; nothing where nothing does."""
    found = queries.waiting(SHOWN) if may(P.EXPENSE_APPROVE) else []
    if not found:
        return Markup("")
    return ui.fragment(
        "expenses/_today.html", expenses=record.shown(found), every_url=url_for("expenses.index", state="handed_in")
    )


LABEL = _l("Expenses")
panels.add("account", panels.Panel("expenses", LABEL, _on_account, P.EXPENSE_VIEW, "side", 60, is_later=True))
panels.add("opportunity", panels.Panel("expenses", LABEL, _on_deal, P.EXPENSE_VIEW, "side", 40, is_later=True))
panels.add("activity", panels.Panel("expenses", LABEL, _on_activity, P.EXPENSE_VIEW, "side", 40, is_later=True))
panels.add("today", panels.Panel("expenses", LABEL, _on_today, P.EXPENSE_APPROVE, "main", 34, is_later=True))
