"""The rows of a grid as they were typed: what is wrong in each, what is odd, and who is here already."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from saas.crm.customers import queries, twins
from saas.crm.customers.grid_forms import AccountRow, ContactRow, RowForm, with_own
from saas.crm.customers.grid_queries import MOST
from saas.crm.customers.hints import hints
from saas.crm.customers.models import Account
from saas.crm.fields import custom_queries as custom
from saas.errors import Refused
from saas.rows import numbers
from saas.search import fold
from saas.tenants.permissions import Permission
from saas.tenants.scope import may

BLANK = 8  # rows that wait to be filled


@dataclass
class Row:
    """One row.

    number: in the names of its fields, "r3-phone".
    hints: column → what is odd, or who has the same; it may be saved all the same.
    twin: the folded name that somebody else has already, of which the reader has been told.
    """

    number: int
    form: Any
    hints: dict[str, str] = field(default_factory=dict)
    twin: str = ""
    account: Account | None = None  # where a contact belongs

    @property
    def is_ready(self) -> bool:
        """True when it can be saved: nothing is wrong, and of the same name somewhere else the reader has been told."""
        return not self.form.errors and ("name" not in self.hints or self.twin == self.name_key)

    @property
    def name_key(self) -> str:
        """Its name, folded."""
        return fold(self.form["name"].data or "")

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb."""
        found: dict[str, Any] = self.form.values()
        found.pop("customer", None)
        return found | ({"account": self.account} if self.account else {})


@dataclass(frozen=True)
class Grid:
    """What can be typed in rows.

    row: what there is to type in one, without the workspace's own fields.
    subject: the table of its records.
    usual: the columns that are shown unless somebody chooses others.
    needed: those that always are, beside the workspace's own that must be filled in.
    keys_of: by what a row is known again, from its values.
    is_people: the rows are people, who are somewhere.
    """

    row: type[RowForm]
    subject: str
    usual: tuple[str, ...]
    needed: tuple[str, ...]
    keys_of: Callable[[Mapping[str, Any]], set[twins.Key]]
    is_people: bool = False

    @property
    def columns(self) -> list[str]:
        """All columns in their order."""
        ours = [name for name in self.row.__dict__ if hasattr(getattr(self.row, name), "field_class")]
        return [*ours, *(one.column for one in custom.fields_of(self.subject))]

    @property
    def form(self) -> type[RowForm]:
        """Of a row."""
        return with_own(self.row, tuple(custom.fields_of(self.subject)))

    @property
    def always(self) -> set[str]:
        """The columns that can't be left out."""
        return {*self.needed, *(one.column for one in custom.fields_of(self.subject) if one.is_required)}

    def shown(self, asked: Sequence[str], sent: MultiDict[str, str] | None = None) -> list[str]:
        """The columns that somebody chose, and those in which he typed something; those that are needed come first."""
        typed = {name.partition("-")[2] for name, value in sent.items(multi=True) if value} if sent else set()
        always = self.always
        wanted = {*always, *(asked or self.usual), *typed}
        return sorted((name for name in self.columns if name in wanted), key=lambda name: name not in always)

    def rows(self, shown: Sequence[str], sent: MultiDict[str, str]) -> list[Row]:
        """The rows in which something was typed.

        Raises:
            Refused: they are more than a grid holds.
        """
        rows = numbers(sent)
        typed = [Row(n, self.form(shown, sent, prefix=f"r{n}"), twin=sent.get(f"r{n}-twin", "")) for n in rows]
        filled = [row for row in typed if not row.form.is_blank]
        if len(filled) > MOST:
            raise Refused(_("These are more than %(most)s rows. Bring them with an import.", most=MOST))
        return filled

    def blanks(self, shown: Sequence[str], rows: Sequence[Row], many: int = BLANK) -> list[Row]:
        """Empty rows below these, as many as still fit."""
        first = max((row.number for row in rows), default=-1) + 1
        many = min(many, MOST - len(rows))
        return [Row(n, self.form(shown, None, prefix=f"r{n}")) for n in range(first, first + many)]

    def check(self, rows: Sequence[Row]) -> None:
        """Note in each row what is wrong and what is odd."""
        for row in rows:
            row.form.validate()
        self._find_customers(rows)
        for row in rows:
            row.hints |= hints(row.form.said())
        self._find_twins(rows)

    def _find_customers(self, rows: Sequence[Row]) -> None:
        found: dict[str, Account | None] = {}
        for row in rows:
            one = getattr(row.form, "customer", None)
            if one is None or one.errors:
                continue
            if one.data not in found:
                found[one.data] = queries.account_typed(one.data)
            row.account = found[one.data]
            if row.account is None:
                one.errors = [_("No customer has this name or number. Add the customer first.")]

    def _find_twins(self, rows: Sequence[Row]) -> None:
        """Say who shares a key with a row: a record, or a row above."""
        keys = {row.number: self.keys_of(self._said(row)) for row in rows}
        known = twins.accounts_with(key for mine in keys.values() for key in mine)
        accounts = {one.id: one for one in queries.accounts(list(set(known.values())))} if known else {}
        above: dict[twins.Key, int] = {}
        for place, row in enumerate(rows, 1):
            for key in sorted(keys[row.number], key=lambda key: -twins.PARTS.index(key[0])):
                column = self._column_of(row, key)
                if column is None:
                    continue
                if key in known and known[key] in accounts:
                    row.hints[column] = self._has_the_same(accounts[known[key]])
                elif key in above:
                    row.hints[column] = _("Row %(number)s has the same.", number=above[key])
                above.setdefault(key, place)

    def _said(self, row: Row) -> dict[str, Any]:
        said: dict[str, Any] = row.form.said()
        return said | {"account_id": row.account.id if row.account else None}

    def _column_of(self, row: Row, key: twins.Key) -> str | None:
        """The cell that the key was made from."""
        for column in COLUMNS_OF[key[0]]:
            if column in row.form and key in self.keys_of({**self._said(row), **_all_but(column)}):
                return column
        return None

    def _has_the_same(self, account: Account) -> str:
        if not may(Permission.ACCOUNT_VIEW, account):
            return _("A colleague has a customer like this.")
        if self.is_people:
            return _("Somebody at %(name)s has the same.", name=account.label)
        return _("%(name)s has the same.", name=account.label)


COLUMNS_OF = {
    twins.TAX: ("tax_number",),
    twins.NAME: ("name",),
    twins.PHONE: ("phone", "mobile"),
    twins.MAIL: ("email",),
    twins.DOMAIN: ("website", "email"),
}
KEYED = {column for columns in COLUMNS_OF.values() for column in columns}


def _all_but(column: str) -> dict[str, None]:
    return dict.fromkeys(KEYED - {column})


ACCOUNT_GRID = Grid(
    AccountRow, "account", ("name", "phone", "email", "city", "level", "industry"), ("name",), twins.keys_of_account
)
CONTACT_GRID = Grid(
    ContactRow,
    "contact",
    ("customer", "name", "title", "mobile", "email"),
    ("customer", "name"),
    twins.keys_of_contact,
    is_people=True,
)
