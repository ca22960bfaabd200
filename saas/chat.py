"""How a message gets to a chat or SMS service, and the only use of Apprise.

Loaded at the first message, so that a process which serves pages holds nothing of it. The library never reads an
address that somebody typed (its own addresses may name files to be read): the parts of it are cut out by a pattern that
names the service's hosts (`saas/chat_services.py`). Its calls go out by the guarded client, and it logs nothing, for
its lines hold secrets.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Mapping
from contextvars import ContextVar
from enum import StrEnum
from functools import lru_cache
from importlib import import_module
from typing import Any

from saas import fetch
from saas.chat_services import SERVICES, Service

BUSY = {408, 425, 429}  # refusals that pass
BUSY_CODES = {45009, 130101, 11232}  # the same in the words of WeCom, DingTalk and Feishu
SECONDS = 10.0  # of one call

_answers: ContextVar[list[fetch.Answer]] = ContextVar("answers")  # of the message that is being sent


class Why(StrEnum):
    """Why a message didn't arrive."""

    REFUSED = "refused"  # the service knows no such address, or takes nothing there; asking again gains nothing
    BUSY = "busy"  # it can't just now
    UNREACHABLE = "unreachable"


class NotSent(Exception):
    """The message didn't arrive."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


def send(service: str, given: Mapping[str, str], *, title: str, text: str) -> None:
    """Say something through a service.

    Args:
        service: one of SERVICES.
        given: blank → what was typed.
        title: above the text, where the service has such.
        text: plain; cut where it is longer than the service takes.

    Raises:
        NotSent: it didn't arrive, with why.
    """
    answers: list[fetch.Answer] = []
    token = _answers.set(answers)
    try:
        said = _speaker(SERVICES[service], given).notify(body=text, title=title, body_format="text")
    finally:
        _answers.reset(token)
    if not answers:
        raise NotSent(Why.UNREACHABLE)
    why = _refusal(answers[-1])
    if why is not None or not said:
        raise NotSent(why or Why.REFUSED)


def _speaker(service: Service, given: Mapping[str, str]) -> Any:
    """The library, with one address of a service."""
    parts = service.parts(given)
    if parts is None:
        raise NotSent(Why.REFUSED)
    apprise = _library()
    asset = apprise.AppriseAsset(
        app_id="Seaport",
        app_desc="Seaport",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        http_redirects=False,
        allow_templates=False,
        storage_mode="memory",
    )
    speaker = apprise.Apprise(asset=asset)
    try:
        speaker.add(_class(service.speaker)(**parts, asset=asset, overflow="truncate"))
    except apprise.exception.AppriseException:  # its words hold what it was given
        raise NotSent(Why.REFUSED) from None
    return speaker


@lru_cache(maxsize=1)
def _library() -> Any:
    logging.getLogger("apprise").disabled = True
    return import_module("apprise")


@lru_cache
def _class(name: str) -> Any:
    """The part of the library that speaks with a service; what it says goes out by the guarded client."""
    module_name, _dot, class_name = name.partition(".")
    module = import_module(f"apprise.plugins.{module_name}")
    module.requests = _Guarded()  # type: ignore[attr-defined]
    return getattr(module, class_name)


class _Guarded:
    """What the library's parts use of `requests`, by the guarded client."""

    def __init__(self) -> None:
        self._requests = import_module("requests")
        self.codes, self.RequestException = self._requests.codes, self._requests.RequestException

    def request(
        self,
        method: str,
        url: str,
        *,
        data: Any = None,
        headers: Any = None,
        params: Any = None,
        auth: Any = None,
        **_how: Any,  # how long it may take and where it may lead isn't the library's to say
    ) -> Any:
        """Call an address of the service; what it answered is kept for `send`."""
        asked = self._requests.Request(method.upper(), url, data=data, headers=headers, params=params, auth=auth)
        ready = asked.prepare()
        body = ready.body.encode() if isinstance(ready.body, str) else ready.body or b""
        try:
            answer = fetch.send(ready.method, ready.url, headers=dict(ready.headers), body=body, seconds=SECONDS)
        except (fetch.NotAllowed, fetch.Unreachable) as error:
            raise self.RequestException from error
        _answers.get().append(answer)
        response = self._requests.Response()
        response.status_code, response.raw = answer.status, io.BytesIO(answer.body)
        return response

    def post(self, url: str, **how: Any) -> Any:
        """Call an address with something to say."""
        return self.request("POST", url, **how)


def _refusal(answer: fetch.Answer) -> Why | None:
    """Why an answer is no yes. Some services say yes to everything, and in the answer's text what became of it."""
    if answer.status in BUSY or answer.status >= 500:
        return Why.BUSY
    if answer.status >= 300:
        return Why.REFUSED
    try:
        said = json.loads(answer.body)
    except ValueError:
        return None
    code = (said.get("errcode") or said.get("code")) if isinstance(said, dict) else None
    if not isinstance(code, int) or code == 0:
        return None
    return Why.BUSY if code in BUSY_CODES else Why.REFUSED
