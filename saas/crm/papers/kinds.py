"""What one kind of paper is, and the reads that every kind needs. A capability says once what its kind is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, Generic, TypeVar
from uuid import UUID

from flask import url_for
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from saas.crm.customers.models import Account
from saas.crm.papers.models import LineKind
from saas.db import TenantModel, db
from saas.found import the_one
from saas.tenants import scope
from saas.tenants.permissions import Permission

PaperRow = TypeVar("PaperRow", bound=TenantModel)
LineRow = TypeVar("LineRow")
Where = tuple[ColumnElement[bool], ...]


@dataclass(frozen=True, eq=False)
class Kind(Generic[PaperRow, LineRow]):
    """One kind of paper.

    model, line: of the papers and of their lines; None where it has none.
    home, key: the blueprint of its pages and what an id is called there and on its lines: "quotes", "quote_id".
    view, edit: the rights to see and to write them.
    named: what the page of one names, read along with it.
    words, looks, icons: where one stands → as pages tell it; `standing` finds that out.
    label, new, none: "Quotes", "New quote", "No quotes so far."
    counted: the rule that gives a new one its number; "" where it gets one later.
    offered: the kinds of line that may be chosen.
    amount, since: the columns that say what one comes to, and by which the newest are found.
    also: conditions of its list beside reach and being kept.
    is_everybodys: the right reaches all of them, whoever looks after them.
    """

    model: type[PaperRow]
    line: type[LineRow] | None
    home: str
    key: str
    view: Permission
    edit: Permission
    named: Sequence[Any]
    words: Mapping[Any, Any]
    looks: Mapping[Any, str]
    label: Any
    new: Any
    none: Any
    icons: Mapping[Any, str] | None = None
    standing: Callable[[Any], Any] = attrgetter("state")
    counted: str = ""
    offered: Sequence[LineKind] = (LineKind.ITEM, LineKind.HEADING)
    amount: str = "gross"
    since: str = "created_at"
    also: Where = ()
    is_everybodys: bool = False

    @property
    def table(self) -> str:
        """Of its model."""
        return str(self.model.__tablename__)

    @cached_property
    def account_name(self) -> Any:
        """The name of the customer, as a column of its list."""
        model: Any = self.model
        named = select(Account.name).where(Account.id == model.account_id)
        return named.correlate(model).scalar_subquery()

    def url(self, paper: Any, page: str = "show", **more: Any) -> str:
        """The address of the page of one, or of another page about it."""
        return url_for(f"{self.home}.{page}", **{self.key: paper.id}, **more)

    def find(self, paper_id: UUID, permission: Permission | None = None) -> PaperRow:
        """One within the reader's reach, with what its page names.

        Raises:
            NotFound: there is none, or it is beyond his reach.
        """
        return self._named(paper_id, *self._within(permission or self.view))

    def row(self, paper_id: UUID) -> PaperRow:
        """One, whoever asks: for work that nobody waits for.

        Raises:
            NotFound: there is none.
        """
        return self._named(paper_id)

    def own(self, paper_id: UUID, permission: Permission | None = None) -> PaperRow:
        """One that the reader may change.

        Raises:
            NotFound: there is none, or he may not even see it.
            Forbidden: he may only see it.
        """
        paper = self.find(paper_id)
        scope.require(permission or self.edit, paper)
        return paper

    def lock(self, paper_id: UUID) -> PaperRow:
        """One that nobody else changes until the transaction ends, as it is now.

        Raises:
            NotFound: there is none.
        """
        held = select(self.model).where(self.model.id == paper_id).with_for_update()
        return the_one(held.execution_options(populate_existing=True))

    def lines(self, paper_id: UUID) -> list[LineRow]:
        """The lines of one in their order, with their products, as they are now."""
        model: Any = self.line
        mine = select(model).where(getattr(model, self.key) == paper_id).order_by(model.position, model.id)
        wanted = mine.options(joinedload(model.product)).execution_options(populate_existing=True)
        return list(db.session.scalars(wanted))

    def listed(self) -> Where:
        """The conditions of the list: within reach, and kept."""
        model: Any = self.model
        kept = (model.archived_at.is_(None),) if hasattr(model, "archived_at") else ()
        return (*self._within(self.view), *kept, *self.also)

    def newest(self, condition: ColumnElement[bool], many: int) -> list[PaperRow]:
        """The newest for which the condition holds that the reader may see."""
        model: Any = self.model
        statement = select(model).where(condition, *self.listed())
        ordered = statement.order_by(getattr(model, self.since).desc(), model.id.desc())
        return list(db.session.scalars(ordered.limit(many).options(joinedload(model.owner))))

    def of_account(self, account_id: UUID, many: int) -> list[PaperRow]:
        """The newest of a customer that the reader may see."""
        model: Any = self.model
        return self.newest(model.account_id == account_id, many)

    def of_opportunity(self, opportunity_id: UUID, many: int) -> list[PaperRow]:
        """The newest of a deal that the reader may see."""
        model: Any = self.model
        return self.newest(model.opportunity_id == opportunity_id, many)

    def sums(self, *where: ColumnElement[bool]) -> dict[str, Any]:
        """Currency → what those of a list come to."""
        model: Any = self.model
        total = func.sum(getattr(model, self.amount))
        rows = db.session.execute(select(model.currency, total).where(*where).group_by(model.currency))
        return {currency: amount for currency, amount in rows if amount}

    def _within(self, permission: Permission) -> Where:
        return () if self.is_everybodys else (scope.visible(self.model, permission),)

    def _named(self, paper_id: UUID, *where: ColumnElement[bool]) -> PaperRow:
        wanted = select(self.model).where(self.model.id == paper_id, *where)
        return the_one(wanted.options(*[joinedload(part) for part in self.named]))
