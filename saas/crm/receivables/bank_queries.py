"""Reads about account statements."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from saas.crm.customers.models import Account
from saas.crm.receivables.bank_models import BankFile, BankLine, LineState
from saas.crm.receivables.matching import Came, Due, Match, match
from saas.crm.receivables.models import Invoice, Payment
from saas.db import db
from saas.found import the_one
from saas.tenants import scope
from saas.tenants.permissions import Permission

SIZE = 100  # lines a page
MOST_DUE = 5_000


def files(many: int = 50) -> list[BankFile]:
    """The newest statements."""
    statement = select(BankFile).options(joinedload(BankFile.member))
    return list(db.session.scalars(statement.order_by(BankFile.created_at.desc(), BankFile.id.desc()).limit(many)))


def file(file_id: UUID) -> BankFile:
    """A statement.

    Raises:
        NotFound: there is none.
    """
    return the_one(select(BankFile).where(BankFile.id == file_id))


def lock_file(file_id: UUID) -> BankFile:
    """A statement that nobody else works on until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    statement = select(BankFile).where(BankFile.id == file_id).with_for_update()
    return the_one(statement.execution_options(populate_existing=True))


def with_sha(sha256: str) -> BankFile | None:
    """The statement that was this very file."""
    return db.session.scalars(select(BankFile).where(BankFile.sha256 == sha256)).one_or_none()


def lines(file_id: UUID, state: LineState | None = None, after: int = 0, many: int = SIZE) -> list[BankLine]:
    """Lines of a statement in their order, behind a number."""
    wanted = [BankLine.file_id == file_id, BankLine.number > after]
    wanted += [BankLine.state == state] if state else []
    return list(db.session.scalars(select(BankLine).where(*wanted).order_by(BankLine.number).limit(many)))


def lock_lines(file_id: UUID, ids: Collection[UUID], state: LineState) -> list[BankLine]:
    """Those of these lines that are still so, held until the transaction ends."""
    statement = select(BankLine).where(BankLine.file_id == file_id, BankLine.id.in_(list(ids)), BankLine.state == state)
    statement = statement.order_by(BankLine.number).with_for_update().execution_options(populate_existing=True)
    return list(db.session.scalars(statement))


def counts(file_ids: Sequence[UUID]) -> dict[UUID, dict[LineState, int]]:
    """Statement → how many of its lines are open, booked, left out."""
    rows = db.session.execute(
        select(BankLine.file_id, BankLine.state, func.count())
        .where(BankLine.file_id.in_(list(file_ids)))
        .group_by(BankLine.file_id, BankLine.state)
    )
    found: dict[UUID, dict[LineState, int]] = {}
    for file_id, state, many in rows:
        found.setdefault(file_id, {})[state] = many
    return found


def known(fingerprints: Collection[str]) -> set[str]:
    """Those that a statement has brought already."""
    statement = select(BankLine.fingerprint).where(BankLine.fingerprint.in_(list(fingerprints)))
    return set(db.session.scalars(statement))


def matches(found: Sequence[BankLine]) -> dict[UUID, Match]:
    """Line → the invoices that it pays, among those whose customers the reader may note payments of."""
    payers = _payers({line.iban for line in found if line.iban})
    due = _due({line.currency for line in found}) if found else []
    told = {}
    for line in found:
        came = Came(line.amount, line.currency, line.text, line.payer, payers.get(line.iban, frozenset()))
        one = match(came, due)
        if one is not None:
            told[line.id] = one
    return told


def accounts(ids: Collection[UUID]) -> dict[UUID, Account]:
    """Customers by their ids."""
    return {one.id: one for one in db.session.scalars(select(Account).where(Account.id.in_(list(ids))))}


def payers(found: Sequence[BankLine]) -> set[UUID]:
    """The customers as whose payments lines were booked."""
    ids = [line.payment_id for line in found if line.payment_id]
    return set(db.session.scalars(select(Payment.account_id).where(Payment.id.in_(ids))))


def _payers(ibans: Collection[str]) -> dict[str, set[UUID]]:
    if not ibans:
        return {}
    statement = select(BankLine.iban, Payment.account_id).join(Payment, Payment.id == BankLine.payment_id)
    found: dict[str, set[UUID]] = {}
    for iban, account_id in db.session.execute(statement.where(BankLine.iban.in_(list(ibans))).distinct()):
        found.setdefault(iban, set()).add(account_id)
    return found


def _due(currencies: Collection[str]) -> list[Due]:
    wanted = (Invoice.issued_on.is_not(None), Invoice.owed > 0, Invoice.currency.in_(list(currencies)))
    reach = scope.visible(Account, Permission.PAYMENT_EDIT)
    columns: tuple[Any, ...] = (
        Invoice.id,
        Invoice.number,
        Invoice.account_id,
        Account.name,
        Invoice.currency,
        Invoice.owed,
    )
    statement = select(*columns).join(Account, Account.id == Invoice.account_id).where(*wanted, reach)
    return [Due(*row) for row in db.session.execute(statement.order_by(Invoice.due_on, Invoice.id).limit(MOST_DUE))]
