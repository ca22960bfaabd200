"""Names that mean a member, a team or a customer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from saas.crm.customers import actions as customers
from saas.crm.customers.models import Account
from saas.crm.fields import actions as dictionaries
from saas.crm.fields import queries as words
from saas.crm.fields.models import Dictionary, Word
from saas.crm.pool import queries as pools
from saas.crm.transfer.kind import KNOWN, NEW, Match, Work
from saas.db import db, new_id
from saas.search import fold
from saas.tenants import events, queries
from saas.tenants.models import Member, MemberStatus, Team

MEMBER_ADDED, TEAM_ADDED = "member.added", "team.added"


def ids(tokens: Iterable[str]) -> list[UUID]:
    """The ids among tokens."""
    found = []
    for token in tokens:
        try:
            found.append(UUID(token))
        except ValueError:
            continue
    return found


def placeholders(rows: Sequence[dict[str, Any]], work: Work, *, role: str = "agent") -> list[Member]:
    """Members who own records and can't sign in, until they are invited; with one event each."""
    taken = work.once(f"role.{role}", lambda: queries.role(role))
    made = [Member(**{"id": new_id(), "status": MemberStatus.PLACEHOLDER, "role_id": taken.id} | row) for row in rows]
    db.session.add_all(made)
    db.session.flush()
    events.record_many(MEMBER_ADDED, [(m, {"name": m.name}) for m in made], by=work.by, batch_id=work.run.batch_id)
    return made


class MemberMatch(Match):
    """A colleague by name or mail; an unknown one becomes a placeholder."""

    can_make = True
    fallback = NEW

    def __init__(self, role: str = "agent") -> None:
        self.role = role

    def find(self, names: Collection[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for member in self._members():
            for name in (member.name, member.email or ""):
                if fold(name) in names:
                    found.setdefault(fold(name), member)
        return found

    def known(self) -> dict[str, str]:
        return {member.name: str(member.id) for member in self._members()}

    def by_token(self, tokens: Collection[str]) -> dict[str, Any]:
        wanted = set(tokens)
        return {str(member.id): member for member in self._members() if str(member.id) in wanted}

    def make(self, names: Sequence[str], work: Work) -> dict[str, Any]:
        made = placeholders([{"name": name} for name in names], work, role=self.role)
        return {fold(member.name): member for member in made}

    def _members(self) -> list[Member]:
        return queries.members(MemberStatus.ACTIVE, MemberStatus.PLACEHOLDER, MemberStatus.INVITED)


class TeamMatch(Match):
    """A team by name; an unknown one is made."""

    can_make = True
    fallback = NEW

    def find(self, names: Collection[str]) -> dict[str, Any]:
        return {fold(team.name): team for team in self._teams() if fold(team.name) in names}

    def known(self) -> dict[str, str]:
        return {team.name: str(team.id) for team in self._teams()}

    def by_token(self, tokens: Collection[str]) -> dict[str, Any]:
        return {str(team.id): team for team in self._teams() if str(team.id) in set(tokens)}

    def make(self, names: Sequence[str], work: Work) -> dict[str, Any]:
        made = [Team(id=new_id(), name=name) for name in names]
        db.session.add_all(made)
        db.session.flush()
        events.record_many(TEAM_ADDED, [(t, {"name": t.name}) for t in made], by=work.by, batch_id=work.run.batch_id)
        return {fold(team.name): team for team in made}

    def _teams(self) -> list[Team]:
        return list(db.session.scalars(select(Team).order_by(Team.name)))


class PoolMatch(Match):
    """A pool besides the main one, by name."""

    def find(self, names: Collection[str]) -> dict[str, Any]:
        return {fold(one.name): one for one in pools.pools() if fold(one.name) in names}

    def known(self) -> dict[str, str]:
        return {one.name: str(one.id) for one in pools.pools()}

    def by_token(self, tokens: Collection[str]) -> dict[str, Any]:
        return {str(one.id): one for one in pools.pools() if str(one.id) in set(tokens)}


class AccountMatch(Match):
    """A customer by name or number."""

    can_make = True

    def find(self, names: Collection[str]) -> dict[str, Any]:
        if not names:
            return {}
        by_number = select(Account).where(Account.number.in_([n.upper() for n in names]))
        by_name = select(Account).where(Account.name_key.in_(list(names)), Account.archived_at.is_(None))
        found: dict[str, Any] = {fold(a.number): a for a in db.session.scalars(by_number).unique()}
        for account in db.session.scalars(by_name.order_by(Account.id)).unique():
            found.setdefault(account.name_key, account)
        return found

    def known(self) -> dict[str, str]:
        statement = select(Account.name, Account.id).where(Account.archived_at.is_(None)).order_by(Account.name_key)
        count = db.session.scalar(select(func.count()).select_from(statement.limit(KNOWN + 1).subquery())) or 0
        return {name: str(key) for name, key in db.session.execute(statement)} if count <= KNOWN else {}

    def by_token(self, tokens: Collection[str]) -> dict[str, Any]:
        statement = select(Account).where(Account.id.in_(ids(tokens)))
        return {str(account.id): account for account in db.session.scalars(statement).unique()}

    def make(self, names: Sequence[str], work: Work) -> dict[str, Any]:
        rows = [{"name": name, "import_key": f"name:{fold(name)}"} for name in names]
        made = customers.create_accounts(rows, by=work.by, batch_id=work.run.batch_id)
        return {account.name_key: account for account in made}


class WordMatch(Match):
    """A word of a dictionary, by its name in either language; an unknown one is added."""

    can_make = True
    fallback = NEW

    def __init__(self, dictionary: Dictionary) -> None:
        self.dictionary = dictionary

    def find(self, names: Collection[str]) -> dict[str, Any]:
        spelled = words.spelled(self.dictionary)
        return {name: spelled[name] for name in names if name in spelled}

    def known(self) -> dict[str, str]:
        return {entry.label: entry.key for entry in words.entries(self.dictionary).values()}

    def by_token(self, tokens: Collection[str]) -> dict[str, Any]:
        entries = words.entries(self.dictionary)
        return {token: entries[token] for token in tokens if token in entries}

    def make(self, names: Sequence[str], work: Work) -> dict[str, Any]:
        made = dictionaries.add_spelled(self.dictionary, names, by=work.by, batch_id=work.run.batch_id)
        return {spelling: Added(word) for spelling, word in made.items()}

    def record(self, target: Any) -> Any:
        return target.word


@dataclass(frozen=True)
class Added:
    """A word that an import added; records hold its key."""

    word: Word

    @property
    def id(self) -> str:
        """What a record holds."""
        return self.word.key
