"""How many statements a request makes: each page is asked once more of an app in this process that counts them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from bench.load import ONCE, Request
from saas.app import create_app
from saas.config import Config
from saas.db import new_id


def statements(settings: Config, requests: list[Request]) -> list[int]:
    """The statements of each request when it comes the second time; transactions' own words are left out."""
    app = create_app(settings)
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        if not sql.startswith("SET LOCAL"):
            seen.append(sql)

    event.listen(Engine, "before_cursor_execute", note)
    counted = []
    for request in requests:
        for _ in range(2):
            seen.clear()
            body = request.body.replace(ONCE, str(new_id())) if request.body else None
            options: dict[str, Any] = {"base_url": settings.public_url, "headers": request.headers, "data": body}
            client = app.test_client(use_cookies=False)
            answer = client.open(request.path, method=request.method, **options)
            assert answer.status_code == request.expected, f"{request.path} answers {answer.status_code}"
        counted.append(len(seen))
    event.remove(Engine, "before_cursor_execute", note)
    return counted
