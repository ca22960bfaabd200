"""Letters: written from a template in the reader's language, sent by SMTP, or kept in a folder where no server is set.

A template is plain text: its first line is the subject, `{{ button(_("Open"), url) }}` stands on a line of its own. The
HTML part is made from the same text, so that the two never differ.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup, escape

from saas import clock
from saas.config import Config

TIMEOUT = 6.0  # s, for each step of the talk with the mail server


class MailError(Exception):
    """The mail server didn't take it. `is_final`: it never will."""

    def __init__(self, sentence: str, *, is_final: bool) -> None:
        super().__init__(sentence)
        self.is_final = is_final


@dataclass(frozen=True)
class Words:
    """What a letter says."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Enclosure:
    """A file that goes along with a letter."""

    name: str
    media_type: str
    content: bytes


def written(kind: str, locale: str, **about: Any) -> Words:
    """The letter `templates/mail/<kind>.txt` in a language."""
    mark = secrets.token_hex(8)  # made anew each time: nobody can type a button into his name
    with force_locale(locale):
        raw = render_template(f"mail/{kind}.txt", button=lambda label, url: f"{mark}{label}{mark}{url}{mark}", **about)
        subject, _break, body = raw.strip().partition("\n")
        body = re.sub(r"\n{3,}", "\n\n", body.strip())
        html = render_template("mail/_frame.html", parts=_parts(body, mark), subject=subject, locale=locale, **about)
        colon = _(": ").strip()
    text = re.sub(f"^{mark}(.*){mark}(.*){mark}$", rf"\1{colon}\n\2", body, flags=re.MULTILINE)
    return Words(" ".join(subject.split()), text + "\n", html)


def send(
    to: str,
    words: Words,
    *,
    message_id: str,
    headers: Mapping[str, str] | None = None,
    sender: str = "",
    enclosed: Sequence[Enclosure] = (),
) -> None:
    """Send a letter, or keep it where the service has no mail server.

    Args:
        to: one address.
        words: what it says.
        message_id: without brackets and host; the same for each try, so that a double is seen as one.
        headers: more headers, by name.
        sender: the name it comes from; "Seaport" when left out.
        enclosed: files that go along.

    Raises:
        MailError: the server didn't take it.
        ValueError: an address or a header holds a line break, or isn't one.
    """
    settings: Config = current_app.extensions["config"]
    message = _message(to, words, message_id, headers or {}, sender or "Seaport", settings)
    for file in enclosed:
        kind, _slash, inner = file.media_type.partition("/")
        message.add_attachment(file.content, maintype=kind, subtype=inner, filename=file.name)
    if settings.smtp_url:
        _post(message, settings.smtp_url)
    else:
        _keep(message, settings.data_dir / "mail")


def link(path: str) -> str:
    """The full address of a path of ours, as letters name it: from the settings, never from the request."""
    settings: Config = current_app.extensions["config"]
    return settings.public_url + path


def kept(settings: Config) -> list[Path]:
    """The letters in the folder, newest first."""
    folder = settings.data_dir / "mail"
    return sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True) if folder.is_dir() else []


def _message(
    to: str, words: Words, message_id: str, headers: Mapping[str, str], sender: str, settings: Config
) -> EmailMessage:
    if any(c in value for value in (to, words.subject, sender, message_id, *headers.values()) for c in "\r\n\0"):
        raise ValueError("a header holds a line break")
    if "@" not in parseaddr(to)[1]:
        raise ValueError("not a mail address")
    host = urlsplit(settings.public_url).hostname or "localhost"
    address = parse_qs(urlsplit(settings.smtp_url).query).get("from", [f"no-reply@{host}"])[0]
    message = EmailMessage()
    message["From"] = Address(display_name=sender, addr_spec=address)
    message["To"] = to
    message["Subject"] = words.subject
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{message_id}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    for name, value in headers.items():
        message[name] = value
    message.set_content(words.text)
    message.add_alternative(words.html, subtype="html")
    return message


def _post(message: EmailMessage, url: str) -> None:
    try:
        with _connected(url) as server:
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code = max(code for code, _words in error.recipients.values())
        raise MailError(f"refused with {code}", is_final=code >= 500) from error
    except smtplib.SMTPResponseException as error:
        raise MailError(f"refused with {error.smtp_code}", is_final=error.smtp_code >= 500) from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailError(type(error).__name__, is_final=False) from error


def _connected(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=TIMEOUT, context=ssl.create_default_context()
        )
    else:
        server = smtplib.SMTP(host, parts.port or (587 if parts.scheme == "smtp+starttls" else 25), timeout=TIMEOUT)
    try:
        if parts.scheme == "smtp+starttls":
            server.starttls(context=ssl.create_default_context())
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _keep(message: EmailMessage, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(str(message["Message-ID"]).encode()).hexdigest()[:24]
    fresh = folder / f".{name}.part"
    fresh.write_bytes(message.as_bytes())
    fresh.replace(folder / f"{name}.eml")


def _parts(body: str, mark: str) -> list[Markup | tuple[str, str]]:
    """The paragraphs as HTML, a button as (label, address)."""
    out: list[Markup | tuple[str, str]] = []
    for paragraph in body.split("\n\n"):
        if found := re.fullmatch(f"{mark}(.*){mark}(.*){mark}", paragraph.strip()):
            out.append((found[1], found[2]))
        elif paragraph.strip():
            out.append(Markup("<br>").join(escape(line) for line in paragraph.strip().splitlines()))
    return out
