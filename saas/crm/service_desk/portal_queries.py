"""What a customer may see of cases: his own, or all of his company, by whose they are now.

A case that was moved to another customer, or a person who moved to another company, takes its sight along at once.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import joinedload

from saas.crm.customers.models import Contact
from saas.crm.service_desk import projection
from saas.crm.service_desk.models import Case, CaseMessage, CaseState
from saas.crm.service_desk.projection import PortalCase
from saas.db import db
from saas.found import the_one
from saas.tenants import portal_kinds, scope
from saas.tenants.actions import attachments
from saas.tenants.models import File
from saas.tenants.permissions import Permission, Reach

SHOWN = 20  # requests a page
WITH_CONTACT = joinedload(Case.contact).lazyload(Contact.account)


def within() -> tuple[ColumnElement[bool], ...]:
    """What every read for the portal holds to."""
    person = portal_kinds.here()
    of_company = Case.account_id == person.account_id
    if scope.who().reach(Permission.PORTAL_CASE) is Reach.ALL:
        return (of_company,)
    return (of_company, Case.contact_id == person.id)


def requests(*, before: UUID | None = None, many: int = SHOWN) -> tuple[list[PortalCase], UUID | None]:
    """The newest requests, and the id to go on from."""
    statement = select(Case).options(WITH_CONTACT).where(*within()).order_by(Case.id.desc()).limit(many + 1)
    if before is not None:
        statement = statement.where(Case.id < before)
    found = list(db.session.scalars(statement))
    return [projection.shown(one) for one in found[:many]], found[many - 1].id if len(found) > many else None


def open_first(many: int) -> list[PortalCase]:
    """The requests for the first page: those on their way before those done, the newest first."""
    done = case((Case.state == CaseState.CLOSED, 1), else_=0)
    statement = select(Case).options(WITH_CONTACT).where(*within()).order_by(done, Case.id.desc()).limit(many)
    return [projection.shown(one) for one in db.session.scalars(statement)]


def count(most: int = 1000) -> int:
    """How many requests there are, counted up to `most`."""
    inner = select(Case.id).where(*within()).limit(most).subquery()
    return db.session.scalar(select(func.count()).select_from(inner)) or 0


def request(case_id: UUID) -> PortalCase:
    """One request with what was said and attached for the customer's eyes.

    Raises:
        NotFound: there is none, or it isn't his: both look the same.
    """
    found = row(case_id)
    said = (
        select(CaseMessage)
        .where(CaseMessage.case_id == case_id, CaseMessage.is_public)
        .options(joinedload(CaseMessage.member), joinedload(CaseMessage.portal_user))
        .order_by(CaseMessage.id)
    )
    return projection.shown(found, db.session.scalars(said), db.session.scalars(_files(case_id)))


def row(case_id: UUID) -> Case:
    """The row of a request, for a verb.

    Raises:
        NotFound: as for `request`.
    """
    return the_one(select(Case).where(Case.id == case_id, *within()).options(WITH_CONTACT))


def file(file_id: UUID) -> File:
    """A file that both sides see, on a request of his.

    Raises:
        NotFound: there is none, or it isn't for him.
    """
    theirs = select(Case.id).where(*within())
    wanted = (File.id == file_id, File.subject_kind == Case.__tablename__, File.is_public, File.removed_at.is_(None))
    return the_one(select(File).where(*wanted, File.subject_id.in_(theirs)))


def _files(case_id: UUID) -> Select[File]:
    return select(File).where(*attachments.lying_on(Case.__tablename__, case_id), File.is_public).order_by(File.id)
