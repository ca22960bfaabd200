"""Who hears of an order: the customer by mail, once it is confirmed, changed or cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from saas import mail, ui
from saas.crm.orders import queries
from saas.crm.orders.models import SOLD, Order, OrderState
from saas.crm.papers import prints
from saas.crm.papers.notice_actions import mail_with_pdf
from saas.crm.papers.record import addressee
from saas.db import db
from saas.tenants import scope
from saas.tenants.models import Event


def mail_confirmation(event: Event) -> Iterator[None]:
    """Mail the confirmation of an edition with its PDF, unless a later one is on its way or the order was cancelled.
    The caller commits at each yield, so that no transaction waits for a child or the mail server.

    Raises:
        NotReady: this machine can't make PDFs yet.
        MailError: the server didn't take it.
    """
    edition, print_id = event.changed.get("edition"), event.changed.get("print_id")
    if not print_id or not _is_wanted(queries.order_row(event.subject_id), edition):
        return

    def letter() -> tuple[str, mail.Words] | None:
        order = queries.order_row(event.subject_id)
        return (str(order.sent_to), _letter(order)) if _is_wanted(order, edition) else None

    yield from mail_with_pdf(print_id, letter, f"order-{event.subject_id}-{edition}")


def mail_cancelled(event: Event) -> None:
    """Tell the customer that his order is called off, where its confirmation was mailed to.

    Raises:
        MailError: the server didn't take it.
    """
    order = queries.order_row(event.subject_id)
    if order.sent_to is None or order.state is not OrderState.CANCELLED:
        return
    to, company = order.sent_to, scope.workspace().name
    words = mail.written("order_cancelled", order.language, company=company, from_name=company, **_about(order))
    db.session.commit()  # no transaction waits for the mail server
    mail.send(to, words, message_id=f"order-{order.id}-cancelled", sender=company)


def _about(order: Order) -> dict[str, Any]:
    return {
        "number": order.label,
        "what": order.name,
        "reference": order.reference,
        "name": addressee(order),
    }


def _is_wanted(order: Order, edition: Any) -> bool:
    return order.sent_to is not None and order.edition == edition and order.state in SOLD


def _letter(order: Order) -> mail.Words:
    company = scope.workspace().name
    with prints.in_language(order.language):
        day, total = ui.words().full_day(order.due_on), ui.money(order.gross, order.currency)
    return mail.written(
        "order",
        order.language,
        **_about(order),
        is_change=order.edition > 1,
        day=day,
        total=total,
        company=company,
        from_name=company,
    )
