"""The chat and SMS services that there are, and what each wants to be told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from flask_babel.speaklater import LazyString


@dataclass(frozen=True)
class Blank:
    """Something to fill in. The named groups of `pattern`, which the whole text must fit, are what the service is
    given.
    """

    name: str
    label: LazyString
    help: LazyString
    pattern: str
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

    def parts(self, given: Mapping[str, str]) -> dict[str, str] | None:
        """What the library is given of what somebody typed; None where something is missing or of another form."""
        parts = dict(self.how)
        for blank in self.blanks:
            text = given.get(blank.name, "")
            found = blank.parts(text) if text or blank.is_needed else {}
            if found is None:
                return None
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
            Blank("sid", _l("Account SID"), _l("It begins with AC."), r"(?P<account_sid>AC[A-Fa-f0-9]{8,})"),
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
            ),
            Blank(
                "number",
                _l("To the number"),
                _l("Your phone, such as +491715550182. Each SMS costs what Twilio takes for it."),
                r"(?P<targets>\+[0-9]{8,15})",
            ),
        ),
    ),
}
