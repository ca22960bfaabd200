"""What pages say of a paper of any kind beside its lines, and how other pages list some."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from saas import ui
from saas.crm.customers import reach
from saas.crm.papers import pages, prints
from saas.crm.papers.kinds import Kind
from saas.tenants import scope
from saas.tenants.models import Member

Facts = list[tuple[Any, Any]]  # label, value


def link(record: Any, endpoint: str, key: str, name: str = "label") -> Markup | None:
    """A record by its name, as a link to its page; None where there is none."""
    if record is None:
        return None
    return Markup('<a href="{}">{}</a>').format(url_for(endpoint, **{key: record.id}), getattr(record, name))


def people(paper: Any) -> Facts:
    """Whom it is for, to whom it is addressed."""
    return [
        (_("Customer"), link(paper.account, "customers.show", "account_id", "name")),
        (_("Addressed to"), link(paper.contact, "contacts.show", "contact_id", "name")),
    ]


def sources(paper: Any) -> Facts:
    """The deal and the quote that it comes from."""
    return [
        (_("Deal"), link(paper.opportunity, "opportunities.show", "opportunity_id", "name")),
        (_("Quote"), link(getattr(paper, "quote", None), "quotes.show", "quote_id")),
    ]


def owner(paper: Any) -> Facts:
    """Who answers for it."""
    return [(_("Looked after by"), paper.owner.name if paper.owner else _("Nobody"))]


def in_own(paper: Any) -> Facts:
    """What it comes to in the workspace's currency, where it is in another."""
    return [(_("In %(currency)s", currency=scope.workspace().currency), pages.in_own(paper))]


def known(facts: Facts) -> Facts:
    """Those of which there is anything to say."""
    return [(label, value) for label, value in facts if value not in (None, "")]


def shown(kind: Kind[Any, Any], papers: Sequence[Any]) -> list[dict[str, Any]]:
    """Papers as other pages list them."""
    return [
        {
            "label": one.number and one.label,
            "name": one.name,
            "url": kind.url(one),
            "total": ui.money(one.gross, one.currency),
            "state": kind.words[kind.standing(one)],
            "look": kind.looks[kind.standing(one)],
        }
        for one in papers
    ]


def address(paper: Any) -> str:
    """To whom it is mailed unless somebody says otherwise."""
    return reach.written_to(paper.contact, paper.account)


def letter(paper: Any, by: Member, words: Callable[[], str]) -> str:
    """The words of a mail about it unless somebody writes his own, in its language."""
    with prints.in_language(paper.language):
        return f"{_('Hello %(name)s,', name=addressee(paper))}\n\n{words()}\n\n{by.name}"


def addressee(paper: Any) -> str:
    """The name that a letter about it begins with."""
    return str(paper.contact.name if paper.contact else paper.account.name)
