"""What is done once a transaction has ended: outside of the database, where no rollback can take it back.

The same for a request, a job and a command, since all of them end their session's transactions. A call is made whether
the transaction was committed or undone: it looks again at what is true by then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable

from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, SessionTransaction

from saas.db import db

log = logging.getLogger(__name__)


def do(key: Hashable, call: Callable[[], None]) -> None:
    """Make `call` once the transaction at hand has ended, once for each `key`. It uses a connection of its own.

    What fails there is written down and goes no further: nobody can be told any more.
    """
    db.session().info.setdefault("afterwards", {})[key] = call


@event.listens_for(Session, "after_transaction_end")
def _end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is not None:  # a savepoint, or the like: nothing is decided yet
        return
    for call in session.info.pop("afterwards", {}).values():
        try:
            call()
        except (OSError, SQLAlchemyError):
            log.exception("what follows a transaction failed")
