"""Letters: written, sent to a real mail server, refused, kept."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller

from saas import mail
from saas.mail import MailError, Words

WORDS = Words("Hello", "Text\n", "<p>Text</p>")


class Post:
    """A mail server that keeps what it takes and answers as it is told."""

    def __init__(self, answer: str = "250 ok") -> None:
        self.answer, self.taken = answer, []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.taken.append(envelope)
        return self.answer


@contextmanager
def server(app, answer="250 ok"):
    post = Post(answer)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    before = app.extensions["config"]
    app.extensions["config"] = replace(before, smtp_url=f"smtp://127.0.0.1:{port}/?from=crm@seaport.test")
    try:
        yield post
    finally:
        app.extensions["config"] = before
        controller.stop()


class TestSend:
    def test_hands_the_letter_to_the_server(self, app, context):
        with server(app) as post:
            mail.send("a@example.com", WORDS, message_id="letter-1", sender="Harbor, Ltd")
        (envelope,) = post.taken
        sent = message_from_bytes(envelope.content, policy=policy.default)
        assert envelope.rcpt_tos == ["a@example.com"]
        assert sent["From"] == '"Harbor, Ltd" <crm@seaport.test>'
        assert sent["Message-ID"] == "<letter-1@seaport.test>"
        assert sent.get_body(("plain",)).get_content().split() == ["Text"]

    @pytest.mark.parametrize(("answer", "is_final"), [("451 later", False), ("550 never", True)])
    def test_tells_a_refusal_for_good_from_one_for_now(self, app, context, answer, is_final):
        with server(app, answer), pytest.raises(MailError) as caught:
            mail.send("a@example.com", WORDS, message_id="letter-1")
        assert caught.value.is_final is is_final

    def test_gives_up_on_a_server_that_never_answers(self, app, context, monkeypatch):
        monkeypatch.setattr(mail, "TIMEOUT", 0.3)
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            before = app.extensions["config"]
            app.extensions["config"] = replace(before, smtp_url=f"smtp://127.0.0.1:{silent.getsockname()[1]}")
            try:
                with pytest.raises(MailError) as caught:
                    mail.send("a@example.com", WORDS, message_id="letter-1")
            finally:
                app.extensions["config"] = before
        assert not caught.value.is_final

    @pytest.mark.parametrize("to", ["a@example.com\r\nBcc: b@example.com", "a@example.com\nX: y", "nobody", "a\0@b.c"])
    def test_takes_no_line_breaks_in_headers(self, app, context, to):
        with pytest.raises(ValueError, match=r"line break|mail address"):
            mail.send(to, WORDS, message_id="letter-1")
        with pytest.raises(ValueError, match="line break"):
            mail.send("a@example.com", replace(WORDS, subject="Hi\r\nBcc: b@example.com"), message_id="letter-1")
        with pytest.raises(ValueError, match="line break"):
            mail.send("a@example.com", WORDS, message_id="x\ny")

    def test_keeps_one_copy_however_often_it_is_sent(self, app, context, config):
        before = len(mail.kept(config))
        for _ in range(3):
            mail.send("a@example.com", WORDS, message_id="letter-again")
        assert len(mail.kept(config)) == before + 1


class TestWritten:
    def test_says_the_same_as_text_and_as_page(self, app, context):
        words = mail.written("reset", "en", name="<b>Mira</b>", link="https://seaport.test/reset/x")
        assert words.subject == "Choose a new password"
        assert "Hello <b>Mira</b>," in words.text
        assert "Choose a new password:\nhttps://seaport.test/reset/x" in words.text
        assert "&lt;b&gt;Mira" in words.html
        assert 'href="https://seaport.test/reset/x"' in words.html

    def test_speaks_chinese(self, app, context):
        words = mail.written("reset", "zh", name="王伟", link="https://seaport.test/reset/x")
        assert "：\nhttps://seaport.test/reset/x" in words.text
        assert words.subject == "设置新密码"
        assert "王伟，您好：" in words.text

    @pytest.mark.parametrize("kind", ["confirm", "reset", "invitation", "notice", "address_change", "factor_changed"])
    def test_runs_nothing_that_a_person_typed(self, app, context, kind):
        about = dict.fromkeys(("name", "company", "inviter", "text", "from_name", "new_email"), "{{ 7*7 }}{% raw %}")
        words = mail.written(
            kind, "en", link="https://seaport.test/x", reset_link="x", is_known=False, is_on=True, **about
        )
        assert "49" not in words.text + words.html
        assert "\n" not in words.subject
