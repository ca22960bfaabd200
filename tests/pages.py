"""Pages as a browser reads them: whole, and the forms in them with what is filled in already."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit

from flask.testing import FlaskClient


def whole(client: FlaskClient, path: str) -> str:
    """A page and after it the parts that load by themselves, as HTML."""
    page = client.get(path).get_data(as_text=True)
    parts = [unescape(url) for url in re.findall(r'data-panel hx-get="([^"]+)"', page)]
    return page + "".join(client.get(url, headers={"HX-Request": "true"}).get_data(as_text=True) for url in parts)


def words(html: str) -> str:
    """What is read in it."""
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"</?time[^>]*>", "", html)).split())


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self._select = self._textarea = ""
        self._first: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((found.get("action", ""), {}))
        elif self.forms and hasattr(self, f"_{tag}_begins"):
            getattr(self, f"_{tag}_begins")(self.forms[-1][1], found)

    def _input_begins(self, fields: dict[str, str], found: dict[str, str]) -> None:
        kind, name = found.get("type"), found.get("name")
        if name and kind != "file" and (kind not in {"checkbox", "radio"} or "checked" in found):
            fields[name] = found.get("value", "on" if kind == "checkbox" else "")

    def _select_begins(self, fields: dict[str, str], found: dict[str, str]) -> None:
        self._select, self._first = found.get("name", ""), None

    def _option_begins(self, fields: dict[str, str], found: dict[str, str]) -> None:
        if self._select and self._first is None:
            self._first = fields.setdefault(self._select, found.get("value", ""))
        if self._select and "selected" in found:
            fields[self._select] = found.get("value", "")

    def _textarea_begins(self, fields: dict[str, str], found: dict[str, str]) -> None:
        self._textarea = found.get("name", "")
        fields[self._textarea] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.forms[-1][1][self._textarea] += data


def filled(page: str, action: str) -> dict[str, str]:
    """What the form that is sent to the path `action` holds as the page comes; empty when there is no such form."""
    reader = _Forms()
    reader.feed(page)
    for where, fields in reader.forms:
        if urlsplit(where).path == urlsplit(action).path:
            return fields
    return {}
