"""Errors that are sentences for a person. A programmer's mistake is a ValueError instead."""

from __future__ import annotations


class BusinessError(Exception):
    """Something the user may not or cannot do; its text is shown to him as it stands.

    `status` is the HTTP status of the answer; `field` names the form field it belongs to, if one does.
    """

    status = 409
    field: str | None = None

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        if field is not None:
            self.field = field


class Refused(BusinessError):
    """The input is wrong, and the sentence says how to mend it."""

    status = 422


class NotFound(BusinessError):
    """There is no such thing here, or it is not yours to see: both look the same from outside."""

    status = 404

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence)


class Forbidden(BusinessError):
    """The reader's role does not reach this."""

    status = 403

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence)


class Conflict(BusinessError):
    """Somebody else changed it first."""


class NotReady(BusinessError):
    """What the work needs isn't there yet; a job waits for it without using up its tries."""

    status = 503


class TooMany(BusinessError):
    """A limit on the number of tries is reached; `retry_after` is in seconds."""

    status = 429

    def __init__(self, sentence: str, *, retry_after: int) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class SetupError(Exception):
    """The machine or its environment does not fit; one sentence for the operator, exit status 1."""
