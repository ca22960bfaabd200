"""Reads about the PDFs of papers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from saas.crm.papers.models import PaperPrint, PrintState
from saas.db import db
from saas.found import the_one


def the_print(print_id: UUID) -> PaperPrint:
    """A print, whoever may see its paper.

    Raises:
        NotFound: there is none of that id.
    """
    return the_one(select(PaperPrint).where(PaperPrint.id == print_id))


def of(paper: Any) -> PaperPrint | None:
    """The print of a paper as it is now."""
    wanted = (
        PaperPrint.kind == paper.__tablename__,
        PaperPrint.paper_id == paper.id,
        PaperPrint.edition == paper.version,
    )
    return db.session.scalars(select(PaperPrint).where(*wanted)).one_or_none()


def kept(paper: Any) -> list[PaperPrint]:
    """What went out of a paper, the newest first."""
    wanted = (PaperPrint.kind == paper.__tablename__, PaperPrint.paper_id == paper.id, PaperPrint.is_kept)
    return list(db.session.scalars(select(PaperPrint).where(*wanted).order_by(PaperPrint.edition.desc())))


def newest(kind: str, paper_ids: Collection[UUID]) -> dict[UUID, PaperPrint]:
    """Paper → the last that went out of it and is made, of papers of one kind."""
    wanted = (PaperPrint.kind == kind, PaperPrint.paper_id.in_(paper_ids), PaperPrint.is_kept)
    ready = select(PaperPrint).where(*wanted, PaperPrint.state == PrintState.READY).order_by(PaperPrint.edition)
    return {one.paper_id: one for one in db.session.scalars(ready.options(joinedload(PaperPrint.file)))}


def lock_print(print_id: UUID) -> PaperPrint | None:
    """A print that nobody else works on until the transaction ends."""
    statement = select(PaperPrint).where(PaperPrint.id == print_id).with_for_update()
    return db.session.scalars(statement.execution_options(populate_existing=True)).one_or_none()


def old(until: datetime) -> list[PaperPrint]:
    """Those that nobody needs any more: made before this instant, and never sent."""
    statement = select(PaperPrint).where(~PaperPrint.is_kept, PaperPrint.ready_at < until)
    return list(db.session.scalars(statement.limit(500)))
