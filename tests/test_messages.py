"""Messages of strangers: read whatever charset they are in, and harmless however they are made."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from saas import child, messages
from saas.errors import Refused
from tests.speaking import speaking, speaking_app  # noqa: F401

pytestmark = pytest.mark.usefixtures("speaking")

HEAD = b"From: Jana <jana@example.com>\r\nTo: ann@example.com\r\nSubject: Hello\r\nMessage-ID: <1@example.com>\r\n"


def with_html(html: str | bytes) -> messages.Message:
    content = html if isinstance(html, bytes) else html.encode()
    return messages.read(HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + content)


class TestCharsets:
    @pytest.mark.parametrize("charset", ["utf-8", "gb2312", "gbk", "gb18030", "big5"])
    def test_of_chinese(self, charset):
        told = "您好，發票" if charset == "big5" else "您好，发票"
        head = f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        assert messages.read(HEAD + head.encode() + told.encode(charset)).text == told

    def test_a_wider_one_than_is_named(self):
        told = "价格䶮"  # the last sign is not in GB2312
        head = b"Content-Type: text/plain; charset=gb2312\r\n\r\n"
        assert messages.read(HEAD + head + told.encode("gb18030")).text == told

    @pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
    def test_of_a_head_that_says_none(self, charset):
        raw = b"From: \xcd\xf5\xce\xb0 <wang@example.com>\r\nSubject: " + "发票".encode(charset) + b"\r\n\r\nx"
        message = messages.read(raw)
        assert message.subject == "发票"
        assert message.sender.address == "wang@example.com"

    @pytest.mark.parametrize("charset", ["x-no-such", "utf-7\0", "rot13", "hex"])
    def test_that_nobody_knows(self, charset):
        head = f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode()
        assert "Grüße" in messages.read(HEAD + head + "Grüße".encode()).text

    def test_names_in_encoded_words(self):
        raw = b"From: =?gb2312?B?zfXOsA==?= <WANG@example.com>\r\n"
        raw += b"Subject: =?UTF-8?Q?Gr=C3=BC?=\r\n =?UTF-8?Q?=C3=9Fe?=\r\n\r\nx"
        message = messages.read(raw)
        assert (message.sender.name, message.sender.address, message.subject) == ("王伟", "wang@example.com", "Grüße")


class TestReplies:
    @pytest.mark.parametrize(
        "quoted",
        [
            "On Mon, 2 Nov 2026 at 10:00, Ann <ann@example.com> wrote:\n> Do you want it?\n",
            "在 2026年11月2日 10:00，Ann 写道：\n> 要吗？\n",
            "------------------ 原始邮件 ------------------\n发件人: Ann <ann@example.com>\n主题: 报价\n\n要吗？\n",
            "Am 02.11.2026 um 10:00 schrieb Ann <ann@example.com>:\n> Wollen Sie?\n",
        ],
    )
    def test_are_told_without_what_they_answer(self, quoted):
        message = messages.read(
            HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + f"Yes.\n\n{quoted}".encode()
        )
        assert message.fresh == "Yes."
        assert message.text.startswith("Yes.\n\n")

    def test_a_text_that_only_quotes_is_told_whole(self):
        message = messages.read(HEAD + b"\r\n> Do you want it?\r\n")
        assert message.fresh == message.text == "> Do you want it?"


class TestHtml:
    @pytest.mark.parametrize(
        "evil",
        [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            '<img src="https://spy.example/dot.gif">',
            '<a href="javascript:alert(1)">x</a>',
            '<a href="data:text/html,x">x</a>',
            "<svg/onload=alert(1)>",
            "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
            '<form action="https://evil.example"><input name=password></form>',
            "<base href=https://evil.example><meta http-equiv=refresh content=0>",
            '<div style="position:fixed;background:url(https://spy.example)" id="main" class="btn">x</div>',
            "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
            "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        ],
    )
    def test_keeps_nothing_that_runs_or_calls(self, evil):
        html = (with_html(f"<p>Hello {evil}</p>").html or "").lower()
        words = "script: <script onerror onload <img data: style spy. evil. <form id= class="
        for word in words.split():
            assert word not in html

    def test_becomes_text_with_its_lines(self):
        message = with_html("<style>p{}</style><p>One &amp; two</p><p>Three<br>four</p><ul><li>five</li></ul>")
        assert [line for line in message.text.split("\n") if line] == ["One & two", "Three", "four", "five"]


class TestBombs:
    def test_of_tags_are_read_without_them(self):
        message = with_html(b"<div>" * 100_000 + b"hello")
        assert (message.subject, message.text.strip()) == ("Hello", "hello")

    def test_of_parts_in_parts_do_no_harm(self):
        raw = HEAD
        for n in range(60):
            raw += b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        assert messages.read(raw + b"Content-Type: text/plain\r\n\r\nhello\r\n").subject == "Hello"

    def test_that_break_what_reads_them_are_refused(self):
        raw = HEAD
        for n in range(5_000):
            raw += b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        with pytest.raises(Refused):
            messages.read(raw)

    def test_of_many_parts_keep_a_few_files(self):
        message = EmailMessage()
        message["From"], message["Subject"] = "a@b.example", "Many"
        message.set_content("x")
        for n in range(40):
            message.add_attachment(b"x", maintype="application", subtype="pdf", filename=f"{n}.pdf")
        found = messages.read(message.as_bytes())
        assert (len(found.files), len(found.left_out)) == (30, 10)

    def test_of_people_and_references_are_cut(self):
        people = ", ".join(f"p{n}@example.com" for n in range(5_000))
        refs = " ".join(f"<{n}@example.com>" for n in range(5_000))
        found = messages.read(f"From: a@b.example\r\nTo: {people}\r\nReferences: {refs}\r\n\r\nx".encode())
        assert (len(found.recipients), len(found.refs)) == (100, 30)
        assert found.refs[0] == "4999@example.com"

    def test_larger_than_is_taken_are_not_looked_at(self, monkeypatch):
        monkeypatch.setattr(child, "stream", lambda *_, **__: pytest.fail("looked at"))
        with pytest.raises(Refused, match="25 MB"):
            messages.read(b"x" * (messages.LARGEST + 1))


class TestHead:
    @pytest.mark.parametrize(
        "head", [b"", b"\r\n", b"\0\0\0", b"From: \r\n", b"From: <>\r\nTo: ;;;,,\r\nDate: never\r\n", b":" * 5000]
    )
    def test_may_be_anything(self, head):
        found = messages.read(head + b"\r\n\r\n\0text")
        assert "\0" not in found.text
        assert found.key.startswith("sha256:")

    def test_turns_no_line_around(self):
        found = messages.read("From: a@b.example\r\nSubject: in\u202evoice\r\n\r\nx".encode())
        assert found.subject == "invoice"

    def test_tells_blind_copies_by_where_it_was_delivered(self):
        raw = (
            b"Delivered-To: secret@x.example\r\nReceived: from a by b for <other@x.example>; now\r\n" + HEAD + b"\r\nx"
        )
        assert {"secret@x.example", "other@x.example", "ann@example.com"} <= set(messages.read(raw).addresses())

    def test_of_the_same_message_is_the_same_key(self):
        raw = b"From: a@b.example\r\n\r\nx"
        assert messages.read(raw).key == messages.read(raw).key
