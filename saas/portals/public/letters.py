"""The letters that a service without a mail server keeps: on this machine only."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from saas import config, mail
from saas.config import Config
from saas.errors import NotFound
from saas.tenants.permissions import anyone

bp = Blueprint("letters", __name__, url_prefix="/_mail")
SHOWN = 100


@bp.get("/")
@anyone
def index() -> ResponseReturnValue:
    """The letters kept, newest first."""
    found = mail.kept(_settings())[:SHOWN]
    return render_template("public/letters.html", letters=[_read(path) for path in found])


@bp.get("/<name>")
@anyone
def show(name: str) -> ResponseReturnValue:
    """One letter."""
    found = [path for path in mail.kept(_settings()) if path.stem == name]
    if not found:
        raise NotFound
    return render_template("public/letter.html", letter=_read(found[0]))


def _settings() -> Config:
    settings: Config = current_app.extensions["config"]
    if not settings.local or settings.smtp_url or not config.is_loopback(request.remote_addr or ""):
        raise NotFound
    return settings


def _read(path: Path) -> dict[str, Any]:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    text = str(body.get_content()) if body is not None else ""
    return {
        "name": path.stem,
        "to": str(message["To"]),
        "sender": str(message["From"]),
        "subject": str(message["Subject"]),
        "at": message["Date"].datetime,
        "text": _with_links(text),
        "attachments": [part.get_filename() for part in message.iter_attachments()],
    }


def _with_links(text: str) -> Markup:
    parts = re.split(r"(https?://\S+)", text)
    out = (Markup('<a href="{0}">{0}</a>').format(p) if p.startswith("http") else escape(p) for p in parts)
    return Markup("").join(out)
