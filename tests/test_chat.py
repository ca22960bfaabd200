"""Messages to chat and SMS services: to their own hosts, by the guarded client, or nowhere."""

from __future__ import annotations

import json
import logging
import traceback
from urllib.parse import unquote_plus

import pytest

from saas import chat
from saas.chat import NotSent, Why
from saas.chat_services import SERVICES
from tests.speaking import speaking, speaking_app  # noqa: F401 - fixtures

pytestmark = pytest.mark.usefixtures("speaking")

TEAMS = (
    "https://default1a.2b.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/3c4d"
    "/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=Ab_c-1"
)
SLACK = {"address": "https://hooks.slack.com/services/T0/B0/xyz"}
GIVEN = {
    "wecom": ({"address": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=ab-12"}, "qyapi.weixin.qq.com"),
    "dingtalk": (
        {"address": "https://oapi.dingtalk.com/robot/send?access_token=ab12", "secret": "SECab12"},
        "oapi.dingtalk.com",
    ),
    "feishu": ({"address": "https://open.feishu.cn/open-apis/bot/v2/hook/ab-12"}, "open.feishu.cn"),
    "serverchan": ({"key": "SCT12345abc"}, "sctapi.ftqq.com"),
    "slack": (SLACK, "hooks.slack.com"),
    "teams": ({"address": TEAMS}, "default1a.2b.environment.api.powerplatform.com"),
    "google_chat": (
        {"address": "https://chat.googleapis.com/v1/spaces/AA1/messages?key=k-1&token=t_2%3D"},
        "chat.googleapis.com",
    ),
    "discord": ({"address": "https://discord.com/api/webhooks/123/a-b_c"}, "discord.com"),
    "telegram": ({"token": "123456:ABC-def", "chat": "-10012345"}, "api.telegram.org"),
    "ntfy": ({"topic": "harbor_7f3a"}, "ntfy.sh"),
    "sms": (
        {"sid": "AC0123456789", "token": "0123456789ab", "sender": "+14155550100", "number": "+491715550182"},
        "api.twilio.com",
    ),
}


def test_every_service_has_an_example():
    assert set(GIVEN) == set(SERVICES)


class TestSend:
    @pytest.mark.parametrize("service", GIVEN)
    def test_arrives_at_the_services_own_host(self, service, chat_service):
        given, host = GIVEN[service]
        double = chat_service(host)
        double.body = b"ok" if service == "slack" else b'{"ok": true, "errcode": 0, "code": 0}'
        chat.send(service, given, title="Harbor", text="海德堡 wrote: <b>Hello</b>\nhttps://seaport.test/x")
        ((came_to, path, body),) = double.came
        assert came_to == host
        said = unquote_plus(body)
        said = json.dumps(json.loads(body), ensure_ascii=False) if said.startswith("{") else said
        assert "海德堡" in said
        assert "https://seaport.test/x" in said.replace("\\", "")
        if service == "teams":
            assert "sig=Ab_c-1" in path
            assert "api-version=1" in path

    @pytest.mark.parametrize(
        ("status", "body", "why"),
        [
            (404, b"no_team", Why.REFUSED),
            (302, b"", Why.REFUSED),
            (429, b"", Why.BUSY),
            (503, b"", Why.BUSY),
            (200, b'{"errcode": 93000, "errmsg": "invalid webhook url"}', Why.REFUSED),
            (200, b'{"errcode": 45009, "errmsg": "api freq out of limit"}', Why.BUSY),
        ],
    )
    def test_says_why_it_did_not_arrive(self, status, body, why, chat_service, wires):
        double = chat_service("qyapi.weixin.qq.com")
        double.status, double.body = status, body
        with pytest.raises(NotSent) as caught:
            chat.send("wecom", GIVEN["wecom"][0], title="Harbor", text="Hello")
        assert caught.value.why is why
        assert len(wires[1]) == 1  # asked once, and where it leads isn't followed

    def test_a_host_that_leads_inwards_is_not_called(self, names, wires):
        names["hooks.slack.com"] = [["127.0.0.1"]]
        with pytest.raises(NotSent) as caught:
            chat.send("slack", SLACK, title="Harbor", text="Hello")
        assert caught.value.why is Why.UNREACHABLE
        assert wires[1] == []

    def test_logs_nothing(self, chat_service, caplog):
        caplog.set_level(logging.DEBUG)
        chat_service("hooks.slack.com").status = 404
        with pytest.raises(NotSent):
            chat.send("slack", SLACK, title="Harbor", text="Hello")
        assert "xyz" not in caplog.text
        assert "hooks.slack.com" not in caplog.text

    def test_says_nothing_of_what_the_library_does_not_take(self, wires, caplog):
        caplog.set_level(logging.DEBUG)
        given = GIVEN["sms"][0] | {"sender": "+123456789012345", "number": "+00000000"}
        with pytest.raises(NotSent) as caught:
            chat.send("sms", given, title="Harbor", text="Hello")
        told = "".join(traceback.format_exception(caught.value)) + caplog.text
        assert given["token"] not in told
        assert wires[1] == []

    def test_a_service_that_the_library_refuses_to_begin_with_tells_no_secret(self, monkeypatch, wires):
        apprise = chat._library()

        def refuse(**given):
            raise apprise.exception.AppriseImproperlyConfigured(f"not {given}")

        monkeypatch.setattr(chat, "_class", lambda _name: refuse)
        with pytest.raises(NotSent) as caught:
            chat.send("slack", SLACK, title="Harbor", text="Hello")
        assert caught.value.why is Why.REFUSED
        assert "xyz" not in "".join(traceback.format_exception(caught.value))


FOREIGN = [
    ("slack", "https://hooks.slack.com.evil.example/services/T0/B0/xyz"),
    ("slack", "https://evil.example/https://hooks.slack.com/services/T0/B0/xyz"),
    ("slack", "https://hooks.slack.com@evil.example/services/T0/B0/xyz"),
    ("slack", "https://hooks.slack.com/services/T0/B0/xyz?template=file:///etc/passwd"),
    ("slack", "http://hooks.slack.com/services/T0/B0/xyz"),
    ("slack", "https://hooks.slack.com/services/T0/B0/../../x"),
    ("teams", TEAMS.replace("powerplatform.com", "powerplatform.com.evil.example")),
    ("teams", TEAMS.replace("https://default1a", "https://evil.example/default1a")),
    ("teams", TEAMS.replace(":443", ":6379")),
    ("wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a&key=file:///etc/passwd"),
    ("discord", "https://discord.com/api/webhooks/123/a?template=file:///etc/passwd"),
    ("google_chat", "https://chat.googleapis.com.evil.example/v1/spaces/A/messages?key=k&token=t"),
]


@pytest.mark.parametrize(("service", "address"), FOREIGN)
def test_no_address_of_another_host_or_with_more_in_it_is_taken(service, address, wires):
    with pytest.raises(NotSent):
        chat.send(service, {"address": address}, title="Harbor", text="Hello")
    assert wires[1] == []
