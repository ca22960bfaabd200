"""Reads a mail message; inside the child. What comes out is text, HTML of a few harmless tags, and files as bytes."""

from __future__ import annotations

import html
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import policy
from email.header import decode_header
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any, BinaryIO

import nh3
from mailparser_reply.parser import EmailReplyParser

MOST_PARTS, DEEPEST = 300, 30  # parts of one message, and how deep they lie in each other
MOST_TEXT = 200_000  # characters that are kept of a text, and as many of its HTML
MOST_HTML = 2_000_000  # characters of HTML that are looked at
MOST_REPLY = 20_000  # characters of a text in which the part that is quoted is looked for
QUOTES_TIME = 2.0  # seconds for that
MOST_PEOPLE, MOST_REFS, MOST_FILES = 100, 30, 30
SUBJECT, NAME, ADDRESS, IDENTIFIER = 300, 120, 254, 400  # characters
SMALL_PICTURE = 10_000  # bytes; pictures inside the text that are smaller are logos and dots that count readers

LANGUAGES = ["en", "zh", "de", "fr", "es", "it", "nl", "pl", "cs", "da", "sv", "ja", "ko"]
TAGS = {
    *("a", "b", "blockquote", "br", "code", "dd", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "hr", "i", "li"),
    *("ol", "p", "pre", "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul"),
}
UNREAD = {"script", "style", "head", "title", "template", "noscript", "iframe", "object", "svg", "math"}
LINES = re.compile(r"<(?:br|hr|/p|/div|/li|/tr|/h[1-4]|/blockquote|/pre|/table)\b[^>]*>", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
TURNING = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # signs that turn the reading direction
ID = re.compile(r"<([^<>\s]+)>")
WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030", "ks_c_5601-1987": "cp949"}
GUESSES = ("utf-8", "gb18030", "latin-1")

PEOPLE = ("to", "cc", "bcc")
DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-forwarded-to", "original-recipient")
MAIL = re.compile(r"[^\s<>\"(),:;]+@[^\s<>\"(),:;]+")

# How programs begin the head of a mail that is forwarded in the text of another: word → what it names.
FORWARDED = {
    "sender": "From|Von|De|Da|发件人|寄件者|發件人|差出人",
    "to": "To|An|À|Para|A|收件人|收件者|宛先",
    "subject": "Subject|Betreff|Objet|Asunto|Oggetto|主题|主旨|主題|件名",
    "date": "Date|Sent|Datum|Gesendet|Envoyé|Fecha|Data|日期|发送时间|時間|时间|日時",
}
HEAD_LINE = re.compile(
    r"^[>\s*]*(?:"
    + "|".join(f"(?P<{key}>{words})" for key, words in FORWARDED.items())
    + r")\s*\**\s*[:：]\**\s*(.*)$",
    re.IGNORECASE,
)
HEAD_LINES = 12
# Lines behind which Chinese and Japanese programs quote; the library that knows the others doesn't find these.
QUOTE_BEGINS = re.compile(
    r"^.{0,200}\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日.{0,300}[:：]\s*$"
    r"|^[\s\-—_=]*(?:原始邮件|原始郵件|转发邮件|轉寄郵件|回复的原邮件)[\s\-—_=]*$"
    r"|^\s*(?:发件人|寄件者|發件人)\s*[:：].*@",
    re.MULTILINE,
)


@dataclass
class _Body:
    """What the parts of a message hold."""

    text: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    inner: Message | None = None


class _TooSlow(Exception):
    """Looking for the quoted part takes too long."""


def read(material: BinaryIO, *, plain: bool = False) -> Iterator[Any]:
    """The message: first its head and text, then its files one by one, each by its name and its bytes.

    Args:
        material: the message as it came.
        plain: leave out its HTML and what is quoted in it, after these once broke what reads them.
    """
    message = BytesParser(_class=EmailMessage, policy=policy.default).parse(material)
    head, files = _told(message, plain)
    yield head
    for name, content in files:
        yield {"file": name}
        yield content


def _told(message: Message, plain: bool, *, is_inner: bool = False) -> tuple[dict[str, Any], list[tuple[str, bytes]]]:
    body = _body(message)
    marked_up = "" if plain else "\n".join(body.html)[:MOST_HTML]
    text = "\n".join(body.text) or _without_tags("\n".join(body.html)[:MOST_HTML], plain)
    text = _tidy(text)[:MOST_TEXT]
    head = _head(message) | {
        "text": text,
        "fresh": text if plain else _unquoted(text),
        "html": _clean(marked_up)[:MOST_TEXT] if marked_up else None,
        "left_out": body.left_out,
        "forwarded": _forwarded(text),
        "inner": None,
    }
    files = body.files
    if body.inner is not None and not is_inner:
        head["inner"], inner_files = _told(body.inner, plain, is_inner=True)
        files = files + inner_files
    return head, files


# ── the head ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _head(message: Message) -> dict[str, Any]:
    senders = _people(message, "from") or _people(message, "sender")
    identifier = ID.search(_all(message, "message-id"))
    named = ID.findall(_all(message, "references")) + ID.findall(_all(message, "in-reply-to"))
    newest_first = list(dict.fromkeys(reversed(named)))
    return {
        "identifier": _tidy(identifier[1])[:IDENTIFIER] if identifier else "",
        "refs": [_tidy(ref)[:IDENTIFIER] for ref in newest_first[:MOST_REFS]],
        "subject": _line(_decoded_words(_first(message, "subject")))[:SUBJECT],
        "sender": senders[0] if senders else ["", ""],
        "recipients": [[kind, *person] for kind in PEOPLE for person in _people(message, kind)][:MOST_PEOPLE],
        "delivered": _delivered(message),
        "sent_at": _date(message),
        "is_auto": _is_auto(message),
        "is_doubtful": _is_doubtful(message),
    }


def _raw(message: Message, name: str) -> list[str]:
    """The values of a header as they came; bytes that are no ASCII stand in them as surrogates."""
    return [str(value) for key, value in message.raw_items() if key.lower() == name]


def _first(message: Message, name: str) -> str:
    return next(iter(_raw(message, name)), "")


def _all(message: Message, name: str) -> str:
    return " ".join(_raw(message, name))


def _people(message: Message, name: str) -> list[list[str]]:
    """[name, address] of those in a header; whoever has no address is nobody."""
    found = getaddresses([_bytes_read(value) for value in _raw(message, name)])
    people = [
        [_line(_decoded_words(called))[:NAME], _line(address)[:ADDRESS]] for called, address in found[:MOST_PEOPLE]
    ]
    return [person for person in people if "@" in person[1]]


def _delivered(message: Message) -> list[str]:
    """Where servers on the way delivered it, which tells whoever was only copied blindly."""
    found = [address for name in DELIVERED for address in MAIL.findall(_all(message, name))]
    for line in _raw(message, "received")[:6]:
        found += re.findall(r"\bfor\s+<?([^\s<>;]+@[^\s<>;]+)", line)
    return [_line(address)[:ADDRESS] for address in dict.fromkeys(found)][:MOST_PEOPLE]


def _date(message: Message) -> str | None:
    try:
        return parsedate_to_datetime(_first(message, "date")).isoformat()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _is_auto(message: Message) -> bool:
    """True of what a machine sent: an answer while somebody is away, a newsletter, a failed delivery."""
    said = _first(message, "auto-submitted").strip().lower()
    if said and not said.startswith("no"):
        return True
    if _first(message, "precedence").strip().lower() in {"bulk", "junk", "list", "auto_reply"}:
        return True
    named = ("list-id", "list-unsubscribe", "x-autoreply", "x-autorespond")
    return any(_raw(message, name) for name in named) or _first(message, "return-path").strip() == "<>"


def _is_doubtful(message: Message) -> bool:
    """True when the server that took it in found that it isn't from whom it says."""
    said = _first(message, "authentication-results").lower()
    return "dmarc=fail" in said or ("spf=fail" in said and "dkim=pass" not in said)


# ── the body ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _body(message: Message) -> _Body:
    body, waiting, seen = _Body(), [(message, 0)], 0
    while waiting and seen < MOST_PARTS:
        part, depth = waiting.pop()
        seen += 1
        if part.get_content_type() == "message/rfc822":
            _enclosed(part, body)
        elif part.is_multipart():
            if depth < DEEPEST:
                waiting += [(one, depth + 1) for one in reversed(_inside(part))]
        else:
            _take(part, body)
    return body


def _inside(part: Message) -> list[Message]:
    found = part.get_payload()
    return [one for one in found if isinstance(one, Message)] if isinstance(found, list) else []


def _enclosed(part: Message, body: _Body) -> None:
    """A message in the message: the first one is read too, for whoever forwards one by attaching it."""
    inside = _inside(part)
    if inside and body.inner is None:
        body.inner = inside[0]
    else:
        body.left_out.append(_file_name(part) or "message.eml")


def _take(part: Message, body: _Body) -> None:
    kind, name = part.get_content_type(), _file_name(part)
    content = part.get_payload(decode=True)
    content = content if isinstance(content, bytes) else b""
    if not name and kind in {"text/plain", "text/html"} and part.get_content_disposition() != "attachment":
        (body.html if kind == "text/html" else body.text).append(_decoded(content, part.get_content_charset()))
    elif kind.startswith("image/") and part["content-id"] and len(content) < SMALL_PICTURE:
        return
    elif len(body.files) >= MOST_FILES:
        body.left_out.append(name or kind)
    elif content:
        body.files.append((name or f"file.{kind.rpartition('/')[2]}", content))


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except Exception:  # the parser of parameters fails in many ways on what is malformed
        return ""
    return _line(_decoded_words(name))[:NAME]


# ── text ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _decoded(content: bytes, charset: str | None) -> str:
    """Bytes as text: in the charset that is named, or a wider one of its family, else in the first that fits."""
    named = (charset or "").lower()
    for one in (WIDER.get(named, named), *GUESSES):
        try:
            return content.decode(one)
        except (LookupError, ValueError):
            continue
    return content.decode("utf-8", "replace")


def _bytes_read(raw: str) -> str:
    """A header whose bytes stand in it bare, as some programs send them."""
    return _decoded(raw.encode("utf-8", "surrogateescape"), None) if re.search("[\udc80-\udcff]", raw) else raw


def _decoded_words(raw: str) -> str:
    """A header's text, with its encoded words read."""
    raw = _bytes_read(raw)
    if "=?" not in raw:
        return raw
    try:
        parts = decode_header(re.sub(r"\r?\n[ \t]", " ", raw))
    except Exception:  # base64 that is none
        return raw
    return "".join(part if isinstance(part, str) else _decoded(part, charset) for part, charset in parts)


def _line(text: str) -> str:
    return " ".join(TURNING.sub("", _tidy(text)).split())


def _tidy(text: str) -> str:
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _clean(marked_up: str) -> str:
    """HTML of a few tags, without pictures, styles or anything that is fetched or run."""
    return nh3.clean(
        CONTROL.sub("", marked_up),
        tags=TAGS,
        clean_content_tags=UNREAD,
        attributes={"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )


def _without_tags(marked_up: str, plain: bool) -> str:
    if not marked_up:
        return ""
    lines = LINES.sub("\n", re.sub(r"\s+", " ", marked_up))
    bare = re.sub(r"<[^>]*>", "", lines) if plain else nh3.clean(lines, tags=set(), clean_content_tags=UNREAD)
    return re.sub(r"\n\s*\n\s*\n+", "\n\n", "\n".join(line.strip() for line in html.unescape(bare).split("\n")))


def _unquoted(text: str) -> str:
    """What is new in a text, without the mail that it answers; all of it where nothing is left, or it takes long."""
    quote = QUOTE_BEGINS.search(text[:MOST_REPLY])
    text_above = text[: quote.start()] if quote and quote.start() else text[:MOST_REPLY]

    def stop(_number: int, _frame: Any) -> None:
        raise _TooSlow

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, QUOTES_TIME)
    try:
        found = EmailReplyParser(languages=LANGUAGES).parse_reply(text=text_above) or ""
    except (_TooSlow, RecursionError, ValueError, IndexError, AttributeError):
        found = ""
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return found.strip() or text


def _forwarded(text: str) -> dict[str, Any] | None:
    """The head of a mail that is forwarded in this text, and what follows it; None where there is none."""
    lines = text.split("\n")
    for start, line in enumerate(lines[:400]):
        begins = HEAD_LINE.match(line[:1000])
        if begins and begins["sender"] and (found := _block(lines, start)):
            return found
    return None


def _block(lines: list[str], start: int) -> dict[str, Any] | None:
    found: dict[str, str] = {}
    at = start
    for at in range(start, min(start + HEAD_LINES, len(lines))):
        match = HEAD_LINE.match(lines[at][:1000])
        if match:
            key = next(key for key in FORWARDED if match[key])
            found.setdefault(key, match[match.lastindex or 0].strip())
        elif not lines[at].strip(" >*") and len(found) > 1:
            break
    people = getaddresses([found.get("sender", "").replace("[mailto:", "<").replace("]", ">")])
    person = next(([_line(name)[:NAME], _line(address)[:ADDRESS]] for name, address in people if "@" in address), None)
    if person is None or "subject" not in found:
        return None
    return {"sender": person, "subject": _line(found["subject"])[:SUBJECT], "text": _tidy("\n".join(lines[at:]))}
