"""What a kind of record must say of itself to come in from a sheet and go out to one.

A kind is a class with its fields; the engine reads cells, finds what is here already and writes 500 rows a transaction.
What is special about a kind (numbers, owners, search) it says in the methods it overrides.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, select

from saas.crm.transfer import values
from saas.crm.transfer.along import Along
from saas.crm.transfer.models import ImportRow, ImportRun, RowState
from saas.crm.transfer.values import Reading, Wrong
from saas.db import db
from saas.lists import Listing
from saas.search import fold
from saas.tenants import brought
from saas.tenants.permissions import Permission, Who
from saas.tenants.scope import Actor

NEW, EMPTY = "new", "empty"  # what an unknown name may mean, beside a known one
NO_WORD = "\N{REPLACEMENT CHARACTER}"  # a cell that no choice has
KNOWN = 2000  # names that are offered and compared; with more, only the very same name is found

Read = Callable[[str, Reading], Any]


class Unmade:
    """Stands, in a rehearsal, for a record that the import would make."""

    def __getattr__(self, name: str) -> None:
        return None


UNMADE = Unmade()


@dataclass
class Work:
    """What the writers of one import share."""

    run: ImportRun
    by: Actor
    who: Who | None  # None: the command line, which may all
    reading: Reading
    currency: str
    now: datetime
    is_rehearsal: bool = False
    memo: dict[str, Any] = field(default_factory=dict)  # what a kind has looked up once

    def once(self, key: str, make: Callable[[], Any]) -> Any:
        """`make()`, kept for the other rows of this chunk."""
        if key not in self.memo:
            self.memo[key] = make()
        return self.memo[key]


class Match(ABC):
    """How a name in a file becomes a record of the workspace."""

    can_make: ClassVar[bool] = False  # an unknown name may become a new record
    can_be_empty: ClassVar[bool] = True
    fallback: ClassVar[str] = EMPTY  # what an unknown name means until someone says otherwise

    @abstractmethod
    def find(self, names: Collection[str]) -> dict[str, Any]:
        """The records that these folded names mean without doubt: folded name → record."""

    @abstractmethod
    def known(self) -> dict[str, str]:
        """What may be chosen, name → token; empty where there is too much to choose from."""

    @abstractmethod
    def by_token(self, tokens: Collection[str]) -> dict[str, Any]:
        """The records behind tokens of `known`."""

    def make(self, names: Sequence[str], work: Work) -> dict[str, Any]:
        """New records for names as the file writes them: folded name → record; none where `can_make` is False."""
        return {}

    def guess(self, name: str, known: Mapping[str, str]) -> tuple[str, bool] | None:
        """A token that likeness alone doesn't find, and whether it is sure."""
        return None

    def record(self, target: Any) -> Any:
        """The row behind a record that `make` gave."""
        return target

    def learn(self, name: str, token: str, work: Work) -> None:  # noqa: B027 a hook: most have nothing to do here
        """Keep a confirmed spelling where others look for it as well."""


@dataclass(frozen=True)
class Field:
    """One thing a column may hold."""

    key: str
    label: Any  # lazy text; in both languages it is one of the names by which a column is recognised
    read: Read = values.text
    aliases: tuple[str, ...] = ()  # further names of columns, folded
    required: bool = False
    column: Any = None  # by which a record is found again; with `same` applied to the cell
    same: Callable[[str], str] = fold
    natural: bool = True  # found again by it without being told to
    match: Match | None = None
    late: bool = False  # written when all rows are in, since it may name one of them
    show: Callable[[Any], Any] | None = None  # record → cell of an export; its attribute `key` when left out
    words: Callable[[Any], str] | None = None  # what was read → as the preview shows it

    @property
    def is_choice(self) -> bool:
        """True where only certain words can be read."""
        return self.match is None and not self._takes(NO_WORD)

    def _takes(self, cell: str) -> bool:
        """False where the cell is none of the words to choose from; other faults of it are of the row alone."""
        try:
            self.read(cell, Reading())
        except Wrong as wrong:
            return wrong.why != "choice"
        return True

    def share_read(self, cells: Mapping[str, int]) -> float:
        """Which share of a column's filled cells (cell → rows) are words to choose from; 1 where there are none."""
        rows = sum(cells.values())
        return sum(many for cell, many in cells.items() if self._takes(cell.strip())) / rows if rows else 1.0


@dataclass
class Plan:
    """One row, understood."""

    row: ImportRow
    key: str | None = None  # what makes it this row and no other
    state: RowState = RowState.NEW
    values: dict[str, Any] = field(default_factory=dict)  # field → value or record; cells left empty are absent
    names: dict[str, str] = field(default_factory=dict)  # field with a match → the name as the file says it
    reason: dict[str, Any] | None = None
    brings: dict[str, Any] | None = None  # what it would make of another record, in a rehearsal
    record: Any = None  # the one that was here before, or was made
    changed: dict[str, Any] = field(default_factory=dict)  # attribute → [before, after]
    counts: dict[str, int] = field(default_factory=dict)  # what the row adds to the counts of its import

    def refuse(self, why: str, **facts: Any) -> None:
        """Leave the row out, and say why."""
        self.state, self.reason = RowState.REFUSED, {"why": why, **facts}

    def refuse_also(self, why: str, **facts: Any) -> None:
        """`refuse`, which keeps what else is wrong: whoever corrects the row wants to know all of it."""
        if self.reason is None:
            self.refuse(why, **facts)
        else:
            self.reason = {**self.reason, "also": [*self.reason.get("also", ()), {"why": why, **facts}]}

    def skip(self, why: str, **facts: Any) -> None:
        """Nothing to do for this row."""
        self.state, self.reason = RowState.SKIPPED, {"why": why, **facts}


@dataclass(frozen=True)
class Sums:
    """What records come to: (name, how many, sum, list of them) for each group; what needs a look, (text, where)."""

    rows: Sequence[tuple[Any, str, str, str]]
    notes: Sequence[tuple[str, str | None]]


def mail(cell: str, reading: Reading) -> str:
    """A mail address, roughly.

    Raises:
        Wrong: it is none.
    """
    name, at, host = cell.strip().rpartition("@")
    if not (name and at and "." in host) or " " in cell.strip() or len(cell) > 254:
        raise Wrong("mail", value=cell)
    return cell.strip()


def long_text(cell: str, reading: Reading) -> str:
    """A text of some length."""
    return values.text(cell, reading, most=20_000)


REFERENCE = Field(
    "reference",
    _l("ID"),
    aliases=("id", "reference", "external id", "record id", "uuid", "key", "外部编号", "记录编号"),
    show=lambda record: str(record.id),
)


class Kind(ABC):
    """A kind of record."""

    key: ClassVar[str]
    label: ClassVar[Any]
    icon: ClassVar[str] = "table"
    model: ClassVar[Any]
    built_in: ClassVar[tuple[Field, ...]]
    confidential: ClassVar[tuple[Field, ...]] = ()  # of an export alone, for whoever may see such details
    view: ClassVar[Permission]
    create: ClassVar[Permission]
    edit: ClassVar[Permission]
    changed: ClassVar[str]  # names of events
    removed: ClassVar[str]
    consequences: ClassVar[frozenset[str]] = frozenset()  # events that things which stand on a record bring about
    parts: ClassVar[
        tuple[tuple[Any, str], ...]
    ] = ()  # (model, its column): rows that belong to a record and go with it
    along: ClassVar[Along | None] = None  # what changes with its records
    page: ClassVar[tuple[str, str]]  # endpoint of a record's page, name of its id there

    @property
    def fields(self) -> tuple[Field, ...]:
        """What a column may hold: the fields that are built in, then those that the workspace has made."""
        return (*self.built_in, *self.own())

    def own(self) -> tuple[Field, ...]:
        """The fields that the workspace in scope has made."""
        return ()

    def field(self, key: str) -> Field:
        """A field by its key.

        Raises:
            KeyError: there is none.
        """
        return {f.key: f for f in self.fields}[key]

    @property
    def keys(self) -> list[str]:
        """The keys of all fields."""
        return [f.key for f in self.fields]

    def key_fields(self) -> list[Field]:
        """The fields by which a record is found again, the surest first."""
        return [f for f in self.fields if f.column is not None]

    def identity(self, plan: Plan) -> str | None:
        """What makes a row this one and no other; None: only all of its cells together do."""
        found = plan.values.get("reference")
        if found:
            return f"{brought.REFERENCE}{found}"  # as it stands there: many number theirs by case as well
        for one in self.key_fields():
            if one.natural and (value := plan.values.get(one.key)):
                return f"{one.key}:{one.same(str(value))}"
        return None

    def weigh(self, plans: Sequence[Plan], work: Work) -> None:  # noqa: B027 a hook: most have nothing to do here
        """Look at the rows of a chunk together, once it is known which records are here already."""

    def recognise(self, plans: Sequence[Plan], update_by: str) -> None:
        """Find the record of each row that is here already, and put it into the plan."""
        if hasattr(self.model, "import_key"):
            keys = {p.key for p in plans if p.key}
            self._assign(plans, self.model.import_key, keys, lambda p: p.key, active=False)
        ids = {i for p in plans if (i := _uuid(p.values.get("reference")))}
        self._assign(plans, self.model.id, ids, lambda p: _uuid(p.values.get("reference")), active=False)
        for one in self.key_fields():
            if one.key == update_by or (one.natural and not update_by):
                self._by_field(plans, one)

    def _by_field(self, plans: Sequence[Plan], one: Field) -> None:
        def said(plan: Plan) -> str | None:
            value = plan.values.get(one.key)
            return one.same(str(value)) if value else None

        wanted = {v for p in plans if p.record is None and (v := said(p))}
        self._assign(plans, one.column, wanted, said, active=one.key == "name")

    def _assign(
        self, plans: Sequence[Plan], column: Any, wanted: set[Any], said: Callable[[Plan], Any], *, active: bool
    ) -> None:
        if not wanted:
            return
        statement = select(self.model).where(column.in_(wanted))
        if active and hasattr(self.model, "archived_at"):
            statement = statement.where(self.model.archived_at.is_(None))
        found: dict[Any, list[Any]] = {}
        for record in db.session.scalars(statement.order_by(self.model.id)).unique():
            found.setdefault(getattr(record, column.key), []).append(record)
        for plan in plans:
            if plan.record is None and (value := said(plan)) in found:
                plan.record = found[value][0]
                if len(found[value]) > 1:
                    plan.reason = {"why": "several"}

    def attributes(self, plan: Plan, work: Work) -> dict[str, Any]:
        """Attribute → value, of what the row says."""
        found: dict[str, Any] = {}
        for key, value in plan.values.items():
            one = self.field(key)
            if key == "reference" or one.late:
                continue
            if one.match is not None:
                found[f"{key}_id"] = value.id if value is not None else None
            else:
                found[key] = value
        if "name" in found and hasattr(self.model, "name_key"):
            found["name_key"] = fold(found["name"])
        return found

    @abstractmethod
    def make(self, plans: Sequence[Plan], work: Work) -> list[Any]:
        """Write new records, one for each plan in its order, with search entries and events."""

    def change(self, plan: Plan, work: Work) -> None:
        """Write what differs into `plan.record`, and note it in `plan.changed`."""
        for name, after in self.attributes(plan, work).items():
            before = getattr(plan.record, name)
            if before != after:
                plan.changed[name] = [before, after]
                if not work.is_rehearsal:
                    setattr(plan.record, name, after)

    def index(self, records: Sequence[Any]) -> None:  # noqa: B027 a hook: most have nothing to do here
        """Make records findable."""

    def follow(self, records: Sequence[Any], work: Work) -> None:  # noqa: B027 a hook: most have nothing to do here
        """Once records were changed, put back or taken out: what follows for others."""

    def check(self, plan: Plan, work: Work) -> None:  # noqa: B027 a hook: most have nothing to do here
        """Refuse a row whose values don't go together."""

    def tie(self, plans: Sequence[Plan], work: Work) -> None:  # noqa: B027 a hook: most have nothing to do here
        """Write the late fields, when all rows are in."""

    def take_out(self, records: Sequence[Any], work: Work) -> bool:
        """Take back what an import made, where that is not to remove rows; False where it is."""
        return False

    def restore(self, record: Any, before: Mapping[str, Any], work: Work) -> None:
        """Put back what an import changed."""
        for name, value in before.items():
            setattr(record, name, thawed(self.model, name, value))

    def listing(self) -> tuple[Listing, tuple[ColumnElement[bool], ...], str] | None:
        """The list whose rows can be taken away, what it holds to, and its endpoint; None where there is no list."""
        return None

    def looked_at(self) -> str | None:
        """The endpoint of the page that shows what an import brought (`brought.filter_of`); None: there is none."""
        listing = self.listing()
        return listing[2] if listing else None

    def rows(self) -> Select[Any]:
        """The records of an export, with all that `show` needs."""
        return select(self.model)

    def ready(self, records: Sequence[Any]) -> None:  # noqa: B027 a hook: most have nothing to do here
        """Read what `show` needs beside the records of an export, a page of them at once."""

    def sums(self, run: ImportRun) -> Sums | None:
        """What the records of an import come to; None where there is nothing to add up."""
        return None

    def cells(self, record: Any, fields: Iterable[Field]) -> list[Any]:
        """A record as a row of an export."""
        return [f.show(record) if f.show else getattr(record, f.key) for f in fields]


def thawed(model: Any, name: str, value: Any) -> Any:
    """A value of a before-image, as its column wants it."""
    kind = model.__table__.c[name].type
    if value is None or not isinstance(value, str):
        return value
    made: type = kind.python_type
    if made is datetime or made.__name__ == "date":
        return made.fromisoformat(value)  # type: ignore[attr-defined]
    return value if made is str else made(value)


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(value) if value else None
    except ValueError:
        return None
