"""Chat and SMS services, and the only use of Apprise: what each wants to be told, and how a message gets there.

Loaded at the first message, so that a process which serves pages holds nothing of it. The library never reads an
address that somebody typed (its own addresses may name files to be read): the parts of it are cut out here, by a
pattern that names the service's hosts. Its calls go out by the guarded client, and it logs nothing, for its lines hold
secrets.
"""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib import import_module
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from flask_babel.speaklater import LazyString

from saas import fetch

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


@dataclass(frozen=True)
class Blank:
    """Something to fill in. The named groups of `pattern`, which the whole text must fit, are what the service is
    given.
    """

    name: str
    label: LazyString
    help: LazyString
    pattern: str
    is_secret: bool = True
    is_needed: bool = True

    def parts(self, text: str) -> dict[str, str] | None:
        """What the service is given of a text; None when it isn't of the form."""
        found = re.fullmatch(self.pattern, text, re.ASCII)
        return found and {name: part for name, part in found.groupdict().items() if part is not None}


@dataclass(frozen=True)
class Service:
    """A service: the part of the library that speaks with it, and what it wants to be told."""

    label: LazyString
    speaker: str
    blanks: tuple[Blank, ...]
    how: tuple[tuple[str, str], ...] = ()  # what the library is given besides

    def parts(self, given: Mapping[str, str]) -> dict[str, str]:
        """What the library is given of what somebody typed.

        Raises:
            NotSent: something is missing or of another form.
        """
        parts = dict(self.how)
        for blank in self.blanks:
            text = given.get(blank.name, "")
            found = blank.parts(text) if text or blank.is_needed else {}
            if found is None:
                raise NotSent(Why.REFUSED)
            parts |= found
        return parts


def _hook(help_: LazyString, pattern: str) -> Blank:
    return Blank("address", _l("Address of the webhook"), help_, pattern)


SERVICES = {
    "wecom": Service(
        _l("WeCom"),
        "wecombot.NotifyWeComBot",
        (
            _hook(
                _l("In the group: settings, group bots, add a bot; copy its webhook address."),
                r"https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=(?P<key>[A-Za-z0-9_-]+)",
            ),
        ),
    ),
    "dingtalk": Service(
        _l("DingTalk"),
        "dingtalk.NotifyDingTalk",
        (
            _hook(
                _l("In the group: settings, bots, custom; copy its webhook address."),
                r"https://oapi\.dingtalk\.com/robot/send\?access_token=(?P<token>[A-Za-z0-9]+)",
            ),
            Blank(
                "secret",
                _l("Secret for signing"),
                _l("Only where the bot asks for signatures. It begins with SEC."),
                r"(?P<secret>SEC[A-Za-z0-9]+)",
                is_needed=False,
            ),
        ),
    ),
    "feishu": Service(
        _l("Feishu"),
        "feishu.NotifyFeishu",
        (
            _hook(
                _l("In the group: settings, bots, custom bot; copy its webhook address."),
                r"https://open\.feishu\.cn/open-apis/bot/v2/hook/(?P<token>[A-Za-z0-9_-]+)/?",
            ),
        ),
    ),
    "serverchan": Service(
        _l("ServerChan (WeChat)"),
        "serverchan.NotifyServerChan",
        (
            Blank(
                "key",
                _l("SendKey"),
                _l("On sct.ftqq.com, after signing in with WeChat."),
                r"(?P<token>[A-Za-z0-9-]{8,})",
            ),
        ),
    ),
    "slack": Service(
        _l("Slack"),
        "slack.NotifySlack",
        (
            _hook(
                _l("In Slack: an app with incoming webhooks; add one for a channel or for you and copy it."),
                r"https://hooks\.slack\.com/services/(?P<token_a>[A-Za-z0-9]+)/(?P<token_b>[A-Za-z0-9]+)"
                r"/(?P<token_c>[A-Za-z0-9]+)/?",
            ),
        ),
    ),
    "teams": Service(
        _l("Microsoft Teams"),
        "workflows.NotifyWorkflows",
        (
            _hook(
                _l("In Teams: Workflows, “Post to a channel when a webhook request is received”; copy its address."),
                r"https://(?P<host>(?:[A-Za-z0-9-]+\.)+"
                r"(?:logic\.azure\.(?:com|us|cn)|powerplatform\.(?:com|us|cn|microsoft\.us)))(?::443)?"
                r"(?P<power_automate>/powerautomate/automations/direct(?:/cu/(?P<routing_id>[0-9]+))?)?"
                r"/workflows/(?P<workflow>[A-Za-z0-9_-]+)/triggers/manual/paths/invoke/?"
                r"(?=\S*[?&]sig=(?P<signature>[A-Za-z0-9_-]+))"
                r"(?=(?:\S*[?&]api-version=(?P<version>[A-Za-z0-9_-]+))?)\?\S+",
            ),
        ),
    ),
    "google_chat": Service(
        _l("Google Chat"),
        "google_chat.NotifyGoogleChat",
        (
            _hook(
                _l("In the space: apps and integrations, webhooks; copy its address."),
                r"https://chat\.googleapis\.com/v1/spaces/(?P<workspace>[A-Za-z0-9_-]+)/messages"
                r"\?key=(?P<webhook_key>[A-Za-z0-9_-]+)&token=(?P<webhook_token>[A-Za-z0-9_%=-]+)",
            ),
        ),
    ),
    "discord": Service(
        _l("Discord"),
        "discord.NotifyDiscord",
        (
            _hook(
                _l("In the channel: settings, integrations, webhooks; copy its address."),
                r"https://discord(?:app)?\.com/api/webhooks/(?P<webhook_id>[0-9]+)/(?P<webhook_token>[A-Za-z0-9_-]+)/?",
            ),
        ),
    ),
    "telegram": Service(
        _l("Telegram"),
        "telegram.NotifyTelegram",
        (
            Blank(
                "token",
                _l("Token of the bot"),
                _l("BotFather gives it, such as 123456:ABC-DEF."),
                r"(?P<bot_token>[0-9]+:[A-Za-z0-9_-]+)",
            ),
            Blank(
                "chat",
                _l("Chat"),
                _l("The number of your chat with the bot, or the name of a channel without @."),
                r"(?P<targets>-?[0-9]{1,32}|[A-Za-z][A-Za-z0-9_]{3,})",
                is_secret=False,
            ),
        ),
    ),
    "ntfy": Service(
        _l("ntfy"),
        "ntfy.NotifyNtfy",
        (
            Blank(
                "topic",
                _l("Topic"),
                _l("At ntfy.sh. Whoever knows it reads along: take one that nobody guesses."),
                r"(?P<targets>[A-Za-z0-9_-]{1,64})",
            ),
        ),
        how=(("mode", "cloud"),),
    ),
    "sms": Service(
        _l("SMS through Twilio"),
        "twilio.NotifyTwilio",
        (
            Blank("sid", _l("Account SID"), _l("It begins with AC."), r"(?P<account_sid>AC[A-Fa-f0-9]{8,})", False),
            Blank(
                "token",
                lazy_pgettext("of a service", "Token"),
                _l("Beside it in Twilio's console."),
                r"(?P<auth_token>[A-Za-z0-9]{8,})",
            ),
            Blank(
                "sender",
                _l("From the number"),
                _l("One of yours at Twilio, such as +14155550100."),
                r"(?P<source>\+[0-9]{8,15})",
                is_secret=False,
            ),
            Blank(
                "number",
                _l("To the number"),
                _l("Your phone, such as +491715550182. Each SMS costs what Twilio takes for it."),
                r"(?P<targets>\+[0-9]{8,15})",
                is_secret=False,
            ),
        ),
    ),
}


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
        speaker.add(_class(service.speaker)(**service.parts(given), asset=asset, overflow="truncate"))
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
