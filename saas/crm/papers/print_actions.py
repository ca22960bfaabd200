"""Having papers printed: by a worker, once for each version of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import render_template

from saas import clock, files, pdf
from saas.crm.papers import letterhead, prints
from saas.crm.papers import print_queries as queries
from saas.crm.papers.models import PaperPrint, PrintState
from saas.crm.papers.prints import Printed
from saas.db import current_tenant, db, new_id
from saas.mail import Enclosure
from saas.pdf import Unprintable
from saas.tenants import events, scope
from saas.tenants import paper as frames
from saas.tenants.actions import attachments
from saas.tenants.models import Member

JOB = "crm.print_paper"
ASKED, MADE = "paper_print.asked", "paper_print.made"
KEPT_FOR = timedelta(days=7)  # of one that never went out
NO_ROOM = "room"


def ask(paper: Any, *, by: Member | None, keep: bool = False) -> PaperPrint:
    """Have the PDF of a paper made as the paper is now; asked for again, it is the same one.

    Args:
        paper: it was flushed: its version is what is printed.
        by: who asks; None: it goes out by itself.
        keep: it goes out, and stays as it is.
    """
    found = queries.of(paper)
    if found is not None:
        found.is_kept = found.is_kept or keep
        if found.state is PrintState.FAILED:
            _again(found)
        return found
    made = PaperPrint(
        id=new_id(), kind=paper.__tablename__, paper_id=paper.id, edition=paper.version, is_kept=keep, turn=0
    )
    made.member_id = by.id if by else None
    db.session.add(made)
    db.session.flush()
    events.record(ASKED, made, by=by or scope.SYSTEM, changed={"paper": paper.number, "edition": paper.version})
    _deliver(made)
    return made


def make(print_id: UUID) -> Iterator[None]:
    """Make a PDF that was asked for; the caller commits at each yield, so that no transaction waits for the child.

    Whatever ends it on the way, it begins anew and is stored once.

    Raises:
        NotReady: this machine can't make PDFs yet.
        Unprintable: too many are being made just now.
    """
    pdf.require_ready()
    found = queries.lock_print(print_id)
    kind = prints.kind(found.kind) if found else None
    if found is None or kind is None or found.state is not PrintState.WAITING:
        return
    paper = kind.take(found.paper_id)
    try:
        html, assets = drawn(kind, paper)
        name = f"{re.sub(r'[^A-Za-z0-9._-]+', '-', paper.number or kind.table)}.pdf"
        yield
        content = pdf.render(html, assets)
        _store(print_id, content, name)
    except (Unprintable, attachments.QuotaReached) as error:
        why = error.why if isinstance(error, Unprintable) else NO_ROOM
        if why == "busy":
            raise
        db.session.rollback()
        failed = queries.lock_print(print_id)
        if failed is not None:
            failed.state, failed.why = PrintState.FAILED, why


def enclosed(print_id: UUID) -> list[Enclosure]:
    """The PDF as a mail takes it along; nothing where it could not be made."""
    found = queries.the_print(print_id)
    if found.state is not PrintState.READY or found.file is None:
        return []
    content = files.path_of(current_tenant(), found.file.sha256).read_bytes()
    return [Enclosure(found.file.name, found.file.media_type, content)]


def drawn(kind: Printed, paper: Any) -> tuple[str, dict[str, pdf.Asset]]:
    """The page of a paper in its language, and its pictures."""
    workspace = scope.workspace()
    assets = frames.assets(workspace)
    with prints.in_language(paper.language):
        frame = frames.frame(workspace, assets, at=clock.now())
        context = prints.context(kind, paper, letterhead.now())
        return render_template(kind.template, **frame, **context, **kind.more(paper)), assets


def forget_old() -> int:
    """Drop the PDFs that never went out and are some days old; returns how many."""
    found = queries.old(clock.now() - KEPT_FOR)
    for one in found:
        file, one.file_id = one.file, None
        db.session.flush()
        db.session.delete(one)
        db.session.flush()
        if file is not None:
            attachments.let_go(file)
    return len(found)


def _store(print_id: UUID, content: bytes, name: str) -> None:
    found = queries.lock_print(print_id)
    if found is None or found.state is not PrintState.WAITING:
        return
    file = attachments.keep(found, content, name, by=found.member)
    found.file_id, found.state, found.ready_at = file.id, PrintState.READY, clock.now()
    events.record(MADE, found, by=scope.SYSTEM, changed={"sha256": file.sha256})


def _again(found: PaperPrint) -> None:
    found.turn += 1
    found.state, found.why = PrintState.WAITING, None
    db.session.flush()
    _deliver(found)


def _deliver(found: PaperPrint) -> None:
    key = f"{found.id}:{found.turn}"
    events.deliver(JOB, key=key, due_at=clock.now(), payload={"print_id": found.id})
