"""The pages that papers of all kinds have: list, count, new, edit, the check of lines, the record; and their panels on
the pages of customers and deals. A kind declares its routes and their rights itself, and says here what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from saas import grids, panels, ui
from saas.archive import refuse_archived
from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account
from saas.crm.opportunities import queries as deals
from saas.crm.opportunities.models import Opportunity
from saas.crm.papers import line_actions, lines, offers, pages, print_queries, prints, record
from saas.crm.papers.forms import PaperForm
from saas.crm.papers.kinds import Kind
from saas.crm.papers.lines import Typed
from saas.crm.papers.lists import account_cell
from saas.crm.papers.offers import Offer
from saas.forms import attempt
from saas.lists import Listing
from saas.tenants import scope
from saas.tenants.pages import record_parts
from saas.tenants.permissions import Permission
from saas.tenants.scope import may
from saas.versions import Edit, edited, version_sent

AnyKind = Kind[Any, Any]
Cell = Callable[[Any, Any], Any]
SHOWN = 5  # on the page of a customer or a deal


def index(kind: AnyKind, listing: Listing, told: dict[str, Any] | None = None, **cells: Cell) -> str:
    """The list: `told` is what its page needs beside it, `cells` are columns that are drawn in a way of their own."""
    page = listing.page(request.args, *kind.listed())
    shown = grids.shown(page, ui.record_url(f"{kind.home}.show", kind.key), **{"account": account_cell, **cells})
    note = Markup('<span hx-get="{}" hx-trigger="load"></span>').format(ui.here_on(url_for(f"{kind.home}.count")))
    context = {"kind": kind, "list": shown, "count_note": note, "can_edit": may(kind.edit), **(told or {})}
    return render_template(f"{kind.home}/index.html", **context)


def count(
    kind: AnyKind,
    listing: Listing,
    words: Callable[[int, str], str],
    amounts: Callable[..., Iterable[str]] | None = None,
) -> str:
    """How many the list holds, and what they come to.

    Args:
        words: how many, and that number as one reads it → as a person says it.
        amounts: the conditions of the list → amounts; those of the kind in each currency when left out.
    """
    where = kind.listed()
    found = listing.count(request.args, *where)
    sums = (amounts or partial(in_words, kind))(*where, *listing.conditions(request.args))
    return " · ".join([words(found, grids.tally(found)), *sums])


def in_words(kind: AnyKind, *where: Any) -> list[str]:
    """What those for which the conditions hold come to, in each currency."""
    return ui.monies((amount, currency) for currency, amount in sorted(kind.sums(*where).items()))


@dataclass(frozen=True)
class Source:
    """What the address of a new paper says that it is for."""

    account: Account | None
    deal: Opportunity | None

    def back(self, kind: AnyKind) -> tuple[str, str]:
        """Address and name of the page that one came from."""
        if self.deal is not None:
            return url_for("opportunities.show", opportunity_id=self.deal.id), self.deal.name
        if self.account is not None:
            return url_for("customers.show", account_id=self.account.id), self.account.name
        return url_for(f"{kind.home}.index"), str(kind.label)

    def form(self, form: Callable[..., Any], given: dict[str, Any], **more: Any) -> Any:
        """The form of a paper for it; `given` is what stands in its fields."""
        if self.deal is not None:
            given = given | {"name": self.deal.name, "currency": self.deal.currency}
        return form(account=self.account, contact=self.deal.contact if self.deal else None, data=given, **more)


def asked() -> Source:
    """What the address says the paper is for.

    Raises:
        NotFound: the customer or the deal is beyond the reader's reach.
        Archived: the customer was put away.
    """
    account_id, deal_id = ui.asked_id("account_id"), ui.asked_id("opportunity_id")
    deal = deals.opportunity(deal_id) if deal_id else None
    account = customers.account(account_id) if account_id else deal.account if deal else None
    refuse_archived(account)
    return Source(account, deal)


def create(
    kind: AnyKind, form: PaperForm, verb: Callable[..., Any], said: Callable[[Any], str], source: Source
) -> ResponseReturnValue:
    """The form of a new paper, and writing it.

    Args:
        form: as it was sent or begins.
        verb: the action: values, lines, account and contact → the paper.
        said: what is said once it is written.
        source: what it is for.
    """
    offer = offers.offer(form.currency.data, form.account)
    form.lines = _typed(offer)
    if pages.is_saving() and form.validate_on_submit():
        write = partial(verb, form.values(), form.lines, account=form.account, contact=form.contact)
        made = attempt(form, write)
        if made is not None:
            flash(said(made), "good")
            return redirect(kind.url(made))
    page = _form(kind, form, offer, paper=None, back=source.back(kind), version=None, clash=None)
    return page, form.status if pages.is_saving() else 200


def edit(
    kind: AnyKind, paper: Any, form: PaperForm, verb: Callable[..., object], said: str | None = None
) -> ResponseReturnValue:
    """The form of a paper, and saving it.

    Args:
        form: made of the paper; whom it is for doesn't change.
        verb: the action: paper, values, lines, contact and version.
        said: what is said once it is saved.
    """
    before = kind.lines(paper.id)
    form.customer.data = paper.account.label
    offer = _offer(form.currency.data, paper, before)
    form.lines = _typed(offer) if request.method == "POST" else lines.drawn(before, pages.labels(before))
    saved = Edit(False, 200, version_sent(paper))
    if pages.is_saving():
        write = partial(verb, paper, contact=form.contact)
        saved = edited(form, paper, lambda version: (write(form.values(), form.lines, version=version),))
    if saved.is_saved:
        flash(said or _("Saved."), "good")
        return redirect(kind.url(paper))
    back, told = (kind.url(paper), paper.label), {"version": saved.version, "clash": saved.clash}
    return _form(kind, form, offer, paper=paper, back=back, **told), saved.status


def check(kind: AnyKind) -> ResponseReturnValue:
    """What is wrong in the lines as they stand, and what they come to."""
    paper_id = ui.asked_id(kind.key)
    paper: Any = kind.find(paper_id) if paper_id else None
    currency = request.form.get("currency", paper.currency if paper else scope.workspace().currency)
    if paper is not None:
        offer = _offer(currency, paper, kind.lines(paper.id))
    else:
        offer = offers.offer(currency, customers.account_typed(request.form.get("customer", "")))
    margin = may(Permission.PRODUCT_COST)
    return pages.looked_at(lines.read(request.form, offer), offer, line_actions.rule(), margin=margin)


def page(kind: AnyKind, paper: Any, found: list[Any], steps: set[str], **more: Any) -> str:
    """The page of a paper.

    Args:
        found: its lines.
        steps: what may be done with it now.
        more: what its template needs beside that; its `can_edit` goes before what the reader's right says.
    """
    standing, margin = kind.standing(paper), may(Permission.PRODUCT_COST)
    sums = line_actions.found(paper, found, getattr(paper, "rule", None))
    told = {
        "kind": kind,
        "paper": paper,
        "state": kind.words[standing],
        "look": kind.looks[standing],
        "icon_name": (kind.icons or {}).get(standing),
        "rows": prints.rows(found, paper.currency),
        "sums": pages.told(sums, paper.currency, margin=margin),
        "has_discount": any(line.discount for line in found),
        "kept": print_queries.kept(paper),
        "steps": steps,
        "can_edit": can_edit(kind, paper),
    }
    parts = record_parts(kind.table, paper.id, partial(url_for, f"{kind.home}.show", **{kind.key: paper.id}))
    return render_template(f"{kind.home}/show.html", **told | more, **parts)


def can_edit(kind: AnyKind, paper: Any, permission: Permission | None = None) -> bool:
    """True where the reader may change it, and its customer wasn't put away."""
    return may(permission or kind.edit, paper) and paper.account.archived is None


def step(kind: AnyKind, template: str, form: Any, paper: Any, **more: Any) -> ResponseReturnValue:
    """The page of one step of a paper: its form, and the way back."""
    context = {"kind": kind, "paper": paper, "form": form, "back": kind.url(paper), **more}
    return render_template(f"{kind.home}/{template}.html", **context), form.status


def add_panels(
    kind: AnyKind,
    account: int,
    deal: int,
    shown: Callable[[list[Any]], Any] | None = None,
    hidden: Callable[[UUID], str] = lambda _account_id: "",
) -> None:
    """Show the newest papers of a kind on the pages of customers and deals.

    Args:
        account, deal: the places among the other panels there.
        shown: papers as these panels list them; as `record.shown` does when left out.
        hidden: what is said of a customer's papers that are beyond the reader's reach.
    """
    listed = shown or partial(record.shown, kind)

    def on_account(account_id: UUID) -> Markup:
        of = customers.account(account_id)
        new = of.archived is None and may(kind.edit)
        return listing_of(kind, listed(kind.of_account(of.id, SHOWN)), new, hidden(of.id), account_id=of.id)

    def on_deal(opportunity_id: UUID) -> Markup:
        of = deals.opportunity(opportunity_id)
        new = of.archived is None and of.account is not None and may(kind.edit)
        return listing_of(kind, listed(kind.of_opportunity(of.id, SHOWN)), new, opportunity_id=of.id)

    for where, draw, place in (("account", on_account, account), ("opportunity", on_deal, deal)):
        panels.add(where, panels.Panel(kind.home, kind.label, draw, kind.view, "side", place, is_later=True))


def listing_of(kind: AnyKind, papers: list[dict[str, Any]], new: bool, hidden: str = "", **asked: Any) -> Markup:
    """Papers on the page of what they belong to, what is said of those left out, and the way to a new one for it."""
    new_url = url_for(f"{kind.home}.create", **asked) if new else None
    return ui.fragment("papers/_of.html", kind=kind, papers=papers, hidden=hidden, new_url=new_url)


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _form(kind: AnyKind, form: PaperForm, offer: Offer, paper: Any, **told: Any) -> str:
    more = lines.BLANK if request.form.get("what") != "rows" else 2 * lines.BLANK
    url = url_for(f"{kind.home}.check", **{kind.key: paper.id if paper else None})
    margin = may(Permission.PRODUCT_COST)
    grid = pages.grid(form.lines, offer, line_actions.rule(), url, kinds=kind.offered, more=more, margin=margin)
    return render_template(f"{kind.home}/form.html", kind=kind, form=form, paper=paper, grid=grid, **told)


def _offer(currency: str, paper: Any, before: list[Any]) -> Offer:
    kept = {line.product_id for line in before if line.product_id}
    used = [(line.tax_name, line.tax_percent) for line in before]
    return offers.offer(currency, paper.account, kept=kept, used=used)


def _typed(offer: Offer) -> list[Typed]:
    return lines.read(request.form, offer) if request.method == "POST" else []
