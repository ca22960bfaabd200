"""Who hears of a quote: the customer by mail, whoever looks after it behind his bell."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from saas import mail, ui
from saas.crm.papers import prints
from saas.crm.papers.notice_actions import mail_with_pdf
from saas.crm.quotes import actions, approval_actions, queries
from saas.crm.quotes.models import Quote, QuoteState
from saas.tenants import notices, scope
from saas.tenants.models import Event, Member, MemberStatus
from saas.tenants.permissions import Permission


def mail_quote(event: Event) -> Iterator[None]:
    """Mail a quote that was sent, with its PDF and the link where the customer answers. Nothing goes out once it was
    taken back. The caller commits at each yield, so that no transaction waits for a child or the mail server.

    Raises:
        NotReady: this machine can't make PDFs yet.
        MailError: the server didn't take it.
    """
    quote = queries.quote_row(event.subject_id)
    if quote.state is not QuoteState.SENT or quote.print_id is None:
        return

    def letter() -> tuple[str, mail.Words] | None:
        now = queries.quote_row(event.subject_id)
        is_out = now.state is QuoteState.SENT and now.sent_to is not None
        return (str(now.sent_to), _letter(now, str(event.changed.get("words", "")))) if is_out else None

    yield from mail_with_pdf(quote.print_id, letter, f"quote-{quote.id}")


def tell_answered(event: Event) -> None:
    """Tell whoever looks after a quote what the customer says to it."""
    quote = queries.quote_row(event.subject_id)
    if quote.owner is None or quote.owner.status is not MemberStatus.ACTIVE:
        return
    about = {
        "number": quote.label,
        "customer": quote.account.name,
        "gross": str(quote.gross),
        "currency": quote.currency,
    }
    notices.tell(quote.owner, event.name, f"{event.name}:{event.id}", _url(quote), **about)


def tell_approver(event: Event) -> None:
    """Tell a colleague that somebody asks him to let a discount pass."""
    quote = queries.quote_row(event.subject_id)
    if quote.approver is not None and quote.approver.status is MemberStatus.ACTIVE:
        _tell(quote.approver, event, quote)


def tell_decided(event: Event) -> None:
    """Tell whoever looks after a quote whether its discount was let pass."""
    quote = queries.quote_row(event.subject_id)
    if quote.owner is not None and quote.owner.status is MemberStatus.ACTIVE and quote.owner_id != event.actor_id:
        _tell(quote.owner, event, quote)


def _tell(member: Member, event: Event, quote: Quote) -> None:
    about = {
        "number": quote.label,
        "customer": quote.account.name,
        "off": str(event.changed.get("off") or ""),
    }
    notices.tell(member, event.name, f"{event.name}:{event.id}", _url(quote), **about)


def _url(quote: Quote) -> str:
    return f"/{scope.workspace().slug}/quotes/{quote.id}"


def _letter(quote: Quote, words: str) -> mail.Words:
    workspace = scope.workspace()
    with prints.in_language(quote.language):
        day = ui.words().full_day(quote.valid_until)
        total = ui.money(quote.gross, quote.currency)
    return mail.written(
        "quote",
        quote.language,
        number=quote.label,
        what=quote.name,
        words=words,
        day=day,
        total=total,
        company=workspace.name,
        from_name=workspace.name,
        link=mail.link(f"/{workspace.slug}/offer/{actions.secret_of(quote)}"),
    )


@notices.sentence(
    actions.ACCEPTED,
    "circle-check",
    _l("A customer accepts a quote of yours"),
    notices.Topic.CUSTOMERS,
    mail=notices.Mail.NOW,
    right=Permission.QUOTE_VIEW,
)
def _accepted(number: str, customer: str, gross: str, currency: str) -> str:
    total = ui.money(Decimal(gross), currency)
    return _("%(customer)s accepts %(number)s: %(total)s", customer=customer, number=number, total=total)


@notices.sentence(
    actions.DECLINED,
    "circle-x",
    _l("A customer declines a quote of yours"),
    notices.Topic.CUSTOMERS,
    mail=notices.Mail.NOW,
    right=Permission.QUOTE_VIEW,
)
def _declined(number: str, customer: str, gross: str, currency: str) -> str:
    return _("%(customer)s declines %(number)s", customer=customer, number=number)


@notices.sentence(
    actions.EXPIRED,
    "clock",
    _l("A quote of yours has run out"),
    notices.Topic.CUSTOMERS,
    right=Permission.QUOTE_VIEW,
)
def _expired(number: str, customer: str, gross: str, currency: str) -> str:
    return _("%(number)s to %(customer)s has run out without an answer", customer=customer, number=number)


@notices.sentence(
    approval_actions.ASKED,
    "discount",
    _l("Somebody asks you to let a discount pass"),
    notices.Topic.CUSTOMERS,
    mail=notices.Mail.NOW,
    right=Permission.QUOTE_VIEW,
)
def _approval_asked(number: str, customer: str, off: str) -> str:
    return _("Do %(off)s %% off pass in %(number)s to %(customer)s?", off=off, number=number, customer=customer)


@notices.sentence(
    approval_actions.GIVEN,
    "discount-check",
    _l("A discount of yours was let pass"),
    notices.Topic.CUSTOMERS,
    right=Permission.QUOTE_VIEW,
)
def _approved(number: str, customer: str, off: str) -> str:
    return _("%(off)s %% off in %(number)s pass: you may send it", off=off, number=number)


@notices.sentence(
    approval_actions.REFUSED,
    "discount-off",
    _l("A discount of yours was not let pass"),
    notices.Topic.CUSTOMERS,
    right=Permission.QUOTE_VIEW,
)
def _disapproved(number: str, customer: str, off: str) -> str:
    return _("%(off)s %% off in %(number)s don't pass", off=off, number=number)
