"""A form that was sent after its sender's session had ended: carried through the sign-in, then sent again by him."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, make_response, render_template, request, session
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response as AnyResponse

FIELD = "_carry"
LONGEST = 200_000  # characters of a form that is worth carrying
LIFE = 3600  # s


def packed() -> str:
    """The form at hand, signed; empty when there is none, or it holds files or is too large."""
    if request.method != "POST" or request.files or not request.form:
        return ""
    fields = [[n, v] for n, values in request.form.lists() for v in values if n not in {"csrf_token", "_password"}]
    if sum(len(name) + len(value) for name, value in fields) > LONGEST:
        return ""
    return str(_box().dumps({"to": request.full_path.rstrip("?"), "fields": fields, "of": _browser()}))


def kept() -> str:
    """What the sign-in form at hand carries."""
    return request.form.get(FIELD, "")


def resumed(response: AnyResponse, slug: str | None) -> AnyResponse:
    """The page that offers to send the carried form again, with the cookies of `response`; else `response` itself."""
    found = _opened(kept())
    if found is None or not slug or not str(found["to"]).startswith(f"/{slug}/"):
        return response
    page: Response = make_response(render_template("public/resume.html", to=found["to"], fields=found["fields"]))
    for cookie in response.headers.getlist("Set-Cookie"):
        page.headers.add("Set-Cookie", cookie)
    return page


def _opened(packed: str) -> dict[str, Any] | None:
    try:
        found = _box().loads(packed, max_age=LIFE)
    except BadData:
        return None
    return found if isinstance(found, dict) and found["of"] == _browser() else None


def _browser() -> str:
    return str(session.get("csrf_token", ""))


def _box() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="carried form")
